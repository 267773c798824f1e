import Datasets
import Engine
import EngineKernels
import Formats
import Platform

/// A dataset's rows as inputs of a network: row-major (rows, input width), or the tokens of texts.
package struct NetworkInputs {
  package let rows: Int
  /// The number of numbers per row; 0 for texts.
  package let width: Int
  package let values: Buffer<Float>
  package let tokens: TokenRows?
  /// The words of the texts, for a network that tags words.
  package let tagged: TaggedTexts?
  private let widths: [Int]

  package init(tokens: TokenRows, tagged: TaggedTexts? = nil) throws {
    self.tokens = tokens
    self.tagged = tagged
    rows = tokens.rows
    (width, widths) = (0, [])
    values = try Buffer<Float>(count: 0)
  }

  package init(values: Buffer<Float>, rows: Int, graph: Graph) {
    self.init(values: values, rows: rows, widths: graph.inputs.map { graph[$0].shape.count })
  }

  /// - Parameter widths: the number of numbers per row, for each of the network's inputs.
  package init(values: Buffer<Float>, rows: Int, widths: [Int]) {
    (tokens, tagged) = (nil, nil)
    self.values = values
    self.rows = rows
    self.widths = widths
    width = widths.reduce(0, +)
  }

  /// A part of the rows, in the given order. Only for rows of numbers.
  package func selecting(_ places: [Int64]) throws -> NetworkInputs {
    let selected = try Buffer<Float>(count: places.count * width, for: "rows")
    gather_rows(values.pointer, places, selected.pointer, places.count, width)
    return NetworkInputs(values: selected, rows: places.count, widths: widths)
  }

  /// The outputs of the ensemble of trees at the network's input as new inputs, with the rest of the graph;
  /// nil if the inputs are not read by a single ensemble.
  package func routed(through graph: Graph) throws -> (inputs: NetworkInputs, graph: Graph)? {
    guard let ensemble = graph.soleEnsemble?.ensemble, let rest = try graph.routed() else { return nil }
    let leaves = try withExtendedLifetime(values) { try ensemble.layout.route(values.pointer, rows: rows) }
    return (NetworkInputs(values: leaves, rows: rows, graph: rest), rest)
  }

  /// The network's outputs, (rows, width); for texts read in windows, those of the windows; for a network
  /// that tags, log probabilities, (words, width).
  ///
  /// - Parameter outside: the class of words that were cut off.
  package func outputs(_ predictor: Predictor, outside: Int = 0) throws -> Buffer<Float> {
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
  package func fill(_ range: Range<Int>, _ inputs: [UnsafeMutablePointer<Float>]) {
    if let tokens { return tokens.fill(range, inputs) }
    var offset = 0
    for (input, own) in zip(inputs, widths) {
      copy_lines(
        values.pointer + range.lowerBound * width + offset, width, input, own, range.count, own, false)
      offset += own
    }
  }

  /// Copies the selected rows to the blocks of a workspace's inputs.
  @inline(__always)
  package func gather(_ rows: UnsafePointer<Int64>, count: Int, _ inputs: [UnsafeMutablePointer<Float>]) {
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
