import Engine
import Fairness
import Models
import Platform

/// Settings of a training that the configuration leaves open. The size and the number of steps follow from
/// the rows, the parameters and the kind of the model (docs/training.md).
struct Effort {
  let kind: TrainedKind
  /// Whether the outputs are linear in the trained weights, so that the loss is convex and single rows cannot be learnt.
  let isLinear: Bool
  let batchSize: Int
  let learningRate: Double
  let weightDecay: Double
  /// The strength with which the second phase pulls the weights towards those of the first, like a decoupled
  /// weight decay towards 0. It suppresses large changes of many weights, which fit only the training rows.
  let pull: Float
  /// The number of epochs if there are no phases.
  let epochs: Int
  /// Whether training has phases and runs until loss and multipliers have converged.
  let hasPhases: Bool
  /// The relative decrease of the held-out loss that counts as an improvement in the first phase.
  let leastGain: Double
  /// The maximum number of steps of the first phase, without constraints; 0: the base model is used
  /// unchanged.
  let fitSteps: Int
  /// The number of steps in a cycle of the second phase.
  let cycleSteps: Int
  /// The maximum number of cycles.
  let cycles: Int

  /// - Parameters:
  ///   - isNew: whether the weights, or those of the last layer, are random.
  init(_ settings: GradientSettings, _ goal: TrainingGoal, kind: TrainedKind, isNew: Bool, rows: Int) {
    self.kind = kind
    isLinear = kind == .newLinear || kind == .loadedLinear || kind == .machine
    let isText = kind == .text || kind == .textAdapter || kind == .textHead
    batchSize = settings.batchSize ?? (isText ? 16 : Self.batchSize(rows: rows))
    learningRate =
      settings.optimizer.learningRate
      ?? {
        switch kind {
        case .newNetwork: 5e-3
        case .newLinear: 2e-2
        case .loadedNetwork: 1e-3
        case .loadedLinear: 1e-2
        case .leaves: 2e-3
        case .machine: 1e-2
        case .text: 3e-5
        case .textAdapter: 5e-4
        case .textHead: 1e-3
        }
      }()
    weightDecay = settings.optimizer.weightDecay
    pull = isLinear || isText ? 0 : 3
    hasPhases = settings.mayHavePhases && goal.isMeasuredByPasses
    let epochSteps = max((rows + batchSize - 1) / batchSize, 1)
    // Where the objectives are the reason for epochs, these have as many steps as the first phase.
    let least = settings.mayHavePhases && !hasPhases ? (2000 + epochSteps - 1) / epochSteps : 0
    epochs = isText ? 3 : max(10, least)
    let fits =
      goal.isPenalized
      || (isNew || kind == .loadedNetwork || kind == .loadedLinear) && !settings.isFitted
    leastGain = isLinear ? 1e-4 : 1e-3
    fitSteps = !fits ? 0 : isText ? 3 * epochSteps : max(isLinear ? 4000 : 2000, 3 * epochSteps)
    cycleSteps = isText ? 2 * epochSteps : max(800, 4 * epochSteps)
    cycles = isText ? 2 : 4
  }

  /// A power of two close to rows / 32, so that small tables have enough steps.
  private static func batchSize(rows: Int) -> Int {
    var size = 32
    while size < 256, size * 2 <= rows / 32 { size *= 2 }
    return size
  }
}
