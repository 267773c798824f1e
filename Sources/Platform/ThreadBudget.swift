/// The number of threads that a piece of work may use. It is passed by value from the start of the work down
/// to its loops, so that several pieces can share the processors: four simultaneous trainings use one thread
/// each.
///
///     try Trainer(graph, trainable: trainable, capacity: capacity, threads: .one)
///
/// The process has one team of threads for all budgets (`WorkerPool`); work with a budget of one thread does
/// not use it.
public struct ThreadBudget: Equatable, Sendable {
  /// nil: all threads of the process.
  private let limit: Int?

  private init(limit: Int?) { self.limit = limit }

  /// - Parameter threads: at least 1; limited to the threads of the process.
  public init(_ threads: Int) { limit = max(threads, 1) }

  /// All threads of the process (`eqp_set_threads`).
  public static let process = ThreadBudget(limit: nil)
  /// The calling thread alone.
  public static let one = ThreadBudget(1)

  /// The number of threads that work may use now.
  public var threads: Int { min(limit ?? Int.max, WorkerPool.threads) }

  /// Divides `count` rows into contiguous shards, one per thread, each with at least `minimum` rows.
  public func shards(of count: Int, minimum: Int) -> [Range<Int>] {
    let parts = max(1, min(threads, count / max(minimum, 1)))
    return (0..<parts).map { (count * $0 / parts)..<(count * ($0 + 1) / parts) }
  }

  /// Calls `body(shard)` once for each shard in 0..<shards, and returns when all calls have returned. The
  /// shards of one thread are processed in ascending order.
  public func run(shards: Int, _ body: (Int) -> Void) {
    guard let limit, shards > limit else { return WorkerPool.run(shards: shards, body) }
    // Neighbouring shards are distributed to one thread in order, so that a shard that waits for earlier ones
    // finds them finished or running.
    WorkerPool.run(shards: limit) { part in
      for shard in shards * part / limit..<shards * (part + 1) / limit { body(shard) }
    }
  }
}
