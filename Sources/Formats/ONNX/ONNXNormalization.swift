import Engine
import Platform

/// Normalization layers and dropout.
enum ONNXNormalization {
  static func layer(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let x = try call.rows(0)
    let dimensions = call.shape(x).dimensions
    let axis = try call.rowAxis(call.integer("axis", -1), rank: call.rank(x))
    let width = dimensions[axis...].reduce(1, *)
    // Several axes are flattened to one.
    let flat = try call.reshape(x, Array(dimensions[..<axis]) + [width])
    let gain = try call.requiredConstant(1)
    guard gain.count == width else {
      throw call.invalid("its scale has \(gain.count) values; \(width) are needed")
    }
    let bias: Graph.ValueID
    if let given = try call.constant(2) {
      guard given.count == width else {
        throw call.invalid("its bias has \(given.count) values; \(width) are needed")
      }
      bias = try call.parameter(given, "bias")
    } else {
      bias = try call.parameter(Array(repeating: 0, count: width), "bias")
    }
    let y = try call.apply(
      LayerNorm(epsilon: call.float("epsilon", 1e-5)), [flat, call.parameter(gain, "scale"), bias])
    return [.rows(try call.reshape(y, dimensions))]
  }

  static func batch(_ call: ONNXCall) throws -> [ONNXSymbol] {
    guard try call.integer("training_mode", 0) == 0 else {
      throw call.unsupported("the file was exported for training; export it for evaluation")
    }
    let isImages =
      switch call.operand(0) {
      case .images?: true
      case .rows(let value)?: call.rank(value) == 4
      default: false
      }
    var operands = [isImages ? try call.images(0) : try call.rows(0)]
    for (index, role) in ["scale", "bias", "mean", "variance"].enumerated() {
      operands.append(try call.parameter(call.requiredConstant(index + 1), role))
    }
    // The format's momentum is the weight of the old statistics, the engine's that of the new ones.
    let momentum = try 1 - call.float("momentum", 0.9)
    let norm = BatchNorm(
      epsilon: try call.float("epsilon", 1e-5), momentum: momentum, channelsLast: isImages)
    let y = try call.apply(norm, operands)
    return [isImages ? .images(y) : .rows(y)]
  }

  /// The identity in prediction; tuning applies dropout if the file states a rate.
  static func dropout(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let x = try call.rows(0)
    var rate: Float = try call.float("ratio", call.opset < 12 ? 0.5 : 0)
    if let ratio = try call.constant(1) { rate = ratio.scalar ?? 0 }
    if call.opset >= 12, call.node.attributes["ratio"] == nil, call.operand(1) == nil { rate = 0.5 }
    guard rate > 0 else { return [.rows(x)] }
    call.importer.dropouts += 1
    return [.rows(try call.apply(Dropout(rate: rate, stream: call.importer.dropouts), [x]))]
  }
}
