/// How many threads a piece of work may use. It is passed by value, from what starts the work down to its loops, so that
/// several pieces can share the processors: four trainings at once have one thread each.
///
///     try Trainer(graph, trainable: trainable, capacity: capacity, threads: .one)
///
/// There is one team of threads in the process, whatever the budgets (`WorkerPool`): work of one thread does not ask
/// for it.
public struct ThreadBudget: Equatable, Sendable {
  /// nil: as many as the process has.
  private let limit: Int?

  private init(limit: Int?) { self.limit = limit }

  /// - Parameter threads: at least 1; no more are used than the process has.
  public init(_ threads: Int) { limit = max(threads, 1) }

  /// All threads of the process (`eqp_set_threads`).
  public static let process = ThreadBudget(limit: nil)
  /// The calling thread alone.
  public static let one = ThreadBudget(1)

  /// Threads that work may use now.
  public var threads: Int { min(limit ?? Int.max, WorkerPool.threads) }

  /// `count` rows cut into contiguous shards, one a thread, none smaller than `minimum` rows.
  public func shards(of count: Int, minimum: Int) -> [Range<Int>] {
    let parts = max(1, min(threads, count / max(minimum, 1)))
    return (0..<parts).map { (count * $0 / parts)..<(count * ($0 + 1) / parts) }
  }

  /// Calls `body(shard)` once for each shard in 0..<shards, those of one thread in ascending order, and returns when all
  /// are done.
  public func run(shards: Int, _ body: (Int) -> Void) {
    guard let limit, shards > limit else { return WorkerPool.run(shards: shards, body) }
    // Neighbours to one thread: a shard that waits for those before it finds them done, or under way.
    WorkerPool.run(shards: limit) { part in
      for shard in shards * part / limit..<shards * (part + 1) / limit { body(shard) }
    }
  }
}
