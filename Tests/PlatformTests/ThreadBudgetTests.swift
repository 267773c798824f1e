import Glibc
import Platform
import Testing

/// Counts the shards that run at the same time, and the threads that run them.
private final class Meter: @unchecked Sendable {
  private let lock = Lock()
  private var running = 0
  private(set) var most = 0
  private var seen = Set<UInt>()
  private(set) var shards = 0

  /// One shard of some work.
  func work() {
    lock.withLock {
      running += 1
      shards += 1
      most = max(most, running)
      seen.insert(UInt(pthread_self()))
    }
    usleep(300)
    lock.withLock { running -= 1 }
  }

  var threads: Int { seen.count }
  func isOnly(_ thread: UInt) -> Bool { seen == [thread] }
}

@Suite("Thread budgets", .serialized)
struct ThreadBudgetTests {
  /// Runs with a number of threads of the process.
  private func withThreads(_ count: Int32, _ body: () throws -> Void) throws {
    try WorkerPool.setThreads(count)
    defer { try? WorkerPool.setThreads(0) }
    try body()
  }

  @Test("Work of one thread stays on the caller's, every shard once and in order")
  func one() throws {
    try withThreads(4) {
      let meter = Meter()
      var order: [Int] = []
      ThreadBudget.one.within {
        WorkerPool.run(shards: 7) { shard in
          meter.work()
          order.append(shard)
        }
        #expect(ThreadBudget.threads == 1 && ThreadBudget(3).within { ThreadBudget.threads } == 1)
        #expect(!WorkerPool.runTogether(shards: 2) { _ in meter.work() })
        // How work is divided does not depend on the budget.
        #expect(WorkerPool.shards(of: 100, minimum: 10).count == 4)
      }
      #expect(order == Array(0..<7) && meter.isOnly(UInt(pthread_self())))
      #expect(ThreadBudget.threads == 4 && ThreadBudget(0).within { ThreadBudget.threads } == 1)
    }
  }

  @Test("No more threads work than the budget has, and every shard is done once", arguments: [1, 2, 3])
  func several(limit: Int) throws {
    try withThreads(4) {
      let meter = Meter()
      ThreadBudget(limit).within { WorkerPool.run(shards: 20) { _ in meter.work() } }
      #expect(meter.most == limit && meter.threads <= limit && meter.shards == 20)
    }
  }

  // Each plan has three loops, of which each has a loop inside.
  @Test("Four plans side by side on a budget of two never run more than two shards at once")
  func plans() throws {
    try withThreads(4) {
      let meter = Meter()
      ThreadBudget(2).within {
        WorkerPool.run(shards: 4) { _ in
          for _ in 0..<3 {
            WorkerPool.run(shards: 4) { _ in WorkerPool.run(shards: 2) { _ in meter.work() } }
          }
        }
      }
      #expect(meter.most == 2 && meter.shards == 4 * 3 * 4 * 2)
    }
  }

  @Test("Two loops at once on a budget of four have two threads each for the loops inside")
  func divided() throws {
    try withThreads(4) {
      let meters = (0..<2).map { _ in Meter() }
      var budgets = [0, 0]
      budgets.withUnsafeMutableBufferPointer { budgets in
        WorkerPool.run(shards: 2) { plan in
          budgets[plan] = ThreadBudget.threads
          WorkerPool.run(shards: 8) { _ in meters[plan].work() }
        }
      }
      #expect(budgets == [2, 2] && meters.allSatisfy { $0.most == 2 && $0.shards == 8 })
    }
  }

  @Test("Two threads of the host with a budget of two each do not take the other's")
  func sideBySide() throws {
    final class Caller {
      let meter = Meter()
      var thread = pthread_t()
    }
    try withThreads(4) {
      let callers = [Caller(), Caller()]
      for caller in callers {
        let status = pthread_create(
          &caller.thread, nil,
          { pointer in
            guard let pointer else { return nil }
            let caller = Unmanaged<Caller>.fromOpaque(pointer).takeUnretainedValue()
            ThreadBudget(2).within {
              for _ in 0..<10 { WorkerPool.run(shards: 6) { _ in caller.meter.work() } }
            }
            return nil
          }, Unmanaged.passUnretained(caller).toOpaque())
        #expect(status == 0)
      }
      for caller in callers { pthread_join(caller.thread, nil) }
      #expect(callers.allSatisfy { $0.meter.most == 2 && $0.meter.shards == 60 })
    }
  }
}
