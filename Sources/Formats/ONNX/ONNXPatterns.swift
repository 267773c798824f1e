import Engine

/// Recognizes operators that an exporter has decomposed.
struct ONNXPatterns {
  let graph: Graph
  private let consumers: [Int]
  private let producers: [Int: Graph.Node]

  init(_ graph: Graph) {
    self.graph = graph
    var consumers = [Int](repeating: 0, count: graph.values.count)
    for node in graph.nodes { for input in node.inputs { consumers[input.index] += 1 } }
    for value in graph.values {
      if case .reshaped(let original) = value.source { consumers[original.index] += 1 }
    }
    self.consumers = consumers
    producers = Dictionary(graph.nodes.map { ($0.output.index, $0) }, uniquingKeysWith: { $1 })
  }

  func node(_ value: Graph.ValueID) -> Graph.Node? { producers[value.index] }

  /// The recomposed operator and its inputs; nil if the node is kept.
  func replacement(_ node: Graph.Node) -> (any Operator, [Graph.ValueID])? {
    if let x = logistic(node) { return (Activation(.sigmoid), [x]) }
    if node.operation is TreeEnsemble { return ONNXScaledTrees(patterns: self).replacement(node) }
    guard let arithmetic = node.operation as? Arithmetic else { return nil }
    switch arithmetic.function {
    case .add: return bias(node)
    case .multiply: return activation(node)
    default: return nil
    }
  }

  /// x W + b, where b is added by a separate node.
  private func bias(_ node: Graph.Node) -> (any Operator, [Graph.ValueID])? {
    for (product, bias) in [(0, 1), (1, 0)] {
      guard node.inputs.count == 2, let before = self.node(node.inputs[product]),
        let linear = before.operation as? Linear, before.inputs.count == 2,
        consumers[before.output.index] == 1, before.output != graph.output,
        isParameter(node.inputs[bias]), !graph[node.output].shape.dimensions.isEmpty
      else { continue }
      let shape = graph[node.inputs[bias]].shape
      guard shape.count == linear.outputs, shape.last == linear.outputs,
        graph[node.output].shape == graph[before.output].shape
      else { continue }
      return (Linear(weightIsInputMajor: linear.weightIsInputMajor), before.inputs + [node.inputs[bias]])
    }
    return nil
  }

  /// SiLU and GELU, as products of several factors.
  private func activation(_ node: Graph.Node) -> (any Operator, [Graph.ValueID])? {
    let (constant, factors) = self.factors(node.output, depth: 3)
    guard factors.count == 2 else { return nil }
    for (x, other) in [(factors[0], factors[1]), (factors[1], factors[0])] {
      guard let gate = self.node(other), graph[x].shape == graph[node.output].shape else { continue }
      if let sigmoid = gate.operation as? Activation, sigmoid.function == .sigmoid, gate.inputs == [x],
        constant == 1
      {
        return (Activation(.silu), [x])
      }
      guard constant == 0.5, let curve = onePlus(gate).flatMap({ self.node($0) }),
        let argument = curve.inputs.first
      else { continue }
      // ½ x (1 + erf(x / √2)) (Hendrycks and Gimpel 2016)
      if let erf = curve.operation as? Unary, erf.function == .errorFunction,
        let scale = scale(argument, of: x), abs(scale - 0.707_106_78) < 1e-5
      {
        return (Activation(.gelu), [x])
      }
      // ½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))
      if let tanh = curve.operation as? Activation, tanh.function == .tanh, isTanhArgument(argument, of: x) {
        return (Activation(.geluTanh), [x])
      }
    }
    return nil
  }

  /// The constant factor of a product, and its other factors.
  private func factors(_ value: Graph.ValueID, depth: Int) -> (constant: Float, factors: [Graph.ValueID]) {
    guard depth > 0, let node = node(value), let product = node.operation as? Arithmetic,
      product.function == .multiply
    else { return (1, [value]) }
    var result: (constant: Float, factors: [Graph.ValueID]) = (1, [])
    for input in node.inputs {
      if let number = number(input) {
        result.constant *= number
      } else {
        let part = factors(input, depth: depth - 1)
        result.constant *= part.constant
        result.factors += part.factors
      }
    }
    return result
  }

  /// The y of 1 + y.
  private func onePlus(_ node: Graph.Node) -> Graph.ValueID? {
    guard let sum = node.operation as? Arithmetic, sum.function == .add, node.inputs.count == 2 else {
      return nil
    }
    if number(node.inputs[1]) == 1 { return node.inputs[0] }
    if number(node.inputs[0]) == 1 { return node.inputs[1] }
    return nil
  }

  /// The s of s · x or x / (1/s).
  private func scale(_ value: Graph.ValueID, of x: Graph.ValueID) -> Float? {
    if let node = node(value), let quotient = node.operation as? Arithmetic, quotient.function == .divide,
      node.inputs.count == 2, node.inputs[0] == x, let divisor = number(node.inputs[1])
    {
      return 1 / divisor
    }
    let (constant, factors) = factors(value, depth: 1)
    return factors == [x] ? constant : nil
  }

  private func isTanhArgument(_ value: Graph.ValueID, of x: Graph.ValueID) -> Bool {
    let (constant, factors) = factors(value, depth: 2)
    guard abs(constant - 0.797_884_56) < 1e-5, factors.count == 1, let sum = node(factors[0]),
      let addition = sum.operation as? Arithmetic, addition.function == .add, sum.inputs.count == 2
    else { return false }
    for (linear, cubic) in [(0, 1), (1, 0)] where sum.inputs[linear] == x {
      let (factor, powers) = self.factors(sum.inputs[cubic], depth: 3)
      guard abs(factor - 0.044715) < 1e-6 else { continue }
      if powers == [x, x, x] { return true }
      if powers.count == 1, let power = node(powers[0]), let raise = power.operation as? Arithmetic,
        raise.function == .power, power.inputs.count == 2, power.inputs[0] == x, number(power.inputs[1]) == 3
      {
        return true
      }
    }
    return false
  }

  /// The x of 1 / (1 + e^(−x)).
  func logistic(_ node: Graph.Node) -> Graph.ValueID? {
    guard let reciprocal = node.operation as? Unary, reciprocal.function == .reciprocal,
      let sum = node.inputs.first.flatMap({ self.node($0) }),
      let power = onePlus(sum).flatMap({ self.node($0) }),
      let exponential = power.operation as? Unary, exponential.function == .exponential,
      let turned = power.inputs.first
    else { return nil }
    if let negation = self.node(turned), let unary = negation.operation as? Unary, unary.function == .negate {
      return negation.inputs.first
    }
    let (constant, factors) = factors(turned, depth: 1)
    return constant == -1 && factors.count == 1 ? factors[0] : nil
  }

  func isParameter(_ value: Graph.ValueID) -> Bool {
    if case .parameter = graph[value].source { true } else { false }
  }

  /// The value of a parameter of one element.
  func number(_ value: Graph.ValueID) -> Float? {
    guard case .parameter(let index) = graph[value].source, graph.parameters[index].count == 1 else {
      return nil
    }
    return try? graph.parameters[index].values.array.first
  }
}
