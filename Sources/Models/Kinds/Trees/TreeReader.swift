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
  private let categories: NamedCategories
  let inputNames: [String]
  let featureCount: Int

  /// - Parameters:
  ///   - include: the columns, in order; empty: the columns that the network names.
  ///   - requiresAll: whether columns that no split uses must also be present, as for trees that are yet to grow.
  init(_ network: Network, include: [String], requiresAll: Bool = false) {
    networkInputs = network.plainInputs
    categories = NamedCategories(network)
    read = requiresAll ? nil : network.graph.soleEnsemble?.ensemble.trees.featuresRead
    inputNames = network.columnNames(include: include)
    featureCount = network.graph.inputWidth
  }

  static func restored(_ recorded: JSONValue, _ network: Network, _ data: DataConfig?) throws -> any ModelKind
  {
    ModelKinds.reader(of: network, include: data?.include ?? [])
  }

  func inputs(of dataset: Dataset, include: [String], data: DataConfig?) throws -> NetworkInputs {
    let columns = networkInputs.columns(of: dataset, include: include.isEmpty ? inputNames : include)
    return try NetworkInputs(
      dataset, of: networkInputs, columns: columns, categories, missing: .kept(read: read))
  }

  func unseenCategories(in dataset: Dataset) throws -> [UnseenCategories] {
    try categories.unseen(in: dataset, columns: networkInputs.columns(of: dataset, include: inputNames))
  }

  var describedInputs: [JSONValue] {
    guard !categories.isEmpty, networkInputs.count == 1 else { return networkInputs.map(\.json) }
    let named = inputNames.enumerated().compactMap { place, name in
      categories.texts(at: place).map { JSONValue.Member(name, .strings($0)) }
    }
    return networkInputs.map { .object(($0.json.members ?? []) + [.init("categories", .object(named))]) }
  }

  /// One input per column: texts for named categories, numbers for all others.
  func onnxColumns(_ form: SaveOptions.Inputs, of model: Model) throws -> [ONNXColumn] {
    guard form == .columns else { return [] }
    guard inputNames.count == featureCount else {
      throw Failure.invalidConfig(
        "the model does not name its columns; \"auto\" and \"encoded\" are accepted", at: "/inputs")
    }
    return inputNames.enumerated().map { place, name in
      guard let texts = categories.texts(at: place) else {
        return ONNXColumn(
          name: name,
          encoding: .number(shift: 0, inverseScale: 1, fill: .nan, indicator: false, edges: []))
      }
      let numbers = texts.compactMap { Float($0) }
      return ONNXColumn(
        name: name,
        encoding: categories.areNumbers(at: place) && numbers.count == texts.count
          ? .numberedCode(numbers) : .code(texts: texts))
    }
  }

  @inline(__always)
  func place(
    _ features: UnsafePointer<Float>, rows: Int, firstRow: Int, in workspace: Workspace
  ) throws -> UnsafePointer<Float>? {
    try PlainRows.place(
      features, rows: rows, firstRow: firstRow, columns: featureCount, in: workspace,
      accepts: { number, _ in number.isNaN })
  }
}
