import PlatformKernels

/// The maximum number of threads that a piece of work uses, so that several pieces can share the processors:
///
///     // Four trainings on two threads: two at a time, each on its own thread.
///     ThreadBudget(2).within { WorkerPool.run(shards: 4) { train(configurations[$0]) } }
///
/// The budget belongs to the thread that does the work, like the host's call (`HostCall`), and not to the
/// parameters of the functions in between: every loop of `WorkerPool` keeps it. A loop divides it among the
/// threads that take its shards, so that loops inside loops stay within the budget of the outermost.
///
/// Results do not depend on it: the division into shards follows from the threads of the process
/// (`WorkerPool.threads`), the budget says only how many of the shards run at the same time.
public struct ThreadBudget: Equatable, Sendable {
  /// 0: all threads of the process.
  private let limit: Int32

  /// - Parameter threads: at least 1; limited to the threads of the process.
  public init(_ threads: Int) { limit = Int32(clamping: max(threads, 1)) }

  private init() { limit = 0 }

  /// All threads of the process (`eqp_set_threads`).
  public static let process = ThreadBudget()
  /// The calling thread alone.
  public static let one = ThreadBudget(1)

  /// The number of threads that the calling thread's work may use now, including itself.
  public static var threads: Int { Int(worker_budget()) }

  /// Runs work on at most these threads, and at most those of the work that calls this.
  public func within<Result>(_ body: () throws -> Result) rethrows -> Result {
    let before = worker_budget_limit(limit)
    defer { worker_budget_restore(before) }
    return try body()
  }
}
