/// Stores the first error of work on several threads.
public final class FirstFailure: @unchecked Sendable {
  private let lock = Lock()
  private var failure: Error?

  public init() {}

  /// Runs `body` and stores its error if it is the first one; any thread may call it.
  public func catching(_ body: () throws -> Void) {
    do { try body() } catch { lock.withLock { if failure == nil { failure = error } } }
  }

  /// Removes the stored error before new work.
  public func clear() { lock.withLock { failure = nil } }

  /// Throws the stored error, if there is one. Called after all threads have finished.
  public func rethrow() throws {
    if let failure { throw failure }
  }
}
