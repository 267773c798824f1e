import EngineKernels
import Platform

/// Reduces the vectors of a text's tokens to one vector for the text.
///
/// Operand: x, with a line for each token, or for each element of another sequence. The output has a line for each row, which is zero for a text
/// without tokens.
public struct TokenPooling: Operator {
  public static let kind = "TokenPooling"

  public enum Function: String, CaseIterable, Sendable {
    /// The vector of the first token, [CLS].
    case first
    /// The vector of the last token, for which a causal model has seen the whole text.
    case last
    case mean
    case maximum

    var code: token_pooling_kind {
      switch self {
      case .first: TOKEN_POOLING_FIRST
      case .last: TOKEN_POOLING_LAST
      case .mean: TOKEN_POOLING_MEAN
      case .maximum: TOKEN_POOLING_MAXIMUM
      }
    }
  }

  public let function: Function
  private var width = 0

  public init(_ function: Function) { self.function = function }

  public var attributes: [JSONValue.Member] { [.init("function", .string(function.rawValue))] }
  public var dependence: Dependence { .text }
  public var rowGradients: RowGradients { .none }
  public var selectedToken: SelectedToken? {
    switch function {
    case .first: .first
    case .last: .last
    case .mean, .maximum: nil
    }
  }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 1...1)
    guard operands[0].lines.axis != nil else {
      throw Failure.invalidModel("pools \(operands[0].name), which is not a value of tokens")
    }
    width = operands[0].shape.count
    return operands[0].shape
  }

  public func lines(of operands: [Operand]) throws -> Lines { .rows }
  public var readsOutput: Bool { false }
  public var sharing: Sharing { .none }

  // x (tokens, width) → y (rows, width)
  public func forward(_ run: Execution) {
    token_pooling_forward(
      function.code, run.input(0), run.texts(ofOperand: 0).offsets, run.output, run.rows, width)
  }

  // ∂x: ∂y at the first or last token, ∂y / tokens at each, or ∂y at the maximum
  public func backward(_ run: Execution) {
    guard let gradient = run.inputGradient(0) else { return }
    token_pooling_backward(
      function.code, run.input(0), run.texts(ofOperand: 0).offsets, run.outputGradient, gradient, run.rows,
      width,
      run.accumulates(0))
  }
}
