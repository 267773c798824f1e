import Fairness
import Formats
import Platform

/// A way to make a network predict better under fairness objectives.
///
/// A plan runs its methods in turn; each begins with the network that the one before it left.
protocol TrainingMethod {
  /// - Throws: `cancelled`, `invalidConfig` for settings that do not fit the network, `unsupported` for a network that
  ///   the method does not train.
  func train(_ course: TrainingCourse) throws
}

/// A training under way: what its methods find and leave.
final class TrainingCourse {
  let problem: TrainingProblem
  let progress: Progress.Callback?
  /// How the same new model is judged that is tuned without fairness objectives; nil: the network as it is first is what
  /// the tuned one is compared with.
  let baseline: (() throws -> Validation.Result)?

  /// What the last method left.
  var network: Network
  /// The objective of the last method that leaves multipliers to the next.
  var objective: TrainingObjective?

  private(set) var before: Validation.Result?
  /// Of the phase without constraints.
  var unconstrained: Validation.Result?
  var account = TrainingAccount()

  init(
    _ problem: TrainingProblem, _ progress: Progress.Callback?, baseline: (() throws -> Validation.Result)?
  ) {
    self.problem = problem
    self.progress = progress
    self.baseline = baseline
    network = problem.tunable.network
  }

  /// Judges what the tuned model is compared with, if it was not yet.
  ///
  /// - Parameters:
  ///   - hasUnconstrainedPhase: whether the method will judge a network without constraints itself.
  ///   - network: as it is before training.
  func judgeBefore(hasUnconstrainedPhase: Bool, _ network: () throws -> Network) throws {
    guard before == nil else { return }
    if let baseline {
      if !hasUnconstrainedPhase { before = try baseline() }
    } else {
      before = try problem.validation.judge(network(), reported: true)
    }
  }
}

/// What a training did, for its report.
struct TrainingAccount {
  var epochs = 0
  var stoppedEarly = false
  var history: [JSONValue] = []
  /// The epoch, or round, whose weights the tuned model has; nil: the last one's.
  var keptEpoch: Int?
  /// How a training ended whose effort follows from the data, and whether all outputs were moved alike.
  var ending: (PhasedTraining.Ending, outputsWereShifted: Bool)?
  var constraints: ConstraintReport?
  /// An entry for each step, where they are asked for.
  var steps: [JSONValue]?
  /// Of ensembles of trees that methods change.
  var trees: TreeAccount?
  var weightsAreFinite = true
}

/// What became of an ensemble's trees.
struct TreeAccount {
  let before: Int
  var grown = 0
  var pruned = 0
  /// An entry for each round of growth.
  var rounds: [JSONValue] = []
}
