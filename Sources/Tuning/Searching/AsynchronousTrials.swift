import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// The trainings of an asynchronous search that workers take, and whose results they return in any order.
final class AsynchronousTrials: @unchecked Sendable {
  typealias Job = (number: Int, proposal: Proposal)

  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private var search: AsynchronousHalving
  private var waiting: [Job]
  /// Trials that have finished before those that the search awaits.
  private var early: [Int: Trial] = [:]
  private var isStopped = false

  init(_ search: AsynchronousHalving) {
    mutex = .allocate(capacity: 1)
    changed = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
    self.search = search
    waiting = self.search.begin()
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// The next training; waits while other workers' results decide what it is. nil: the search is finished or stopped.
  func next() -> Job? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while !isStopped {
      if !waiting.isEmpty { return waiting.removeFirst() }
      if search.awaited == nil { return nil }
      pthread_cond_wait(changed, mutex)
    }
    return nil
  }

  /// Whether `next` returns a training at once.
  var hasJob: Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return !waiting.isEmpty
  }

  /// Returns a result.
  func finish(_ trial: Trial) {
    pthread_mutex_lock(mutex)
    early[trial.number] = trial
    while let awaited = search.awaited, let trial = early.removeValue(forKey: awaited) {
      search.end(trial)
      waiting += search.begin()
    }
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
  }

  /// Lets no worker begin or wait.
  func stop() {
    pthread_mutex_lock(mutex)
    isStopped = true
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
  }
}

extension TrialBatch {
  /// Runs an asynchronous search to its end.
  ///
  /// - Throws: `cancelled`, `outOfMemory`, `io`: the first error that concerns more than one candidate.
  func run(_ search: AsynchronousHalving, in space: (SearchPoint) -> [Trial.Value]) throws {
    let trials = AsynchronousTrials(search)
    try onWorkers(AsynchronousHalving.workers) { _ in
      do {
        while let (number, proposal) = trials.next() {
          try HostCall.check()
          let finished = try trial(number, proposal, values(of: proposal, in: space))
          add(finished)
          trials.finish(finished)
        }
      } catch {
        trials.stop()
        throw error
      }
    }
  }
}
