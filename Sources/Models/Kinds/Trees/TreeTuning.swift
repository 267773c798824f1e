import Datasets
import Engine
import Fairness
import Formats
import Platform

extension TreeReader {
  var settings: Set<KindSetting> { [.trees] }

  /// Trees read unencoded numbers and missing values, so they need no encoder. Splits on features that the
  /// model must not read are removed. For a model that decides by the sign of the sum, training uses the sums
  /// as logits.
  ///
  /// - Throws: `invalidConfig` if the number of columns differs from that of the trees.
  func tunable(_ base: Model, _ rows: Dataset, _ labelled: LabelledRows, _ request: TuningRequest) throws
    -> TunableModel
  {
    // A step has no gradient. The note of the best round is removed, because later rounds would be ignored.
    var network = try base.requireNetwork().network.withoutStep().withoutBestRound()
    var data = request.data
    let width = network.graph.inputWidth
    let columns =
      !data.include.isEmpty ? data.include : inputNames.isEmpty ? try data.inputColumns(of: rows) : inputNames
    guard columns.count == width else {
      throw Failure.invalidConfig(
        "the trees read \(width) columns and \(columns.count) are inputs: \(columns.joined(separator: ", ")); "
          + "\"include\" lists the columns, in order", at: "/data/include")
    }
    var names = Set(data.exclude)
    if !data.sensitiveAsInput { names.formUnion(data.sensitive.map(\.name)) }
    let unseen = Set(columns.indices.filter { names.contains(columns[$0]) })
    if let ensemble = network.graph.soleEnsemble?.ensemble,
      !ensemble.trees.featuresRead.isDisjoint(with: unseen)
    {
      let (trees, leaves) = try ensemble.trees.ignoring(features: unseen)
      network.graph = try network.graph.replacing(trees, leaves: leaves)
    }
    data.include = columns
    let reader = TreeReader(network, include: columns)
    func read(_ rows: Dataset) throws -> NetworkInputs {
      try reader.inputs(of: rows, include: columns, data: nil)
    }
    return TunableModel(
      network: network, reader: reader, inputs: try read(rows), read: read, data: data, unseenFeatures: unseen
    )
  }

  func effort(of trained: TrainedPart, _ base: Model, _ labelled: LabelledRows, _ request: TuningRequest) -> (
    kind: TrainedKind, isNew: Bool
  ) {
    (.leaves, false)
  }

  func tuned(_ network: Network, task: String, classes: [String], _ request: TuningRequest) throws
    -> any ModelKind
  {
    ModelKinds.reader(of: network, include: request.data.include)
  }
}
