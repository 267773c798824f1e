import Configurations
import Engine
import Fairness
import Platform

/// Candidates for the weights of a training with constraints, found by a reduction: the network is trained with the
/// costs of decisions. Where groups differ much, this reaches weights that the gradient of a gap does not, because the
/// gap of decisions and that of probabilities differ. The mixture that the reduction asks for is approximated by
/// weights between two of its networks.
///
/// Leaves that are trained with costs fit single rows, so that trees do without.
struct ReducedCandidates {
  private let loop: TrainingLoop
  private var rows: ReducedRows
  private let learner: CostLearner

  /// The number of rows that all trainings together may read.
  private static let budget = 2_000_000
  private static let trainings = 10
  /// With fewer steps, a training does not get far from where it starts.
  private static let leastSteps = 8
  /// For larger tables, candidates are worth their time only if some gap exceeds its bound by more than
  /// `largeExcess`.
  private static let manyRows = 10_000
  private static let largeExcess = 0.2
  /// More constraints would take longer to solve than they are worth here.
  private static let mostConstraints = 500

  /// - Parameter loop: a loop whose weights are trained without constraints.
  /// - Returns: nil if the objectives, the task or the network are not for reductions.
  init?(_ loop: TrainingLoop) throws {
    guard loop.goal.fairness.allSatisfy({ $0.isForReductions }), CostLearner.readsAllRows(loop),
      loop.anchorsFit,
      loop.rows.targets[0].labels.task == .binary, !loop.rows.hasCounterfactuals
    else { return nil }
    switch loop.effort.kind {
    case .newNetwork, .loadedNetwork, .newLinear, .loadedLinear: break
    case .leaves, .machine, .text, .textAdapter, .textHead: return nil
    }
    self.loop = loop
    rows = try ReducedRows(loop.goal, loop.rows, heldOut: loop.heldOut?.rows)
    guard rows.problem.constraintCount <= Self.mostConstraints else { return nil }
    let steps = Self.budget / Self.trainings / max(loop.rows.rows, 1)
    learner = try CostLearner(
      loop, rows: loop.rows.withOwnTarget(), heldOut: loop.heldOut?.rows.withOwnTarget(),
      .continuing(steps: min(max(steps, Self.leastSteps), 60)))
  }

  /// Finds candidates, and keeps the best of them. The loop's weights do not change.
  mutating func find() throws {
    let start = try Buffer(copying: loop.trainer.weights.elements, for: "weights")
    let constraints = loop.objective.constraints.map(\.constraint)
    try rows.aim(
      rows.problem.gaps(of: rows.measured(loop).numbers.values.pointer),
      corrections: constraints.flatMap { $0.components.indices.map($0.corrections) })
    // Measured again, because the bounds have changed.
    let known = try rows.measured(loop).answer
    if loop.rows.rows > Self.manyRows, known.excesses.allSatisfy({ $0 <= Self.largeExcess }) { return }
    var found = [start]
    var method = ColumnGeneration()
    method.trainings = Self.trainings
    let candidates = self
    let mixture = try method.solve(
      rows.problem, known: known
    ) { multipliers in
      try HostCall.check()
      try candidates.learner.learn(candidates.rows, multipliers)
      return try candidates.judged()
    } accept: {
      found.append(try Buffer(copying: candidates.loop.trainer.weights.elements, for: "weights"))
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
      return try judged().excesses.max() ?? 0
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

  /// Ranks the current weights as a candidate, and measures them for the reduction.
  private func judged() throws -> ReductionAnswer {
    try loop.keepIfBest(loop.rankAtBestThreshold(), isOfReduction: true)
    loop.offset = 0
    // The pass over the training rows has stored the outputs.
    return try (loop.trainingOutputs.map { try rows.measured($0, loop) } ?? rows.measured(loop)).answer
  }
}

extension FairnessConfig {
  /// Whether a reduction can keep the objective.
  fileprivate var isForReductions: Bool {
    (try? validateForReduction(at: "")) != nil && objective.defaultSignal != .loss
  }
}
