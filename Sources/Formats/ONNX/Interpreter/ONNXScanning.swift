import Platform

extension ONNXInterpreter {
  /// Runs a body for each slice of some operands (Scan from version 9 on, along first axes, forwards). States
  /// are passed from run to run; the other outputs are stacked along a new first axis.
  func scan(
    _ node: ONNXNode, _ operands: [ONNXArray?], _ values: [String: ONNXArray]
  ) throws -> [ONNXArray] {
    guard case .graph(let body)? = node.attributes["body"],
      case .integer(let count)? = node.attributes["num_scan_inputs"], let scanned = Int(exactly: count),
      scanned > 0, scanned <= operands.count, body.inputs.count == operands.count
    else { throw Failure(.invalidModel, "has no body for its \(operands.count) inputs") }
    for name in ["scan_input_axes", "scan_output_axes", "scan_input_directions", "scan_output_directions"] {
      if case .integers(let list)? = node.attributes[name], list.contains(where: { $0 != 0 }) {
        throw Failure.unsupported("\(name) other than 0 are not supported")
      }
    }
    let given = try operands.map { operand -> ONNXArray in
      guard let operand, operand.strings == nil else { throw Failure(.invalidModel, "an input is missing") }
      return operand
    }
    var states = Array(given.dropLast(scanned))
    let slices = given.suffix(scanned)
    guard let length = slices.first?.dimensions.first, length <= 1 << 20,
      slices.allSatisfy({ $0.dimensions.first == length }),
      body.outputs.count >= states.count
    else { throw Failure(.invalidModel, "its inputs are not of one length") }
    var inner = values
    for (name, tensor) in body.initializers { inner[name] = try ONNXArray(tensor) }
    var collected = [[ONNXArray]](repeating: [], count: body.outputs.count - states.count)
    for place in 0..<length {
      for (name, state) in zip(body.inputs, states) { inner[name] = state }
      for (name, whole) in zip(body.inputs.dropFirst(states.count), slices) {
        let size = whole.count / length
        inner[name] = try whole.picked(Array(whole.dimensions.dropFirst())) { place * size + $0 }
      }
      for node in body.nodes { try run(node, &inner) }
      let results = try body.outputs.map { name in
        guard let value = inner[name] else { throw Failure(.invalidModel, "its body gives no \"\(name)\"") }
        return value
      }
      for index in collected.indices { collected[index].append(results[states.count + index]) }
      states = Array(results.prefix(states.count))
    }
    return states + (try collected.map(Self.stacked))
  }

  private static func stacked(_ parts: [ONNXArray]) throws -> ONNXArray {
    guard let first = parts.first, parts.allSatisfy({ $0.dimensions == first.dimensions }) else {
      throw Failure.unsupported("its runs give nothing, or arrays of several shapes")
    }
    let size = max(first.count, 1)
    return try ONNXArray([parts.count] + first.dimensions, first.element) { parts[$0 / size][$0 % size] }
  }
}
