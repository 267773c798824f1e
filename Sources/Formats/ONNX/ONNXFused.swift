import Engine
import Platform

/// onnxruntime's own operators (com.microsoft), which its optimizer puts in the place of several of the format's: they are
/// taken apart again, so that nothing else need know of them.
struct ONNXFused {
  /// A node being taken apart; names of values between its parts begin with its own output's.
  private let node: ONNXNode
  private var parts: [ONNXNode] = []
  private let domain = "com.microsoft."

  private init(_ node: ONNXNode) { self.node = node }

  /// The nodes of a file, those of this domain taken apart where they are known.
  static func expanded(_ nodes: [ONNXNode]) throws -> [ONNXNode] {
    guard nodes.contains(where: { $0.kind.hasPrefix("com.microsoft.") }) else { return nodes }
    return try nodes.flatMap { node -> [ONNXNode] in
      var fused = ONNXFused(node)
      return try fused.takeApart() ? fused.parts : [node]
    }
  }

  private mutating func takeApart() throws -> Bool {
    switch node.kind {
    case domain + "FusedGemm":
      try finish(try part("Gemm", node.inputs, keeping: ["alpha", "beta", "transA", "transB"]))
    case domain + "FusedConv":
      // A fourth input is added before the activation.
      var value = try part(
        "Conv", Array(node.inputs.prefix(3)),
        keeping: ["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"])
      if node.inputs.count > 3, !node.inputs[3].isEmpty { value = add("Add", [value, node.inputs[3]]) }
      try finish(value)
    case domain + "FusedMatMul":
      guard number("transBatchA") == 0, number("transBatchB") == 0, node.inputs.count == 2,
        number("transA") == 0
      else { return false }
      var right = node.inputs[1]
      if number("transB") != 0 { right = add("Transpose", [right], [("perm", .integers([1, 0]))]) }
      let product = add("MatMul", [node.inputs[0], right])
      let alpha = float("alpha") ?? 1
      end(alpha == 1 ? add("Identity", [product]) : add("Mul", [product, constant(alpha)]))
    case domain + "BiasGelu": end(add("Gelu", [add("Add", Array(node.inputs.prefix(2)))]))
    case domain + "Gelu": end(add("Gelu", Array(node.inputs.prefix(1))))
    case domain + "FastGelu":
      let x =
        node.inputs.count > 1 && !node.inputs[1].isEmpty ? add("Add", node.inputs) : node.inputs.first ?? ""
      end(add("Gelu", [x], [("approximate", .string("tanh"))]))
    case domain + "QuickGelu":
      let x = node.inputs.first ?? ""
      let gate = add("Sigmoid", [add("Mul", [x, constant(float("alpha") ?? 1.702)])])
      end(add("Mul", [x, gate]))
    case domain + "SkipLayerNormalization": return skipNormalization()
    default: return false
    }
    return true
  }

  /// Normalizes input + skip (+ bias); the fourth output is that sum.
  private mutating func skipNormalization() -> Bool {
    guard node.inputs.count >= 3, node.outputs.dropFirst().prefix(2).allSatisfy(\.isEmpty) else {
      return false
    }
    var sum = add("Add", [node.inputs[0], node.inputs[1]])
    if node.inputs.count > 4, !node.inputs[4].isEmpty { sum = add("Add", [sum, node.inputs[4]]) }
    if node.outputs.count > 3, !node.outputs[3].isEmpty {
      parts.append(
        ONNXNode(
          name: "\(node.name)_sum", kind: "Identity", inputs: [sum], outputs: [node.outputs[3]],
          attributes: [:]))
    }
    let scale = [sum, node.inputs[2]] + (node.inputs.count > 3 ? [node.inputs[3]] : [])
    end(
      add(
        "LayerNormalization", scale.last == "" ? Array(scale.dropLast()) : scale,
        [("axis", .integer(-1)), ("epsilon", .float(float("epsilon") ?? 1e-12))]))
    return true
  }

  // MARK: Parts

  private func number(_ name: String) -> Int64 {
    if case .integer(let value)? = node.attributes[name] { value } else { 0 }
  }

  private func float(_ name: String) -> Float? {
    if case .float(let value)? = node.attributes[name] { value } else { nil }
  }

  private mutating func add(
    _ kind: String, _ inputs: [String], _ attributes: [(String, ONNXNode.Attribute)] = []
  ) -> String {
    let output = "\(node.outputs.first ?? node.name)/part\(parts.count)"
    parts.append(
      ONNXNode(
        name: "\(node.name)_part\(parts.count)", kind: kind, inputs: inputs, outputs: [output],
        attributes: Dictionary(attributes, uniquingKeysWith: { first, _ in first })))
    return output
  }

  private mutating func part(_ kind: String, _ inputs: [String], keeping names: Set<String>) throws -> String
  {
    add(kind, inputs, node.attributes.filter { names.contains($0.key) }.map { ($0.key, $0.value) })
  }

  private mutating func constant(_ value: Float) -> String {
    add("Constant", [], [("value_float", .float(value))])
  }

  /// The last part gets the node's own output.
  private mutating func end(_ value: String) {
    guard let last = parts.popLast() else { return }
    parts.append(
      ONNXNode(
        name: node.name, kind: last.kind, inputs: last.inputs, outputs: Array(node.outputs.prefix(1)),
        attributes: last.attributes))
  }

  /// The activation that a fused product or convolution ends in.
  private mutating func finish(_ value: String) throws {
    guard case .string(let activation)? = node.attributes["activation"], !activation.isEmpty else {
      return end(value)
    }
    var attributes: [(String, ONNXNode.Attribute)] = []
    var parameters: [Float] = []
    if case .floats(let list)? = node.attributes["activation_params"] { parameters = list }
    if let alpha = float("activation_alpha") ?? parameters.first {
      attributes.append(("alpha", .float(alpha)))
    }
    if let beta = float("activation_beta") ?? parameters.dropFirst().first {
      attributes.append(("beta", .float(beta)))
    }
    switch activation {
    case "Relu", "Tanh", "Sigmoid", "Softplus", "Softsign": end(add(activation, [value]))
    case "LeakyRelu", "Elu", "HardSigmoid", "ThresholdedRelu", "Selu":
      end(add(activation, [value], attributes))
    case "Clip":
      // Its parameters are the bounds.
      let bounds = parameters.prefix(2).map { constant($0) }
      end(add("Clip", [value] + bounds))
    default:
      throw Failure.unsupported(
        "node \"\(node.name)\" (\(node.kind)) ends in the activation \"\(activation)\", which is not supported",
        at: node.name)
    }
  }
}
