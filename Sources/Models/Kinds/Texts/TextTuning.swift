import Configurations
import Datasets
import Engine
import Fairness
import Formats
import Platform

extension TextReader {
  package var settings: Set<KindSetting> { Set(KindSetting.allCases).subtracting([.trees]) }

  /// A text model can be tuned to labels other than its own: it gets a new head.
  package var learnsNewLabels: Bool { true }

  /// Swapped terms need no attribute.
  package var counterfactualAttribute: AttributeReference? { .terms }

  package var namePrefix: String { text.transformer.prefix }

  package func augmented(_ rows: Dataset, _ augment: AugmentConfig, _ data: DataConfig, seed: Int) throws
    -> Dataset
  {
    guard augment.swapsTerms else { return rows }
    // Texts with swapped terms mention other groups.
    return try TextModel.augmented(rows, augment, data, seed: seed).renewingLexicons(data)
  }

  package func tunable(_ base: Model, _ rows: Dataset, _ labelled: LabelledRows, _ request: TuningRequest)
    throws
    -> TunableModel
  {
    let network = try text.tunable(base, labelled, request)
    let reader = TextReader(text, network, request.data)
    return TunableModel(
      network: network, reader: reader,
      inputs: try reader.inputs(of: rows, request.data, isTraining: true),
      read: { try reader.inputs(of: $0, request.data) }, data: request.data)
  }

  package func effort(
    of trained: TrainedPart, _ base: Model, _ labelled: LabelledRows, _ request: TuningRequest
  ) -> (
    kind: TrainedKind, isNew: Bool
  ) {
    let isHead = !zip(trained.isTrained, trained.network.graph.parameters).contains {
      $0 && $1.shape.count > 1 << 20
    }
    let isNew =
      request.head != nil || base.task != labelled.task || base.classLabels != labelled.classes(request.data)
    return (request.adapter != nil ? .textAdapter : isHead ? .textHead : .text, isNew)
  }

  package func counterfactuals(
    _ entry: FairnessConfig, _ attribute: AttributeReference, _ rows: Dataset, _ inputs: NetworkInputs,
    _ data: DataConfig, seed: Int, at pointer: String
  ) throws -> CounterfactualRows {
    guard inputs.tagged == nil else {
      throw Failure.unsupported(
        "counterfactual compares texts; the words of two texts need not be the same", at: pointer)
    }
    return .texts(try text.counterfactualRows(of: rows, data, entry, graph: graph, seed: seed, at: pointer))
  }

  package func tuned(_ network: Network, task: String, classes: [String], _ request: TuningRequest) throws
    -> any ModelKind
  {
    TextReader(
      text.replacing(
        network, task: task, labels: classes, layers: request.head, longTexts: request.data.longTexts),
      network,
      request.data)
  }
}

extension TextModel {
  /// The network to tune (`network(for:…)`), with adapters if requested.
  ///
  /// - Throws: `invalidConfig` if an adapter does not fit.
  package func tunable(_ base: Model, _ labelled: LabelledRows, _ request: TuningRequest) throws -> Network {
    let (current, _) = try base.requireNetwork()
    let (transformer, carry) = try carrying(current.graph, into: request.adapter)
    let options = TransformerOptions(dropout: request.dropout.map(Float.init), seed: request.seed)
    var network = try network(for: base, labelled, request, from: transformer, options)
    network.graph = try carry(network.graph)
    if let adapter = request.adapter {
      network.graph = try adding(adapter, to: network.graph, seed: request.seed)
    }
    network.graph = network.graph.withPrecision(current.graph.precision)
    return network
  }
}
