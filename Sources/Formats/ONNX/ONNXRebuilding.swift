import Engine
import Platform

/// Builds the final graph: only the nodes that the logits need, with known patterns recomposed.
struct ONNXRebuilding {
  let patterns: ONNXPatterns
  private var builder = GraphBuilder()
  private var places: [Int: Graph.ValueID] = [:]

  init(patterns: ONNXPatterns) { self.patterns = patterns }

  mutating func rebuild(_ found: ONNXLink.Result) throws -> Graph {
    let graph = patterns.graph
    var wanted = Set(graph.inputs.map(\.index))
    for logits in found.logits { wanted.insert(logits.index) }
    var replacements: [Int: (any Operator, [Graph.ValueID])] = [:]
    // Values are in topological order.
    for index in graph.values.indices.reversed() where wanted.contains(index) {
      switch graph.values[index].source {
      case .reshaped(let original): wanted.insert(original.index)
      case .node(let place):
        let node = graph.nodes[place]
        let replacement = patterns.replacement(node)
        replacements[index] = replacement
        for input in replacement?.1 ?? node.inputs { wanted.insert(input.index) }
      case .input, .parameter: break
      }
    }
    for index in graph.values.indices where wanted.contains(index) {
      let value = graph.values[index]
      switch value.source {
      case .input: places[index] = builder.input(value.name, value.shape)
      case .parameter(let place): places[index] = builder.parameter(graph.parameters[place])
      case .reshaped(let original):
        places[index] = try builder.reshape(self.place(original), to: value.shape, name: value.name)
      case .node(let place):
        let node = graph.nodes[place]
        let (operation, inputs) = replacements[index] ?? (node.operation, node.inputs)
        places[index] = try builder.apply(operation, to: inputs.map(self.place), name: node.name)
      }
    }
    let parts = try found.logits.map(place)
    guard var output = parts.first else { throw Failure.internal("a network without an output") }
    if parts.count > 1 { output = try builder.apply(Concatenation(axis: 0), to: parts, name: "logits") }
    if let shape = found.shape { output = try builder.reshape(output, to: shape, name: "logits") }
    let tail: [(any Operator, String)] =
      switch found.tail {
      case .none: []
      case .logarithmOfSigmoid:
        [(Unary(.negate), "turned"), (Activation(.softplus), "softplus"), (Unary(.negate), "log_sigmoid")]
      case .logarithm: [(Unary(.logarithm), "log_probabilities")]
      }
    for (operation, name) in tail { output = try builder.apply(operation, to: [output], name: name) }
    return try builder.finish(output: output)
  }

  private func place(_ id: Graph.ValueID) throws -> Graph.ValueID {
    guard let place = places[id.index] else {
      throw Failure.internal("a value is used before it is computed")
    }
    return place
  }
}
