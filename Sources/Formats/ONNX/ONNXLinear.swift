import Engine
import Platform

/// Products of a value with a constant matrix.
enum ONNXLinear {
  /// y = alpha · A B + beta · C, with A (rows, in), B (in, out) or (out, in) when transB, C (out).
  static func gemm(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let x = try call.rows(0)
    guard call.rank(x) == 2 else {
      throw call.invalid("its first input has \(call.rank(x)) dimensions; 2 are needed")
    }
    guard try call.integer("transA", 0) == 0 else { throw call.unsupported("transA is not supported") }
    let inputMajor = try call.integer("transB", 0) == 0
    let weight = try scaled(call, call.requiredConstant(1), by: call.float("alpha", 1))
    guard weight.dimensions.count == 2 else {
      throw call.invalid("its weight has \(weight.dimensions.count) dimensions; 2 are needed")
    }
    let outputs = weight.dimensions[inputMajor ? 1 : 0]
    var operands = [x, try call.parameter(weight, "weight")]
    let beta = try call.float("beta", 1)
    if let bias = try call.constant(2), beta != 0 {
      operands.append(try call.parameter(broadcast(call, scaled(call, bias, by: beta), to: outputs), "bias"))
    }
    return [.rows(try call.apply(Linear(weightIsInputMajor: inputMajor), operands))]
  }

  /// y = x W with x (rows, …, in) and W (in, out).
  static func matMul(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let x = try call.rows(0)
    let weight = try call.requiredConstant(1)
    guard call.rank(x) >= 2, (1...2).contains(weight.dimensions.count) else {
      throw call.unsupported("multiplies \(call.shape(x)) by a constant of shape \(weight.dimensions)")
    }
    if weight.dimensions.count == 1 {
      // A vector: the result has one output, whose dimension is removed.
      var column = weight
      column.dimensions.append(1)
      let y = try call.apply(Linear(weightIsInputMajor: true), [x, call.parameter(column, "weight")])
      return [.rows(try call.reshape(y, Array(call.shape(y).dimensions.dropLast())))]
    }
    let matrix = try call.parameter(weight, "weight", isLayer: true)
    return [.rows(try call.apply(Linear(weightIsInputMajor: true), [x, matrix]))]
  }

  private static func scaled(_ call: ONNXCall, _ tensor: ONNXTensor, by factor: Float) throws -> ONNXTensor {
    guard factor != 1 else { return tensor }
    guard let values = try tensor.floats() else { throw call.invalid("multiplies text") }
    var result = tensor
    result.storage = .floats(try Buffer(copying: values.elements.lazy.map { $0 * factor }))
    return result
  }

  /// C of Gemm as (out); it may be a scalar, or have a first dimension of 1.
  private static func broadcast(_ call: ONNXCall, _ bias: ONNXTensor, to outputs: Int) throws -> ONNXTensor {
    if bias.count == outputs, bias.dimensions.last ?? 1 == outputs { return bias }
    guard let value = bias.scalar else {
      throw call.invalid("its bias of shape \(bias.dimensions) does not repeat over (rows, \(outputs))")
    }
    guard outputs <= ONNXImport.maximumWidth else { throw call.invalid("has \(outputs) outputs") }
    return ONNXTensor(
      dimensions: [outputs], storage: .floats(try Buffer(copying: repeatElement(value, count: outputs))),
      weight: bias.weight)
  }
}
