import EngineKernels
import Platform

/// The decision function of a support vector machine (Cortes and Vapnik 1995).
///
///     f(x) = Σ over vectors coefficient · K(vector, x) + intercept
///
/// One function separates two classes, or predicts a number. For more classes there is one function for each
/// pair of classes, over the vectors of both (one against one).
///
/// Operands: x (features), coefficients (vectors) or (classes − 1, vectors), and intercept (1) or (pairs).
/// The vectors are constants of the operator, and x has no gradient.
public struct KernelMachine: Operator {
  public static let kind = "KernelMachine"

  /// The kernel K(v, x) of a vector and a row.
  public enum Kernel: String, CaseIterable, Sendable {
    /// x·v
    case linear
    /// (γ x·v + c)^d
    case polynomial
    /// e^(−γ |x − v|²)
    case radial
    /// tanh(γ x·v + c)
    case sigmoid

    var code: kernel_kind {
      switch self {
      case .linear: KERNEL_LINEAR
      case .polynomial: KERNEL_POLYNOMIAL
      case .radial: KERNEL_RADIAL
      case .sigmoid: KERNEL_SIGMOID
      }
    }
  }

  public let kernel: Kernel
  /// γ, the factor in the kernel's argument; not used by the linear kernel.
  public let gamma: Float
  /// The constant c of the polynomial and the sigmoid.
  public let constant: Float
  /// d, the exponent of the polynomial.
  public let degree: Float
  /// The number of features of a row and of a vector.
  public let features: Int
  /// (features, vectors)
  public let vectors: Buffer<Float>
  /// The number of vectors.
  public var count: Int { features > 0 ? vectors.count / features : 0 }
  /// The number of vectors of each class, which are stored class after class; empty if there is one function
  /// of all vectors.
  public let classCounts: [Int]
  private let counts: Buffer<Int>
  private var outputs: Int { classCounts.isEmpty ? 1 : PairwiseCoupling.pairs(classCounts.count) }

  /// - Throws: `invalidModel` if the count of `vectors` does not fit the number of features.
  public init(
    _ kernel: Kernel, gamma: Float = 1, constant: Float = 0, degree: Float = 1, features: Int,
    vectors: Buffer<Float>, classCounts: [Int] = []
  ) throws {
    guard features > 0, vectors.count > 0, vectors.count % features == 0,
      vectors.elements.allSatisfy(\.isFinite)
    else {
      throw Failure.invalidModel("its support vectors are not finite numbers, \(features) for each vector")
    }
    if !classCounts.isEmpty {
      let total = classCounts.reduce(0) { $0.addingReportingOverflow($1).partialValue }
      guard (2...1024).contains(classCounts.count),
        classCounts.allSatisfy({ (0...vectors.count).contains($0) }),
        total == vectors.count / features
      else {
        throw Failure.invalidModel(
          "its \(vectors.count / features) vectors are not those of \(classCounts.count) classes: \(classCounts)"
        )
      }
    }
    self.classCounts = classCounts
    counts = try Buffer(copying: classCounts, for: "support vectors")
    self.kernel = kernel
    self.gamma = gamma
    self.constant = constant
    self.degree = degree
    self.features = features
    self.vectors = vectors
  }

  public var attributes: [JSONValue.Member] {
    [
      .init("kernel", .string(kernel.rawValue)), .init("gamma", .finite(gamma)),
      .init("constant", .finite(constant)), .init("degree", .finite(degree)),
      .init("features", .integer(features)), .init("vectors", .array(vectors.array.map { .finite($0) })),
    ] + (classCounts.isEmpty ? [] : [.init("class_counts", .integers(classCounts))])
  }
  public var dependence: Dependence { .line }
  public var role: OperatorRole { .machine }
  public var rowGradients: RowGradients { .separate }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 3...3)
    guard operands[0].hasRows, operands[0].shape.count == features else {
      throw Failure.invalidModel(
        "its input is \(operands[0].shape) where the vectors have \(features) numbers")
    }
    guard !operands[1].hasRows, operands[1].shape.count == max(classCounts.count - 1, 1) * count,
      !operands[2].hasRows, operands[2].shape.count == outputs
    else {
      throw Failure.invalidModel("has \(operands[1].shape) coefficients for \(count) vectors")
    }
    return Shape(width: outputs)
  }

  // One product computes the kernels of all rows.
  public var sharing: Sharing { .none }

  // The kernels of each row.
  public var saved: (perLine: Int, fixed: Int) { (count, 0) }

  // x (rows, features) → K (rows, vectors) → y (rows, functions) = K · coefficients + intercept
  public func forward(_ run: Execution) {
    var parameters = kernel_parameters(kind: kernel.code, gamma: gamma, constant: constant, degree: degree)
    kernel_values(&parameters, run.input(0), run.rows, features, vectors.pointer, count, run.saved)
    guard classCounts.isEmpty else {
      pair_decisions_forward(
        run.saved, run.rows, counts.pointer, counts.count, run.input(1), run.input(2), run.output)
      return
    }
    Backend.multiply(
      run.rows, 1, count, run.saved, transposeA: false, run.input(1), transposeB: false, into: run.output,
      accumulate: false)
    add_bias(run.output, run.input(2), run.rows, 1, false)
  }

  // ∂coefficients = Kᵀ · ∂y; ∂intercept = Σ ∂y; x has no gradient
  public func backward(_ run: Execution) {
    if let gradient = run.inputGradient(0), !run.accumulates(0) {
      gradient.update(repeating: 0, count: run.rows * features)
    }
    if let gradient = run.inputGradient(1), !classCounts.isEmpty {
      if !run.accumulates(1) { gradient.update(repeating: 0, count: (counts.count - 1) * count) }
      pair_decisions_backward(
        run.saved, run.rows, counts.pointer, counts.count, run.outputGradient, gradient)
    } else if let gradient = run.inputGradient(1) {
      Backend.multiply(
        count, 1, run.rows, run.saved, transposeA: true, run.outputGradient, transposeB: false,
        into: gradient,
        accumulate: run.accumulates(1))
    }
    if let gradient = run.inputGradient(2) {
      bias_backward(run.outputGradient, gradient, run.rows, outputs, run.accumulates(2))
    }
  }
}
