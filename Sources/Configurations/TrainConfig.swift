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
      "Passes over the training rows. Default: until loss and multipliers have settled, or a budget of steps is spent "
        + "(docs/training.md)."),
    ConfigField(
      "batch_size", \.batchSize, in: 1...16_777_216,
      "Rows of a step. Default: by the number of rows and the kind of model (docs/training.md)."),
    ConfigField("shuffle", \.shuffle, "Whether every epoch takes the rows in a new random order."),
    ConfigField(
      "seed", \.seed, in: 0...Int.max,
      "Of every random choice; the same seed gives the same weights, on the same kind of processor and number of threads."
    ),
    ConfigField("optimizer", \.optimizer, "The method that changes the weights."),
    ConfigField("schedule", \.schedule, "The learning rate over the steps."),
    ConfigField(
      "clip_norm", \.clipNorm, in: 0...1e9,
      "The largest Euclidean norm of a step's gradient; larger ones are scaled to it."),
    ConfigField(
      "accumulate", \.accumulate, in: 1...65_536, "Batches whose gradients are averaged for one step."),
    ConfigField("loss", \.loss, "The prediction loss."),
    ConfigField("early_stopping", \.earlyStopping, "When to stop before the last epoch; null: never."),
    ConfigField(
      "keep", \.keep,
      "The weights of the last epoch, or of the best one: the one that keeps every tolerance with the fewest errors "
        + "(the lowest loss in regression), or else comes nearest to them. Default: best where there is a tolerance."
    ),
    ConfigField(
      "precision", \.precision,
      "In what the factors of linear layers' products are held in training, sums and all else being f32: bf16 is "
        + "nearly twice as fast on processors that have it. Default: that of the model."),
    ConfigField("freeze", \.freeze, "Patterns of parameter names that stay as they are; * is any text."),
    ConfigField(
      "batch_norm", \.batchNorm,
      "Whether batch normalization keeps its running statistics or learns them anew; a new network always learns "
        + "them."),
    ConfigField(
      "augment", \.augment,
      "What training sees beside the rows as they are: mirrored images, texts with swapped terms."),
    ConfigField(
      "head", \.head,
      "A new end for the network, for labels that it does not know; null: it stays. {} replaces the last layer."
    ),
    ConfigField(
      "adapter", \.adapter, "Small trainable parts beside frozen weights, for text models; null: none."),
    ConfigField(
      "trees", \.trees, "Further trees, and fewer, for ensembles of trees; null: as many as there are."),
    ConfigField(
      "dropout", \.dropout, in: 0...0.999,
      "Of text models: the rate of every dropout. Default: the checkpoint's."),
    ConfigField(
      "layer_decay", \.layerDecay, in: 1e-6...1,
      "Of text models: each layer has this share of the learning rate of the one above it, the embeddings the least; "
        + "null: all have the same."),
    ConfigField(
      "recompute", \.recompute,
      "Of text models: whether what a layer computes is kept until the gradient has used it, or computed again (true), "
        + "for less memory and the same gradients; auto: where keeping it would take more than memory_limit."),
    ConfigField(
      "memory_limit", \.memoryLimit, in: 1...1_000_000_000,
      "Of recompute: megabytes for the values of a batch and their gradients. Default: three quarters of the machine's memory."
    ),
    ConfigField(
      "checkpoint", \.checkpoint, "Where and how often the state of training is kept; null: nowhere."),
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
    ConfigField("name", \.name, "auto: cross_entropy for classes, squared for numbers."),
    ConfigField(
      "label_smoothing", \.labelSmoothing, in: 0...0.999,
      "Of cross_entropy: the share of the target given to all classes alike."),
    ConfigField("gamma", \.gamma, in: 0...20, "Of focal: how much sure predictions are played down."),
    ConfigField("delta", \.delta, in: 1e-9...1e9, "Of huber: where the loss turns from square to line."),
    ConfigField("balanced", \.balanced, "Whether every class has the same weight in all, however rare."),
    ConfigField("class_weights", \.classWeights, "A factor for the rows of a class, by its label."),
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

  public static let summary = "The method that changes the weights; conventions and defaults are PyTorch's."
  public static let fields: [ConfigField<OptimizerConfig>] = [
    ConfigField("name", \.name, "The method."),
    ConfigField(
      "learning_rate", \.learningRate, in: 0...1e6,
      "The size of a step. Default: by the kind of model (docs/training.md)."),
    ConfigField(
      "weight_decay", \.weightDecay, in: 0...1e6,
      "How much weights shrink: added to the gradient, or in adamw beside it."),
    ConfigField("momentum", \.momentum, in: 0...0.999999, "Of sgd and rmsprop."),
    ConfigField("nesterov", \.nesterov, "Of sgd: look ahead along the momentum."),
    ConfigField("beta1", \.beta1, in: 0...0.999999, "Of adam and adamw: the decay of the gradient's mean."),
    ConfigField(
      "beta2", \.beta2, in: 0...0.99999999, "Of adam and adamw: the decay of the gradient's square."),
    ConfigField("decay", \.decay, in: 0...0.99999999, "Of rmsprop: the decay of the gradient's square."),
    ConfigField(
      "epsilon", \.epsilon, in: 1e-20...1, "Added to the root of the square; null: the method's own default."),
  ]
}

/// The schedule of the learning rate.
public struct ScheduleConfig: Configuration {
  public enum Name: String, ConfigChoice, Sendable { case constant, linear, cosine }
  public var name = Name.constant
  public var warmup = 0.0

  public init() {}

  public static let summary = "The learning rate over the steps."
  public static let fields: [ConfigField<ScheduleConfig>] = [
    ConfigField("name", \.name, "After the warm-up: constant, a line to 0, or half a cosine to 0."),
    ConfigField("warmup", \.warmup, in: 0...1, "The share of all steps in which the rate climbs from 0."),
  ]
}

/// When to stop before the last epoch.
public struct EarlyStoppingConfig: Configuration {
  public var metric = "loss"
  public var attribute: AttributeReference?
  public var patience = 2
  public var minimumChange = 0.0

  public init() {}

  public static let summary = "Stops when a metric of the validation rows gets no better."
  public static let fields: [ConfigField<EarlyStoppingConfig>] = [
    ConfigField(
      "metric", \.metric,
      "loss, any metric of an audit, or with an attribute any gap or fairness measure; of tagged words also entity_f1."
    ),
    ConfigField("attribute", \.attribute, "Whose gap it is; null for metrics of all rows."),
    ConfigField("patience", \.patience, in: 0...1_000_000, "Epochs without a gain that are borne."),
    ConfigField("minimum_change", \.minimumChange, in: 0...1e9, "A smaller gain counts as none."),
  ]
}

/// Where, and after how many steps, the state of the training is saved.
public struct CheckpointConfig: Configuration {
  public var directory = ""
  public var everySteps = 500
  public var resume = false

  public init() {}

  public static let summary = "Keeps the state of training, so that it can go on after an interruption."
  public static let fields: [ConfigField<CheckpointConfig>] = [
    ConfigField(
      "directory", \.directory, "Where the file checkpoint.safetensors is kept; made if it is absent."),
    ConfigField("every_steps", \.everySteps, in: 1...Int.max, "Steps between two checkpoints."),
    ConfigField("resume", \.resume, "Whether to go on from a checkpoint in the directory, if there is one."),
  ]

  public func validate(at pointer: String) throws {
    guard !directory.isEmpty else {
      throw Failure.invalidConfig("no directory is named", at: pointer + "/directory")
    }
  }
}
