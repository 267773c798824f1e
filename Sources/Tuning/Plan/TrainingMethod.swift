import Fairness
import Formats
import Models
import Platform

/// A method that improves a network's predictions under fairness objectives.
///
/// A plan runs its methods in turn; each continues with the network of the previous one.
protocol TrainingMethod {
  /// - Throws: `cancelled`, `invalidConfig` for settings that do not fit the network, `unsupported` for a
  ///   network that the method cannot train.
  func train(_ course: TrainingCourse) throws
}

/// The state of a training, which its methods read and update.
final class TrainingCourse {
  let problem: TrainingProblem
  let progress: Progress.Callback?
  /// Judges the baseline: the same new model tuned without fairness objectives; nil: the tuned model is
  /// compared with the network before training.
  let baseline: (() throws -> Validation.Result)?

  /// The network of the last method.
  var network: Network
  /// The mixture that a reduction found, whose largest member is `network`; nil: the network alone is the result.
  var mixture: NetworkMixture?
  /// Grows a new ensemble of trees again on other rows; nil: the network was not grown on the rows.
  var regrown: ((TrainingRows) throws -> Network)?
  /// The objective of the last method, if the next method continues with its multipliers.
  var objective: TrainingObjective?

  private(set) var before: Validation.Result?
  /// The judgement of the phase without constraints.
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

  /// Judges the model with which the tuned one is compared, unless that was done already.
  ///
  /// - Parameters:
  ///   - hasUnconstrainedPhase: whether the method will judge a network without constraints itself.
  ///   - network: the network before training.
  func judgeBefore(hasUnconstrainedPhase: Bool, _ network: () throws -> Network) throws {
    guard before == nil else { return }
    if let baseline {
      if !hasUnconstrainedPhase { before = try baseline() }
    } else {
      before = try problem.validation.judge(network(), reported: true)
    }
  }
}

/// A record of a training for its report.
struct TrainingAccount {
  var epochs = 0
  var stoppedEarly = false
  var history: [JSONValue] = []
  /// The epoch, or round, of the tuned model's weights; nil: the last one.
  var keptEpoch: Int?
  /// The end of a training with phases.
  var ending: Ending?

  struct Ending {
    let reason: PhasedTraining.Ending
    let outputsWereShifted: Bool
    /// Whether a reduction found the weights, instead of a round.
    let isOfReduction: Bool
  }
  var constraints: ConstraintReport?
  /// How a reduction found its models; nil: there was none.
  var reduction: JSONValue?
  /// One entry per step, if requested.
  var steps: [JSONValue]?
  /// The changes of an ensemble of trees; nil if there is none.
  var trees: TreeAccount?
  var weightsAreFinite = true
}

/// The changes of an ensemble's trees.
struct TreeAccount {
  let before: Int
  var grown = 0
  var pruned = 0
  /// One entry per round of growth.
  var rounds: [JSONValue] = []
}
