import EngineKernels
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// The log-probability of a target token among all tokens of the vocabulary:
///
///     y = zₜ − log Σ e^z,   z = x Wᵀ + b
///
/// or 0 if there is no target (a number below 0). Only lines with a target are multiplied by W. It is for
/// prediction only, and has no gradient.
///
/// Operands: x (tokens, width), the targets' numbers (tokens), W (vocabulary, width), and optionally b
/// (vocabulary).
public struct TokenLikelihood: Operator {
  public static let kind = "TokenLikelihood"
  private var width = 0
  private var vocabulary = 0
  private var hasBias = false
  /// The number of lines that are multiplied together.
  private static let block = 16

  public init() {}

  public var attributes: [JSONValue.Member] { [] }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .none }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 3...4)
    let table = operands[2].shape.dimensions
    guard operands[0].hasRows, operands[1].shape.count == 1, table.count == 2, table[1] > 0, table[0] > 0,
      operands[0].shape.count == table[1], operands.count == 3 || operands[3].shape.count == table[0]
    else {
      throw Failure.invalidModel("compares \(operands[0].shape) with \(operands[2].shape)")
    }
    (vocabulary, width, hasBias) = (table[0], table[1], operands.count == 4)
    return .scalar
  }

  public var readsOutput: Bool { false }
  public var sharing: Sharing { .none }
  public func scratch(longest: Int) -> Int { Self.block * (width + vocabulary) }
  public var work: Int { vocabulary * width }

  // x (tokens, width), targets (tokens) → y (tokens)
  public func forward(_ run: Execution) {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: Self.block) { forward(run, $0) }
  }

  private func forward(_ run: Execution, _ lines: UnsafeMutableBufferPointer<Int>) {
    let (x, targets) = (run.input(0), run.input(1))
    let (gathered, logits) = (run.scratch, run.scratch + Self.block * width)
    var line = 0
    while line < run.rows {
      var count = 0
      while line < run.rows, count < Self.block {
        run.output[line] = 0
        if targets[line] >= 0, Int(targets[line]) < vocabulary {
          (gathered + count * width).update(from: x + line * width, count: width)
          lines[count] = line
          count += 1
        }
        line += 1
      }
      guard count > 0 else { continue }
      Backend.multiply(
        count, vocabulary, width, gathered, transposeA: false, run.input(2), transposeB: true, into: logits,
        accumulate: false)
      if hasBias { add_bias(logits, run.input(3), count, vocabulary, false) }
      for place in 0..<count {
        let z = logits + place * vocabulary
        let target = z[Int(targets[lines[place]])]
        var best = 0
        for index in 1..<vocabulary where z[index] > z[best] { best = index }
        let largest = z[best]
        softmax_forward(z, z, 1, vocabulary)
        // The probability of the largest z is 1 / Σ e^(z − largest).
        run.output[lines[place]] = target - largest + logf(z[best])
      }
    }
  }

  public func backward(_ run: Execution) {}
}
