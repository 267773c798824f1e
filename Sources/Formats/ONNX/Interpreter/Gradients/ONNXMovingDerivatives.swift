import Platform

/// Derivatives of operators that only move numbers. The operator itself, run on the numbers' positions, tells where each
/// number of its result comes from.
enum ONNXMovingDerivatives {
  static let table: [String: ONNXDerivatives.Function] = [
    "Reshape": reshaped, "Flatten": reshaped, "Squeeze": reshaped, "Unsqueeze": reshaped,
    "Transpose": traced, "Expand": traced, "Tile": traced, "Trilu": traced, "DepthToSpace": traced,
    "SpaceToDepth": traced, "Split": traced, "Slice": traced, "Compress": traced, "GatherElements": traced,
    "GatherND": traced, "ReverseSequence": traced, "ai.onnx.ml.ArrayFeatureExtractor": traced,
    "Gather": gathered,
    "Concat": { try traced($0, operands: Array($0.call.inputs.indices)) },
    "ai.onnx.ml.FeatureVectorizer": { try traced($0, operands: Array($0.call.inputs.indices)) },
    "Pad": padded, "TopK": ranked, "Scatter": scattered, "ScatterElements": scattered, "ScatterND": scattered,
  ]

  private static func reshaped(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    [try reverse.gradient().reshaped(reverse.call.input(0).dimensions)]
  }

  private static func traced(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    try traced(reverse, operands: [0])
  }

  /// - Parameters:
  ///   - operands: the operands whose numbers are moved.
  ///   - call: the call to trace, if it is not the recorded one.
  private static func traced(
    _ reverse: ONNXReverse, operands: [Int], call given: ONNXEvaluation? = nil
  ) throws -> [ONNXArray?] {
    let call = given ?? reverse.call
    var inputs = call.inputs
    // Positions are counted from 1 through all operands; 0 is a number from elsewhere.
    var starts: [Int] = []
    var count = 1
    for index in operands {
      let start = count
      let own = try call.input(index)
      starts.append(start)
      inputs[index] = try ONNXArray.precise(own.dimensions) { Double(start + $0) }
      count += own.count
    }
    let places = try ONNXInterpreted.evaluate(
      ONNXEvaluation(node: call.node, inputs: inputs, opset: call.opset))
    let sums = try ONNXArray.zeros([count])
    for (place, gradient) in zip(places, reverse.gradients) {
      guard let gradient else { continue }
      guard gradient.count == place.count else { throw call.invalid("has a gradient of another size") }
      for index in 0..<place.count {
        sums.numbers.pointer[min(max(Int(place[index]), 0), count - 1)] += gradient[index]
      }
    }
    var results = [ONNXArray?](repeating: nil, count: call.inputs.count)
    for (index, start) in zip(operands, starts) where reverse.wants(index) {
      results[index] = try .precise(call.input(index).dimensions) { sums[start + $0] }
    }
    return results
  }

  /// Rows of a table: only the chosen ones are visited.
  private static func gathered(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let (x, chosen, dy) = (try reverse.call.input(0), try reverse.call.input(1), try reverse.gradient())
    let axis = try reverse.call.axis("axis", 0, rank: x.rank)
    let (_, size, inner) = x.split(at: axis)
    let result = try ONNXArray.zeros(x.dimensions)
    for index in 0..<dy.count {
      let (line, rest) = (index / inner, index % inner)
      let place = try ONNXChoosing.place(reverse.call, chosen[line % chosen.count], of: size)
      result.numbers.pointer[(line / chosen.count * size + place) * inner + rest] += dy[index]
    }
    return [result]
  }

  private static func padded(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    var (node, inputs) = (reverse.call.node, reverse.call.inputs)
    node.attributes["value"] = nil
    if inputs.count > 2 { inputs[2] = nil }
    return try traced(
      reverse, operands: [0], call: ONNXEvaluation(node: node, inputs: inputs, opset: reverse.call.opset))
  }

  /// The gradients of the chosen elements return to their places.
  private static func ranked(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let (x, places, dy) = (try reverse.call.input(0), try reverse.result(1), try reverse.gradient())
    let axis = try reverse.call.axis("axis", -1, rank: x.rank)
    let (_, size, inner) = x.split(at: axis)
    let count = dy.dimensions[axis]
    let result = try ONNXArray.zeros(x.dimensions)
    for index in 0..<dy.count {
      let place = try ONNXChoosing.place(reverse.call, places[index], of: size)
      result.numbers.pointer[(index / inner / count * size + place) * inner + index % inner] += dy[index]
    }
    return [result]
  }

  private static func scattered(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let (call, dy) = (reverse.call, try reverse.gradient())
    switch try call.string("reduction", "none") {
    case "none": return try traced(reverse, operands: [0, 2])
    case "add":
      let kind = call.node.kind == "ScatterND" ? "GatherND" : "GatherElements"
      let axis = try call.axis("axis", 0, rank: call.input(0).rank)
      let node = ONNXNode(
        name: call.node.name, kind: kind, inputs: [], outputs: [],
        attributes: kind == "GatherND" ? [:] : ["axis": .integer(Int64(axis))])
      let picked = try ONNXInterpreted.evaluate(
        ONNXEvaluation(node: node, inputs: [dy, call.input(1)], opset: call.opset))
      return [dy, nil, picked.first]
    default: throw call.unsupported("only the reductions none and add have a gradient")
    }
  }
}
