import Engine
import Platform

/// The function that a file's tool applies to the sums of trees (or of a linear model) before any link, to
/// get its predictions.
public enum TreeEnding: String, Sendable {
  /// The sums without conversion.
  case none
  /// 1 / (1 + e^−x): a share that is predicted as a value.
  case sigmoid
  case exponential
  /// log(1 + e^x)
  case softplus
  /// x · |x|, for sums of numbers whose square roots were fitted.
  case signedSquare
  /// 1 if x > 0, otherwise 0; computed as a sigmoid of numbers far from 0.
  case step

  /// The names of the parameters in a step's formula.
  static let stepNames = (factor: "step.factor", offset: "step.offset")
  /// The factor is far above the reciprocal of every nonzero sum in float32; e^−x is 0 for the offset.
  private static let (stepFactor, stepOffset): (Float, Float) = (1e38, 200)

  /// Adds the operators after the sums to a graph.
  ///
  /// - Parameter fixed: receives the names of parameters that are not weights.
  func applied(
    to sums: Graph.ValueID, in builder: inout GraphBuilder, fixed: inout Set<String>
  ) throws -> Graph.ValueID {
    switch self {
    case .none: return sums
    case .sigmoid: return try builder.apply(Activation(.sigmoid), to: [sums], name: "values")
    case .exponential: return try builder.apply(Unary(.exponential), to: [sums], name: "values")
    case .softplus: return try builder.apply(Activation(.softplus), to: [sums], name: "values")
    case .signedSquare:
      let sizes = try builder.apply(Unary(.absolute), to: [sums], name: "sizes")
      return try builder.apply(Arithmetic(.multiply), to: [sums, sizes], name: "values")
    case .step:
      let (factor, offset) = Self.stepNames
      fixed.formUnion([factor, offset])
      let factors = builder.parameter(
        try Tensor(name: factor, dimensions: [1], values: [Self.stepFactor]))
      let offsets = builder.parameter(
        try Tensor(name: offset, dimensions: [1], values: [Self.stepOffset]))
      let far = try builder.apply(Arithmetic(.multiply), to: [sums, factors], name: "far_sums")
      return try builder.apply(Arithmetic(.subtract), to: [far, offsets], name: "steps")
    }
  }

  /// The ending formed by the last nodes of a graph, and the factor before it.
  ///
  /// - Returns: nil if the nodes are none of the endings.
  static func read(_ nodes: some Sequence<Graph.Node>, of graph: Graph) -> (
    ending: TreeEnding, scale: Float
  )? {
    var (ending, scale) = (TreeEnding.none, Float(1))
    var rest = Array(nodes)[...]
    func parameter(_ node: Graph.Node) -> (name: String, value: Float)? {
      guard let operand = node.inputs.last, case .parameter(let place) = graph[operand].source,
        graph.parameters[place].count == 1, let value = try? graph.parameters[place].values.array.first
      else { return nil }
      return (graph.parameters[place].name, value)
    }
    while let node = rest.popFirst() {
      guard ending == .none else { return nil }
      switch node.operation {
      case let product as Arithmetic where product.function == .multiply:
        guard let factor = parameter(node) else { return nil }
        guard factor.name == stepNames.factor else {
          scale *= factor.value
          continue
        }
        guard let next = rest.popFirst(), (next.operation as? Arithmetic)?.function == .subtract,
          parameter(next)?.name == stepNames.offset
        else { return nil }
        ending = .step
      case let function as Unary where function.function == .exponential: ending = .exponential
      case let function as Unary where function.function == .absolute:
        guard let next = rest.popFirst(), (next.operation as? Arithmetic)?.function == .multiply,
          next.inputs == node.inputs + [node.output]
        else { return nil }
        ending = .signedSquare
      case let function as Activation where function.function == .sigmoid: ending = .sigmoid
      case let function as Activation where function.function == .softplus: ending = .softplus
      default: return nil
      }
    }
    return (ending, scale)
  }

  /// The ending in words, for errors.
  public var phrase: String {
    switch self {
    case .none: "sums"
    case .sigmoid: "1 / (1 + e^−x) of sums"
    case .exponential: "e^x of sums"
    case .softplus: "log(1 + e^x) of sums"
    case .signedSquare: "x · |x| of sums"
    case .step: "0 or 1 by the signs of sums"
    }
  }
}

extension Network {
  /// The network without its step: the sums before it are the logits of a classifier, which have gradients.
  public func withoutStep() throws -> Network {
    let (factor, offset) = TreeEnding.stepNames
    guard fixedParameters.isSuperset(of: [factor, offset]), graph.nodes.count > 2,
      let ending = TreeEnding.read(graph.nodes.suffix(2), of: graph), ending.ending == .step
    else { return self }
    var result = self
    result.graph = try graph.rebuilt(dropping: 2) { _, value in value }
    result.fixedParameters.subtract([factor, offset])
    return result
  }

  /// The network whose outputs are classes of which a row has one, although its file has a sigmoid for each class: scores
  /// are by softmax, in every format.
  public func withJoinedClasses() -> Network {
    guard link == .sigmoid, graph.outputWidth > 1 else { return self }
    var result = self
    result.link = .softmax
    result.metadata.removeAll { [XGBoostObjective.key, LightGBMObjective.key].contains($0.key) }
    return result
  }

  /// The network with its sigmoid as the last operator instead of its link; the outputs are values.
  public func withLinkAsValue() throws -> Network {
    guard link == .sigmoid else { return self }
    var (result, fixed) = (self, Set<String>())
    result.graph = try graph.rebuilt(dropping: 0) { builder, value in
      try TreeEnding.sigmoid.applied(to: value, in: &builder, fixed: &fixed)
    }
    result.link = .identity
    return result
  }
}

extension Graph {
  /// The same graph without its last nodes, and with another ending.
  fileprivate func rebuilt(
    dropping count: Int, _ end: (inout GraphBuilder, ValueID) throws -> ValueID
  ) throws -> Graph {
    var builder = GraphBuilder()
    var places: [Int: ValueID] = [:]
    func place(_ id: ValueID) throws -> ValueID {
      if let known = places[id.index] { return known }
      switch self[id].source {
      case .parameter(let index): places[id.index] = builder.parameter(parameters[index])
      case .reshaped(let original):
        let value = try place(original)
        places[id.index] = try builder.reshape(value, to: self[id].shape, name: self[id].name)
      case .input, .node: break
      }
      guard let known = places[id.index] else { throw Failure.internal("a value before its operands") }
      return known
    }
    for input in inputs { places[input.index] = builder.input(self[input].name, self[input].shape) }
    for node in nodes.dropLast(count) {
      let operands = try node.inputs.map(place)
      places[node.output.index] = try builder.apply(node.operation, to: operands, name: node.name)
    }
    let last = count == 0 ? output : nodes.dropLast(count).last?.output ?? output
    let value = try end(&builder, place(last))
    return try builder.finish(output: value)
  }
}
