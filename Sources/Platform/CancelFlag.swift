import PlatformKernels

/// A cancellation flag: one thread sets it, and the working thread reads it.
public final class CancelFlag: @unchecked Sendable {
  private let flag: UnsafeMutablePointer<Int32>

  public init() {
    flag = .allocate(capacity: 1)
    flag.initialize(to: 0)
  }

  deinit { flag.deallocate() }

  /// Takes no lock and allocates no memory, so that a signal handler may call it.
  @inline(__always)
  public func request() { cancel_flag_set(flag, 1) }

  public func reset() { cancel_flag_set(flag, 0) }

  @inline(__always)
  public var isRequested: Bool { cancel_flag_get(flag) != 0 }
}
