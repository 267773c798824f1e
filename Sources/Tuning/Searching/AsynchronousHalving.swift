import Configurations
import Platform

/// Asynchronous successive halving (Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht and Talwalkar 2020, "A
/// system for massively parallel hyperparameter tuning", algorithm 2): a candidate is promoted to the next budget as soon
/// as it is among the best of those that finished with its own one; if none can be promoted, a new candidate begins.
///
/// The order of events is that of a clock on which a training takes as long as its budget, for a fixed number of workers.
/// Real trainings may finish in any order, on any number of threads, and the candidates stay the same.
struct AsynchronousHalving {
  /// The number of trainings that are under way on the clock.
  static let workers = 4

  private struct Job {
    let number: Int
    let rung: Int
    let point: SearchPoint
    let end: Double
  }

  private let pointer: String
  private let budgets: [Int]
  private let keep: Int
  private let order: CandidateOrder
  /// Candidates that have not begun, the last one first.
  private var waiting: [SearchPoint]
  private var running: [Job] = []
  /// The finished trials of each budget, and the numbers of those that were promoted.
  private var rungs: [[Trial]]
  private var promoted: [Set<Int>]
  private var clock = 0.0
  private var count = 0

  init(_ space: SearchSpace, trials: Int, _ config: HalvingConfig, _ order: CandidateOrder, seed: UInt64) {
    pointer = config.budget
    budgets = config.rounds
    keep = config.keep
    self.order = order
    var stream = RandomStream(seed: seed, purpose: "halving")
    waiting = (0..<trials).map { _ in space.drawn(&stream) }.reversed()
    rungs = budgets.map { _ in [] }
    promoted = budgets.map { _ in [] }
  }

  /// The number of the trial that finishes next on the clock; nil: none is under way.
  var awaited: Int? { next?.number }

  private var next: Job? { running.min { ($0.end, $0.number) < ($1.end, $1.number) } }

  /// Begins trainings until all workers have one, or nothing is left to do.
  mutating func begin() -> [(number: Int, proposal: Proposal)] {
    var begun: [(Int, Proposal)] = []
    while running.count < Self.workers, let (rung, point) = job() {
      running.append(
        Job(number: count, rung: rung, point: point, end: clock + Double(budgets[rung])))
      begun.append(
        (
          count,
          Proposal(
            point: point, budget: (pointer, budgets[rung]), isComplete: rung == budgets.count - 1)
        ))
      count += 1
    }
    return begun
  }

  private mutating func job() -> (rung: Int, point: SearchPoint)? {
    for rung in budgets.indices.dropLast().reversed() {
      let best = order.sorted(rungs[rung]).prefix(rungs[rung].count / keep)
      guard let trial = best.first(where: { !promoted[rung].contains($0.number) }) else { continue }
      promoted[rung].insert(trial.number)
      return (rung + 1, trial.point)
    }
    if let point = waiting.popLast() { return (0, point) }
    // With few candidates none may be among the best `keep`-th: the best one of the largest budget continues.
    let last = budgets.count - 1
    guard running.isEmpty, rungs[last].isEmpty,
      let rung = rungs.indices.dropLast().last(where: { !order.sorted(rungs[$0]).isEmpty }),
      let trial = order.sorted(rungs[rung]).first(where: { !promoted[rung].contains($0.number) })
    else { return nil }
    promoted[rung].insert(trial.number)
    return (rung + 1, trial.point)
  }

  /// Ends the awaited trial.
  mutating func end(_ trial: Trial) {
    guard let job = next, job.number == trial.number else { return }
    clock = job.end
    running.removeAll { $0.number == job.number }
    rungs[job.rung].append(trial)
  }
}
