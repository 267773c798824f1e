import Configurations
import Fairness
import Platform

/// The training and held-out rows of a reduction, with the constraints on them.
struct ReducedRows {
  var problem: ReductionProblem
  /// The same constraints on the held-out rows; nil: there are none.
  private(set) var heldOut: ReductionProblem?
  private let heldOutRows: TrainingRows?

  /// - Throws: `unsupported` for tasks and labels that reductions do not have.
  init(_ training: TrainingProblem) throws {
    let (rows, goal) = (training.rows, training.goal)
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
    heldOutRows = training.heldOut
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

  /// Sets the bounds at which training aims.
  ///
  /// - Parameter gaps: those of the predictor without constraints on the training rows.
  mutating func aim(_ gaps: [ReductionGap]) throws {
    problem.aim(gaps)
    try measureHeldOut()
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
