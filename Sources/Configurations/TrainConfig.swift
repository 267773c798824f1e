import Engine
import Platform

/// How weights are trained.
public struct TrainConfig: Configuration {
  public enum Keep: String, ConfigChoice, Sendable { case last, best }
  public enum BatchNormMode: String, ConfigChoice, Sendable { case frozen, train }

  public var epochs: Int?
  public var batchSize: Int?
  public var shuffle = true
  public var seed = 0
  public var optimizer = OptimizerConfig()
  public var schedule = ScheduleConfig()
  public var clipNorm: Double?
  public var accumulate = 1
  public var loss = LossConfig()
  public var earlyStopping: EarlyStoppingConfig?
  public var keep: Keep?
  public var crossFitting = true
  public var precision: Precision?
  public var freeze: [String] = []
  public var batchNorm = BatchNormMode.frozen
  public var augment = AugmentConfig()
  public var head: HeadConfig?
  public var adapter: AdapterConfig?
  public var trees: TreesConfig?
  public var dropout: Double?
  public var layerDecay: Double?
  public var recompute = RecomputeChoice.auto
  public var memoryLimit: Int?
  public var checkpoint: CheckpointConfig?
  public var trace = false

  public init() {}

  public static let summary = "How the weights are trained."
  public static let fields: [ConfigField<TrainConfig>] = [
    ConfigField(
      "epochs", \.epochs, in: 0...1_000_000,
      "The number of passes over the training rows. Default: until loss and multipliers have settled, or "
        + "a budget of steps is used up (docs/training.md)."),
    ConfigField(
      "batch_size", \.batchSize, in: 1...16_777_216,
      "The number of rows of a step. Default: by the number of rows and the kind of model "
        + "(docs/training.md)."),
    ConfigField("shuffle", \.shuffle, "Whether every epoch takes the rows in a new random order."),
    ConfigField(
      "seed", \.seed, in: 0...Int.max,
      "The seed of all random choices. The same seed gives the same weights on the same kind of processor "
        + "with the same number of threads."
    ),
    ConfigField("optimizer", \.optimizer, "The method that updates the weights."),
    ConfigField("schedule", \.schedule, "The course of the learning rate over the steps."),
    ConfigField(
      "clip_norm", \.clipNorm, in: 0...1e9,
      "The maximum Euclidean norm of a step's gradient. Larger gradients are scaled down to it."),
    ConfigField(
      "accumulate", \.accumulate, in: 1...65_536,
      "The number of batches whose gradients are averaged for one step."),
    ConfigField("loss", \.loss, "The prediction loss."),
    ConfigField("early_stopping", \.earlyStopping, "When to stop before the last epoch; null for never."),
    ConfigField(
      "keep", \.keep,
      "last: the result has the weights of the last epoch; best: those of the epoch that keeps every "
        + "tolerance with the fewest errors (the lowest loss in regression), or, if none does, of the one that "
        + "comes nearest. Default: best if there is a tolerance."
    ),
    ConfigField(
      "cross_fitting", \.crossFitting,
      "Whether trainings on parts of the rows show how much larger gaps are on new rows, so that training "
        + "aims lower by as much; it takes two to four times as long (docs/training.md). Only for tolerances of "
        + "rates of decisions, on tables of 200 to 20,000 rows, for models with hidden layers or trees."),
    ConfigField(
      "precision", \.precision,
      "The precision of the factors of linear layers' products in training; sums and everything else are "
        + "f32. bf16 is nearly twice as fast on processors that support it. Default: the model's."),
    ConfigField(
      "freeze", \.freeze,
      "Patterns of the names of parameters that are not trained; * matches any text."),
    ConfigField(
      "batch_norm", \.batchNorm,
      "frozen: batch normalization keeps its running statistics; train: it learns them. A new network "
        + "always learns them."),
    ConfigField(
      "augment", \.augment,
      "Variants of rows that are added in training: mirrored images, texts with swapped terms."),
    ConfigField(
      "head", \.head,
      "A new head for the network, for labels that it does not know; null keeps the old one. {} replaces "
        + "the last layer."
    ),
    ConfigField(
      "adapter", \.adapter, "Small trainable parts added to frozen weights, for text models; null for none."),
    ConfigField(
      "trees", \.trees, "Growing and pruning, for ensembles of trees; null keeps the number of trees."),
    ConfigField(
      "dropout", \.dropout, in: 0...0.999,
      "For text models, the rate of every dropout. Default: the checkpoint's."),
    ConfigField(
      "layer_decay", \.layerDecay, in: 1e-6...1,
      "For text models, the ratio of each layer's learning rate to that of the layer above it, so that "
        + "the embeddings have the lowest; null: all layers have the same rate."),
    ConfigField(
      "recompute", \.recompute,
      "For text models, whether activations are recomputed in backward (true), which takes less memory "
        + "and gives the same gradients, or saved for backward (false). auto: they are recomputed if saving "
        + "them would take more than memory_limit."),
    ConfigField(
      "memory_limit", \.memoryLimit, in: 1...1_000_000_000,
      "For recompute, the megabytes for the values of a batch and their gradients. Default: three quarters "
        + "of the machine's memory."
    ),
    ConfigField(
      "checkpoint", \.checkpoint,
      "Where and how often the state of training is saved; null: it is not saved."),
    ConfigField("trace", \.trace, "Whether the report has an entry for every step."),
  ]
}

/// The prediction loss and its weights.
public struct LossConfig: Configuration {
  public enum Name: String, ConfigChoice, Sendable {
    case auto
    case crossEntropy = "cross_entropy"
    case focal, squared, absolute, huber
  }
  public var name = Name.auto
  public var labelSmoothing = 0.0
  public var gamma = 2.0
  public var delta = 1.0
  public var balanced = false
  public var classWeights = ConfigMap<Double>()

  public init() {}

  public static let summary = "The prediction loss."
  public static let fields: [ConfigField<LossConfig>] = [
    ConfigField("name", \.name, "The loss. auto: cross_entropy for classes, squared for numbers."),
    ConfigField(
      "label_smoothing", \.labelSmoothing, in: 0...0.999,
      "For cross_entropy, the share of the target that is divided equally among all classes."),
    ConfigField(
      "gamma", \.gamma, in: 0...20,
      "For focal, the exponent that reduces the weight of confident predictions."),
    ConfigField(
      "delta", \.delta, in: 1e-9...1e9,
      "For huber, the error from which the loss is linear instead of squared."),
    ConfigField("balanced", \.balanced, "Whether every class has the same total weight, however rare it is."),
    ConfigField("class_weights", \.classWeights, "A factor for the weights of a class's rows, by its label."),
  ]
}

/// The optimizer of the weights.
public struct OptimizerConfig: Configuration {
  public enum Name: String, ConfigChoice, Sendable { case sgd, adam, adamw, rmsprop, adagrad }
  public var name = Name.adamw
  public var learningRate: Double?
  public var weightDecay = 0.0
  public var momentum = 0.0
  public var nesterov = false
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var decay = 0.99
  public var epsilon: Double?

  public init() {}

  public static let summary = "The method that updates the weights. Conventions and defaults are PyTorch's."
  public static let fields: [ConfigField<OptimizerConfig>] = [
    ConfigField("name", \.name, "The method."),
    ConfigField(
      "learning_rate", \.learningRate, in: 0...1e6,
      "The size of a step. Default: by the kind of model (docs/training.md)."),
    ConfigField(
      "weight_decay", \.weightDecay, in: 0...1e6,
      "The weight decay: added to the gradient, or in adamw applied to the weights directly."),
    ConfigField("momentum", \.momentum, in: 0...0.999999, "The momentum of sgd and rmsprop."),
    ConfigField("nesterov", \.nesterov, "For sgd, whether Nesterov's momentum is used."),
    ConfigField("beta1", \.beta1, in: 0...0.999999, "For adam and adamw, the decay of the gradient's mean."),
    ConfigField(
      "beta2", \.beta2, in: 0...0.99999999, "For adam and adamw, the decay of the gradient's square."),
    ConfigField("decay", \.decay, in: 0...0.99999999, "For rmsprop, the decay of the gradient's square."),
    ConfigField(
      "epsilon", \.epsilon, in: 1e-20...1,
      "A constant added to the root of the square; null for the method's default."),
  ]
}

/// The schedule of the learning rate.
public struct ScheduleConfig: Configuration {
  public enum Name: String, ConfigChoice, Sendable { case constant, linear, cosine }
  public var name = Name.constant
  public var warmup = 0.0

  public init() {}

  public static let summary = "The course of the learning rate over the steps."
  public static let fields: [ConfigField<ScheduleConfig>] = [
    ConfigField("name", \.name, "The rate after the warm-up: constant, linear to 0, or half a cosine to 0."),
    ConfigField(
      "warmup", \.warmup, in: 0...1,
      "The share of all steps in which the rate rises from 0 to its full value."),
  ]
}

/// When to stop before the last epoch.
public struct EarlyStoppingConfig: Configuration {
  public var metric = "loss"
  public var attribute: AttributeReference?
  public var patience = 2
  public var minimumChange = 0.0

  public init() {}

  public static let summary = "Stops training when a metric of the validation rows does not improve any more."
  public static let fields: [ConfigField<EarlyStoppingConfig>] = [
    ConfigField(
      "metric", \.metric,
      "The metric: loss, any metric of an audit, or with an attribute any gap or fairness measure. For "
        + "tagged words, entity_f1 is also accepted."
    ),
    ConfigField(
      "attribute", \.attribute,
      "The attribute, or a list for their intersection, whose gap is measured; null for metrics of all "
        + "rows."),
    ConfigField(
      "patience", \.patience, in: 0...1_000_000,
      "The number of epochs without improvement after which training still continues."),
    ConfigField(
      "minimum_change", \.minimumChange, in: 0...1e9,
      "The minimum improvement. A smaller one counts as none."),
  ]
}

/// Where, and after how many steps, the state of the training is saved.
public struct CheckpointConfig: Configuration {
  public var directory = ""
  public var everySteps = 500
  public var resume = false

  public init() {}

  public static let summary = "Saves the state of training, so that it can continue after an interruption."
  public static let fields: [ConfigField<CheckpointConfig>] = [
    ConfigField(
      "directory", \.directory,
      "The directory of the file checkpoint.safetensors. It is created if it does not exist."),
    ConfigField("every_steps", \.everySteps, in: 1...Int.max, "The number of steps between two checkpoints."),
    ConfigField(
      "resume", \.resume,
      "Whether to continue from a checkpoint in the directory, if there is one."),
  ]

  public func validate(at pointer: String) throws {
    guard !directory.isEmpty else {
      throw Failure.invalidConfig("no directory is named", at: pointer + "/directory")
    }
  }
}
