import Datasets
import Engine
import Formats
import Platform

/// The rows of a network that begins with trees, and the network without the splits that it is not to have.
///
/// Trees read numbers as they are, missing ones too, so no encoder stands before them.
struct TreeInputs {
  let network: Network
  /// In the order of the trees' features.
  let columns: [String]
  let inputs: NetworkInputs
  /// Places of the columns that trees must not ask for.
  let unseen: Set<Int>

  /// - Throws: `invalidConfig` when the columns are not as many as the trees read; `invalidData` as `NetworkInputs`.
  init(_ base: Model, _ train: Dataset, _ data: DataConfig) throws {
    var network = try base.requireNetwork().network
    let width = network.graph.inputWidth
    let columns =
      !data.include.isEmpty
      ? data.include : base.inputNames.isEmpty ? try data.inputColumns(of: train) : base.inputNames
    guard columns.count == width else {
      throw Failure.invalidConfig(
        "the trees read \(width) columns and \(columns.count) are inputs: \(columns.joined(separator: ", ")); "
          + "\"include\" lists the columns, in order", at: "/data/include")
    }
    // What the model is not to see, trees must not ask for.
    var names = Set(data.exclude)
    if !data.sensitiveAsInput { names.formUnion(data.sensitive.map(\.name)) }
    let features = Set(columns.indices.filter { names.contains(columns[$0]) })
    if let ensemble = network.graph.soleEnsemble?.ensemble,
      !ensemble.trees.featuresRead.isDisjoint(with: features)
    {
      let (trees, leaves) = try ensemble.trees.ignoring(features: features)
      network.graph = try network.graph.replacing(trees, leaves: leaves)
    }
    self.network = network
    unseen = features
    self.columns = columns
    inputs = try NetworkInputs(train, of: network, columns: columns, takesMissing: true)
  }
}
