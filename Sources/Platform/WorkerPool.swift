import PlatformKernels

#if canImport(Glibc)
  import Glibc
#endif

/// Runs work for every shard on the process's threads; the caller is one of them.
///
/// The whole process shares one team. A caller gets the threads that are idle now, up to the budget of its
/// work (`ThreadBudget`); without any it runs its shards itself, one after another. Results do not depend on
/// which thread runs a shard, and the host is never oversubscribed.
public enum WorkerPool {
  /// The number of threads of the process, from which the division of work into shards follows; see
  /// `eqp_set_threads`.
  public static var threads: Int { Int(worker_team_threads()) }

  /// - Parameter count: 0 for the number of processors available to this process.
  /// - Throws: `invalidArgument` outside 0...1024.
  public static func setThreads(_ count: Int32) throws {
    guard (0...1024).contains(count) else {
      throw Failure.invalidArgument(
        "threads is \(count); 0 (all that are allowed) to 1024 are accepted",
        at: "threads")
    }
    worker_team_set_threads(count)
  }

  /// Calls `body(shard)` once for each shard in 0..<shards, and returns when all calls have returned.
  public static func run(shards: Int, _ body: (Int) -> Void) {
    guard shards > 1 else {
      if shards == 1 { body(0) }
      return
    }
    runShards(Int32(clamping: shards), body)
  }

  /// The same, but all shards run at the same time, so that they may wait for each other.
  ///
  /// - Returns: false, without calling `body`, if not enough threads are available now.
  public static func runTogether(shards: Int, _ body: (Int) -> Void) -> Bool {
    runShardsTogether(Int32(clamping: shards), body)
  }

  /// Divides `count` rows into contiguous shards, one per thread, each with at least `minimum` rows.
  public static func shards(of count: Int, minimum: Int) -> [Range<Int>] {
    let parts = max(1, min(threads, count / max(minimum, 1)))
    return (0..<parts).map { (count * $0 / parts)..<(count * ($0 + 1) / parts) }
  }
}

// In swift_shards.c. A closure is passed to them as it is: a C function and a context would be allocated for every run.
@_silgen_name("swift_shards_run")
private func runShards(_ shards: Int32, _ body: (Int) -> Void)

@_silgen_name("swift_shards_run_together")
private func runShardsTogether(_ shards: Int32, _ body: (Int) -> Void) -> Bool
