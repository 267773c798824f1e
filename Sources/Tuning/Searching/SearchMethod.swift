import Configurations
import Platform

/// Proposes the candidates of a search, in batches whose trials may run at the same time. The proposals depend on the
/// seed and on finished trials only, so that they do not change with the number of threads.
protocol SearchMethod {
  /// The next batch; empty: the search is finished.
  ///
  /// - Parameter finished: all trials of earlier batches, in the order of their proposals.
  mutating func next(after finished: [Trial]) -> [Proposal]

  /// The number of trainings that the search needs, if no training fails.
  var plannedTrainings: Int { get }
}

/// All combinations of a grid.
struct GridSearch: SearchMethod {
  private var points: [SearchPoint]
  let plannedTrainings: Int

  init(_ space: SearchSpace, limit: Int) {
    points = space.grid(first: limit)
    plannedTrainings = points.count
  }

  mutating func next(after finished: [Trial]) -> [Proposal] {
    defer { points = [] }
    return points.map { Proposal(point: $0) }
  }
}

/// Independent random draws (Bergstra and Bengio 2012).
struct RandomSearch: SearchMethod {
  private var points: [SearchPoint]
  let plannedTrainings: Int

  init(_ space: SearchSpace, trials: Int, seed: UInt64) {
    var stream = RandomStream(seed: seed, purpose: "random search")
    points = (0..<trials).map { _ in space.drawn(&stream) }
    plannedTrainings = trials
  }

  mutating func next(after finished: [Trial]) -> [Proposal] {
    defer { points = [] }
    return points.map { Proposal(point: $0) }
  }
}

/// Successive halving (Jamieson and Talwalkar 2016): the best candidates of a round continue with a larger budget. All
/// candidates of a round finish before the next one begins, so that the result does not depend on their speed.
struct HalvingSearch: SearchMethod {
  private let pointer: String
  private let budgets: [Int]
  private let keep: Int
  private let order: CandidateOrder
  private var round = 0
  private var points: [SearchPoint]
  let plannedTrainings: Int

  init(_ space: SearchSpace, trials: Int, _ config: HalvingConfig, _ order: CandidateOrder, seed: UInt64) {
    pointer = config.budget
    budgets = config.rounds
    keep = config.keep
    self.order = order
    var stream = RandomStream(seed: seed, purpose: "halving")
    points = (0..<trials).map { _ in space.drawn(&stream) }
    var (sum, count) = (0, trials)
    for _ in budgets {
      sum += count
      count = max(count / config.keep, 1)
    }
    plannedTrainings = sum
  }

  mutating func next(after finished: [Trial]) -> [Proposal] {
    guard budgets.indices.contains(round) else { return [] }
    if round > 0 {
      let last = finished.suffix(points.count)
      points = order.sorted(Array(last)).prefix(max(points.count / keep, 1)).map(\.point)
    }
    defer { round += 1 }
    return points.map {
      Proposal(point: $0, budget: (pointer, budgets[round]), isComplete: round == budgets.count - 1)
    }
  }
}
