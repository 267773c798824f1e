import Engine

/// Finds the logits of a graph that ends in probabilities.
struct ONNXLink {
  let patterns: ONNXPatterns
  /// Values that are another's shares of its row's sum.
  let normalized: [Graph.ValueID: Graph.ValueID]

  struct Result {
    var link = Network.Link.identity
    var logits: Graph.ValueID
    /// The shape that the logits have at the output, when reshapes follow the link.
    var shape: Shape?
    var complementsOneLogit = false
    var isLogarithm = false
    /// The probabilities are the shares of each class's own sigmoid: their logits for a softmax are
    /// log sigmoid(x) = −softplus(−x).
    var areSharesOfSigmoids = false
  }

  func find(_ output: Graph.ValueID) -> Result {
    var result = Result(logits: output)
    var value = output
    if let node = patterns.node(value), let unary = node.operation as? Unary, unary.function == .logarithm,
      let inner = node.inputs.first, patterns.node(inner)?.operation is Softmax
    {
      result.isLogarithm = true
      value = inner
    }
    var shares = false
    if let whole = normalized[value] {
      shares = true
      value = whole
    }
    let graph = patterns.graph
    var storage = value
    while case .reshaped(let original) = graph[storage].source { storage = original }
    guard let node = patterns.node(storage), let first = node.inputs.first else { return result }
    if node.operation is Softmax, graph[storage].shape.count == graph[storage].shape.last, storage == value {
      result.link = .softmax
      result.logits = first
    } else if let activation = node.operation as? Activation, activation.function == .sigmoid {
      result.link = shares ? .softmax : .sigmoid
      result.areSharesOfSigmoids = shares
      result.logits = first
      if storage != value { result.shape = graph[value].shape }
    } else if storage == value, let logit = complemented(node) {
      result.link = .sigmoid
      result.logits = logit
      result.complementsOneLogit = true
    } else {
      result.isLogarithm = false
    }
    return result
  }

  /// The x of (1 − sigmoid(x), sigmoid(x)).
  private func complemented(_ node: Graph.Node) -> Graph.ValueID? {
    guard node.operation is Concatenation, node.inputs.count == 2,
      let complement = patterns.node(node.inputs[0]), let difference = complement.operation as? Arithmetic,
      difference.function == .subtract, complement.inputs.count == 2, patterns.number(complement.inputs[0]) == 1,
      complement.inputs[1] == node.inputs[1], let sigmoid = patterns.node(node.inputs[1]),
      let activation = sigmoid.operation as? Activation, activation.function == .sigmoid,
      patterns.graph[node.inputs[1]].shape.dimensions == [1]
    else { return nil }
    return sigmoid.inputs.first
  }
}
