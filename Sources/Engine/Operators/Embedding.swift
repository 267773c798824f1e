import EngineKernels
import Platform

/// A table of vectors, looked up by index: y = table[index].
///
/// Operands: indices (as floats, exact to 2²⁴), table (vocabulary, width). A negative index counts from the end, as in
/// ONNX's Gather. A row with an index outside the table has no output.
public struct Embedding: Operator {
  public static let kind = "Embedding"
  private var lookups = 1  // indices per row
  private var vocabulary = 0
  private var width = 0
  private var lines = Lines.rows
  /// How the table is stored.
  private var element = ElementType.float32

  public init() {}

  public var attributes: [JSONValue.Member] { [] }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .norms(self) }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 2...2)
    let table = operands[1].shape.dimensions
    guard operands[0].hasRows, !operands[1].hasRows, table.count == 2, table[0] > 0, table[1] > 0 else {
      throw Failure.invalidModel("looks up \(operands[0].shape) in \(operands[1].shape); a table is needed")
    }
    (vocabulary, width) = (table[0], table[1])
    element = operands[1].element
    lookups = operands[0].shape.count
    lines = operands[0].lines
    // With one index per row the output is a vector, not a matrix of one line.
    let lines = lookups == 1 ? [] : operands[0].shape.dimensions
    return try Shape(lines + [width])
  }

  public var readsOutput: Bool { false }

  public func reads(_ element: ElementType, asOperand position: Int) -> Bool {
    element == .float32 || position == 1 && element != .int8
  }

  // indices (rows, lookups) → y (rows, lookups, width)
  public func forward(_ run: Execution) throws {
    let (indices, count) = (run.input(0), run.rows * lookups)
    let found = lookUp(indices, UnsafeRawPointer(run.input(1)), run.output, count)
    guard found < count else { return }
    let index = "\(indices[found])"
    throw RowFailure(
      row: lines == .rows ? run.firstRow + found / lookups : nil,
      "the index \(index.hasSuffix(".0") ? String(index.dropLast(2)) : index) is outside a table of "
        + "\(vocabulary) rows")
  }

  /// - Returns: the first index outside the table; `count` if there is none.
  private func lookUp(
    _ indices: UnsafePointer<Float>, _ table: UnsafeRawPointer, _ y: UnsafeMutablePointer<Float>, _ count: Int
  ) -> Int {
    switch element {
    case .bfloat16:
      embedding_bfloat16_forward(
        indices, table.assumingMemoryBound(to: UInt16.self), y, count, vocabulary, width)
    case .float16:
      embedding_float16_forward(
        indices, table.assumingMemoryBound(to: UInt16.self), y, count, vocabulary, width)
    // A table of int8 is widened by the run.
    case .float32, .int8:
      embedding_forward(indices, table.assumingMemoryBound(to: Float.self), y, count, vocabulary, width)
    }
  }

  // ∂table[index] += ∂y; indices have no gradient
  public func backward(_ run: Execution) {
    if let indices = run.inputGradient(0), !run.accumulates(0) {
      indices.update(repeating: 0, count: run.rows * lookups)
    }
    guard let gradient = run.inputGradient(1) else { return }
    if !run.accumulates(1) { gradient.update(repeating: 0, count: vocabulary * width) }
    embedding_backward(run.input(0), run.outputGradient, gradient, run.rows * lookups, vocabulary, width)
  }
}

extension Embedding: RowNorms {
  public func rowNormScratch(longest: Int) -> Int { width }

  // ‖∂table‖² = Σ over the indices that a row has of ‖Σ over the index's places ∂y‖²
  public func addNorms(
    _ run: Execution, _ rows: RowLines, _ memory: UnsafeMutablePointer<Float>,
    to norms: UnsafeMutablePointer<Double>
  ) {
    guard run.inputGradient(1) != nil else { return }
    for row in 0..<rows.count {
      let (start, count) = (rows[row].lowerBound * lookups, rows[row].count * lookups)
      norms[row] += embedding_norm(
        run.input(0) + start, run.outputGradient + start * width, count, vocabulary, width, memory)
    }
  }
}
