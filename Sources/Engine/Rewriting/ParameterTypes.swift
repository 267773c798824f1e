import EngineKernels
import Platform

// The types in which parameters are stored.
extension Graph {
  /// How a value is stored: parameters may have another type than float32.
  func element(of id: ValueID) -> ElementType {
    guard case .parameter(let index) = self[storage(of: id)].source else { return .float32 }
    return parameters[index].element
  }

  /// A value as an operand of an operator.
  func operand(_ id: ValueID, inFloat32: Bool = false) -> Operand {
    Operand(
      name: self[id].name, shape: self[id].shape, lines: self[id].lines,
      element: inFloat32 ? .float32 : element(of: id))
  }

  /// The same network whose operators have looked at the types of their operands again.
  ///
  /// - Parameter inFloat32: whether the run supplies all parameters as float32, as in training.
  func resolvingTypes(inFloat32: Bool = false) throws -> Graph {
    guard parameters.contains(where: { $0.element != .float32 }) || !inFloat32 else { return self }
    var copy = self
    copy.nodes = try nodes.map { node in
      var operation = node.operation
      _ = try operation.resolve(node.inputs.map { operand($0, inFloat32: inFloat32) })
      return node.with(operation)
    }
    return copy
  }

  /// The same network with int8 weights, each channel of a weight with the scale that makes its largest
  /// magnitude 127 (symmetric quantization; Jacob et al. 2018, section 2.1). Only parameters that all their
  /// readers multiply as int8 change; their names and shapes stay.
  ///
  /// - Throws: `unsupported` if no parameter can be stored so.
  public func withInt8Weights() throws -> Graph {
    let axes = channelAxes
    guard !axes.isEmpty else {
      throw Failure.unsupported(
        "no layer of the network multiplies weights as int8; linear layers with more than "
          + "\(LINEAR_HALVES_OUTPUTS - 1) outputs do, and f32 and bf16 are accepted for others")
    }
    var parameters = parameters
    for (index, axis) in axes where parameters[index].element != .int8 {
      parameters[index] = try Self.narrowed(parameters[index], axis: axis)
    }
    return try replacing(parameters: parameters)
  }

  /// Whether a parameter is stored as int8.
  public var hasInt8Weights: Bool { parameters.contains { $0.element == .int8 } }

  /// Parameter → the axis of its channels, for those that all their readers multiply as int8.
  private var channelAxes: [Int: Int] {
    var axes: [Int: Int] = [:]
    var others = Set([storage(of: output).index])
    var indices: [Int: Int] = [:]  // value → parameter
    for (place, value) in values.enumerated() {
      if case .parameter(let index) = value.source { indices[place] = index }
      if case .reshaped(let original) = value.source { others.insert(original.index) }
    }
    for node in nodes {
      for (position, input) in node.inputs.enumerated() {
        guard let index = indices[input.index] else { continue }
        if let axis = node.operation.channelAxis(ofOperand: position), axes[index] ?? axis == axis {
          axes[index] = axis
        } else {
          others.insert(input.index)
        }
      }
    }
    for other in others { if let index = indices[other] { axes[index] = nil } }
    return axes
  }

  private static func narrowed(_ tensor: Tensor, axis: Int) throws -> Tensor {
    let values = try tensor.values
    guard numbers_are_finite(values.pointer, values.count) else {
      throw Failure.invalidModel(
        "tensor \"\(tensor.name)\" has numbers that are not finite, which int8 cannot hold", at: tensor.name)
    }
    let whole = try Buffer<Int8>(count: tensor.count, for: "int8 weights")
    let scales = try Buffer<Float>(count: tensor.shape.dimensions[axis], for: "int8 weights")
    narrow_int8(
      values.pointer, axis == 0, tensor.shape.dimensions[0], tensor.shape.dimensions[1], whole.pointer,
      scales.pointer)
    tensor.releasePages()
    return try Tensor(
      name: tensor.name, shape: tensor.shape, storage: .int8(whole, scales: scales, axis: axis))
  }
}
