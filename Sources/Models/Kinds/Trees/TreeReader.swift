import Configurations
import Datasets
import Engine
import Formats
import Platform

/// Reads numbers for trees, which accept missing values.
final class TreeReader: ModelKind {
  static let name = "trees"

  private let networkInputs: [PlainInput]
  /// The indices of the columns that splits use; nil: unknown.
  private let read: Set<Int>?
  let inputNames: [String]
  let featureCount: Int
  var describedInputs: [JSONValue] { networkInputs.map(\.json) }

  /// - Parameter include: the columns, in order; empty: the columns that the network names.
  init(_ network: Network, include: [String]) {
    networkInputs = network.plainInputs
    read = network.graph.soleEnsemble?.ensemble.trees.featuresRead
    inputNames = network.columnNames(include: include)
    featureCount = network.graph.inputWidth
  }

  static func restored(_ recorded: JSONValue, _ network: Network, _ data: DataConfig?) throws -> any ModelKind
  {
    ModelKinds.reader(of: network, include: data?.include ?? [])
  }

  func inputs(of dataset: Dataset, include: [String], data: DataConfig?) throws -> NetworkInputs {
    try NetworkInputs(
      dataset, of: networkInputs,
      columns: networkInputs.columns(of: dataset, include: include.isEmpty ? inputNames : include),
      missing: .kept(read: read))
  }

  @inline(__always)
  func place(
    _ features: UnsafePointer<Float>, rows: Int, firstRow: Int, in workspace: Workspace
  ) throws -> UnsafePointer<Float>? {
    try PlainRows.place(
      features, rows: rows, firstRow: firstRow, columns: featureCount, in: workspace, accepts: \.isNaN)
  }
}
