import Configurations
import Datasets
import Engine
import Fairness
import Formats
import Platform

/// What models of a kind contribute to a tuning.
package protocol ModelTuning {
  /// The settings of training that are for models of some kinds, and for this one.
  var settings: Set<KindSetting> { get }

  /// Whether labels that the model does not know give it a fresh head, without being asked for one.
  var learnsNewLabels: Bool { get }

  /// The attribute of a counterfactual objective that names none; nil: the first sensitive one.
  var counterfactualAttribute: AttributeReference? { get }

  /// What a parameter's name may begin with that patterns leave out.
  var namePrefix: String { get }

  /// The rows to learn from, with further ones that are made of them.
  func augmented(_ rows: Dataset, _ augment: AugmentConfig, _ data: DataConfig, seed: Int) throws -> Dataset

  /// The network to train for labels, and how it reads.
  ///
  /// - Parameters:
  ///   - base: the model that has this reader.
  ///   - rows: to learn from.
  /// - Throws: `invalidConfig` for columns that do not fit the network, `invalidData` as `InputReader.inputs`.
  func tunable(_ base: Model, _ rows: Dataset, _ labelled: LabelledRows, _ request: TuningRequest) throws
    -> TunableModel

  /// What is trained, as far as the size of steps depends on it, and whether weights, or those of the last layer, are
  /// random.
  func effort(of trained: TrainedPart, _ base: Model, _ labelled: LabelledRows, _ request: TuningRequest) -> (
    kind: TrainedKind, isNew: Bool
  )

  /// The rows as they might have been, for a counterfactual objective.
  ///
  /// - Parameter inputs: the rows as they are.
  /// - Throws: `invalidConfig` at the objective for what cannot be switched.
  func counterfactuals(
    _ entry: FairnessConfig, _ attribute: AttributeReference, _ rows: Dataset, _ inputs: NetworkInputs,
    _ data: DataConfig, seed: Int, at pointer: String
  ) throws -> CounterfactualRows

  /// The reader of a network that was tuned.
  ///
  /// - Parameters:
  ///   - task: in a word.
  ///   - classes: that the network tells apart now.
  func tuned(_ network: Network, task: String, classes: [String], _ request: TuningRequest) throws
    -> any ModelKind
}

/// A setting of training that is for models of some kinds only.
package enum KindSetting: CaseIterable {
  case termSwapping, adapter, recomputation, layerDecay, head, trees

  package var pointer: String {
    switch self {
    case .termSwapping: "/train/augment/terms"
    case .adapter: "/train/adapter"
    case .recomputation: "/train/recompute"
    case .layerDecay: "/train/layer_decay"
    case .head: "/train/head"
    case .trees: "/train/trees"
    }
  }

  /// Why it is not for a model of another kind.
  package var refusal: String {
    switch self {
    case .termSwapping: "only texts have terms that could be swapped"
    case .adapter: "adapters are for text models"
    case .recomputation, .layerDecay: "the layers of text models are known, those of other networks are not"
    case .head: "trees have no layer that a head could replace"
    case .trees: "trees are grown and pruned where a model is made of them"
    }
  }

  package func isAsked(by train: TrainConfig) -> Bool {
    switch self {
    case .termSwapping: train.augment.swapsTerms
    case .adapter: train.adapter != nil
    case .recomputation: train.recompute == .always
    case .layerDecay: train.layerDecay != nil
    case .head: train.head != nil
    case .trees: train.trees != nil
    }
  }
}

/// What a kind is told to make a network trainable.
package struct TuningRequest {
  /// What the columns mean.
  package var data: DataConfig
  /// How columns become inputs, for a network that has no encoder yet.
  package let encoding: EncoderOptions
  package let head: HeadConfig?
  package let adapter: AdapterConfig?
  let dropout: Double?
  /// Whether batch normalization learns its statistics anew.
  let learnsBatchStatistics: Bool
  package let seed: Int

  package init(_ train: TrainConfig, _ encoding: EncoderOptions, _ data: DataConfig) {
    self.data = data
    self.encoding = encoding
    (head, adapter, dropout) = (train.head, train.adapter, train.dropout)
    learnsBatchStatistics = train.batchNorm == .train
    seed = train.seed
  }
}

/// A network that can be trained.
package struct TunableModel {
  package let network: Network
  /// How the network reads.
  package let reader: any ModelKind
  /// The rows to learn from.
  package let inputs: NetworkInputs
  /// Further rows as the network takes them.
  package let read: (Dataset) throws -> NetworkInputs
  /// What the columns mean to the model from now on.
  package let data: DataConfig
  /// Places of the columns that trees must not ask for.
  package var unseenFeatures = Set<Int>()
}

/// A network of which parts are trained.
package struct TrainedPart {
  package let network: Network
  /// For each parameter, whether it is.
  package let isTrained: [Bool]

  package init(network: Network, isTrained: [Bool]) {
    self.network = network
    self.isTrained = isTrained
  }
}

/// What is trained, as far as the size of steps depends on it.
package enum TrainedKind {
  /// A network for tables with random weights; one without a hidden layer.
  case newNetwork, newLinear
  /// A network that has been trained before.
  case loadedNetwork
  /// Leaves of trees, or coefficients of a support vector machine.
  case leaves, machine
  /// Of a text model: all weights, adapters, or the layers on top alone.
  case text, textAdapter, textHead
}

/// The rows of a training as they might have been.
package enum CounterfactualRows {
  /// An encoded row becomes one when its values are switched.
  case switches(Counterfactuals)
  /// Texts with other terms, one for each row.
  case texts(TokenRows)
}

// What kinds that read numbers answer.
extension ModelTuning {
  package var settings: Set<KindSetting> { [.head] }
  package var learnsNewLabels: Bool { false }
  package var counterfactualAttribute: AttributeReference? { nil }
  package var namePrefix: String { "" }

  package func augmented(_ rows: Dataset, _ augment: AugmentConfig, _ data: DataConfig, seed: Int) throws
    -> Dataset
  {
    rows
  }

  package func effort(
    of trained: TrainedPart, _ base: Model, _ labelled: LabelledRows, _ request: TuningRequest
  ) -> (
    kind: TrainedKind, isNew: Bool
  ) {
    let isMachine = trained.network.graph.parameters.contains { $0.name.hasSuffix("coefficients") }
    return (isMachine ? .machine : .loadedNetwork, request.head != nil)
  }

  package func counterfactuals(
    _ entry: FairnessConfig, _ attribute: AttributeReference, _ rows: Dataset, _ inputs: NetworkInputs,
    _ data: DataConfig, seed: Int, at pointer: String
  ) throws -> CounterfactualRows {
    throw Failure.invalidConfig("counterfactual needs a model that reads raw columns", at: pointer)
  }
}

extension TuningRequest {
  /// A network with the new end that is asked for, if one is.
  package func fitted(_ network: Network, to labels: Labels) throws -> Network {
    var network = network
    if let head { network = try head.fitted(to: network, task: labels.task, seed: seed) }
    network.graph = network.graph.withBatchStatistics(learnsBatchStatistics)
    return network
  }
}
