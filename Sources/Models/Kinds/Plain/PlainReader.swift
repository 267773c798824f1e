import Configurations
import Datasets
import Engine
import Formats
import Platform

/// Reads numbers or images without an encoder, for networks from other tools.
final class PlainReader: ModelKind {
  static let name = "plain"

  private let networkInputs: [PlainInput]
  /// Whether the network gives a number where one is missing.
  private let takesMissing: Bool
  let inputNames: [String]
  let featureCount: Int
  var describedInputs: [JSONValue] { networkInputs.map(\.json) }

  /// - Parameter include: the columns, in order; empty: the columns that the network names.
  init(_ network: Network, include: [String]) {
    networkInputs = network.plainInputs
    takesMissing = network.interpretationTakesMissing
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
      missing: takesMissing ? .kept(read: nil) : .refused)
  }

  @inline(__always)
  func place(
    _ features: UnsafePointer<Float>, rows: Int, firstRow: Int, in workspace: Workspace
  ) throws -> UnsafePointer<Float>? {
    let takesMissing = takesMissing
    return try PlainRows.place(
      features, rows: rows, firstRow: firstRow, columns: featureCount, in: workspace
    ) { takesMissing && $0.isNaN }
  }

  // MARK: Tuning

  /// Columns of numbers and categories get an encoder that does not change numbers; images need none.
  func tunable(_ base: Model, _ rows: Dataset, _ labelled: LabelledRows, _ request: TuningRequest) throws
    -> TunableModel
  {
    let network = try request.fitted(base.requireNetwork().network, to: labelled.labels)
    var data = request.data
    // If the network has one input per column, columns are matched by name.
    if data.include.isEmpty, !inputNames.isEmpty, inputNames.allSatisfy(rows.contains) {
      data.include = inputNames
    }
    let columns = try data.inputColumns(of: rows)
    if !DataConfig.tensors(rows, columns).isEmpty {
      let inputs = network.plainInputs
      return TunableModel(
        network: network, reader: PlainReader(network, include: request.data.include),
        inputs: try NetworkInputs(rows, of: inputs, columns: columns, missing: .refused),
        read: {
          try NetworkInputs($0, of: inputs, columns: request.data.inputColumns(of: $0), missing: .refused)
        }, data: request.data)
    }
    var options = request.encoding
    if options.encoded == EncoderOptions().encoded {
      options.scale = .none
      options.indicator = false
    }
    let encoder = try TableEncoder.fitted(to: rows, columns, options)
    guard encoder.width == network.graph.inputWidth else {
      throw Failure.invalidConfig(
        "the columns \(columns.joined(separator: ", ")) make \(encoder.width) inputs and the network takes "
          + "\(network.graph.inputWidth); \"include\" lists the columns, in order", at: "/data/include")
    }
    return try TableReader(encoder, network).tunable(network, rows, request)
  }

  func tuned(_ network: Network, task: String, classes: [String], _ request: TuningRequest) throws
    -> any ModelKind
  {
    PlainReader(network, include: request.data.include)
  }
}
