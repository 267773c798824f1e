import PlatformKernels

#if canImport(Glibc)
  import Glibc
#endif

/// A long call of the host: whether the host wants it stopped, and where to report its progress.
///
/// A call belongs to the thread that made it. Loops on that thread regularly call `try HostCall.check()` or
/// `try HostCall.report(…)`. Loops on other workers read `HostCall.cancelFlag`, which the calling thread gets
/// before it distributes the work.
///
///     try HostCall(cancel: flag, progress: tell).run {
///       for part in parts {
///         try HostCall.report("read", part, of: parts.count)
///         …
///       }
///     }
public final class HostCall {
  /// Receives an event; false requests a stop.
  public typealias Progress = (JSONValue) -> Bool

  /// The stop flags for workers: the host's flag, and whether its progress callback requested a stop.
  public struct Stop {
    let asked: CancelFlag?
    let told: CancelFlag

    public var isRequested: Bool { asked?.isRequested == true || told.isRequested }

    /// Requests the stop of the call and of all work that follows it.
    public func request() { told.request() }
  }

  private let stop: Stop
  private let progress: Progress?
  private let started = HostCall.seconds()
  private var lastEvent = -1.0

  public init(cancel: CancelFlag?, progress: Progress?) {
    stop = Stop(asked: cancel, told: CancelFlag())
    self.progress = progress
  }

  /// A part of another thread's call, for a worker: it stops when that call stops.
  public init(following stop: Stop) {
    self.stop = stop
    progress = nil
  }

  /// Runs the work of the call. A call inside another call's callback has its own hooks.
  ///
  /// - Throws: `cancelled` immediately if a stop was requested before; the errors of `body`.
  public func run<Result>(_ body: () throws -> Result) throws -> Result {
    let outer = host_call_current()
    host_call_set_current(Unmanaged.passUnretained(self).toOpaque())
    defer { host_call_set_current(outer) }
    return try withExtendedLifetime(self) {
      try Self.check()
      return try body()
    }
  }

  private static var current: HostCall? {
    host_call_current().map { Unmanaged<HostCall>.fromOpaque($0).takeUnretainedValue() }
  }

  /// The flag of this thread's call, for workers; nil if the call cannot be stopped.
  public static var cancelFlag: Stop? { current?.stop }

  /// The error of a call that the host stopped.
  public static var cancelled: Failure { Failure(.cancelled, "the host asked to stop the call") }

  /// - Throws: `cancelled` if the host wants this thread's call stopped; `outOfMemory` if memory ran out in
  ///   it.
  @inline(__always)
  public static func check() throws {
    try Memory.check()
    guard host_call_current() != nil else { return }
    if current?.stop.isRequested == true { throw cancelled }
  }

  /// Reports the progress of a phase of the call: at most about twenty times per second, and at its end.
  ///
  /// - Throws: `cancelled` if the host wants the call stopped.
  public static func report(_ phase: String, _ done: Int, of total: Int) throws {
    try check()
    guard host_call_current() != nil else { return }
    try current?.tell(phase, done, of: total)
  }

  private func tell(_ phase: String, _ done: Int, of total: Int) throws {
    guard let progress else { return }
    let now = Self.seconds()
    guard now - lastEvent > 0.05 || done >= total else { return }
    lastEvent = now
    let left = done > 0 ? (now - started) / Double(done) * Double(max(0, total - done)) : 0
    let event: JSONValue = [
      "phase": .string(phase), "step": .integer(done), "steps": .integer(total),
      "eta_seconds": .finite(left),
    ]
    guard progress(event) else {
      stop.told.request()
      throw Failure(.cancelled, "the progress callback asked to stop in phase \"\(phase)\"")
    }
  }

  /// Seconds on a monotonic clock.
  private static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
