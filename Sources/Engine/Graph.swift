import Platform

/// A network: values, and the operators that compute them, in topological order.
public struct Graph: @unchecked Sendable {
  /// Identifies a value by its index in `values`.
  public struct ValueID: Hashable, Sendable {
    public let index: Int
  }

  /// Where a value comes from.
  public enum Source: Equatable, Sendable {
    /// An input of the network, with values for each row.
    case input
    /// `parameters[index]`: the same for all rows.
    case parameter(Int)
    /// The output of `nodes[index]`.
    case node(Int)
    /// The memory of another value, in another shape.
    case reshaped(ValueID)
  }

  /// An input, a parameter or an operator's output.
  public struct Value: Sendable {
    public let name: String
    /// The shape of one line.
    public let shape: Shape
    public internal(set) var source: Source
    public internal(set) var lines: Lines
    /// Whether it is computed in a run, once for each row, each token, or all of them. False for parameters.
    public var hasRows: Bool { lines != .one }
  }

  /// An operator applied to values.
  public struct Node: @unchecked Sendable {
    public let name: String
    public let operation: any Operator
    public let inputs: [ValueID]
    public let output: ValueID
    /// The number of the layer that the node belongs to; nil if it belongs to none.
    public let layer: Int?
    /// The part of an adapter that the node is; nil if it is none.
    public var part: NodePart?

    /// The same node with another operator.
    func with(_ operation: any Operator) -> Node {
      Node(name: name, operation: operation, inputs: inputs, output: output, layer: layer, part: part)
    }
  }

  public internal(set) var values: [Value] = []
  public internal(set) var nodes: [Node] = []
  public internal(set) var parameters: [Tensor] = []
  public internal(set) var inputs: [ValueID] = []
  /// The network's output: logits for classification, values for regression.
  public internal(set) var output = ValueID(index: 0)
  /// Further outputs: values of hidden layers that a run also returns; see `withHiddenOutputs`.
  public internal(set) var hidden: [ValueID] = []
  /// The values that a run returns.
  var ends: [ValueID] { [output] + hidden }

  public subscript(id: ValueID) -> Value { values[id.index] }

  /// The number of floats of a row in all inputs together.
  public var inputWidth: Int { inputs.reduce(0) { $0 + self[$1].shape.count } }
  /// The number of floats of a line of the output.
  public var outputWidth: Int { self[output].shape.count }
  /// Whether its rows are texts, or have other sequences.
  public var readsTokens: Bool { inputs.contains { self[$0].lines.axis != nil } }
  /// The axes of the inputs' sequences, that of the texts first. A run takes the lengths of each in this order.
  public var sequences: [Axis] {
    let axes = inputs.compactMap { self[$0].lines.axis }
    let ordered = axes.filter { $0 == .text } + axes.filter { $0 != .text }
    return ordered.enumerated().filter { ordered.firstIndex(of: $0.element) == $0.offset }.map(\.element)
  }

  /// `.rows`, or `.tokens` (another `.sequence`) for a network with an output for every token.
  public var outputLines: Lines { self[output].lines }

  /// The approximate number of multiplications for a row.
  public var work: Int {
    parameters.reduce(0) { $0 + $1.count } + nodes.reduce(0) { $0 + $1.operation.work }
  }

  /// The value that owns the memory of `id`: itself, unless it is reshaped from another value.
  public func storage(of id: ValueID) -> ValueID {
    var id = id
    while case .reshaped(let original) = self[id].source { id = original }
    return id
  }

  /// The same network with other weights of the same number and shapes.
  public func replacing(parameters: [Tensor]) throws -> Graph {
    guard parameters.count == self.parameters.count,
      zip(parameters, self.parameters).allSatisfy({ $0.shape == $1.shape })
    else { throw Failure.internal("weights of another network") }
    var copy = self
    copy.parameters = parameters
    let keepsTypes = zip(parameters, self.parameters).allSatisfy { $0.element == $1.element }
    return keepsTypes ? copy : try copy.resolvingTypes()
  }
}

/// Builds a graph in topological order. Each operator checks its operands when it is added.
public struct GraphBuilder {
  public private(set) var graph = Graph()
  /// The layer of the nodes that are added next.
  public var layer: Int?

  public init() {}

  /// - Parameter lines: `.rows`, `.tokens` for an input with values for every token of a row's text, or `.sequence`
  ///   for one with values for every element of another sequence.
  public mutating func input(_ name: String, _ shape: Shape, lines: Lines = .rows) -> Graph.ValueID {
    let id = add(name, shape, .input, lines)
    graph.inputs.append(id)
    return id
  }

  /// Adds a parameter.
  public mutating func parameter(_ tensor: Tensor) -> Graph.ValueID {
    graph.parameters.append(tensor)
    return add(tensor.name, tensor.shape, .parameter(graph.parameters.count - 1), .one)
  }

  /// - Throws: `invalidModel` at the node's name if the operator does not accept the operands.
  ///
  /// - Parameter part: the part of an adapter that the node is; nil if it is none.
  public mutating func apply(
    _ operation: any Operator, to inputs: [Graph.ValueID], name: String, part: NodePart? = nil
  ) throws -> Graph.ValueID {
    var operation = operation
    let operands = inputs.map { graph.operand($0) }
    let shape: Shape
    let lines: Lines
    do {
      shape = try operation.resolve(operands)
      lines = try operation.lines(of: operands)
    } catch let failure as Failure {
      let kind = type(of: operation).kind
      throw Failure(failure.kind, "node \"\(name)\" (\(kind)): \(failure.message)", at: name)
    }
    let output = add(name, shape, .node(graph.nodes.count), lines)
    graph.nodes.append(
      Graph.Node(
        name: name, operation: operation, inputs: inputs, output: output, layer: layer, part: part))
    return output
  }

  /// The same numbers in another shape with the same count; nothing is computed or copied.
  public mutating func reshape(_ value: Graph.ValueID, to shape: Shape, name: String) throws -> Graph.ValueID
  {
    guard shape.count == graph[value].shape.count else {
      throw Failure.invalidModel(
        "node \"\(name)\" (Reshape): \(graph[value].shape) does not have as many elements as \(shape)",
        at: name)
    }
    return add(name, shape, .reshaped(value), graph[value].lines)
  }

  public func shape(of value: Graph.ValueID) -> Shape { graph[value].shape }
  public func hasRows(_ value: Graph.ValueID) -> Bool { graph[value].hasRows }
  public func lines(of value: Graph.ValueID) -> Lines { graph[value].lines }

  /// The finished graph with its output.
  /// Mutating, so that a call of another method within the argument does not compile: it would change another copy.
  public mutating func finish(output: Graph.ValueID, hidden: [Graph.ValueID] = []) throws -> Graph {
    guard graph[output].hasRows else {
      throw Failure.invalidModel("the network's output depends on no input")
    }
    var graph = graph
    graph.output = output
    graph.hidden = hidden
    return graph
  }

  private mutating func add(_ name: String, _ shape: Shape, _ source: Graph.Source, _ lines: Lines)
    -> Graph.ValueID
  {
    graph.values.append(Graph.Value(name: name, shape: shape, source: source, lines: lines))
    return Graph.ValueID(index: graph.values.count - 1)
  }
}

extension Graph {
  /// The same network with another operator in every node.
  private func changing(_ change: (any Operator) -> any Operator) -> Graph {
    var copy = self
    copy.nodes = nodes.map { $0.with(change($0.operation)) }
    return copy
  }

  /// The same network in which batch normalization does, or does not, take its statistics from each batch in
  /// training.
  public func withBatchStatistics(_ uses: Bool) -> Graph { changing { $0.with(batchStatistics: uses) } }

  /// The same network with another precision for the products of its linear layers.
  public func withPrecision(_ precision: Precision) -> Graph {
    changing { $0.with(productPrecision: precision) }
  }

  /// The precision of its linear layers.
  public var precision: Precision {
    nodes.contains { $0.operation.productPrecision == .bfloat16 } ? .bfloat16 : .float32
  }
}

/// The precision of the factors of a product. Sums and everything else are float32.
public enum Precision: String, Sendable, CaseIterable {
  case float32 = "f32"
  case bfloat16 = "bf16"
}
