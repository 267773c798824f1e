/// Stores the first error of work on several threads.
public final class FirstFailure: @unchecked Sendable {
  private let lock = Lock()
  private var failure: Error?

  public init() {}

  public func catching(_ body: () throws -> Void) {
    do { try body() } catch { lock.withLock { if failure == nil { failure = error } } }
  }

  public func rethrow() throws {
    if let failure { throw failure }
  }
}
