import Engine
import Platform

// Images are channels-last in the engine and channels-first in files. Values between the layers of a
// convolutional network stay in the engine's order (`ONNXSymbol.images`) until an operator needs the file's
// order.
extension ONNXCall {
  /// The operand as (height, width, channels), from a file's (rows, channels, height, width) or (rows,
  /// channels, length).
  func images(_ index: Int) throws -> Graph.ValueID {
    if case .images(let value)? = operand(index) { return value }
    let value = try rows(index)
    var dimensions = shape(value).dimensions
    guard dimensions.count == 3 || dimensions.count == 2 else {
      throw unsupported("works on images of \(dimensions.count - 1) dimensions; 1 and 2 are supported")
    }
    if let known = importer.channelsLast[value] { return known }
    // One-dimensional data have a height of 1.
    if dimensions.count == 2 { dimensions.insert(1, at: 1) }
    let result = try moved(reshape(value, dimensions), order: [1, 2, 0])
    importer.channelsLast[value] = result
    if dimensions.count == 3, shape(value).dimensions.count == 3 { importer.channelsFirst[result] = value }
    return result
  }

  /// Images in the file's order.
  func channelsFirst(_ value: Graph.ValueID) throws -> Graph.ValueID {
    if let known = importer.channelsFirst[value] { return known }
    let result = try moved(value, order: [2, 0, 1])
    importer.channelsFirst[value] = result
    importer.channelsLast[result] = value
    return result
  }

  /// Permutes axes; free if only axes of size 1 move.
  func moved(_ value: Graph.ValueID, order: [Int]) throws -> Graph.ValueID {
    let dimensions = shape(value).dimensions
    let result = order.map { dimensions[$0] }
    let moving = order.filter { dimensions[$0] != 1 }
    if moving == moving.sorted() { return try reshape(value, result) }
    return try apply(Transpose(order), [value])
  }

  /// The result of an operator on images, with the file's number of dimensions.
  func imageResult(_ value: Graph.ValueID) throws -> ONNXSymbol {
    if case .rows(let given)? = operand(0), shape(given).dimensions.count == 2 {
      let first = try channelsFirst(value)
      let dimensions = shape(first).dimensions
      return .rows(try reshape(first, [dimensions[0], dimensions[2]]))
    }
    return .images(value)
  }

  /// The same call with images in the file's order, for operators that do not support images.
  func inFileOrder() throws -> ONNXCall {
    ONNXCall(
      importer: importer, node: node,
      operands: try operands.map { symbol in
        if case .images(let value)? = symbol { return .rows(try channelsFirst(value)) }
        return symbol
      })
  }
}

/// Convolution, pooling and other operators on images.
enum ONNXImages {
  /// Operators that accept images in the engine's order; all others get the file's order.
  static let operators: Set<String> = [
    "Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool",
    "BatchNormalization", "Concat", "Pad", "Resize", "Upsample", "Add", "Sub", "Mul", "Div", "Max", "Min",
    "Sum",
  ]

  /// Operators on single numbers, for which the order does not matter.
  static let elementwise: Set<String> = [
    "Relu", "LeakyRelu", "Elu", "Selu", "Gelu", "Tanh", "Sigmoid", "HardSigmoid", "Softplus", "Swish",
    "Clip", "Neg", "Abs", "Sqrt", "Exp", "Log", "Reciprocal", "Erf", "Dropout", "Identity", "Cast",
  ]

  /// A window: strides and dilations for height and width, and the padding top, left, bottom, right.
  struct Window {
    var kernel: [Int]
    var strides: [Int]
    var dilations: [Int]
    var padding: [Int]
  }

  /// - Parameters:
  ///   - kernel: the size of the weights; nil: from the attribute.
  ///   - image: height and width, for padding that keeps the size.
  static func window(_ call: ONNXCall, kernel: [Int]?, image: [Int], flat: Bool) throws -> Window {
    func pair(_ name: String, _ fallback: Int) throws -> [Int] {
      guard var values = try call.integers(name) else { return [fallback, fallback] }
      if flat, values.count == 1 { values.insert(fallback, at: 0) }
      guard values.count == 2, values.allSatisfy({ (1...1 << 20).contains($0) }) else {
        throw call.invalid("\(name) is \(values); two sizes are needed")
      }
      return values
    }
    let kernel = try kernel ?? pair("kernel_shape", 1)
    let (strides, dilations) = (try pair("strides", 1), try pair("dilations", 1))
    var padding = try call.integers("pads") ?? [0, 0, 0, 0]
    if flat, padding.count == 2 { padding = [0, padding[0], 0, padding[1]] }
    guard padding.count == 4, padding.allSatisfy({ (0...1 << 20).contains($0) }) else {
      throw call.invalid("pads is \(padding); four sizes are needed")
    }
    switch try call.string("auto_pad", "NOTSET") {
    case "NOTSET", "": break
    case "VALID": padding = [0, 0, 0, 0]
    case let mode where mode == "SAME_UPPER" || mode == "SAME_LOWER":
      for axis in 0..<2 {
        let span = (kernel[axis] - 1) * dilations[axis] + 1
        let count = (image[axis] + strides[axis] - 1) / strides[axis]
        let total = max((count - 1) * strides[axis] + span - image[axis], 0)
        padding[axis] = mode == "SAME_UPPER" ? total / 2 : total - total / 2
        padding[axis + 2] = total - padding[axis]
      }
    case let mode: throw call.invalid("auto_pad \"\(mode)\" is not known")
    }
    return Window(kernel: kernel, strides: strides, dilations: dilations, padding: padding)
  }

  static func isFlat(_ call: ONNXCall) -> Bool {
    if case .rows(let value)? = call.operand(0) { return call.shape(value).dimensions.count == 2 }
    return false
  }

  static func convolution(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let (flat, x) = (isFlat(call), try call.images(0))
    let weight = try kernel(call, flat: flat)
    let image = call.shape(x).dimensions
    let window = try window(call, kernel: Array(weight.dimensions.suffix(2)), image: image, flat: flat)
    var operands = [x, try call.parameter(weight, "weight")]
    if let bias = try call.constant(2) { operands.append(try call.parameter(bias, "bias")) }
    let y = try call.apply(
      Convolution(
        strides: window.strides, dilations: window.dilations, padding: window.padding,
        groups: call.integer("group", 1)), operands)
    return [try call.imageResult(y)]
  }

  private static func kernel(_ call: ONNXCall, flat: Bool) throws -> ONNXTensor {
    var weight = try call.requiredConstant(1)
    if flat, weight.dimensions.count == 3 { weight.dimensions.insert(1, at: 2) }
    guard weight.dimensions.count == 4 else {
      throw call.unsupported("its kernel has \(weight.dimensions.count) dimensions")
    }
    return weight
  }

  static func transposedConvolution(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let (flat, x) = (isFlat(call), try call.images(0))
    let weight = try kernel(call, flat: flat)
    let image = call.shape(x).dimensions
    let kernel = Array(weight.dimensions.suffix(2))
    var window = try window(call, kernel: kernel, image: [1 << 20, 1 << 20], flat: flat)
    var extra = try call.integers("output_padding") ?? [0, 0]
    if flat, extra.count == 1 { extra.insert(0, at: 0) }
    guard extra.count == 2 else { throw call.invalid("output_padding is \(extra); two sizes are needed") }
    let mode = try call.string("auto_pad", "NOTSET")
    var wanted = try call.integers("output_shape").map { Array($0.suffix(2)) }
    if flat, let size = wanted?.last { wanted = [1, size] }
    if mode.hasPrefix("SAME"), wanted == nil {
      wanted = (0..<2).map { image[$0] * window.strides[$0] }
    }
    if let wanted, wanted.count == 2 {
      for axis in 0..<2 {
        let span = (kernel[axis] - 1) * window.dilations[axis] + 1
        let total = (image[axis] - 1) * window.strides[axis] + span + extra[axis] - wanted[axis]
        // Missing elements are added at the end.
        if total < 0 { extra[axis] -= total }
        let cut = max(total, 0)
        window.padding[axis] = mode == "SAME_UPPER" ? cut / 2 : cut - cut / 2
        window.padding[axis + 2] = cut - window.padding[axis]
      }
    }
    var operands = [x, try call.parameter(weight, "weight")]
    if let bias = try call.constant(2) { operands.append(try call.parameter(bias, "bias")) }
    let y = try call.apply(
      TransposedConvolution(
        strides: window.strides, dilations: window.dilations, padding: window.padding, extra: extra,
        groups: call.integer("group", 1)), operands)
    return [try call.imageResult(y)]
  }

  static func pooling(_ function: Pooling.Function) -> ONNXOperators.Importer {
    { call in
      guard call.node.outputs.dropFirst().allSatisfy(\.isEmpty) else {
        throw call.unsupported("also gives the places of the largest")
      }
      let (flat, x) = (isFlat(call), try call.images(0))
      let image = call.shape(x).dimensions
      let window = try window(call, kernel: nil, image: image, flat: flat)
      let y = try call.apply(
        Pooling(
          function, kernel: window.kernel, strides: window.strides, dilations: window.dilations,
          padding: window.padding, countsPadding: call.integer("count_include_pad", 0) != 0,
          roundsUp: call.integer("ceil_mode", 0) != 0), [x])
      return [try call.imageResult(y)]
    }
  }

  /// The mean or the maximum of each channel: x (rows, channels, …) → (rows, channels, 1, …).
  static func global(_ function: Reduction.Function) -> ONNXOperators.Importer {
    { call in
      if case .rows(let value)? = call.operand(0), call.shape(value).dimensions.count > 3 {
        let axes = 1..<call.shape(value).dimensions.count
        return [.rows(try call.apply(Reduction(function, axes: axes, keepsAxes: true), [value]))]
      }
      let y = try call.apply(Reduction(function, axes: 0..<2, keepsAxes: true), [call.images(0)])
      return [try call.imageResult(y)]
    }
  }

  /// Concatenates images by channels; other axes in the file's order.
  static func concat(_ call: ONNXCall) throws -> [ONNXSymbol] {
    let axis = try call.integer("axis", 1)
    guard axis == 1 || axis == -3 else { return try ONNXSelection.concat(call.inFileOrder()) }
    let values = try call.operands.indices.map { try call.images($0) }
    return [.images(try call.apply(Concatenation(axis: 2), values))]
  }

  /// Arithmetic with at least one operand of images; the other operands are converted to their order.
  static func arithmetic(_ call: ONNXCall, _ importer: ONNXOperators.Importer) throws -> [ONNXSymbol] {
    var operands: [ONNXSymbol?] = []
    for (index, symbol) in call.operands.enumerated() {
      switch symbol {
      case .images(let value)?: operands.append(.rows(value))
      case .rows(let value)? where call.shape(value).dimensions.count == 3:
        operands.append(.rows(try call.images(index)))
      case .constant(let tensor)?:
        guard let turned = channelsLast(tensor) else {
          return try importer(call.inFileOrder())
        }
        operands.append(.constant(turned))
      default: return try importer(call.inFileOrder())
      }
    }
    return try importer(ONNXCall(importer: call.importer, node: call.node, operands: operands)).map {
      if case .rows(let value) = $0 { .images(value) } else { $0 }
    }
  }

  /// A constant for broadcasting over images, in the engine's order; nil if its numbers would have to be
  /// reordered.
  private static func channelsLast(_ tensor: ONNXTensor) -> ONNXTensor? {
    if tensor.count == 1 { return tensor }
    var own = tensor.dimensions
    if own.count == 4, own[0] == 1 { own.removeFirst() }
    guard own.count <= 3 else { return nil }
    own = Array(repeating: 1, count: 3 - own.count) + own
    let turned = [own[1], own[2], own[0]]
    let moving = [own[0], own[1], own[2]].filter { $0 != 1 }
    guard moving.count == 1 else { return nil }
    var result = tensor
    result.dimensions = turned
    return result
  }
}
