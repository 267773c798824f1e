import Configurations
import Datasets
import Engine
import Fairness
import Formats
import Platform

/// How models of one kind are tuned.
package protocol ModelTuning {
  /// The settings of training that this kind supports, among those that only some kinds support.
  var settings: Set<KindSetting> { get }

  /// Whether the model gets a new head automatically if it does not know the labels.
  var learnsNewLabels: Bool { get }

  /// The default attribute of a counterfactual objective; nil: the first sensitive attribute.
  var counterfactualAttribute: AttributeReference? { get }

  /// A prefix of parameters' names that patterns may omit.
  var namePrefix: String { get }

  /// The training rows with additional rows derived from them.
  func augmented(_ rows: Dataset, _ augment: AugmentConfig, _ data: DataConfig, seed: Int) throws -> Dataset

  /// The trainable network for the labels, and its reader.
  ///
  /// - Parameters:
  ///   - base: the model with this reader.
  ///   - rows: the training rows.
  /// - Throws: `invalidConfig` for columns that do not fit the network, `invalidData` as
  ///   `InputReader.inputs`.
  func tunable(_ base: Model, _ rows: Dataset, _ labelled: LabelledRows, _ request: TuningRequest) throws
    -> TunableModel

  /// The kind of the trained part, on which the size of steps depends, and whether its weights (or those of
  /// its last layer) are random.
  func effort(of trained: TrainedPart, _ base: Model, _ labelled: LabelledRows, _ request: TuningRequest) -> (
    kind: TrainedKind, isNew: Bool
  )

  /// The switched rows for a counterfactual objective.
  ///
  /// - Parameter inputs: the unchanged rows.
  /// - Throws: `invalidConfig` at the objective if the rows cannot be switched.
  func counterfactuals(
    _ entry: FairnessConfig, _ attribute: AttributeReference, _ rows: Dataset, _ inputs: NetworkInputs,
    _ data: DataConfig, seed: Int, at pointer: String
  ) throws -> CounterfactualRows

  /// The reader of a tuned network.
  ///
  /// - Parameters:
  ///   - task: the name of the task.
  ///   - classes: the classes of the tuned network.
  func tuned(_ network: Network, task: String, classes: [String], _ request: TuningRequest) throws
    -> any ModelKind
}

/// A setting of training that only some kinds of model support.
package enum KindSetting: CaseIterable {
  case termSwapping, adapter, recomputation, layerDecay, head, trees

  /// The JSON pointer of the setting, for error messages.
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

  /// The error message for models of other kinds.
  package var refusal: String {
    switch self {
    case .termSwapping: "only texts have terms that could be swapped"
    case .adapter: "adapters are for text models"
    case .recomputation, .layerDecay: "layers are known for text models only"
    case .head: "trees have no layer that a head could replace"
    case .trees: "trees are grown and pruned in models made of trees only"
    }
  }

  /// Whether the configuration uses the setting.
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

/// The settings with which a kind makes a network trainable.
package struct TuningRequest {
  /// The meaning of the columns.
  package var data: DataConfig
  /// The encoding of columns, for a network that has no encoder yet.
  package let encoding: EncoderOptions
  package let head: HeadConfig?
  package let adapter: AdapterConfig?
  let dropout: Double?
  /// Whether the statistics of batch normalization are learnt again.
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
  /// The reader of the network.
  package let reader: any ModelKind
  /// The training rows.
  package let inputs: NetworkInputs
  /// Converts further rows to inputs of the network.
  package let read: (Dataset) throws -> NetworkInputs
  /// The meaning of the columns for the tuned model.
  package let data: DataConfig
  /// The indices of the columns that trees must not use.
  package var unseenFeatures = Set<Int>()
  /// The indices of the columns whose numbers are categories, in addition to those that trees split by category.
  package var categoricalFeatures = Set<Int>()
}

/// A network and the choice of its trained parameters.
package struct TrainedPart {
  package let network: Network
  /// For each parameter, whether it is trained.
  package let isTrained: [Bool]

  package init(network: Network, isTrained: [Bool]) {
    self.network = network
    self.isTrained = isTrained
  }
}

/// The kind of the trained part, on which the size of steps depends.
package enum TrainedKind {
  /// A network for tables with random weights; one without a hidden layer.
  case newNetwork, newLinear
  /// A network that was trained before; one whose output is linear in its weights.
  case loadedNetwork, loadedLinear
  /// Leaves of trees, or coefficients of a support vector machine.
  case leaves, machine
  /// The parts of a text model: all weights, adapters, or only the layers of the head.
  case text, textAdapter, textHead
}

/// The switched rows of a training.
package enum CounterfactualRows {
  /// An encoded row is switched by replacing its values.
  case switches(Counterfactuals)
  /// Texts with swapped terms, one for each row.
  case texts(TokenRows)
}

// Defaults for kinds that read numbers.
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
    let graph = trained.network.graph
    let kind: TrainedKind =
      if graph.nodes.contains(where: { $0.operation.role.isMachine }) {
        .machine
      } else if graph.isLinear(in: trained.isTrained) {
        .loadedLinear
      } else {
        .loadedNetwork
      }
    return (kind, request.head != nil)
  }

  package func counterfactuals(
    _ entry: FairnessConfig, _ attribute: AttributeReference, _ rows: Dataset, _ inputs: NetworkInputs,
    _ data: DataConfig, seed: Int, at pointer: String
  ) throws -> CounterfactualRows {
    throw Failure.invalidConfig("counterfactual needs a model that reads raw columns", at: pointer)
  }
}

extension TuningRequest {
  /// The network with the requested new head, if any.
  package func fitted(_ network: Network, to labels: Labels) throws -> Network {
    var network = network
    if let head { network = try head.fitted(to: network, task: labels.task, seed: seed) }
    network.graph = network.graph.withBatchStatistics(learnsBatchStatistics)
    return network
  }
}
