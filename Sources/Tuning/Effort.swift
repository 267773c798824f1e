import Engine
import Fairness
import Models
import Platform

/// How much a training does where its configuration does not say: the size and number of steps follow from rows,
/// parameters and the kind of model (docs/training.md).
struct Effort {
  let kind: TrainedKind
  let batchSize: Int
  let learningRate: Double
  let weightDecay: Double
  /// How strongly the second phase draws weights back to those of the first, as a decoupled weight decay does to 0: what
  /// holds for the rows of training only takes large changes of many weights.
  let pull: Float
  /// Passes, where phases do not decide.
  let epochs: Int
  /// Whether training goes on until loss and multipliers have settled, phase after phase.
  let hasPhases: Bool
  /// The share of the held-out loss that is a gain in the first phase.
  let leastGain: Double
  /// Steps of the first phase, without constraints, at most; 0: the base is taken as it is.
  let fitSteps: Int
  /// Steps of a cycle of the second phase, and cycles, at most.
  let cycleSteps: Int
  let cycles: Int

  /// - Parameters:
  ///   - isNew: whether weights, or those of the last layer, are random.
  init(_ settings: GradientSettings, kind: TrainedKind, isNew: Bool, rows: Int, parameters: Int) {
    self.kind = kind
    let isText = kind == .text || kind == .textAdapter || kind == .textHead
    batchSize = settings.batchSize ?? (isText ? 16 : Self.batchSize(rows: rows))
    learningRate =
      settings.optimizer.learningRate
      ?? {
        switch kind {
        case .newNetwork: 5e-3
        case .newLinear: 2e-2
        case .loadedNetwork: 1e-3
        case .leaves: 2e-3
        case .machine: 1e-2
        case .text: 3e-5
        case .textAdapter: 5e-4
        case .textHead: 1e-3
        }
      }()
    weightDecay = settings.optimizer.weightDecay
    pull = kind == .newLinear || kind == .machine || isText ? 0 : 3
    epochs = isText ? 3 : 10
    hasPhases = settings.mayHavePhases
    let epochSteps = max((rows + batchSize - 1) / batchSize, 1)
    let fits = isNew || kind == .loadedNetwork
    leastGain = kind == .newLinear ? 1e-4 : 1e-3
    fitSteps = !fits ? 0 : isText ? 3 * epochSteps : max(kind == .newLinear ? 4000 : 2000, 3 * epochSteps)
    cycleSteps = isText ? 2 * epochSteps : max(800, 4 * epochSteps)
    cycles = isText ? 2 : 4
  }

  /// A power of two near a thirty-second of the rows, so that small tables take steps enough.
  private static func batchSize(rows: Int) -> Int {
    var size = 32
    while size < 256, size * 2 <= rows / 32 { size *= 2 }
    return size
  }
}
