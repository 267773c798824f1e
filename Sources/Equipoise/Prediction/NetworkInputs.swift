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
  /// Of a network that tags words: the words of the texts.
  let tagged: TaggedTexts?
  private let widths: [Int]

  /// - Throws: `invalidData` when columns are absent, of the wrong type, or missing where the model has
  ///   nothing to put in their place.
  ///
  /// - Parameter data: names the column of texts; nil: what the model remembers.
  init(_ dataset: Dataset, for model: Model, include: [String] = [], data: DataConfig? = nil) throws {
    let (network, _) = try model.requireNetwork()
    if let text = model.text {
      self = try NetworkInputs(dataset, for: text, data ?? model.data, network.graph)
      return
    }
    (tokens, tagged) = (nil, nil)
    if let encoder = model.encoder {
      values = try encoder.encode(dataset)
    } else {
      var columns = include.isEmpty ? model.inputNames : include
      // Images, or other tensors, are what a network without names takes.
      if columns.isEmpty { columns = DataConfig.tensors(dataset, dataset.names) }
      // A table of just as many columns as a network that names none has inputs: they are meant in order.
      if columns.isEmpty, dataset.columns.count == network.graph.inputWidth { columns = dataset.names }
      values = try Self.plain(dataset, columns: columns, network, takesMissing: model.takesMissing)
    }
    rows = dataset.rows
    width = network.graph.inputWidth
    widths = network.graph.inputs.map { network.graph[$0].shape.count }
  }

  /// The texts of a dataset.
  init(
    _ dataset: Dataset, for text: TextModel, _ data: DataConfig?, _ graph: Graph, isTraining: Bool = false
  ) throws {
    guard graph.outputLines == .tokens else {
      try self.init(tokens: text.rows(of: dataset, data, graph: graph, isTraining: isTraining))
      return
    }
    let tagged = try text.taggedTexts(of: dataset, data, graph: graph, isTraining: isTraining)
    try self.init(tokens: tagged.tokens, tagged: tagged)
  }

  init(tokens: TokenRows, tagged: TaggedTexts? = nil) throws {
    self.tokens = tokens
    self.tagged = tagged
    rows = tokens.rows
    (width, widths) = (0, [])
    values = try Buffer<Float>(count: 0)
  }

  init(values: Buffer<Float>, rows: Int, graph: Graph) {
    (tokens, tagged) = (nil, nil)
    self.values = values
    self.rows = rows
    width = graph.inputWidth
    widths = graph.inputs.map { graph[$0].shape.count }
  }

  /// Columns as they are, for a network without encoders.
  init(_ dataset: Dataset, of network: Network, columns: [String], takesMissing: Bool) throws {
    self.init(
      values: try Self.plain(dataset, columns: columns, network, takesMissing: takesMissing),
      rows: dataset.rows,
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
    // A column that no split asks for need not be there.
    let read = network.graph.soleEnsemble?.ensemble.trees.featuresRead
    let chosen = try columns.enumerated().map { position, name -> Column? in
      if let read, !read.contains(position), !dataset.contains(name) { return nil }
      return try dataset.column(name)
    }
    let widths = chosen.map { column in
      if case .tensor(_, let shape)? = column?.values { return shape.reduce(1, *) }
      return 1
    }
    let given = widths.reduce(0, +)
    guard given == width else {
      throw Failure.invalidData(
        "the network takes \(width) inputs and \(given == columns.count ? "" : "the ")\(given == columns.count ? "\(columns.count) columns are included" : "\(given) numbers of the columns included are given"): \(columns.joined(separator: ", "))"
      )
    }
    // One tensor that is all of the input is read where it lies.
    if chosen.count == 1, let column = chosen[0], case .tensor(let buffer, _) = column.values,
      column.missingCount == 0
    {
      return buffer
    }
    let values = try Buffer<Float>(count: dataset.rows * width, for: "inputs")
    var position = 0
    for (column, own) in zip(chosen, widths) {
      guard let column else {
        for row in 0..<dataset.rows { values.pointer[row * width + position] = .nan }
        position += 1
        continue
      }
      guard case .tensor(let buffer, _) = column.values else {
        try copy(
          column, to: values.pointer + position, rows: dataset.rows, width, takesMissing: takesMissing)
        position += 1
        continue
      }
      copy_lines(buffer.pointer, own, values.pointer + position, width, dataset.rows, own, false)
      position += own
    }
    return values
  }

  private static func copy(
    _ column: Column, to target: UnsafeMutablePointer<Float>, rows: Int, _ width: Int, takesMissing: Bool
  ) throws {
    let numbers = try column.numbers()
    for row in 0..<rows {
      let value = numbers.pointer[row]
      guard value.isFinite || takesMissing && value.isNaN else {
        throw Failure.invalidColumn(
          column.name,
          "row \(row): \(value.isNaN ? "a missing value" : "an infinite value"), and the model has nothing to "
            + "put in its place")
      }
      target[row * width] = value
    }
  }

  /// A network's outputs, (rows, width): of texts read in windows those of the windows. Of a network that tags,
  /// the logarithms of probabilities, (words, width).
  ///
  /// - Parameter outside: the class of words that were cut off.
  func outputs(_ predictor: Predictor, outside: Int = 0) throws -> Buffer<Float> {
    let width = predictor.graph.outputWidth
    if let tagged { return try tagged.outputs(predictor, width: width, outside: outside) }
    let result = try Buffer<Float>(count: rows * width, for: "outputs")
    try predictor.run(rows: rows, lengths: tokens?.lengths.pointer, fill: fill) { range, outputs in
      (result.pointer + range.lowerBound * width).update(from: outputs, count: range.count * width)
    }
    return result
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
