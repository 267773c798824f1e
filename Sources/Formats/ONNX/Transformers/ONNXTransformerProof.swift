import Engine
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Verifies that a recognized transformer computes the same as its file. Two texts of different lengths are
/// computed twice: padded and masked by the file's operators, each by its definition; and packed by the
/// network. This verifies what the structure of the graph leaves open: the scale of scores, the mask, the
/// formula of the activation, the first position.
///
/// The first two layers are computed; later layers need only have the same operators. A head is computed on
/// artificial hidden states.
struct ONNXTransformerProof {
  let recognized: ONNXTransformer
  let transformer: Transformer

  private static let layers = 2
  /// Allows for rounding; hidden states are normalized, of magnitude 1.
  private static let tolerance = 1e-4

  func check() throws {
    try checkAlike()
    let layers = min(Self.layers, recognized.layers.count)
    guard recognized.hidden.indices.contains(layers) else { throw Failure.internal("no layers") }
    let texts = try texts()
    let theirs = try means(behind: recognized.hidden[layers], texts)
    let ours = try means(ofLayers: layers, texts)
    let differences = zip(theirs, ours).map { abs($0 - $1) }
    guard theirs.count == ours.count, differences.allSatisfy({ $0 < Self.tolerance }) else {
      throw Failure.unsupported(
        "it has the form of \(transformer.config.modelType), but computes something else: the hidden states of "
          + "layer \(layers) differ by \(Float(differences.max() ?? 0))")
    }
    if let head = recognized.head { try checkHead(head, texts) }
  }

  /// - Throws: `unsupported` for a layer whose operators, or the numbers in them, differ from the second
  ///   layer's.
  private func checkAlike() throws {
    let flow = recognized.flow
    var seen = flow.nodes(before: recognized.hidden.first ?? "")
    var second: [String]?
    for (layer, value) in recognized.hidden.dropFirst().enumerated() {
      let nodes = flow.nodes(before: value, beyond: seen)
      seen.formUnion(nodes)
      let own = nodes.map { flow.file.nodes[$0] }
      guard layer > 0 else { continue }
      let operators = own.filter { !["Constant", "Identity"].contains($0.kind) }.map { node in
        node.kind + node.inputs.compactMap { flow.scalar($0) }.map { " \($0)" }.joined()
      }.sorted()
      guard let known = second else {
        second = operators
        continue
      }
      guard operators == known else {
        throw Failure.unsupported("its layers 2 and \(layer + 1) do not have the same operators", at: value)
      }
    }
  }

  // MARK: Texts

  private struct Texts {
    let rows: Int
    let length: Int
    /// (rows, length): for each position a token, and its text in the pair.
    let tokens: [Int]
    let types: [Int]
    let lengths: [Int32]
  }

  /// As many texts as the file requires, or two; with the required length, or five tokens. All texts except
  /// the first are shorter.
  private func texts() throws -> Texts {
    let port = recognized.flow.file.inputs.first { $0.name.lowercased().hasSuffix("input_ids") }
    let rows = port?.dimensions?.first.flatMap { $0 } ?? 2
    let length = port?.dimensions?.last.flatMap { $0 } ?? 5
    let vocabulary = recognized.embeddings.words.dimensions[0]
    guard (1...64).contains(rows), (1...512).contains(length), length <= transformer.longestText,
      vocabulary > 4
    else { throw Failure.unsupported("it takes \(rows) texts of \(length) tokens at once") }
    let padding = recognized.embeddings.padding ?? 0
    var random = RandomStream(seed: 1, purpose: "tokens")
    let types = recognized.embeddings.types?.dimensions.first ?? 1
    // Without a mask, all texts of a call have the same length.
    let lengths = (0..<rows).map { row in
      Int32(clamping: takes(.mask) && (row > 0 || rows == 1) ? max(length - 2, 1) : length)
    }
    var texts = (tokens: [Int](), types: [Int]())
    for place in 0..<rows * length {
      let isPadding = place % length >= Int(lengths[place / length])
      var token = Int(truncatingIfNeeded: random.next() % UInt64(min(vocabulary, Self.tokens)))
      if token == padding { token = padding == 0 ? 1 : 0 }
      texts.tokens.append(isPadding ? padding : token)
      texts.types.append(isPadding || types < 2 || !takes(.types) ? 0 : place % length / 3 % 2)
    }
    return Texts(rows: rows, length: length, tokens: texts.tokens, types: texts.types, lengths: lengths)
  }

  /// This number of tokens is enough.
  private static let tokens = 32

  private func takes(_ input: Input) -> Bool {
    recognized.flow.file.inputs.contains { Input($0.name) == input }
  }

  private enum Input {
    case tokens, mask, types, positions

    init?(_ name: String) {
      let name = name.lowercased()
      if name.hasSubstring("mask") {
        self = .mask
      } else if name.hasSubstring("type") || name.hasSubstring("segment") {
        self = .types
      } else if name.hasSubstring("position") {
        self = .positions
      } else if name.hasSuffix("input_ids") {
        self = .tokens
      } else {
        return nil
      }
    }
  }

  // MARK: Two ways to the same means

  /// Each text's mean hidden state, by the file's operators.
  private func means(behind value: String, _ texts: Texts) throws -> [Double] {
    let flow = recognized.flow
    var file = flow.file
    file.outputs = [ONNXFile.Port(name: value, element: 1, dimensions: nil)]
    file.nodes = flow.nodes(before: value).sorted().map { flow.file.nodes[$0] }
    let used = Set(file.nodes.flatMap(\.needs))
    file.initializers = try file.initializers.filter { used.contains($0.key) }.mapValues(shortened)
    let inputs = try inputs(of: file, texts)
    guard var hidden = try ONNXInterpreter(file).run(inputs).first,
      hidden.dimensions.prefix(2) == [texts.rows, texts.length], hidden.rank == 3
    else { throw Failure.unsupported("its hidden states have no vector for each token", at: value) }
    let width = hidden.dimensions[2]
    if let norm = recognized.finalNorm { hidden = try normalized(hidden, norm) }
    var means = [Double](repeating: 0, count: texts.rows * width)
    for (row, length) in texts.lengths.enumerated() {
      for place in 0..<Int(length) {
        for column in 0..<width {
          means[row * width + column] +=
            hidden[(row * texts.length + place) * width + column] / Double(length)
        }
      }
    }
    return means
  }

  private func inputs(of file: ONNXFile, _ texts: Texts) throws -> [String: ONNXArray] {
    var inputs: [String: ONNXArray] = [:]
    for port in file.inputs {
      guard let input = Input(port.name) else {
        throw Failure.unsupported("what its input \"\(port.name)\" takes is not known", at: port.name)
      }
      inputs[port.name] = try ONNXArray(
        [texts.rows, texts.length], ONNXArray.Element(rawValue: port.element) ?? .int64
      ) { place in
        switch input {
        case .tokens: Double(texts.tokens[place])
        case .types: Double(texts.types[place])
        case .positions: Double(place % texts.length + transformer.firstPosition)
        case .mask: place % texts.length < Int(texts.lengths[place / texts.length]) ? 1 : 0
        }
      }
    }
    return inputs
  }

  private func normalized(_ x: ONNXArray, _ norm: ONNXDataflow.LayerNorm) throws -> ONNXArray {
    let node = ONNXNode(
      name: "norm", kind: "LayerNormalization", inputs: ["x", "gain", "bias"], outputs: ["y"],
      attributes: ["epsilon": .float(norm.epsilon)])
    let operands = [x, try ONNXArray(norm.gain), try ONNXArray(norm.bias)]
    return try ONNXInterpreted.evaluate(ONNXEvaluation(node: node, inputs: operands, opset: 17)).first ?? x
  }

  /// For some artificial hidden states, the file's scores must equal the head's.
  private func checkHead(_ head: ONNXTransformer.Head, _ texts: Texts) throws {
    let flow = recognized.flow
    guard let output = recognized.scores, let width = recognized.layers.first?.outer.outputs else { return }
    var random = RandomStream(seed: 2, purpose: "hidden states")
    let hidden = try ONNXArray([texts.rows, texts.length, width], .float32) { _ in random.normal() }
    var file = flow.file
    file.outputs = [ONNXFile.Port(name: output, element: 1, dimensions: nil)]
    file.nodes = flow.nodes(before: output, butNot: recognized.lastHidden).sorted().map {
      flow.file.nodes[$0]
    }
    let used = Set(file.nodes.flatMap(\.needs))
    file.initializers = file.initializers.filter { used.contains($0.key) }
    var inputs = try inputs(of: file, texts)
    inputs[recognized.lastHidden] = hidden
    guard let theirs = try ONNXInterpreter(file).run(inputs).first else { return }
    var ours: [Double] = []
    for (row, length) in texts.lengths.enumerated() {
      func token(_ place: Int) -> [Double] {
        (0..<width).map { hidden[(row * texts.length + place) * width + $0] }
      }
      switch head {
      case .tags(let layer): for place in 0..<texts.length { ours += try outputs(layer, token(place)) }
      case .last(let layer): ours += try outputs(layer, token(Int(length) - 1))
      case .classes(let first, let function, let last):
        let inner = try outputs(first, token(0)).map { value in
          switch function {
          case "relu": max(value, 0)
          case "gelu": value / 2 * (1 + erf(value / 2.0.squareRoot()))
          default: tanh(value)
          }
        }
        ours += try outputs(last, inner)
      }
    }
    let isSame = ours.indices.allSatisfy {
      abs(ours[$0] - theirs[$0]) < Self.tolerance * max(1, abs(ours[$0]))
    }
    guard theirs.count == ours.count, isSame else {
      throw Failure.unsupported(
        "its scores are not those of the head that it has the form of (\(transformer.config.architecture))",
        at: output)
    }
  }

  /// W x + b
  private func outputs(_ layer: ONNXDataflow.Linear, _ x: [Double]) throws -> [Double] {
    guard let weights = try layer.weight.floats(), x.count == layer.width else { return [] }
    let bias = try layer.bias?.floats()
    return (0..<layer.outputs).map { output in
      x.indices.reduce(bias.map { Double($0.pointer[output]) } ?? 0) { sum, place in
        let weight = layer.weightIsInputMajor ? place * layer.outputs + output : output * layer.width + place
        return sum + x[place] * Double(weights.pointer[weight])
      }
    }
  }

  /// Reduces the embedding table to the vectors that are used.
  private func shortened(_ tensor: ONNXTensor) throws -> ONNXTensor {
    let most = max(Self.tokens, (recognized.embeddings.padding ?? 0) + 1)
    guard let name = tensor.weight, name == recognized.embeddings.words.weight, tensor.dimensions.count == 2,
      tensor.dimensions[0] > most, let values = try tensor.floats()
    else { return tensor }
    let width = tensor.dimensions[1]
    return try .floats(Array(values.elements.prefix(most * width)), dimensions: [most, width])
  }

  /// Each text's mean hidden state, by the network.
  private func means(ofLayers layers: Int, _ texts: Texts) throws -> [Double] {
    let graph = try transformer.truncated(toLayers: layers).network(.embedding(.mean)).graph
    let predictor = try Predictor(graph, longestText: texts.length)
    let width = graph.outputWidth
    var means = [Double](repeating: 0, count: texts.rows * width)
    let names = graph.inputs.map { graph[$0].name }
    try predictor.run(
      rows: texts.rows, lengths: texts.lengths, parallel: false,
      fill: { rows, blocks in
        for (name, block) in zip(names, blocks) {
          var token = 0
          for row in rows {
            for place in 0..<Int(texts.lengths[row]) {
              let index = row * texts.length + place
              block[token] =
                switch Input(name) {
                case .tokens?: Float(texts.tokens[index])
                case .types?: Float(texts.types[index])
                default: Float(place + transformer.firstPosition)
                }
              token += 1
            }
          }
        }
      },
      take: { rows, outputs in
        for (line, row) in rows.enumerated() {
          for column in 0..<width { means[row * width + column] = Double(outputs[line * width + column]) }
        }
      })
    return means
  }
}
