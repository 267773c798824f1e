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
  private var progress: Progress
  private(set) var trainings = 0
  /// The gaps of the predictor without constraints on the training rows.
  private(set) var unconstrained: [ReductionGap] = []

  /// What a predictor gives for the training rows and the held-out rows.
  typealias Measured = (training: ReducedRows.Numbers, heldOut: ReducedRows.Numbers?)

  /// A predictor of the solution.
  struct Member {
    let network: Network
    let measured: Measured
    let answer: ReductionAnswer
    /// Whether the trained weights are finite.
    let isFinite: Bool
  }

  /// The last predictor.
  private var last: (measured: Measured, answer: ReductionAnswer)?
  private(set) var members: [Member] = []
  /// The share of each member in the result.
  private(set) var shares: [Double] = []
  private(set) var combination = NetworkMixture.Combination.decisions
  /// The result: a single network, or the member with the largest share of a mixture.
  private(set) var network: Network
  /// Further members of the report.
  var account: [JSONValue.Member] = []

  /// How the network's scores become decisions.
  var rule: DecisionRule { rows.rule }
  var problem: ReductionProblem { rows.problem }
  var heldOutProblem: ReductionProblem? { rows.heldOut }
  /// Whether the weights of all members are finite.
  var isFinite: Bool { members.allSatisfy(\.isFinite) }

  /// - Parameter steps: the expected number of trainings, for the progress.
  init(_ course: TrainingCourse, _ rows: ReducedRows, _ learner: CostLearner, steps: Int) {
    (self.course, self.rows, self.learner) = (course, rows, learner)
    network = course.network
    progress = Progress(course.progress, totalSteps: steps, firstStep: 0)
  }

  // MARK: Learning

  /// Trains without constraints, and sets the bounds by the standard errors of the gaps.
  func learnWithoutConstraints() throws {
    _ = try learn([Double](repeating: 0, count: problem.constraintCount))
    guard let last else { return }
    unconstrained = try problem.gaps(of: last.measured.training.values.pointer)
    course.unconstrained = try course.problem.validation.judge(
      learner.loop.presentNetwork(), reported: true)
    try rows.aim(unconstrained)
  }

  /// Trains with the costs that multipliers give.
  func learn(_ multipliers: [Double]) throws -> ReductionAnswer {
    try HostCall.check()
    try learner.learn(rows, multipliers)
    let (training, answer) = try rows.measured(learner.loop)
    last = ((training, try rows.heldOutNumbers(learner.loop)), answer)
    trainings += 1
    try progress.report(
      phase: "reduce", epoch: trainings, step: trainings, rowsPerSecond: 0, always: true
    ) { (answer.error, .object([])) }
    return answer
  }

  // MARK: Predictors

  /// Keeps the last predictor as a member.
  func keep() throws {
    guard let last else { return }
    members.append(
      Member(
        network: try learner.loop.presentNetwork(copied: true), measured: last.measured,
        answer: last.answer, isFinite: learner.loop.trainer.weights.elements.allSatisfy(\.isFinite)))
  }

  /// The index of the best member.
  var best: Int { ReductionAnswer.best(of: members.map(\.answer), noWorseThan: constantError) }

  /// The error of the best constant decision; for losses, there is no bound.
  private var constantError: Double {
    guard problem.goal == .errors else { return .infinity }
    let rate = [Float](repeating: 0, count: problem.rows).withUnsafeBufferPointer { zeros in
      zeros.baseAddress.map { problem.error(of: $0) } ?? 0
    }
    return min(rate, 1 - rate)
  }

  /// Makes one member the result.
  func choose(_ member: Int) {
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
