import Platform

/// A recorded node in reverse: its operands and results, and the gradients of its results.
struct ONNXReverse {
  let call: ONNXEvaluation
  let results: [ONNXArray]
  /// For each result, the gradient of the objective; nil where it is 0 everywhere.
  let gradients: [ONNXArray?]
  /// For each operand, whether its gradient is needed.
  let wanted: [Bool]

  func wants(_ index: Int) -> Bool { wanted.indices.contains(index) && wanted[index] }

  func result(_ index: Int = 0) throws -> ONNXArray {
    guard results.indices.contains(index) else { throw call.invalid("has no output \(index)") }
    return results[index]
  }

  func gradient(_ index: Int) -> ONNXArray? { gradients.indices.contains(index) ? gradients[index] : nil }

  /// The gradient of the first result, of an operator whose other results have none.
  func gradient() throws -> ONNXArray {
    guard gradients.dropFirst().allSatisfy({ $0 == nil }), let first = gradient(0) else {
      throw call.unsupported("has a gradient for its first output only")
    }
    return first
  }
}

/// Vector-Jacobian products of the interpreted operators: from the gradients of the results to those of the operands.
enum ONNXDerivatives {
  /// Returns a gradient for each operand, nil for operands without; operands at the end may be left out.
  typealias Function = (ONNXReverse) throws -> [ONNXArray?]

  static let table: [String: Function] = {
    var all: [String: Function] = [:]
    for part in [
      ONNXElementwiseDerivatives.table, ONNXActivationDerivatives.table, ONNXMovingDerivatives.table,
      ONNXReducingDerivatives.table, ONNXMatrixDerivatives.table, ONNXSlidingDerivatives.table,
      ONNXPoolingDerivatives.table, ONNXNormalizingDerivatives.table, ONNXExpansions.derivatives,
    ] {
      all.merge(part) { first, _ in first }
    }
    return all
  }()

  /// Operators whose results are the same for all operands near the given ones, so that their gradient is 0.
  static let constantNearby: Set<String> = [
    "Ceil", "Floor", "Round", "Sign", "Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "And",
    "Or",
    "Xor", "Not", "IsNaN", "IsInf", "ArgMax", "ArgMin", "NonZero", "OneHot", "Hardmax", "Shape", "Size",
    "ConstantOfShape", "Range", "EyeLike", "ai.onnx.ml.Binarizer", "ai.onnx.ml.TreeEnsembleClassifier",
    "ai.onnx.ml.TreeEnsembleRegressor", "ai.onnx.ml.TreeEnsemble", "ai.onnx.ml.ZipMap",
  ]

  /// - Throws: `unsupported` at the node for an operator without a derivative.
  static func evaluate(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let node = reverse.call.node
    do {
      guard let function = table[node.kind] else {
        throw reverse.call.unsupported("the operator has no gradient")
      }
      return try function(reverse)
    } catch let failure as Failure {
      throw Failure(
        failure.kind, "node \"\(node.name)\" (\(node.kind), opset \(reverse.call.opset)): \(failure.message)",
        at: node.name)
    }
  }
}

extension ONNXArray {
  /// Zeros, whose sums are not rounded.
  static func zeros(_ dimensions: [Int]) throws -> ONNXArray { try ONNXArray(dimensions, .float64) }

  /// An array with `value(index)` for each index, not rounded.
  static func precise(_ dimensions: [Int], _ value: (Int) -> Double) throws -> ONNXArray {
    let result = try zeros(dimensions)
    for index in 0..<result.numbers.count { result.numbers.pointer[index] = value(index) }
    return result
  }

  /// The same numbers; results of operators are then not rounded.
  var precise: ONNXArray {
    var copy = self
    if strings == nil, !element.isWhole { copy.element = .float64 }
    return copy
  }

  /// The sum over the axes along which an array of these dimensions was broadcast to this one's.
  func summed(to wanted: [Int]) throws -> ONNXArray {
    if wanted == dimensions { return self }
    let result = try Self.zeros(wanted)
    let place = result.places(in: dimensions)
    for index in 0..<numbers.count { result.numbers.pointer[place(index)] += numbers.pointer[index] }
    return result
  }

  /// Adds another array of the same size to this one's memory.
  func add(_ other: ONNXArray) throws {
    guard other.numbers.count == numbers.count else {
      throw Failure.internal("a gradient of shape \(other.dimensions) for an array of shape \(dimensions)")
    }
    for index in 0..<numbers.count { numbers.pointer[index] += other.numbers.pointer[index] }
  }
}
