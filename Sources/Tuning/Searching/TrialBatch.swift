import Models
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Runs trials at the same time, one on each worker, and keeps what they give.
///
/// The host's callbacks are called on the calling thread only, between and during its own trials.
final class TrialBatch {
  private let training: CandidateTraining
  private let store: TrialStore?
  private let host: Progress.Callback?
  private let planned: Int
  private let stop: HostCall.Stop?
  private let caller = pthread_self()
  private let lock = Lock()
  private var finished: [Int: Trial] = [:]
  private var trainingSeconds = 0.0
  private var trainings = 0

  /// - Parameters:
  ///   - planned: the number of trainings of the whole search.
  ///   - host: the host's progress callback.
  init(_ training: CandidateTraining, _ store: TrialStore?, planned: Int, _ host: Progress.Callback?) {
    (self.training, self.store, self.planned, self.host) = (training, store, planned, host)
    stop = HostCall.cancelFlag
  }

  /// All finished trials, in the order of their numbers.
  var trials: [Trial] { lock.withLock { finished.values.sorted { $0.number < $1.number } } }

  /// The number of trainings that were run, and not found in the store.
  var count: Int { lock.withLock { trainings } }

  /// Runs a batch of proposals; their numbers follow those of earlier trials.
  ///
  /// - Throws: `cancelled`, `outOfMemory`, `io`: the first error that concerns more than one candidate.
  func run(_ proposals: [Proposal], in space: (SearchPoint) -> [Trial.Value]) throws {
    let first = lock.withLock { finished.count }
    try onWorkers(proposals.count) { index in
      let proposal = proposals[index]
      add(try trial(first + index, proposal, values(of: proposal, in: space)))
    }
  }

  /// The values that distinguish a proposed candidate.
  func values(of proposal: Proposal, in space: (SearchPoint) -> [Trial.Value]) -> [Trial.Value] {
    space(proposal.point) + (proposal.budget.map { [($0.pointer, .integer($0.value))] } ?? [])
  }

  func add(_ trial: Trial) { lock.withLock { keep(trial) } }

  /// Trains the models of trials that have none.
  ///
  /// - Returns: the trials with their models.
  func producing(_ trials: [Trial]) throws -> [Trial] {
    var complete = trials
    let made = Collected<TrialProduct>(trials.count)
    try onWorkers(trials.count) { index in
      let trial = trials[index]
      if let product = try trial.product ?? store?.product(trial.number) { return made.set(index, product) }
      let product = try training.product(trial.values, callback(trial.number))
      try store?.write(product, of: trial.number)
      made.set(index, product)
    }
    for index in complete.indices { complete[index].product = made.values[index] }
    return complete
  }

  func trial(_ number: Int, _ proposal: Proposal, _ values: [Trial.Value]) throws -> Trial {
    if let known = try store?.trial(number, proposal, values) { return known }
    let began = monotonicSeconds()
    var (measurement, product, reason): (Measurement?, TrialProduct?, String?) = (nil, nil, nil)
    do {
      (measurement, product) = try training.measure(values, callback(number))
    } catch let failure as Failure where failure.concernsOneCandidate {
      reason = failure.message
    }
    let trial = Trial(
      number: number, point: proposal.point, values: values, isComplete: proposal.isComplete,
      measurement: measurement, failure: reason, seconds: monotonicSeconds() - began,
      product: proposal.isComplete ? product : nil)
    try store?.write(trial)
    note(trial)
    return trial
  }

  /// Adds a trial, and drops the models of dominated ones. Must be called under the lock.
  private func keep(_ trial: Trial) {
    var trial = trial
    if let own = trial.measurement?.goals {
      for (number, other) in finished where other.product != nil {
        guard let goals = other.measurement?.goals else { continue }
        if NonDominated.dominates(goals, own) { trial.product = nil }
        if NonDominated.dominates(own, goals) { finished[number]?.product = nil }
      }
    }
    finished[trial.number] = trial
  }

  // MARK: Progress

  /// Whether this thread is the one that called the search.
  private var isCaller: Bool { pthread_equal(pthread_self(), caller) != 0 }

  /// The progress callback for a trial; nil on other threads than the calling one.
  private func callback(_ number: Int) -> Progress.Callback? {
    guard let host, isCaller else { return nil }
    let planned = planned
    let stop = stop
    return { event in
      let isWanted = host(
        .object(
          (event.members ?? []) + [.init("trial", .integer(number)), .init("trials", .integer(planned))]))
      if !isWanted { stop?.request() }
      return isWanted
    }
  }

  /// Says before the first training how many there will be, and what the rows can certify.
  func announce(_ certifiable: [CertifiableGap], rows: Int) {
    for gap in certifiable {
      Log.write(
        .info,
        "search: \(gap.goal.name): \(rows) rows certify a gap at best within ±\(Rounded.text(gap.halfWidth, digits: 4))"
      )
    }
    let event: JSONValue = [
      "phase": "search", "step": 0, "steps": .integer(planned),
      "certifiable": .array(certifiable.map(\.json)),
    ]
    if let host, !host(event) { stop?.request() }
  }

  private func note(_ trial: Trial) {
    let (count, seconds) = lock.withLock {
      trainings += 1
      trainingSeconds += trial.seconds
      return (trainings, trainingSeconds)
    }
    let workers = training.threads == .one ? min(ThreadBudget.threads, planned) : 1
    let rest = seconds / Double(count) * Double(max(planned - count, 0)) / Double(max(workers, 1))
    if count == 1 {
      Log.write(
        .info,
        "search: the first of \(planned) trainings took \(Rounded.text(trial.seconds, digits: 1)) s; all take about "
          + "\(Rounded.text(trial.seconds * Double(planned) / Double(max(workers, 1)), digits: 1)) s")
    }
    guard let host, isCaller else { return }
    let event: JSONValue = [
      "phase": "search", "step": .integer(count), "steps": .integer(planned), "eta_seconds": .finite(rest),
    ]
    if !host(event) { stop?.request() }
  }

  // MARK: Workers

  /// Calls `body` for each index, on all workers if trainings use one thread each.
  func onWorkers(_ count: Int, _ body: (Int) throws -> Void) throws {
    guard training.threads == .one else {
      for index in 0..<count {
        try HostCall.check()
        try body(index)
      }
      return
    }
    let failures = Collected<any Error>(count)
    let stop = stop
    WorkerPool.run(shards: count) { index in
      do {
        guard failures.isEmpty else { return }
        guard let stop, !isCaller else {
          try HostCall.check()
          return try body(index)
        }
        try HostCall(following: stop).run { try body(index) }
      } catch { failures.set(index, error) }
    }
    try HostCall.check()
    if let failure = failures.values.compactMap({ $0 }).first { throw failure }
  }
}

extension Failure {
  /// Whether other candidates of a search may still succeed.
  fileprivate var concernsOneCandidate: Bool {
    switch kind {
    case .invalidConfig, .invalidData, .unsupported, .invalidArgument, .invalidModel: true
    case .io, .outOfMemory, .cancelled, .refused, .integrity, .internal: false
    }
  }
}

/// Results of workers, by index.
private final class Collected<Element>: @unchecked Sendable {
  private let lock = Lock()
  private var elements: [Element?]

  init(_ count: Int) { elements = Array(repeating: nil, count: count) }

  func set(_ index: Int, _ element: Element) {
    lock.withLock { if elements.indices.contains(index) { elements[index] = element } }
  }
  var values: [Element?] { lock.withLock { elements } }
  var isEmpty: Bool { lock.withLock { !elements.contains { $0 != nil } } }
}
