import Configurations
import Fairness
import Models
import Platform

/// The training and held-out rows of a reduction, with the constraints on them.
struct ReducedRows {
  var problem: ReductionProblem
  /// The same constraints on the held-out rows; nil: there are none.
  private(set) var heldOut: ReductionProblem?
  private let rows: TrainingRows
  private let heldOutRows: TrainingRows?
  /// How the network's scores become decisions.
  let rule: DecisionRule

  /// - Throws: `unsupported` for tasks and labels that reductions do not have.
  init(_ goal: TrainingGoal, _ rows: TrainingRows, heldOut: TrainingRows?) throws {
    (self.rows, heldOutRows, rule) = (rows, heldOut, DecisionRule(threshold: goal.threshold))
    guard rows.words == nil, rows.targets.count == 1, let target = rows.targets.first else {
      throw Failure.unsupported(
        "a reduction needs one label for each row; labels of words and several labels are tuned without one",
        at: "/reduction")
    }
    let isOfLosses = goal.fairness.map { $0.objective.defaultSignal == .loss }
    guard Set(isOfLosses).count <= 1 else {
      throw Failure.unsupported(
        "a reduction bounds gaps of decisions or losses of groups, not both together", at: "/fairness")
    }
    let reducesLosses = isOfLosses.first ?? false
    guard reducesLosses || target.labels.task == .binary else {
      throw Failure.unsupported(
        "a reduction of decisions needs two classes; with several classes and regression, bounded_group_loss is accepted",
        at: "/reduction")
    }
    problem = try ReductionProblem(
      reducesLosses ? .losses : .errors, labels: target.values, weights: target.weights,
      goal.fairness.enumerated().map { index, entry in
        ReductionTerm(
          entry.statistics, entry.disparity, entry.ratio.map { .ratio($0) } ?? .difference,
          entry.constraintSettings, codes: rows.groupings[index].codes,
          groups: rows.groupings[index].names.count)
      })
    try measureHeldOut()
  }

  /// - Throws: `unsupported` for more constraints than a reduction can solve in a reasonable time.
  func requireFewConstraints() throws {
    guard problem.constraintCount <= Self.mostConstraints else {
      throw Failure.unsupported(
        "the groups need \(problem.constraintCount) constraints; a reduction accepts at most \(Self.mostConstraints). "
          + "Intersect fewer attributes, or increase \"minimum_count\"", at: "/fairness")
    }
  }

  private static let mostConstraints = 4000

  /// Sets the bounds at which training aims.
  ///
  /// - Parameters:
  ///   - gaps: those of the predictor without constraints on the training rows.
  ///   - corrections: for each component, what is added to the values of its places (`GapConstraint.corrections`).
  mutating func aim(_ gaps: [ReductionGap], corrections: [[Double]] = []) throws {
    problem.aim(gaps, corrections: corrections)
    try measureHeldOut()
  }

  // MARK: Predictors

  /// What a predictor gives for each row.
  struct Numbers {
    /// A decision, 0 or 1, or a loss.
    let values: Buffer<Float>
    /// The score, for decisions.
    let scores: Buffer<Float>?
  }

  /// The decisions or losses of a loop's current network on the training rows, (numbers, what follows from them).
  func measured(_ loop: TrainingLoop) throws -> (numbers: Numbers, answer: ReductionAnswer) {
    let outputs = try Buffer<Float>(count: rows.rows * loop.network.graph.outputWidth, for: "outputs")
    try loop.compute(loop.rows, into: outputs)
    return try measured(outputs, loop)
  }

  /// The same for outputs that are known, (rows, width).
  func measured(_ outputs: Buffer<Float>, _ loop: TrainingLoop) throws -> (
    numbers: Numbers, answer: ReductionAnswer
  ) {
    let numbers = try numbers(outputs, of: rows, loop)
    let values = numbers.values.pointer
    let error = problem.error(of: values)
    return (
      numbers,
      ReductionAnswer(
        error: error, spread: problem.spread(of: values, mean: error),
        excesses: problem.excesses(of: values))
    )
  }

  /// The same for the held-out rows; nil: there are none.
  func heldOutNumbers(_ loop: TrainingLoop) throws -> Numbers? {
    guard let held = loop.heldOut?.rows, let own = heldOutRows else { return nil }
    let outputs = try Buffer<Float>(count: held.rows * loop.network.graph.outputWidth, for: "outputs")
    try loop.compute(held, into: outputs)
    return try numbers(outputs, of: own, loop)
  }

  private func numbers(_ outputs: Buffer<Float>, of rows: TrainingRows, _ loop: TrainingLoop) throws
    -> Numbers
  {
    let numbers = try Buffer<Float>(count: rows.rows, for: "decisions")
    let target = rows.targets[0]
    switch problem.goal {
    case .losses:
      let slopes = try Buffer<Float>(count: outputs.count, for: "losses")
      loop.objective.loss.evaluate(
        Batch(
          task: target.labels.task, rows: rows.rows, width: loop.network.graph.outputWidth,
          outputs: outputs.pointer, labels: target.values.pointer), losses: numbers.pointer,
        slopes: slopes.pointer)
      return Numbers(values: numbers, scores: nil)
    case .errors:
      let scores = try Buffer<Float>(count: rows.rows, for: "scores")
      Scoring(network: loop.network, task: .binary).write(
        outputs.pointer, rows: rows.rows, to: scores.pointer)
      for row in 0..<rows.rows { numbers.pointer[row] = rule.isPositive(scores.pointer[row]) ? 1 : 0 }
      return Numbers(values: numbers, scores: scores)
    }
  }

  private mutating func measureHeldOut() throws {
    heldOut = try heldOutRows.flatMap { held in
      try held.targets.first.map {
        try problem.forRows(
          labels: $0.values, weights: $0.weights, codes: held.groupings.map(\.codes))
      }
    }
  }
}

extension FairnessConfig {
  /// The bound of a reduction, the margin for unseen rows, and the treatment of small groups.
  fileprivate var constraintSettings: ConstraintSettings {
    var bounded = self
    if ratio != nil { bounded.tolerance = 0 }
    return bounded.constraint(movesEachStep: false) ?? ConstraintSettings(tolerance: 0)
  }
}
