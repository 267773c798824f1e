import EngineKernels
import Platform

/// Sets to zero the vectors of rows whose text has no tokens, as pooling of no tokens does. Pruning of unused positions
/// puts it in the place of the pooling, because the layers before it then compute something for every row; files
/// never contain it.
///
///     y = x if the text has tokens, else 0
///
/// Operands: x (rows, …), and a value of the text's tokens, of which only the number of tokens is read.
struct EmptyTexts: Operator {
  static let kind = "EmptyTexts"
  private var width = 0
  private var tokenWidth = 0

  var attributes: [JSONValue.Member] { [] }
  var dependence: Dependence { .line }
  var rowGradients: RowGradients { .none }

  mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 2...2)
    guard operands[0].lines == .rows, operands[1].lines.axis != nil else {
      throw Failure.invalidModel(
        "takes \(operands[0].name) and \(operands[1].name); rows and tokens are needed")
    }
    (width, tokenWidth) = (operands[0].shape.count, operands[1].shape.count)
    return operands[0].shape
  }

  func lines(of operands: [Operand]) throws -> Lines { .rows }
  var inPlaceOperands: [Int] { [0] }
  var readsOutput: Bool { false }
  // A part of the rows would be compared with the texts of the first ones.
  var sharing: Sharing { .none }

  // x (rows, width) → y (rows, width)
  func forward(_ run: Execution) {
    run.output.update(from: run.input(0), count: run.rows * width)
    clear(run, run.output)
  }

  // ∂x = ∂y, or 0 for a text without tokens
  func backward(_ run: Execution) {
    // The number of tokens has no gradient.
    if let gradient = run.inputGradient(1), !run.accumulates(1) {
      let texts = run.texts(ofOperand: 1)
      gradient.update(repeating: 0, count: Int(texts.offsets[texts.count]) * tokenWidth)
    }
    guard let gradient = run.inputGradient(0) else { return }
    clear(run, run.outputGradient)
    scaled_sum_backward(run.outputGradient, 1, gradient, run.rows * width, run.accumulates(0))
  }

  private func clear(_ run: Execution, _ values: UnsafeMutablePointer<Float>) {
    let texts = run.texts(ofOperand: 1)
    for row in 0..<run.rows where texts.offsets[row] == texts.offsets[row + 1] {
      (values + row * width).update(repeating: 0, count: width)
    }
  }
}
