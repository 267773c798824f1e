import Engine
import Fairness
import Formats
import Models
import Platform

/// The predictors that a reduction has found, and what is known of them.
final class ReductionState {
  let course: TrainingCourse
  private var rows: ReducedRows
  private let learner: CostLearner
  /// The last predictor.
  private var last: (measured: Measured, answer: ReductionAnswer)?
  private(set) var trainings = 0
  private var progress: Progress
  /// The gaps of the predictor without constraints on the training rows.
  private(set) var unconstrained: [ReductionGap] = []

  /// A predictor of the solution.
  struct Member {
    let network: Network
    let measured: Measured
    let answer: ReductionAnswer
  }

  /// What a predictor gives for the training rows and the held-out rows.
  typealias Measured = (training: Numbers, heldOut: Numbers?)

  struct Numbers {
    /// A decision, 0 or 1, or a loss for each row.
    let values: Buffer<Float>
    /// The score of each row, for decisions.
    let scores: Buffer<Float>?
  }
  private(set) var members: [Member] = []
  /// The share of each member in the result.
  private(set) var shares: [Double] = []
  private(set) var combination = NetworkMixture.Combination.decisions
  /// The result: a single network, or the member with the largest share of a mixture.
  private(set) var network: Network
  /// Further members of the report.
  var account: [JSONValue.Member] = []

  /// How the network's scores become decisions.
  var rule: DecisionRule { DecisionRule(threshold: course.problem.goal.threshold) }
  var problem: ReductionProblem { rows.problem }
  var heldOutProblem: ReductionProblem? { rows.heldOut }
  /// Whether the weights of all members are finite.
  var isFinite: Bool { members.allSatisfy { $0.answer.error.isFinite } }

  init(_ course: TrainingCourse, _ rows: ReducedRows, _ learner: CostLearner, steps: Int) throws {
    (self.course, self.rows, self.learner) = (course, rows, learner)
    network = course.network
    progress = Progress(course.progress, totalSteps: steps, firstStep: 0)
  }

  // MARK: Learning

  /// Trains without constraints, and sets the bounds by the standard errors of the gaps.
  func learnWithoutConstraints() throws {
    let none = [Double](repeating: 0, count: problem.constraintCount)
    _ = try learn(none)
    guard let last else { return }
    unconstrained = try problem.gaps(of: last.measured.training.values.pointer)
    course.unconstrained = try course.problem.validation.judge(
      learner.loop.presentNetwork(), reported: true)
    try rows.aim(unconstrained)
  }

  /// Trains with the costs that multipliers give.
  func learn(_ multipliers: [Double]) throws -> ReductionAnswer {
    try HostCall.check()
    try learner.learn(
      problem.goal, problem.costs(multipliers), rows.heldOut.map { try $0.costs(multipliers) })
    let loop = learner.loop
    let training = try numbers(learner.outputs(), of: course.problem.rows)
    let heldOut = try loop.heldOut.map { held in
      let outputs = try Buffer<Float>(
        count: held.rows.rows * loop.network.graph.outputWidth, for: "outputs")
      try loop.compute(held.rows, into: outputs)
      return try numbers(outputs, of: course.problem.heldOut ?? course.problem.rows)
    }
    let values = training.values.pointer
    let error = problem.error(of: values)
    let answer = ReductionAnswer(
      error: error, spread: problem.spread(of: values, mean: error), excesses: problem.excesses(of: values))
    last = ((training, heldOut), answer)
    trainings += 1
    try progress.report(
      phase: "reduce", epoch: trainings, step: trainings, rowsPerSecond: 0, always: true
    ) { (error, .object([])) }
    return answer
  }

  /// The decisions of rows, or their losses.
  private func numbers(_ outputs: Buffer<Float>, of rows: TrainingRows) throws -> Numbers {
    let loop = learner.loop
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

  // MARK: Predictors

  /// Keeps the last predictor as a member.
  func keep() throws {
    guard let last else { return }
    members.append(
      Member(
        network: try learner.loop.presentNetwork(copied: true), measured: last.measured,
        answer: last.answer))
  }

  var best: Int { ReductionAnswer.best(of: members.map(\.answer), noWorseThan: constantError) }

  /// The error of the best constant decision; for losses, there is no bound.
  var constantError: Double {
    guard problem.goal == .errors, let last else { return .infinity }
    let none = last.measured.training.values.count
    let rate = [Float](repeating: 0, count: none).withUnsafeBufferPointer { zeros in
      zeros.baseAddress.map { problem.error(of: $0) } ?? 0
    }
    return min(rate, 1 - rate)
  }

  /// Makes one member the result.
  func choose(_ member: Int) throws {
    shares = members.indices.map { $0 == member ? 1 : 0 }
    network = members[member].network
  }

  /// Makes a mixture the result.
  func mix(_ solution: [Double], _ combination: NetworkMixture.Combination) throws {
    let total = solution.reduce(0, +)
    shares = members.indices.map { solution.indices.contains($0) ? solution[$0] / total : 0 }
    let used = members.indices.filter { shares[$0] > 0 }
    network = used.max { shares[$0] < shares[$1] }.map { members[$0].network } ?? network
    self.combination = combination
    course.mixture = try NetworkMixture(
      used.map { members[$0].network }, weights: used.map { shares[$0] }, combination, rule: rule)
  }
}
