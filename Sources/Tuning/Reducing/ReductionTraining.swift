import Configurations
import Engine
import Fairness
import Formats
import Models
import Platform

/// Training by a reduction: the network is trained several times with a cost for each row, and the results are
/// mixed, or the best one is kept.
struct ReductionTraining: TrainingMethod {
  let config: ReductionConfig
  /// Trains with costs; its settings of constraints are not used.
  let training: GradientTraining

  func train(_ course: TrainingCourse) throws {
    let problem = course.problem
    let costs = TrainingCourse(try problem.withOwnTargets(), nil, baseline: nil)
    costs.network = course.network
    let reduced = try ReducedRows(problem.goal, problem.rows, heldOut: problem.heldOut)
    try reduced.requireFewConstraints()
    let loop = try training.loop(costs)
    let learner = try CostLearner(
      loop, rows: loop.rows, heldOut: loop.heldOut?.rows, .whole { try problem.validation.judge($0) })
    let state = ReductionState(course, reduced, learner, steps: config.expectedTrainings)
    try course.judgeBefore(hasUnconstrainedPhase: true) { try learner.loop.presentNetwork() }
    try state.learnWithoutConstraints()
    switch config.method {
    case .exponentiatedGradient: try exponentiatedGradient(state)
    case .gridSearch: try gridSearch(state)
    }
    course.network = state.network
    course.account.weightsAreFinite = state.isFinite
    course.account.constraints = try state.report()
    course.account.reduction = state.json(config)
  }

  private func exponentiatedGradient(_ state: ReductionState) throws {
    let solution = try config.exponentiatedGradient.solve(state.problem) { multipliers in
      try state.learn(multipliers)
    } accept: {
      try state.keep()
    }
    state.account += [
      .init("steps", .integer(solution.steps)), .init("gap", .finite(solution.gap)),
      .init("multipliers", .numbers(solution.multipliers)),
    ]
    if config.result == .best { return state.choose(state.best) }
    // Later predictors have no part in the solution; shares that rounding left are dropped.
    let shares = solution.mixture.map { $0 < 1e-6 ? 0 : $0 }
    try state.mix(
      shares, config.result == .randomized && state.problem.goal == .errors ? .decisions : .scores)
  }

  private func gridSearch(_ state: ReductionState) throws {
    let points = try config.multiplierSearch.solve(state.problem) { multipliers in
      try state.learn(multipliers)
    } accept: {
      try state.keep()
    }
    state.account.append(
      .init(
        "grid",
        .array(
          points.map { point in
            [
              "multipliers": .numbers(point.multipliers), "error": .finite(point.answer.error),
              "excess": .finite(point.answer.excesses.max() ?? 0),
            ]
          })))
    state.choose(state.best)
  }
}

extension ReductionConfig {
  /// The usual number of trainings, for the progress.
  fileprivate var expectedTrainings: Int {
    switch method {
    case .exponentiatedGradient: 1 + 5 * min(steps, 10)
    case .gridSearch: 1 + gridSize
    }
  }
}
