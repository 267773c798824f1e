import Engine
import Platform

/// One node with its operands, for the function that computes it.
struct ONNXEvaluation: ONNXAttributeReading {
  let node: ONNXNode
  /// nil for an optional input that is left out.
  let inputs: [ONNXArray?]
  let opset: Int

  func input(_ index: Int) throws -> ONNXArray {
    guard let array = optional(index) else { throw invalid("input \(index) is missing") }
    return array
  }

  func optional(_ index: Int) -> ONNXArray? { inputs.indices.contains(index) ? inputs[index] : nil }

  /// A list of integers, which newer files give as an input and older ones as an attribute.
  func integers(input index: Int, attribute name: String) throws -> [Int]? {
    try optional(index).map { $0.integers } ?? integers(name)
  }

  /// An axis counted from the front.
  func axis(_ given: Int, rank: Int) throws -> Int {
    let axis = given < 0 ? given + rank : given
    guard (0..<rank).contains(axis) else { throw invalid("has no axis \(given) in \(rank) dimensions") }
    return axis
  }

  func axis(_ name: String, _ fallback: Int, rank: Int) throws -> Int {
    try axis(integer(name, fallback), rank: rank)
  }

  /// - Throws: `unsupported` for an excessive amount of arithmetic, because a few bytes of a file could
  ///   request it.
  func limitWork(_ factors: Int...) throws {
    var work = 1
    for factor in factors {
      let (product, overflow) = work.multipliedReportingOverflow(by: max(factor, 1))
      guard !overflow, product <= 1 << 32 else { throw unsupported("is too much work to be interpreted") }
      work = product
    }
  }

  func elementType(_ name: String, _ fallback: ONNXArray.Element) throws -> ONNXArray.Element {
    let number = try integer(name, fallback.rawValue)
    guard let element = ONNXArray.Element(rawValue: number) else {
      throw unsupported("makes elements of type \(number)")
    }
    return element
  }
}

extension ONNXInterpreted {
  /// Operators that move or compare texts; all other operators accept numbers only.
  private static let ofTexts: Set<String> = [
    "Identity", "Shape", "Size", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Gather", "Slice",
    "Split", "Tile", "Expand", "Equal", "Cast", "CastLike", "ai.onnx.ml.LabelEncoder",
    "ai.onnx.ml.OneHotEncoder", "ai.onnx.ml.CategoryMapper", "ai.onnx.ml.ArrayFeatureExtractor",
  ]

  /// - Throws: `unsupported` for an operator that the interpreter does not know.
  static func evaluate(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    guard let function = table[call.node.kind] else {
      throw call.unsupported("this operator is not supported")
    }
    let hasTexts = call.inputs.contains { $0?.strings != nil }
    guard !hasTexts || ofTexts.contains(call.node.kind) else { throw call.unsupported("computes with text") }
    return try function(call)
  }
}

/// All interpreted operators by their names in files.
enum ONNXInterpreted {
  typealias Function = (ONNXEvaluation) throws -> [ONNXArray]

  static let table: [String: Function] = {
    var all: [String: Function] = [:]
    for part in [
      ONNXElementwiseMath.table, ONNXComparison.table, ONNXActivationMath.table, ONNXReducing.table,
      ONNXRanking.table, ONNXReshaping.table, ONNXChoosing.table, ONNXScattering.table, ONNXMatrices.table,
      ONNXAttending.table,
      ONNXSliding.table, ONNXPooling.table, ONNXNormalizing.table, ONNXResizingMath.table,
      ONNXRegions.table, ONNXRecurrent.table, ONNXSpectral.table, ONNXLosses.table, ONNXVectorMachine.table,
      ONNXPreparing.table, ONNXClassifying.table, ONNXQuantizing.table,
    ] {
      all.merge(part) { first, _ in first }
    }
    return all
  }()
}
