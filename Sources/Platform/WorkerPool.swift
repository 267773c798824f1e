import Kernels

#if canImport(Glibc)
  import Glibc
#endif

/// Runs the same work for every shard on a fixed team of threads; the caller is one of them.
///
/// One team serves the whole process. While one caller uses it, another runs its shards itself, one
/// after another: results do not depend on who ran a shard, and the host is never oversubscribed.
public enum WorkerPool {
  /// The number of threads that a call uses; see `eqp_set_threads`.
  public static var threads: Int { Int(worker_team_threads()) }

  /// - Parameter count: 0 for the processors that this process may use.
  /// - Throws: `invalidArgument` outside 0...1024.
  public static func setThreads(_ count: Int32) throws {
    guard (0...1024).contains(count) else {
      throw Failure.invalidArgument(
        "threads is \(count); 0 (all that are allowed) to 1024 are accepted",
        at: "threads")
    }
    worker_team_set_threads(count)
  }

  /// Calls `body(shard)` once for each shard in 0..<shards and returns when all are done.
  public static func run(shards: Int, _ body: (Int) -> Void) {
    guard shards > 1 else {
      if shards == 1 { body(0) }
      return
    }
    withoutActuallyEscaping(body) { escapable in
      var boxed = escapable
      withUnsafeMutablePointer(to: &boxed) { pointer in
        worker_team_run(
          Int32(clamping: shards),
          { context, shard in
            context?.assumingMemoryBound(to: ((Int) -> Void).self).pointee(Int(shard))
          }, UnsafeMutableRawPointer(pointer))
      }
    }
  }

  /// The same with all shards at work at once, so that they may wait for one another.
  ///
  /// - Returns: false, with nothing done, when there are not as many threads for it now.
  public static func runTogether(shards: Int, _ body: (Int) -> Void) -> Bool {
    withoutActuallyEscaping(body) { escapable in
      var boxed = escapable
      return withUnsafeMutablePointer(to: &boxed) { pointer in
        worker_team_run_together(
          Int32(clamping: shards),
          { context, shard in
            context?.assumingMemoryBound(to: ((Int) -> Void).self).pointee(Int(shard))
          }, UnsafeMutableRawPointer(pointer))
      }
    }
  }

  /// `count` rows cut into contiguous shards, one a thread, none smaller than `minimum` rows.
  public static func shards(of count: Int, minimum: Int) -> [Range<Int>] {
    ThreadBudget.process.shards(of: count, minimum: minimum)
  }
}
