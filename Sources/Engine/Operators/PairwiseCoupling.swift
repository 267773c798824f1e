import EngineKernels
import Platform

/// The classes' probabilities from those of all pairs of classes (Wu, Lin and Weng 2004, algorithm 2). LIBSVM
/// uses the same algorithm, with the same accuracy of 0.005 / classes.
///
///     y = log p,  p = argmin Σᵢ Σⱼ (r[j,i] pᵢ − r[i,j] pⱼ)² with Σ p = 1,  r[i,j] = 1 / (1 + e^−x)
///
/// Operand: x (pairs), the logits of the first class of (0, 1), (0, 2), …, (1, 2), …
public struct PairwiseCoupling: Operator {
  public static let kind = "PairwiseCoupling"
  /// The number of classes.
  public let classes: Int

  /// - Throws: `invalidModel` for an impossible number of classes.
  public init(classes: Int) throws {
    guard (2...1024).contains(classes) else {
      throw Failure.unsupported("pairs of \(classes) classes; 2 to 1024 are supported")
    }
    self.classes = classes
  }

  /// The number of pairs of classes.
  public static func pairs(_ classes: Int) -> Int { classes * (classes - 1) / 2 }

  public var attributes: [JSONValue.Member] { [.init("classes", .integer(classes))] }
  public var dependence: Dependence { .line }
  public var rowGradients: RowGradients { .none }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 1...1)
    guard operands[0].hasRows, operands[0].shape.count == Self.pairs(classes) else {
      throw Failure.invalidModel(
        "its input is \(operands[0].shape) where \(classes) classes have \(Self.pairs(classes)) pairs")
    }
    return Shape(width: classes)
  }

  // All rows use the same saved memory.
  public var sharing: Sharing { .none }

  // Doubles, which take two floats each.
  public var saved: (perLine: Int, fixed: Int) { (0, 2 * pairwise_coupling_scratch(classes)) }

  private func withScratch(_ run: Execution, _ body: (UnsafeMutablePointer<Double>) -> Void) {
    run.saved.withMemoryRebound(to: Double.self, capacity: pairwise_coupling_scratch(classes), body)
  }

  // x (rows, pairs) → y (rows, classes)
  public func forward(_ run: Execution) {
    withScratch(run) { pairwise_coupling_forward(run.input(0), run.rows, classes, $0, run.output) }
  }

  // ∂x from the optimality conditions of p, as if p fulfilled them exactly
  public func backward(_ run: Execution) {
    guard let gradient = run.inputGradient(0) else { return }
    withScratch(run) {
      pairwise_coupling_backward(
        run.input(0), run.output, run.outputGradient, run.rows, classes, $0, gradient,
        run.accumulates(0) ? 1 : 0)
    }
  }
}
