import Glibc
import Platform
import Testing

/// Collects the threads that ran some work.
private final class Threads: @unchecked Sendable {
  private let lock = Lock()
  private var seen = Set<UInt>()
  func note() {
    let own = UInt(pthread_self())
    lock.withLock { _ = seen.insert(own) }
  }
  var count: Int { lock.withLock { seen.count } }
  func isOnly(_ thread: UInt) -> Bool { lock.withLock { seen == [thread] } }
}

@Suite("Thread budgets")
struct ThreadBudgetTests {
  @Test("Work of one thread stays on the caller's, every shard once and in order")
  func one() {
    let threads = Threads()
    var order: [Int] = []
    ThreadBudget.one.run(shards: 7) { shard in
      threads.note()
      order.append(shard)
    }
    #expect(order == Array(0..<7) && threads.isOnly(UInt(pthread_self())))
    #expect(ThreadBudget.one.threads == 1 && ThreadBudget(0).threads == 1)
    #expect(ThreadBudget.one.shards(of: 10, minimum: 1) == [0..<10])
  }

  @Test("No more threads work than the budget has, and every shard is done once", arguments: [1, 2, 3])
  func several(limit: Int) {
    let threads = Threads()
    let done = (0..<20).map { _ in Threads() }
    ThreadBudget(limit).run(shards: 20) { shard in
      threads.note()
      done[shard].note()
    }
    #expect(threads.count <= limit && done.allSatisfy { $0.count == 1 })
  }
}
