import Configurations
import Datasets
import Engine
import Formats
import Platform

/// Reads numbers or images without an encoder, for networks from other tools.
final class PlainReader: ModelKind {
  static let name = "plain"

  private let networkInputs: [PlainInput]
  /// The positions of the columns that may be missing.
  private let mayMiss: Set<Int>
  /// Of inputs of texts.
  private let categories: NamedCategories
  private let words: WordColumns
  let inputNames: [String]
  let featureCount: Int
  var describedInputs: [JSONValue] {
    var first = 0
    return networkInputs.map { input in
      defer { first += input.columns }
      guard let texts = categories.texts(at: first) else { return input.json }
      return .object((input.json.members ?? []) + [.init("categories", .strings(texts))])
    }
  }

  /// - Parameter include: the columns, in order; empty: the columns that the network names.
  init(_ network: Network, include: [String]) {
    networkInputs = network.plainInputs
    mayMiss = network.placesThatMayMiss
    categories = NamedCategories(network, hasOthers: true)
    words = WordColumns(network)
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
      words.counted(dataset, columns: columns), of: networkInputs, columns: columns, categories,
      missing: mayMiss.isEmpty ? .refused : .accepted(mayMiss))
  }

  func unseenCategories(in dataset: Dataset) throws -> [UnseenCategories] {
    try categories.unseen(in: dataset, columns: networkInputs.columns(of: dataset, include: inputNames))
  }

  @inline(__always)
  func place(
    _ features: UnsafePointer<Float>, rows: Int, firstRow: Int, in workspace: Workspace
  ) throws -> UnsafePointer<Float>? {
    let mayMiss = mayMiss
    return try PlainRows.place(
      features, rows: rows, firstRow: firstRow, columns: featureCount, in: workspace
    ) { $0.isNaN && mayMiss.contains($1) }
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
    // A network with its own preparation of columns gets no other one before it.
    if !categories.isEmpty || !words.isEmpty || !mayMiss.isEmpty {
      let reader = PlainReader(network, include: columns)
      func read(_ rows: Dataset) throws -> NetworkInputs {
        try reader.inputs(of: rows, include: columns, data: nil)
      }
      data.include = columns
      return TunableModel(network: network, reader: reader, inputs: try read(rows), read: read, data: data)
    }
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
