import Engine
import Platform

// Images are channels-last in the engine and channels-first in the format. Operators on images, and on single
// numbers, are written in the format's order; a Transpose is inserted only where other operators need it.
extension ONNXGraphWriting {
  /// Writes a node in the format's order of images.
  ///
  /// - Returns: false for a node that is not an operator on images.
  mutating func writeImages(_ node: Graph.Node) throws -> Bool {
    let inputs = node.inputs
    switch node.operation {
    case let convolution as Convolution:
      let operands = try [imageName(of: inputs[0])] + inputs.dropFirst().map { try name(of: $0) }
      add(
        "Conv", operands, like: "", output: declareImages(node),
        [
          ("strides", .integers(convolution.strides)), ("dilations", .integers(convolution.dilations)),
          ("pads", .integers(convolution.padding)), ("group", .integer(convolution.groups)),
        ])
    case let convolution as TransposedConvolution:
      let operands = try [imageName(of: inputs[0])] + inputs.dropFirst().map { try name(of: $0) }
      add(
        "ConvTranspose", operands, like: "", output: declareImages(node),
        [
          ("strides", .integers(convolution.strides)), ("dilations", .integers(convolution.dilations)),
          ("pads", .integers(convolution.padding)), ("output_padding", .integers(convolution.extra)),
          ("group", .integer(convolution.groups)),
        ])
    case let pooling as Pooling: try write(pooling, node)
    case let norm as BatchNorm where norm.channelsLast && graph[inputs[0]].shape.dimensions.count == 3:
      let operands = try [imageName(of: inputs[0])] + inputs.dropFirst().map { try list($0) }
      add(
        "BatchNormalization", operands, like: "", output: declareImages(node),
        [("epsilon", .float(norm.epsilon)), ("momentum", .float(1 - norm.momentum))])
    case let transpose as Transpose where transpose.order == [1, 2, 0] && names[node.output.index] == nil:
      // The file's order is the format's order already; only the engine's order differs.
      firstNames[node.output.index] = try name(of: inputs[0])
    case let transpose as Transpose
    where transpose.order == [2, 0, 1] && names[node.output.index] == nil
      && firstNames[inputs[0].index] != nil:
      names[node.output.index] = firstNames[inputs[0].index]
    default:
      guard !inputs.isEmpty, inputs.contains(where: { firstNames[$0.index] != nil }) else { return false }
      return try writeInFormatsOrder(node)
    }
    finishImages(node)
    return true
  }

  /// Arithmetic, activations and concatenation of images that are already in the format's order.
  private mutating func writeInFormatsOrder(_ node: Graph.Node) throws -> Bool {
    let shape = graph[node.output].shape
    switch node.operation {
    case let activation as Activation:
      let x = try imageName(of: node.inputs[0])
      write(activation, x, declareImages(node))
    case let unary as Unary:
      let x = try imageName(of: node.inputs[0])
      add(Self.kinds[unary.function] ?? "", [x], like: "", output: declareImages(node))
    case let dropout as Dropout:
      let x = try imageName(of: node.inputs[0])
      add("Dropout", [x, constant(dropout.rate)], like: "", output: declareImages(node))
    case let joined as Concatenation where joined.axis == 2 || joined.axis == -1:
      guard shape.dimensions.count == 3 else { return false }
      let names = try node.inputs.map { try imageName(of: $0) }
      add("Concat", names, like: "", output: declareImages(node), [("axis", .integer(1))])
    case let reduction as Reduction where reduction.axes == 0..<2 && reduction.keepsAxes:
      guard let kind = [.mean: "GlobalAveragePool", .maximum: "GlobalMaxPool"][reduction.function] else {
        return false
      }
      let x = try imageName(of: node.inputs[0])
      add(kind, [x], like: "", output: declareImages(node))
    case let arithmetic as Arithmetic:
      var names: [String] = []
      for input in node.inputs {
        guard let name = try operandName(input, of: shape) else { return false }
        names.append(name)
      }
      add(Self.kind(arithmetic.function), names, like: "", output: declareImages(node))
    default: return false
    }
    finishImages(node)
    return true
  }

  /// An operand of arithmetic on images: with the same shape, a scalar, or one number per channel.
  private mutating func operandName(_ id: Graph.ValueID, of shape: Shape) throws -> String? {
    let own = graph[id].shape
    if graph[id].hasRows { return own == shape ? try imageName(of: id) : nil }
    if own.count == 1 { return try name(of: id) }
    guard own.last == own.count, own.count == shape.last else { return nil }
    return add(
      "Reshape", [try name(of: id), constant([own.count, 1, 1])], like: "\(graph[id].name)_channels")
  }

  /// The name of images in channels-first order.
  private mutating func imageName(of id: Graph.ValueID) throws -> String {
    if let name = firstNames[id.index] { return name }
    let last = try name(of: id)
    let name = add("Transpose", [last], like: "\(last)_first", [("perm", .integers([0, 3, 1, 2]))])
    firstNames[id.index] = name
    return name
  }

  private mutating func declareImages(_ node: Graph.Node) -> String {
    let name = unique(graph[node.output].name)
    firstNames[node.output.index] = name
    return name
  }

  /// Images that are the network's output are written in the engine's order, which is the graph's.
  private mutating func finishImages(_ node: Graph.Node) {
    guard let output = names[node.output.index], let first = firstNames[node.output.index], output != first
    else { return }
    add("Transpose", [first], like: "", output: output, [("perm", .integers([0, 2, 3, 1]))])
  }

  private mutating func write(_ pooling: Pooling, _ node: Graph.Node) throws {
    var attributes: [(String, ONNXMessage.Attribute)] = [
      ("kernel_shape", .integers(pooling.kernel)), ("strides", .integers(pooling.strides)),
      ("pads", .integers(pooling.padding)), ("ceil_mode", .integer(pooling.roundsUp ? 1 : 0)),
    ]
    if pooling.function == .average {
      guard pooling.dilations == [1, 1] else {
        throw Failure.unsupported(
          "node \"\(node.name)\": ONNX's AveragePool has no dilations in this operator set", at: node.name)
      }
      attributes.append(("count_include_pad", .integer(pooling.countsPadding ? 1 : 0)))
    } else {
      attributes.append(("dilations", .integers(pooling.dilations)))
    }
    add(
      pooling.function == .average ? "AveragePool" : "MaxPool", [try imageName(of: node.inputs[0])], like: "",
      output: declareImages(node), attributes)
  }

  /// A selection is written as Gather, a weighted sum along an axis as a matrix product.
  mutating func write(_ resampling: Resampling, _ input: Graph.ValueID, _ output: String) throws {
    let (x, dimensions) = (try name(of: input), graph[input].shape.dimensions)
    let axis = resampling.axis + 1
    if let (before, after) = Self.padding(resampling, size: dimensions[resampling.axis]) {
      var pads = Array(repeating: 0, count: 2 * (dimensions.count + 1))
      pads[axis] = before
      pads[axis + dimensions.count + 1] = after
      add("Pad", [x, constant(pads), constant(resampling.fill)], like: "", output: output)
    } else if resampling.weights == nil, resampling.taps == 1, !resampling.places.contains(-1) {
      let indices = constant(resampling.places.map { Int($0) })
      add("Gather", [x, indices], like: "", output: output, [("axis", .integer(axis))])
    } else {
      let letters = Array("nabcdefghijklm").prefix(dimensions.count + 1).map(String.init)
      var result = letters
      result[axis] = "z"
      guard dimensions.count < 13, resampling.fill == 0 || !resampling.places.contains(-1) else {
        throw Failure.unsupported("ONNX has no counterpart of a resampling with a fill", at: output)
      }
      let matrix = try tensor(resampling, size: dimensions[resampling.axis])
      let weights = unique("\(output)_weights")
      nodes.append(
        ONNXMessage.node(
          "Constant", [], [weights], name: weights,
          [("value", .tensor(try ONNXMessage.tensor(matrix, name: weights)))]))
      add(
        "Einsum", [x, weights], like: "", output: output,
        [("equation", .text("\(letters.joined()),z\(letters[axis])->\(result.joined())"))])
    }
  }

  /// The number of elements added or removed at both ends, if the resampling only pads or crops.
  private static func padding(_ resampling: Resampling, size: Int) -> (before: Int, after: Int)? {
    guard resampling.taps == 1, resampling.weights == nil, resampling.places.contains(-1),
      let first = resampling.places.firstIndex(where: { $0 >= 0 }),
      let last = resampling.places.lastIndex(where: { $0 >= 0 })
    else { return nil }
    let start = Int(resampling.places[first])
    for index in first...last where Int(resampling.places[index]) != start + index - first { return nil }
    return (first - start, resampling.places.count - 1 - last - (size - 1 - (start + last - first)))
  }

  private func tensor(_ resampling: Resampling, size: Int) throws -> Tensor {
    let count = resampling.places.count / resampling.taps
    let values = try Buffer<Float>(count: Shape([count, size]).count, for: "weights")
    for (index, place) in resampling.places.enumerated() where place >= 0 {
      values.pointer[index / resampling.taps * size + Int(place)] += resampling.weights?[index] ?? 1
    }
    return try Tensor(name: "weights", shape: Shape([count, size]), values: values)
  }
}
