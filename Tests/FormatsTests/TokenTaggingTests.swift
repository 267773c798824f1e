import Engine
import Formats
import Platform
import Testing

/// Tiny random taggers of every family, with transformers' logits for their tokens
/// (Resources/transformers/make_tasks.py).
@Suite("Token classifiers of every family")
struct TokenTaggingTests {
  static let families = [
    "bert", "roberta", "xlm-roberta", "electra", "distilbert", "albert", "gpt2", "deberta-v2",
  ]

  struct Reference {
    let transformer: Transformer
    let texts: [[Int]]
    /// For all tokens, three each.
    let logits: [Float]

    init(_ family: String) throws {
      let directory = resource("transformers/tasks/\(family)-tags")
      transformer = try Transformer(directory: directory)
      let file = try MappedFile(path: directory + "/expected.json")
      let json = try withExtendedLifetime(file) { try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self)) }
      texts = (json["texts"]?.array ?? []).map { ($0.array ?? []).compactMap(\.int) }
      logits = (json["logits"]?.array ?? []).flatMap { $0.array ?? [] }.flatMap { $0.array ?? [] }
        .map { Float($0.double ?? .nan) }
    }

    var lengths: [Int32] { texts.map { Int32($0.count) } }

    func fill(_ range: Range<Int>, _ inputs: [UnsafeMutablePointer<Float>]) {
      var token = 0
      for text in texts[range] {
        for (place, id) in text.enumerated() {
          inputs[0][token] = Float(id)
          if inputs.count == 3 { inputs[1][token] = 0 }
          if inputs.count > 1 { inputs[inputs.count - 1][token] = Float(transformer.firstPosition + place) }
          token += 1
        }
      }
    }
  }

  @Test("Every token has transformers' logits, on one thread and on two", arguments: families)
  func logits(family: String) throws {
    let reference = try Reference(family)
    #expect(reference.transformer.hasHead && reference.transformer.tagsTokens)
    let network = try reference.transformer.network(.own)
    #expect(network.classLabels == ["O", "B-PER", "I-PER"] && network.graph.outputLines == .tokens)
    for threads: Int32 in [1, 2] {
      try WorkerPool.setThreads(threads)
      defer { try? WorkerPool.setThreads(0) }
      let predictor = try Predictor(network.graph, longestText: 32)
      var outputs = [Float](repeating: .nan, count: reference.logits.count)
      try predictor.run(
        rows: 3, lengths: reference.lengths, fill: reference.fill,
        take: { range, values in
          let first = reference.lengths[..<range.lowerBound].reduce(0) { $0 + Int($1) }
          let count = reference.lengths[range].reduce(0) { $0 + Int($1) }
          for index in 0..<count * 3 { outputs[first * 3 + index] = values[index] }
        })
      for (value, wanted) in zip(outputs, reference.logits) { #expect(abs(value - wanted) < 1e-5) }
    }
  }

  @Test("Gradients of losses over tokens equal central differences", arguments: families)
  func gradients(family: String) throws {
    let reference = try Reference(family)
    let graph = try reference.transformer.network(.own, TransformerOptions(dropout: 0)).graph
    let trainer = try Trainer(
      graph, trainable: graph.parameters.map { _ in true },
      capacity: Capacity(rows: 3, tokens: 32, longest: 16))
    // The loss is a fixed combination of the outputs; one in four has the coefficient 0.
    let coefficients = reference.logits.indices.map { Float([1, -0.5, 0.7, 0][$0 % 4]) }
    func loss() throws -> Double {
      try trainer.forward(rows: 3, lengths: reference.lengths, seed: 0, fill: reference.fill)
      return coefficients.indices.reduce(0) { $0 + Double(coefficients[$1] * trainer.outputs.pointer[$1]) }
    }
    _ = try loss()
    for (index, value) in coefficients.enumerated() { trainer.outputGradients.pointer[index] = value }
    try trainer.backward(seed: 0)
    try trainer.expectDerivatives(step: 2e-4, of: loss)
  }

  @Test("Above frozen layers, DeBERTa's values for all texts are recomputed")
  func frozenLayers() throws {
    let transformer = try Transformer(directory: TransformerTests.directory("deberta-v2"))
    let graph = try transformer.network(.freshTags(outputs: 3), TransformerOptions(dropout: 0)).graph
    let trainable = graph.parameters.map { !$0.name.hasPrefix("deberta.") || $0.name.hasSubstring(".1.") }
    let part = try #require(try FrozenPart(of: graph, trainable: trainable))
    let lengths: [Int32] = [5, 0, 9]
    /// The outputs of a network with one input, (tokens, width).
    func outputs(_ graph: Graph, _ values: [Float]) throws -> [Float] {
      var results: [Float] = []
      try Predictor(graph, longestText: 9).run(
        rows: 3, lengths: lengths, parallel: false,
        fill: { _, inputs in for (index, value) in values.enumerated() { inputs[0][index] = value } },
        take: { _, outputs in results += (0..<14 * graph.outputWidth).map { outputs[$0] } })
      return results
    }
    let ids = (0..<14).map { Float(5 + $0 * 3 % 40) }
    let whole = try outputs(graph, ids)
    #expect(whole.count == 42 && part.above.nodes.count < graph.nodes.count / 2 + 4)
    #expect(zip(try outputs(part.above, outputs(part.below, ids)), whole).allSatisfy { abs($0 - $1) < 1e-6 })
  }
}
