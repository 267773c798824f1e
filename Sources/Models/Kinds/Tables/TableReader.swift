import Configurations
import Datasets
import Engine
import Fairness
import Formats
import Platform

/// Reads raw columns with the encoders that were fitted to the training rows.
final class TableReader: ModelKind {
  static let name = "table"
  static let recordedKeys: Set<String> = ["encoder"]

  let encoder: TableEncoder
  /// The number of numbers per row, for each of the network's inputs.
  private let widths: [Int]

  var inputNames: [String] { encoder.inputNames }
  let featureCount: Int
  var recorded: [JSONValue.Member] { [.init("encoder", encoder.json)] }

  /// - Throws: `invalidModel` if the encoder's outputs do not fit the network's inputs.
  init(_ encoder: TableEncoder, _ network: Network) throws {
    guard encoder.width == network.graph.inputWidth else {
      throw Failure.invalidModel(
        "the encoder gives \(encoder.width) inputs and the network takes \(network.graph.inputWidth)")
    }
    self.encoder = encoder
    widths = network.inputWidths
    featureCount = encoder.slots.count
  }

  static func restored(_ recorded: JSONValue, _ network: Network, _ data: DataConfig?) throws -> any ModelKind
  {
    try TableReader(TableEncoder(json: recorded["encoder"] ?? .null), network)
  }

  var describedInputs: [JSONValue] {
    encoder.slots.map { slot in
      var members: [JSONValue.Member] = [
        .init("name", .string(slot.name)), .init("kind", .string(slot.kind.rawValue)),
      ]
      if slot.kind == .category { members.append(.init("categories", .strings(slot.categories))) }
      return .object(members)
    }
  }

  func inputs(of dataset: Dataset, include: [String], data: DataConfig?) throws -> NetworkInputs {
    NetworkInputs(values: try encoder.encode(dataset), rows: dataset.rows, widths: widths)
  }

  func unseenCategories(in dataset: Dataset) throws -> [UnseenCategories] {
    try encoder.unseenCategories(in: dataset)
  }

  @inline(__always)
  func place(
    _ features: UnsafePointer<Float>, rows: Int, firstRow: Int, in workspace: Workspace
  ) throws -> UnsafePointer<Float>? {
    if workspace.inputs.count == 1 {
      try encoder.encode(features: features, rows: rows, firstRow: firstRow, into: workspace.inputs[0])
    } else {
      try spread(features, rows: rows, firstRow: firstRow, over: workspace)
    }
    return nil
  }

  /// Encodes rows for a network with several inputs, each with its own block.
  private func spread(
    _ features: UnsafePointer<Float>, rows: Int, firstRow: Int, over workspace: Workspace
  ) throws {
    try withUnsafeTemporaryAllocation(of: Float.self, capacity: rows * encoder.width) { encoded in
      guard let base = encoded.baseAddress else { return }
      try encoder.encode(features: features, rows: rows, firstRow: firstRow, into: base)
      PlainRows.copy(base, rows: rows, columns: encoder.width, to: workspace)
    }
  }

  // MARK: Tuning

  func tunable(_ base: Model, _ rows: Dataset, _ labelled: LabelledRows, _ request: TuningRequest) throws
    -> TunableModel
  {
    try tunable(request.fitted(base.requireNetwork().network, to: labelled.labels), rows, request)
  }

  /// - Parameter network: the network for which this reader encodes.
  func tunable(_ network: Network, _ rows: Dataset, _ request: TuningRequest) throws -> TunableModel {
    func read(_ rows: Dataset) throws -> NetworkInputs { try inputs(of: rows, include: [], data: nil) }
    return TunableModel(
      network: network, reader: self, inputs: try read(rows), read: read, data: request.data)
  }

  func counterfactuals(
    _ entry: FairnessConfig, _ attribute: AttributeReference, _ rows: Dataset, _ inputs: NetworkInputs,
    _ data: DataConfig, seed: Int, at pointer: String
  ) throws -> CounterfactualRows {
    .switches(
      try Counterfactuals(entry, attribute: attribute, rows, encoder, inputs.values, at: pointer))
  }

  func tuned(_ network: Network, task: String, classes: [String], _ request: TuningRequest) throws
    -> any ModelKind
  {
    try TableReader(encoder, network)
  }
}

extension TableEncoder {
  /// An encoder fitted to rows; its errors have the configuration's JSON pointers.
  package static func fitted(to rows: Dataset, _ columns: [String], _ options: EncoderOptions) throws
    -> TableEncoder
  {
    do {
      return try TableEncoder.fit(rows, columns: columns, options: options)
    } catch let failure as Failure {
      throw failure.below("/encoding")
    }
  }
}
