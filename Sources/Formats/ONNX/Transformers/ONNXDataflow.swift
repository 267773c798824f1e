import Engine
import Platform

/// A file's graph read backwards, from a value to the nodes that compute it.
struct ONNXDataflow {
  let file: ONNXFile
  private let producers: [String: Int]

  init(_ file: ONNXFile) {
    self.file = file
    var producers: [String: Int] = [:]
    for (index, node) in file.nodes.enumerated() {
      for output in node.outputs where !output.isEmpty { producers[output] = index }
    }
    self.producers = producers
  }

  /// The maximum length of a chain of operators, so that cycles end.
  private static let maximumDepth = 64

  /// The node that computes a value; nil for inputs and initializers.
  func node(_ value: String) -> ONNXNode? { producers[value].map { file.nodes[$0] } }

  /// The value before operators that change its shape, order or type.
  func behindMoves(_ value: String) -> String {
    var value = value
    for _ in 0..<Self.maximumDepth {
      guard let node = node(value), Self.moves.contains(node.kind), let first = node.inputs.first,
        node.outputs.first == value
      else { return value }
      value = first
    }
    return value
  }

  private static let moves: Set<String> = [
    "Identity", "Cast", "Dropout", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Transpose",
  ]

  /// The constant value; nil if it depends on the inputs or is computed.
  func constant(_ value: String) -> ONNXTensor? {
    var (value, isCast) = (value, false)
    // Weights of 16 bits are cast to float32; other casts compute something.
    func found(_ tensor: ONNXTensor?) -> ONNXTensor? {
      if case .halves? = tensor?.storage { return tensor }
      return isCast ? nil : tensor
    }
    for _ in 0..<Self.maximumDepth {
      if let tensor = file.initializers[value] { return found(tensor) }
      guard let node = node(value) else { return nil }
      switch (node.kind, node.attributes.first?.value) {
      case ("Constant", .tensor(let tensor)?): return found(tensor)
      case ("Constant", .float(let number)?): return found(try? .floats([number], dimensions: []))
      case ("Constant", .integer(let number)?): return found(.integers([number], dimensions: []))
      case ("Constant", .integers(let numbers)?): return found(.integers(numbers))
      case ("Identity", _): value = node.inputs.first ?? ""
      case ("Cast", _):
        guard case .integer(1)? = node.attributes["to"] else { return nil }
        (value, isCast) = (node.inputs.first ?? "", true)
      default: return nil
      }
    }
    return nil
  }

  func scalar(_ value: String) -> Float? { constant(value)?.scalar }

  // MARK: What an exporter has taken apart

  /// x W + b, or x Wᵀ + b.
  final class Linear {
    let input: String
    let weight: ONNXTensor
    let weightIsInputMajor: Bool
    let bias: ONNXTensor?

    init(input: String, weight: ONNXTensor, weightIsInputMajor: Bool, bias: ONNXTensor?) {
      (self.input, self.weight, self.weightIsInputMajor, self.bias) = (
        input, weight, weightIsInputMajor, bias
      )
    }

    var width: Int { weightIsInputMajor ? weight.dimensions[0] : weight.dimensions[1] }
    var outputs: Int { weightIsInputMajor ? weight.dimensions[1] : weight.dimensions[0] }
  }

  func linear(_ value: String) -> Linear? {
    guard let node = node(behindMoves(value)), node.inputs.count >= 2 else { return nil }
    switch node.kind {
    case "MatMul": return product(node, bias: nil)
    case "Gemm":
      let reading = ONNXEvaluation(node: node, inputs: [], opset: file.opset)
      guard let (alpha, beta) = try? (reading.float("alpha", 1), reading.float("beta", 1)),
        let (before, after) = try? (reading.integer("transA", 0), reading.integer("transB", 0)),
        alpha == 1, beta == 1, before == 0
      else { return nil }
      guard node.inputs.count > 2, !node.inputs[2].isEmpty else {
        return product(node, isTransposed: after != 0, bias: nil)
      }
      return constant(node.inputs[2]).flatMap { product(node, isTransposed: after != 0, bias: $0) }
    case "Add":
      for (product, bias) in [(0, 1), (1, 0)] {
        guard let bias = constant(node.inputs[bias]), bias.dimensions.count == 1,
          let product = self.node(node.inputs[product]), product.kind == "MatMul"
        else { continue }
        return self.product(product, bias: bias)
      }
      return nil
    default: return nil
    }
  }

  private func product(_ node: ONNXNode, isTransposed: Bool = false, bias: ONNXTensor?) -> Linear? {
    guard node.inputs.count >= 2 else { return nil }
    var (name, isTransposed) = (node.inputs[1], isTransposed)
    if let turn = self.node(name), turn.kind == "Transpose", let before = turn.inputs.first {
      (name, isTransposed) = (before, !isTransposed)
    }
    guard let weight = constant(name), weight.dimensions.count == 2, weight.isPlain,
      constant(node.inputs[0]) == nil
    else { return nil }
    let outputs = weight.dimensions[isTransposed ? 0 : 1]
    guard bias.map({ $0.count == outputs }) ?? true else { return nil }
    return Linear(input: node.inputs[0], weight: weight, weightIsInputMajor: !isTransposed, bias: bias)
  }

  final class LayerNorm {
    let input: String
    let gain: ONNXTensor
    let bias: ONNXTensor
    let epsilon: Float

    init(input: String, gain: ONNXTensor, bias: ONNXTensor, epsilon: Float) {
      (self.input, self.gain, self.bias, self.epsilon) = (input, gain, bias, epsilon)
    }
  }

  /// A layer normalization: one operator (operator set 17), or gain · (x − mean) / √(variance + ε) + bias.
  func layerNorm(_ value: String) -> LayerNorm? {
    guard let node = node(behindMoves(value)) else { return nil }
    if node.kind == "LayerNormalization" {
      guard node.inputs.count == 3, let gain = vector(node.inputs[1]), let bias = vector(node.inputs[2]),
        let epsilon = try? ONNXEvaluation(node: node, inputs: [], opset: file.opset).float("epsilon", 1e-5)
      else { return nil }
      return LayerNorm(input: node.inputs[0], gain: gain, bias: bias, epsilon: epsilon)
    }
    guard let (scaled, bias) = withConstant(node, "Add", vector),
      let (normalized, gain) = withConstant(self.node(scaled), "Mul", vector),
      let quotient = self.node(normalized), quotient.kind == "Div", quotient.inputs.count == 2,
      let centred = self.node(quotient.inputs[0]), centred.kind == "Sub", centred.inputs.count == 2,
      self.node(centred.inputs[1])?.kind == "ReduceMean",
      let root = self.node(quotient.inputs[1]), root.kind == "Sqrt",
      let (_, epsilon) = withConstant(root.inputs.first.flatMap { self.node($0) }, "Add", { scalar($0) })
    else { return nil }
    return LayerNorm(input: centred.inputs[0], gain: gain, bias: bias, epsilon: epsilon)
  }

  private func vector(_ value: String) -> ONNXTensor? {
    constant(value).flatMap { $0.dimensions.count == 1 && $0.isPlain ? $0 : nil }
  }

  /// The other operand and the constant of a node of this kind with one constant operand.
  private func withConstant<Constant>(
    _ node: ONNXNode?, _ kind: String, _ read: (String) -> Constant?
  ) -> (String, Constant)? {
    guard let node, node.kind == kind, node.inputs.count == 2 else { return nil }
    if let constant = read(node.inputs[1]) { return (node.inputs[0], constant) }
    return read(node.inputs[0]).map { (node.inputs[1], $0) }
  }

  /// The two operands of a sum of computed values.
  func sum(_ value: String) -> (String, String)? {
    guard let node = node(behindMoves(value)), node.kind == "Add", node.inputs.count == 2 else { return nil }
    return (node.inputs[0], node.inputs[1])
  }

  /// The activation function on a linear layer's output, by its name in transformers, and that output.
  ///
  /// The operators tell which function it is; `ONNXTransformerProof` verifies that it is computed exactly so.
  func activation(_ value: String) -> (function: String, of: String)? {
    var kinds = Set<String>()
    var found: String?
    var waiting = [behindMoves(value)]
    var isTanh = false
    for _ in 0..<Self.maximumDepth {
      guard let next = waiting.popLast() else { break }
      if linear(next) != nil, !kinds.isEmpty {
        guard found == nil || found == next else { return nil }
        found = next
        continue
      }
      guard let node = node(next), Self.partsOfActivations.contains(node.kind) else { return nil }
      kinds.insert(node.kind)
      if case .string("tanh")? = node.attributes["approximate"] { isTanh = true }
      for input in node.inputs where constant(input) == nil { waiting.append(behindMoves(input)) }
    }
    guard waiting.isEmpty, let found else { return nil }
    if kinds.contains("Gelu") { return (isTanh ? "gelu_new" : "gelu", found) }
    if kinds.contains("Erf") { return ("gelu", found) }
    if kinds.contains("Tanh") { return (kinds.count > 1 ? "gelu_new" : "tanh", found) }
    if kinds.contains("Relu") { return kinds.count == 1 ? ("relu", found) : nil }
    if kinds.contains("Sigmoid") { return (kinds.count > 1 ? "silu" : "sigmoid", found) }
    return kinds.contains("Swish") ? ("silu", found) : nil
  }

  private static let partsOfActivations: Set<String> = [
    "Gelu", "Erf", "Tanh", "Relu", "Sigmoid", "Swish", "Mul", "Add", "Div", "Pow",
  ]

  // MARK: What lies before a value

  /// The nodes on which a value depends.
  ///
  /// - Parameters:
  ///   - given: a value whose nodes are excluded.
  ///   - seen: nodes that are excluded together with everything they depend on.
  func nodes(before value: String, butNot given: String? = nil, beyond seen: Set<Int> = []) -> Set<Int> {
    var found = Set<Int>()
    var waiting = [value]
    while let next = waiting.popLast() {
      guard next != given, let index = producers[next], !seen.contains(index) else { continue }
      if found.insert(index).inserted { waiting += file.nodes[index].needs }
    }
    return found
  }
}
