import Engine

/// Finds the logits of a graph that ends in probabilities.
struct ONNXLink {
  let patterns: ONNXPatterns

  struct Result {
    var link = Network.Link.identity
    /// The logits; several values are concatenated.
    var logits: [Graph.ValueID]
    /// The shape of the logits at the output, if reshapes follow the link.
    var shape: Shape?
    var complementsOneLogit = false
    var mirrorsOneLogit = false
    var isLogarithm = false
    /// An operator to apply to the logits that were found.
    var tail = Tail.none
  }

  enum Tail {
    case none
    /// The probabilities are normalized sigmoids of each class; their logits for a softmax are log sigmoid(x)
    /// = −softplus(−x).
    case logarithmOfSigmoid
    /// Probabilities that are computed in another way; their logarithms are logits for a softmax.
    case logarithm
  }

  /// - Parameter areProbabilities: whether the file names its output probabilities.
  func find(_ output: Graph.ValueID, areProbabilities: Bool) -> Result {
    let graph = patterns.graph
    var result = Result(logits: [output])
    var value = output
    if let node = patterns.node(value), let unary = node.operation as? Unary, unary.function == .logarithm,
      let inner = node.inputs.first, patterns.node(inner)?.operation is Softmax
    {
      result.isLogarithm = true
      value = inner
    }
    let whole = share(value)
    value = whole ?? value
    var storage = value
    while case .reshaped(let original) = graph[storage].source { storage = original }
    let node = patterns.node(storage)
    if let node, node.operation is Softmax, graph[storage].shape.count == graph[storage].shape.last,
      storage == value
    {
      result.link = .softmax
      result.logits = node.inputs
      // softmax(log softmax(x)) equals softmax(x).
      if let logits = node.inputs.first, let outer = patterns.node(logits),
        (outer.operation as? Unary)?.function == .logarithm, let share = outer.inputs.first,
        let inner = patterns.node(share), inner.operation is Softmax
      {
        result.logits = inner.inputs
      }
    } else if storage == value, let node, let logit = complemented(node) {
      result.link = .sigmoid
      result.logits = [logit]
      result.complementsOneLogit = true
    } else if storage == value, let node, let logit = mirrored(node) {
      result.link = .logits
      result.logits = [logit]
      result.mirrorsOneLogit = true
    } else if let logits = sigmoidArguments(storage, depth: 3) {
      result.link = whole == nil ? .sigmoid : .softmax
      result.tail = whole == nil ? .none : .logarithmOfSigmoid
      result.logits = logits
      if storage != value { result.shape = graph[value].shape }
    } else {
      result.isLogarithm = false
      if areProbabilities, !isSumOfProducts(output), graph[output].shape.dimensions.count == 1,
        graph[output].shape.count > 1
      {
        result.link = .softmax
        result.tail = .logarithm
      }
    }
    return result
  }

  /// Whether a value is linear in the outputs of layers: then it has margins, even if the file names it
  /// probabilities.
  private func isSumOfProducts(_ value: Graph.ValueID) -> Bool {
    guard let node = patterns.node(value) else { return false }
    switch node.operation {
    case is Linear: return true
    case is Concatenation: return node.inputs.allSatisfy(isSumOfProducts)
    case let it as Arithmetic
    where it.function == .add || it.function == .subtract || it.function == .multiply:
      return node.inputs.allSatisfy { !patterns.graph[$0].hasRows || isSumOfProducts($0) }
    default: return false
    }
  }

  /// The x of x / Σ x or x / Σ |x|, over a row.
  private func share(_ value: Graph.ValueID) -> Graph.ValueID? {
    guard let quotient = patterns.node(value), let arithmetic = quotient.operation as? Arithmetic,
      arithmetic.function == .divide, quotient.inputs.count == 2, let sum = patterns.node(quotient.inputs[1]),
      let reduction = sum.operation as? Reduction, reduction.function == .sum, var summed = sum.inputs.first,
      patterns.graph[sum.output].shape.dimensions == [1]
    else { return nil }
    if let sizes = patterns.node(summed), let unary = sizes.operation as? Unary, unary.function == .absolute,
      let inner = sizes.inputs.first
    {
      summed = inner
    }
    return summed == quotient.inputs[0] ? summed : nil
  }

  /// The x of sigmoid(x), also for concatenated columns.
  private func sigmoidArguments(_ value: Graph.ValueID, depth: Int) -> [Graph.ValueID]? {
    guard depth > 0, let node = patterns.node(value), let first = node.inputs.first else { return nil }
    if let activation = node.operation as? Activation, activation.function == .sigmoid { return [first] }
    if let x = patterns.logistic(node) { return [x] }
    if let columns = node.operation as? Columns, columns.range == 1..<2, let pair = patterns.node(first),
      let logit = complemented(pair)
    {
      return [logit]
    }
    guard node.operation is Concatenation, patterns.graph[value].shape.dimensions.count == 1 else {
      return nil
    }
    let parts = node.inputs.map { sigmoidArguments($0, depth: depth - 1) }
    let found = parts.compactMap { $0 }
    return found.count == parts.count ? found.flatMap { $0 } : nil
  }

  /// The x of (−x, x).
  private func mirrored(_ node: Graph.Node) -> Graph.ValueID? {
    guard node.operation is Concatenation, node.inputs.count == 2,
      patterns.graph[node.inputs[1]].shape.dimensions == [1], let negative = patterns.node(node.inputs[0]),
      negative.inputs.first == node.inputs[1]
    else { return nil }
    if let unary = negative.operation as? Unary, unary.function == .negate { return node.inputs[1] }
    guard (negative.operation as? Arithmetic)?.function == .multiply,
      negative.inputs.last.flatMap(patterns.number) == -1
    else { return nil }
    return node.inputs[1]
  }

  /// The x of (1 − sigmoid(x), sigmoid(x)).
  private func complemented(_ node: Graph.Node) -> Graph.ValueID? {
    guard node.operation is Concatenation, node.inputs.count == 2,
      let complement = patterns.node(node.inputs[0]), let difference = complement.operation as? Arithmetic,
      difference.function == .subtract, complement.inputs.count == 2,
      patterns.number(complement.inputs[0]) == 1,
      complement.inputs[1] == node.inputs[1], let sigmoid = patterns.node(node.inputs[1]),
      let activation = sigmoid.operation as? Activation, activation.function == .sigmoid,
      patterns.graph[node.inputs[1]].shape.dimensions == [1]
    else { return nil }
    return sigmoid.inputs.first
  }
}
