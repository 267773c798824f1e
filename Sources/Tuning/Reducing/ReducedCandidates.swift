import Configurations
import Engine
import Fairness
import Platform

/// Candidates for the weights of a training with constraints, found by a reduction: the network is trained with the
/// costs of decisions. Where groups differ much, this reaches weights that the gradient of a gap does not, because the
/// gap of decisions and that of probabilities differ. The mixture that the reduction asks for is approximated by
/// weights between two of its networks.
///
/// Only networks with hidden layers need them: a linear model's training with constraints solves a convex problem, and
/// leaves that are trained with costs fit single rows.
struct ReducedCandidates {
  private let loop: TrainingLoop
  private var rows: ReducedRows
  private let learner: CostLearner

  /// The number of rows that all trainings together may read.
  private static let budget = 2_000_000
  private static let trainings = 10
  /// More constraints would take longer to solve than they are worth here.
  private static let mostConstraints = 500

  /// - Parameter loop: a loop whose weights are trained without constraints.
  /// - Returns: nil if the objectives, the task or the network are not for reductions.
  init?(_ loop: TrainingLoop) throws {
    guard loop.goal.fairness.allSatisfy({ $0.isForReductions }), CostLearner.readsAllRows(loop),
      loop.effort.kind == .newNetwork || loop.effort.kind == .loadedNetwork, loop.anchorsFit,
      loop.rows.targets[0].labels.task == .binary, !loop.rows.hasCounterfactuals
    else { return nil }
    self.loop = loop
    rows = try ReducedRows(loop.goal, loop.rows, heldOut: loop.heldOut?.rows)
    guard rows.problem.constraintCount <= Self.mostConstraints else { return nil }
    let passes = Self.budget / max(loop.rows.rows, 1)
    learner = try CostLearner(
      loop, rows: loop.rows.withOwnTarget(), heldOut: loop.heldOut?.rows.withOwnTarget(),
      .continuing(steps: min(max(passes / Self.trainings, 8), 60)))
  }

  /// Finds candidates, and keeps the best of them. The loop's weights do not change.
  mutating func find() throws {
    let start = try Buffer(copying: loop.trainer.weights.elements, for: "weights")
    let (numbers, _) = try rows.measured(loop)
    try rows.aim(rows.problem.gaps(of: numbers.values.pointer))
    var found = [start]
    var method = ColumnGeneration()
    method.trainings = Self.trainings
    let (rows, loop, learner) = (rows, loop, learner)
    let mixture = try method.solve(rows.problem, known: rows.measured(loop).answer) { multipliers in
      try HostCall.check()
      try learner.learn(rows, multipliers)
      return try rows.measured(loop).answer
    } accept: {
      found.append(try Buffer(copying: loop.trainer.weights.elements, for: "weights"))
      try Self.keep(loop)
    }
    let used = mixture.indices.filter { mixture[$0] > 0.01 }
    for (number, first) in used.enumerated() {
      for second in used[..<number] { try searchBetween(found[second], found[first]) }
    }
    loop.trainer.weights.pointer.update(from: start.pointer, count: start.count)
  }

  /// Halves the way between two networks until the gaps are near their bounds.
  private func searchBetween(_ first: Buffer<Float>, _ second: Buffer<Float>) throws {
    func excess(_ share: Float) throws -> Double {
      let weights = loop.trainer.weights
      for index in 0..<weights.count {
        weights.pointer[index] = (1 - share) * first.pointer[index] + share * second.pointer[index]
      }
      try Self.keep(loop)
      return try rows.measured(loop).answer.excesses.max() ?? 0
    }
    var (near, far): (Float, Float) = (0, 1)
    var (low, high) = (try excess(near), try excess(far))
    for _ in 0..<7 {
      let middle = (near + far) / 2
      let between = try excess(middle)
      // The half whose ends are on both sides of the bounds; otherwise the half with the smaller excess.
      let takesFirst = low * between <= 0 ? true : between * high <= 0 ? false : low < high
      if takesFirst { (far, high) = (middle, between) } else { (near, low) = (middle, between) }
    }
  }

  private static func keep(_ loop: TrainingLoop) throws {
    loop.offset = 0
    let training = try loop.measureTrainingRows(pace: 0)
    try loop.keepIfBest(
      CandidateRank(training: training, heldOut: try loop.heldOut?.judge(loop)), isOfReduction: true)
  }
}

extension FairnessConfig {
  /// Whether a reduction can keep the objective.
  fileprivate var isForReductions: Bool {
    (try? validateForReduction(at: "")) != nil && objective.defaultSignal != .loss
  }
}
