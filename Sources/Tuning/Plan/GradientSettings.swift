import Configurations
import Engine
import Platform

/// The settings of gradient training.
struct GradientSettings {
  let seed: Int
  let epochs: Int?
  let batchSize: Int?
  let shuffle: Bool
  let optimizer: OptimizerConfig
  let schedule: ScheduleConfig
  let clipNorm: Double?
  let accumulate: Int
  let earlyStopping: EarlyStoppingConfig?
  let keep: TrainConfig.Keep?
  /// Whether the optimism of constraints is estimated.
  let crossFits: Bool
  let precision: Precision?
  /// Patterns of parameters that are not trained.
  let freeze: [String]
  let augment: AugmentConfig
  let adapter: AdapterConfig?
  let layerDecay: Double?
  /// Whether a layer's outputs are saved for backward or recomputed.
  let recompute: RecomputeChoice
  let memoryLimit: Int?
  private(set) var checkpoint: CheckpointConfig?
  private(set) var trace: Bool
  /// Whether training may have phases: the configuration does not set its length.
  let mayHavePhases: Bool
  /// Whether the network is already fitted, so that the phase without constraints is left out.
  let isFitted: Bool

  /// - Parameter growsTrees: whether the training follows the growth of a new ensemble, which does not set its length.
  init(_ train: TrainConfig, growsTrees: Bool = false, isFitted: Bool = false) {
    self.isFitted = isFitted
    seed = train.seed
    (epochs, batchSize, shuffle) = (train.epochs, train.batchSize, train.shuffle)
    (optimizer, schedule) = (train.optimizer, train.schedule)
    (clipNorm, accumulate) = (train.clipNorm, train.accumulate)
    (earlyStopping, keep, precision) = (train.earlyStopping, train.keep, train.precision)
    crossFits = train.crossFitting
    (freeze, augment, adapter, layerDecay) = (train.freeze, train.augment, train.adapter, train.layerDecay)
    (recompute, memoryLimit) = (train.recompute, train.memoryLimit)
    (checkpoint, trace) = (train.checkpoint, train.trace)
    mayHavePhases =
      train.epochs == nil && train.checkpoint == nil && train.earlyStopping == nil
      && (train.trees == nil || growsTrees)
      && train.accumulate == 1 && train.keep != .last && train.schedule.name == .constant
      && !(train.adapter?.allocatesRanks ?? false)
  }

  /// Whether the configuration sets how batches are trained.
  var setsBatches: Bool {
    epochs != nil || batchSize != nil || optimizer.learningRate != nil || earlyStopping != nil
      || accumulate > 1
  }

  /// A copy that writes no checkpoints and reports no steps.
  var withoutTraces: GradientSettings {
    var copy = self
    (copy.checkpoint, copy.trace) = (nil, false)
    return copy
  }
}
