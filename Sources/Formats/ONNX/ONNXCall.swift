import Engine
import Platform

/// One node of a file with its operands, for the function that imports its operator.
struct ONNXCall: ONNXAttributeReading {
  let importer: ONNXImport
  let node: ONNXNode
  /// nil for an optional input that is left out.
  let operands: [ONNXSymbol?]

  var opset: Int { importer.file.opset }

  func operand(_ index: Int) -> ONNXSymbol? { operands.indices.contains(index) ? operands[index] : nil }

  // MARK: Operands

  /// An operand that must depend on the rows.
  func rows(_ index: Int) throws -> Graph.ValueID {
    switch operand(index) {
    case .rows(let value): return value
    case .images(let value): return try channelsFirst(value)
    case .indices:
      throw unsupported("computes with a value that a cast has cut to whole numbers")
    case .constant:
      throw unsupported("input \(index) is constant, where one that depends on the rows is supported")
    case .texts: throw unsupported("computes with text")
    case .above(let value, let threshold): return try isAbove(value, threshold)
    case .guardOfSum: throw unsupported("computes with the result of a comparison")
    case .label: throw unsupported("computes with the predicted label")
    case nil: throw invalid("input \(index) is missing")
    }
  }

  /// Whether a value is above a threshold, as 1 or 0.
  func isAbove(_ value: Graph.ValueID, _ threshold: Float) throws -> Graph.ValueID {
    let difference = try apply(Arithmetic(.subtract), [value, parameter([threshold], "threshold")])
    return try apply(Threshold(0), [difference])
  }

  /// An operand that must be constant; nil if it is left out.
  func constant(_ index: Int) throws -> ONNXTensor? {
    switch operand(index) {
    case nil: return nil
    case .constant(let tensor): return tensor
    default: throw unsupported("input \(index) depends on the rows, where a constant is supported")
    }
  }

  func requiredConstant(_ index: Int) throws -> ONNXTensor {
    guard let tensor = try constant(index) else { throw invalid("input \(index) is missing") }
    return tensor
  }

  /// A list of integers, which newer files give as an input and older ones as an attribute.
  func integers(input index: Int, attribute name: String) throws -> [Int]? {
    guard let tensor = try constant(index) else { return try integers(name) }
    guard let values = tensor.integers else { throw invalid("input \(index) is not of whole numbers") }
    return try values.map(narrow)
  }

  // MARK: Results

  func shape(_ value: Graph.ValueID) -> Shape { importer.builder.shape(of: value) }
  /// The number of dimensions in the file, including the rows.
  func rank(_ value: Graph.ValueID) -> Int { shape(value).dimensions.count + 1 }

  func apply(_ operation: any Operator, _ inputs: [Graph.ValueID]) throws -> Graph.ValueID {
    let value = try importer.builder.apply(operation, to: inputs, name: node.outputs.first ?? node.name)
    try importer.limit(importer.builder.shape(of: value), "its result")
    return value
  }

  func reshape(_ value: Graph.ValueID, _ dimensions: [Int]) throws -> Graph.ValueID {
    if shape(value).dimensions == dimensions { return value }
    guard dimensions.count < 16 else { throw unsupported("makes \(dimensions.count + 1) dimensions") }
    return try importer.builder.reshape(value, to: Shape(dimensions), name: node.outputs.first ?? node.name)
  }

  func parameter(_ tensor: ONNXTensor, _ role: String, isLayer: Bool = false) throws -> Graph.ValueID {
    try importer.parameter(tensor, named: "\(node.name).\(role)", isLayer: isLayer)
  }

  func parameter(_ values: [Float], _ role: String) throws -> Graph.ValueID {
    try parameter(ONNXTensor.floats(values, dimensions: [values.count]), role)
  }

  /// An axis of the file as an axis of one row.
  func rowAxis(_ axis: Int, rank: Int) throws -> Int {
    let positive = axis < 0 ? axis + rank : axis
    guard (0..<rank).contains(positive) else { throw invalid("has no axis \(axis) in \(rank) dimensions") }
    guard positive > 0 else { throw unsupported("works across the rows (axis 0)") }
    return positive - 1
  }

  // MARK: Errors

  /// Runs `body`; its errors name file, node, operator and operator set.
  func locating<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let failure as Failure {
      throw Failure(
        failure.kind,
        "\(importer.name): node \"\(node.name)\" (\(node.kind), opset \(opset)): \(failure.message)",
        at: node.name)
    }
  }
}
