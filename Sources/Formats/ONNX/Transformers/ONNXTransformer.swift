import Engine
import Platform

/// A transformer with the structure of BERT (Devlin et al. 2019) or GPT-2 (Radford et al. 2019), recognized
/// in a file's graph. Each layer is recognized by the connections of its operators; names do not matter.
struct ONNXTransformer {
  struct Layer {
    let attention: ONNXDataflow.Attention
    let attentionOutput: ONNXDataflow.Linear
    let attentionNorm: ONNXDataflow.LayerNorm
    let inner: ONNXDataflow.Linear
    let activation: String
    let outer: ONNXDataflow.Linear
    let outputNorm: ONNXDataflow.LayerNorm
  }

  /// The layers that compute scores from the last hidden states.
  enum Head {
    /// A layer on each token.
    case tags(ONNXDataflow.Linear)
    /// Two layers on the first token, with a function between them.
    case classes(ONNXDataflow.Linear, String, ONNXDataflow.Linear)
    /// One layer on the last token.
    case last(ONNXDataflow.Linear)
  }

  let flow: ONNXDataflow
  let embeddings: ONNXEmbeddings
  private(set) var layers: [Layer] = []
  /// For GPT-2, which normalizes the inputs of its layers: the final normalization.
  private(set) var finalNorm: ONNXDataflow.LayerNorm?
  /// The hidden states before each layer, and after the last one.
  private(set) var hidden: [String] = []
  /// The input of heads: the last hidden states, or their normalization.
  let lastHidden: String
  private(set) var head: Head?
  /// The output of the head.
  private(set) var scores: String?
  /// For a file without a head: BERT's layer on the first token.
  private(set) var pooler: ONNXDataflow.Linear?
  /// The conversion of scores to probabilities, if the file has one.
  private(set) var probabilities: Network.Link?

  /// Whether a file reads tokens: an integer input with two dimensions, neither of which is a table's
  /// columns.
  static func isOne(_ file: ONNXFile) -> Bool {
    file.inputs.contains { $0.name.lowercased().hasSuffix("input_ids") && $0.dimensions?.count == 2 }
  }

  /// - Parameter output: the output with the scores or hidden states; nil: the first such output.
  /// - Throws: `unsupported` with the value at which the structure is not recognized.
  init(_ file: ONNXFile, output: String?) throws {
    let flow = ONNXDataflow(file)
    self.flow = flow
    let outputs = file.outputs.map(\.name).filter { output == nil || $0 == output }
    var last: String?
    for name in outputs {
      guard let (found, below) = Self.head(name, flow), Self.isHidden(below, flow) else { continue }
      probabilities = Self.links[flow.node(name)?.kind ?? ""]
      (head, last, scores) = (found, below, probabilities == nil ? name : flow.node(name)?.inputs.first)
      break
    }
    if last == nil { last = outputs.first { Self.isHidden($0, flow) } }
    guard var value = last.map(flow.behindMoves) else {
      throw Failure.unsupported(
        "none of its outputs (\(outputs.joined(separator: ", "))) comes from a layer of a transformer that is known: "
          + "attention and two linear layers, each added to what it is given and normalized, as in BERT or GPT-2"
      )
    }
    (lastHidden, finalNorm) = (value, Self.finalNorm(value, flow))
    if let finalNorm { value = flow.behindMoves(finalNorm.input) }
    hidden = [value]
    while let (layer, before) = finalNorm == nil ? Self.layer(value, flow) : Self.preNormLayer(value, flow) {
      guard layers.count < 1024 else { throw Failure.unsupported("it has more than 1024 layers") }
      layers.append(layer)
      value = flow.behindMoves(before)
      hidden.append(value)
    }
    layers.reverse()
    hidden.reverse()
    guard let embeddings = ONNXEmbeddings(value, flow) else {
      throw Failure.unsupported(
        "\"\(value)\", before \(layers.count) layers of a transformer, is neither such a layer nor a sum of "
          + "embeddings of tokens and of positions", at: value)
    }
    self.embeddings = embeddings
    try checkHead()
    if head == nil {
      pooler = file.outputs.compactMap { Self.pooler($0.name, behind: lastHidden, flow) }.first
    }
  }

  /// - Throws: `unsupported` for a head that the family does not have.
  private func checkHead() throws {
    let fits =
      switch head {
      case .classes?: finalNorm == nil
      case .last(let layer)?: finalNorm != nil && layer.bias == nil
      case .tags?, nil: true
      }
    guard fits else {
      throw Failure.unsupported(
        "its head is not its family's: one layer without biases over the last token for GPT-2, two layers over the first "
          + "token, or one over each, for BERT and its kind", at: scores ?? "")
    }
  }

  // MARK: Layers

  // x → y = norm(x + output(attention(x))), norm(y + outer(f(inner(y))))
  private static func layer(_ value: String, _ flow: ONNXDataflow) -> (Layer, before: String)? {
    guard let outputNorm = flow.layerNorm(value), let sum = flow.sum(outputNorm.input) else { return nil }
    for (branch, y) in [sum, (sum.1, sum.0)] {
      guard let outer = flow.linear(branch), let (activation, before) = flow.activation(outer.input),
        let inner = flow.linear(before), isSame(inner.input, y, flow),
        let attentionNorm = flow.layerNorm(y), let sum = flow.sum(attentionNorm.input)
      else { continue }
      for (branch, x) in [sum, (sum.1, sum.0)] {
        guard let attentionOutput = flow.linear(branch),
          let attention = flow.attention(attentionOutput.input),
          [attention.query, attention.key, attention.value].allSatisfy({ isSame($0.input, x, flow) })
        else { continue }
        let layer = Layer(
          attention: attention, attentionOutput: attentionOutput, attentionNorm: attentionNorm, inner: inner,
          activation: activation, outer: outer, outputNorm: outputNorm)
        return (layer, x)
      }
    }
    return nil
  }

  // x → y = x + output(attention(norm(x))), y + outer(f(inner(norm(y))))
  private static func preNormLayer(_ value: String, _ flow: ONNXDataflow) -> (Layer, before: String)? {
    guard let sum = flow.sum(value) else { return nil }
    for (branch, y) in [sum, (sum.1, sum.0)] {
      guard let outer = flow.linear(branch), let (activation, before) = flow.activation(outer.input),
        let inner = flow.linear(before), let outputNorm = flow.layerNorm(inner.input),
        isSame(outputNorm.input, y, flow), let sum = flow.sum(y)
      else { continue }
      for (branch, x) in [sum, (sum.1, sum.0)] {
        guard let attentionOutput = flow.linear(branch),
          let attention = flow.attention(attentionOutput.input),
          attention.isOneLayer, let attentionNorm = flow.layerNorm(attention.query.input),
          isSame(attentionNorm.input, x, flow)
        else { continue }
        let layer = Layer(
          attention: attention, attentionOutput: attentionOutput, attentionNorm: attentionNorm, inner: inner,
          activation: activation, outer: outer, outputNorm: outputNorm)
        return (layer, x)
      }
    }
    return nil
  }

  private static func finalNorm(_ value: String, _ flow: ONNXDataflow) -> ONNXDataflow.LayerNorm? {
    flow.layerNorm(value).flatMap { preNormLayer($0.input, flow) == nil ? nil : $0 }
  }

  private static func isHidden(_ value: String, _ flow: ONNXDataflow) -> Bool {
    layer(value, flow) != nil || finalNorm(value, flow) != nil
  }

  private static func isSame(_ a: String, _ b: String, _ flow: ONNXDataflow) -> Bool {
    flow.behindMoves(a) == flow.behindMoves(b)
  }

  // MARK: What stands on top

  /// The operators that convert scores to probabilities.
  private static let links: [String: Network.Link] = ["Softmax": .softmax, "Sigmoid": .sigmoid]

  private static func head(_ output: String, _ flow: ONNXDataflow) -> (Head, hidden: String)? {
    var scores = output
    if let node = flow.node(output), links[node.kind] != nil, let first = node.inputs.first { scores = first }
    guard let last = flow.linear(scores) else { return lastTokenHead(scores, flow) }
    if let (function, before) = flow.activation(last.input), let first = flow.linear(before),
      let hidden = firstToken(first.input, flow)
    {
      return (.classes(first, function, last), hidden)
    }
    if let hidden = picked(last.input, flow), hidden != flow.behindMoves(last.input) {
      return (.last(last), hidden)
    }
    return (.tags(last), last.input)
  }

  /// Scores of all tokens, of which one is selected; `ONNXTransformerProof` verifies that it is the last.
  private static func lastTokenHead(_ scores: String, _ flow: ONNXDataflow) -> (Head, hidden: String)? {
    guard let all = picked(scores, flow), let layer = flow.linear(all) else { return nil }
    return (.last(layer), layer.input)
  }

  /// The value from which a part was selected.
  private static func picked(_ value: String, _ flow: ONNXDataflow) -> String? {
    var value = flow.behindMoves(value)
    for _ in 0..<16 {
      guard let node = flow.node(value),
        ["Gather", "GatherND", "GatherElements", "ReduceSum", "Mul"].contains(node.kind),
        let first = node.inputs.first, flow.constant(first) == nil
      else { return value }
      value = flow.behindMoves(first)
    }
    return nil
  }

  private static func pooler(_ output: String, behind hidden: String, _ flow: ONNXDataflow)
    -> ONNXDataflow.Linear?
  {
    guard let (function, before) = flow.activation(output), function == "tanh",
      let layer = flow.linear(before), let found = firstToken(layer.input, flow), isSame(found, hidden, flow)
    else { return nil }
    return layer
  }

  /// The hidden states from which the first token's was taken.
  private static func firstToken(_ value: String, _ flow: ONNXDataflow) -> String? {
    guard let node = flow.node(flow.behindMoves(value)), let hidden = node.inputs.first else { return nil }
    let reading = ONNXEvaluation(node: node, inputs: [], opset: flow.file.opset)
    switch node.kind {
    case "Gather":
      guard let axis = try? reading.integer("axis", 0), axis == 1, node.inputs.count == 2,
        flow.scalar(node.inputs[1]) == 0
      else { return nil }
      // transformers slices whole texts before it takes the first token
      return behindWholeSlices(hidden, flow)
    case "Slice":
      let bounds = node.inputs.dropFirst().map { flow.constant($0)?.integers }
      guard bounds.count >= 3, bounds[0] == [0], bounds[1] == [1], bounds[2] == [1] else { return nil }
      return behindWholeSlices(hidden, flow)
    default: return nil
    }
  }

  private static func behindWholeSlices(_ value: String, _ flow: ONNXDataflow) -> String {
    let value = flow.behindMoves(value)
    guard let node = flow.node(value), node.kind == "Slice", node.inputs.count >= 3,
      flow.constant(node.inputs[1])?.integers == [0],
      let end = flow.constant(node.inputs[2])?.integers, end.count == 1, (end.first ?? 0) >= 1 << 31
    else { return value }
    return flow.behindMoves(node.inputs[0])
  }
}
