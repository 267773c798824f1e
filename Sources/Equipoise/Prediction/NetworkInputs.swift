import Datasets
import Engine
import Formats
import Kernels
import Platform

/// A dataset's rows as a network takes them: row-major (rows, input width), or the tokens of texts.
struct NetworkInputs {
  let rows: Int
  /// Of a row of numbers; 0 for texts.
  let width: Int
  let values: Buffer<Float>
  let tokens: TokenRows?
  private let widths: [Int]

  /// - Throws: `invalidData` when columns are absent, of the wrong type, or missing where the model has
  ///   nothing to put in their place.
  ///
  /// - Parameter data: names the column of texts; nil: what the model remembers.
  init(_ dataset: Dataset, for model: Model, include: [String] = [], data: DataConfig? = nil) throws {
    let (network, _) = try model.requireNetwork()
    if let text = model.text {
      self = try NetworkInputs(tokens: text.rows(of: dataset, data ?? model.data, graph: network.graph))
      return
    }
    tokens = nil
    if let encoder = model.encoder {
      values = try encoder.encode(dataset)
    } else {
      var columns = include.isEmpty ? model.inputNames : include
      // A table of just as many columns as a network that names none has inputs: they are meant in order.
      if columns.isEmpty, dataset.columns.count == network.graph.inputWidth { columns = dataset.names }
      values = try Self.plain(dataset, columns: columns, network, takesMissing: model.takesMissing)
    }
    rows = dataset.rows
    width = network.graph.inputWidth
    widths = network.graph.inputs.map { network.graph[$0].shape.count }
  }

  init(tokens: TokenRows) throws {
    self.tokens = tokens
    rows = tokens.rows
    (width, widths) = (0, [])
    values = try Buffer<Float>(count: 0)
  }

  init(values: Buffer<Float>, rows: Int, graph: Graph) {
    tokens = nil
    self.values = values
    self.rows = rows
    width = graph.inputWidth
    widths = graph.inputs.map { graph[$0].shape.count }
  }

  /// Columns as they are, for a network that takes missing numbers.
  init(_ dataset: Dataset, of network: Network, columns: [String]) throws {
    self.init(
      values: try Self.plain(dataset, columns: columns, network, takesMissing: true), rows: dataset.rows,
      graph: network.graph)
  }

  /// The same rows behind the trees that read them, with the graph that goes on from there; nil where no ensemble
  /// alone reads them.
  func routed(through graph: Graph) throws -> (inputs: NetworkInputs, graph: Graph)? {
    guard let ensemble = graph.soleEnsemble?.ensemble, let rest = try graph.routed() else { return nil }
    let leaves = try withExtendedLifetime(values) { try ensemble.layout.route(values.pointer, rows: rows) }
    return (NetworkInputs(values: leaves, rows: rows, graph: rest), rest)
  }

  /// Numbers as they are, for a network that brought no encoder; NaN where one is missing and may be.
  private static func plain(
    _ dataset: Dataset, columns: [String], _ network: Network, takesMissing: Bool
  ) throws -> Buffer<Float> {
    let width = network.graph.inputWidth
    guard !columns.isEmpty else {
      throw Failure.invalidData(
        "the network takes \(width) inputs and does not name them; \"include\" lists the columns, in order (in an audit "
          + "or a tuning it stands in \"data\")", at: "include")
    }
    guard columns.count == width else {
      throw Failure.invalidData(
        "the network takes \(width) inputs and \(columns.count) columns are included: \(columns.joined(separator: ", "))"
      )
    }
    let values = try Buffer<Float>(count: dataset.rows * width, for: "inputs")
    // A column that no split asks for need not be there.
    let read = network.graph.soleEnsemble?.ensemble.trees.featuresRead
    for (position, name) in columns.enumerated() {
      if let read, !read.contains(position), !dataset.contains(name) {
        for row in 0..<dataset.rows { values.pointer[row * width + position] = .nan }
        continue
      }
      let numbers = try dataset.column(name).numbers()
      for row in 0..<dataset.rows {
        let value = numbers.pointer[row]
        guard value.isFinite || takesMissing && value.isNaN else {
          throw Failure.invalidColumn(
            name,
            "row \(row): \(value.isNaN ? "a missing value" : "an infinite value"), and the model has nothing to "
              + "put in its place")
        }
        values.pointer[row * width + position] = value
      }
    }
    return values
  }

  /// Copies a range of rows to the blocks of a workspace's inputs.
  @inline(__always)
  func fill(_ range: Range<Int>, _ inputs: [UnsafeMutablePointer<Float>]) {
    if let tokens { return tokens.fill(range, inputs) }
    var offset = 0
    for (input, own) in zip(inputs, widths) {
      copy_lines(
        values.pointer + range.lowerBound * width + offset, width, input, own, range.count, own, false)
      offset += own
    }
  }

  /// Copies chosen rows to the blocks of a workspace's inputs.
  @inline(__always)
  func gather(_ rows: UnsafePointer<Int64>, count: Int, _ inputs: [UnsafeMutablePointer<Float>]) {
    if let tokens { return tokens.gather(rows, count: count, inputs) }
    if inputs.count == 1 {
      gather_rows(values.pointer, rows, inputs[0], count, width)
      return
    }
    for position in 0..<count {
      var offset = 0
      for (input, own) in zip(inputs, widths) {
        (input + position * own).update(
          from: values.pointer + Int(rows[position]) * width + offset, count: own)
        offset += own
      }
    }
  }
}
