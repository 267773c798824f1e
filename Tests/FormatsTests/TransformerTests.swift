import Engine
import Formats
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Tiny random checkpoints of every family, with transformers' logits (Resources/transformers/make.py).
@Suite("Hugging Face checkpoints give transformers' logits")
struct TransformerTests {
  static let families = [
    "bert", "roberta", "xlm-roberta", "electra", "distilbert", "albert", "gpt2", "deberta-v2",
    "deberta-v2-plain", "albert-inner", "gpt2-scaled",
  ]

  static func directory(_ family: String) -> String { resource("transformers/\(family)") }

  func expected(_ family: String) throws -> (texts: [[Int]], logits: [[Float]]) {
    let file = try MappedFile(path: Self.directory(family) + "/expected.json")
    let json = try withExtendedLifetime(file) { try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self)) }
    return (
      (json["texts"]?.array ?? []).map { ($0.array ?? []).compactMap(\.int) },
      (json["logits"]?.array ?? []).map { ($0.array ?? []).map { Float($0.double ?? .nan) } }
    )
  }

  func outputs(_ network: Network, _ texts: [[Int]], firstPosition: Int, threads: Int32) throws -> [Float] {
    try WorkerPool.setThreads(threads)
    defer { try? WorkerPool.setThreads(0) }
    let predictor = try Predictor(network.graph, longestText: 32)
    let width = network.graph.outputWidth
    var result = [Float](repeating: .nan, count: texts.count * width)
    try predictor.run(
      rows: texts.count, lengths: texts.map { Int32($0.count) },
      fill: { range, inputs in
        var token = 0
        for text in texts[range] {
          for (place, id) in text.enumerated() {
            for (input, value) in zip(network.inputs, inputs) {
              value[token] =
                switch input.name {
                case "input_ids": Float(id)
                case "position_ids": Float(firstPosition + place)
                default: 0
                }
            }
            token += 1
          }
        }
      },
      take: { range, outputs in
        for index in 0..<range.count * width { result[range.lowerBound * width + index] = outputs[index] }
      })
    return result
  }

  @Test("Packed texts of different lengths, on one thread and shared by two", arguments: families)
  func logits(family: String) throws {
    let transformer = try Transformer(directory: Self.directory(family))
    let network = try transformer.network(.own)
    let (texts, logits) = try expected(family)
    for threads: Int32 in [1, 2] {
      let outputs = try outputs(network, texts, firstPosition: transformer.firstPosition, threads: threads)
      #expect(outputs.count == logits.joined().count)
      for (value, wanted) in zip(outputs, logits.joined()) { #expect(abs(value - wanted) < 2e-5) }
    }
  }

  @Test("GPT-2 extended token by token gives transformers' logits of the whole texts")
  func decoding() throws {
    let transformer = try Transformer(directory: Self.directory("gpt2"))
    let network = try transformer.network(.own)
    let (texts, logits) = try expected("gpt2")
    let session = try DecodingSession(Predictor(network.graph, longestText: 32), longest: 32)
    #expect(texts.contains { $0.count > 4 })
    for (text, wanted) in zip(texts, logits) {
      session.rewind(to: 0)
      var outputs: [Float] = []
      for _ in text {
        try session.extend(
          by: 1,
          fill: { range, inputs in
            for (input, value) in zip(network.inputs, inputs) {
              value[0] =
                input.name == "position_ids"
                ? Float(transformer.firstPosition + range.lowerBound) : Float(text[range.lowerBound])
            }
          },
          take: { outputs = Array(UnsafeBufferPointer(start: $1, count: network.graph.outputWidth)) })
      }
      #expect(outputs.count == wanted.count)
      for (value, wanted) in zip(outputs, wanted) { #expect(abs(value - wanted) < 2e-5) }
    }
  }

  @Test("Gradients through every family equal central differences", arguments: families)
  func gradients(family: String) throws {
    let transformer = try Transformer(directory: Self.directory(family))
    let graph = try transformer.network(.own, TransformerOptions(dropout: 0)).graph
    try Self.checkGradients(
      graph, expected(family).texts, firstPosition: transformer.firstPosition, trains: { _ in true })
  }

  /// Checks the gradients of a fixed combination of the outputs for three texts, along directions through all
  /// trained weights.
  static func checkGradients(
    _ graph: Graph, _ texts: [[Int]], firstPosition: Int, trains: (String) -> Bool
  ) throws {
    let width = graph.outputWidth
    let lengths = texts.map { Int32($0.count) }
    let trainer = try Trainer(
      graph, trainable: graph.parameters.map { trains($0.name) },
      capacity: Capacity(rows: 3, tokens: 32, longest: 16))
    #expect(trainer.weights.count > 0)
    func forward() throws {
      try trainer.forward(rows: 3, lengths: lengths, seed: 0) { range, inputs in
        var token = 0
        for text in texts[range] {
          for (place, id) in text.enumerated() {
            for (input, value) in zip(graph.inputs, inputs) {
              value[token] =
                switch graph[input].name {
                case "input_ids": Float(id)
                case "position_ids": Float(firstPosition + place)
                default: 0
                }
            }
            token += 1
          }
        }
      }
    }
    // The loss is a fixed combination of the outputs, so that ∂loss/∂output is its coefficients.
    let coefficients = (0..<3 * width).map { Float([1, -0.5, 0.7, 0.3][$0 % 4]) }
    func loss() throws -> Double {
      try forward()
      return (0..<3 * width).reduce(0) { $0 + Double(coefficients[$1] * trainer.outputs.pointer[$1]) }
    }
    try forward()
    for index in 0..<3 * width { trainer.outputGradients.pointer[index] = coefficients[index] }
    try trainer.backward(seed: 0)
    try trainer.expectDerivatives(step: 1e-4, of: loss)  // a larger one crosses kinks of rectifiers
  }

  @Test("The configuration for classes with the same name can be read again")
  func equalClassNames() throws {
    let transformer = try Transformer(directory: Self.directory("bert"))
    let network = try transformer.network(.own, TransformerOptions())
    let labels = Array(repeating: "same", count: network.graph.outputWidth)
    let text = transformer.configuration(for: network, task: "classification", labels: labels).text()
    let read = try Array(text.utf8).withUnsafeBufferPointer { try JSONValue.parse($0) }
    #expect(read["id2label"]?.members?.count == labels.count)
    #expect(read["label2id"]?["same"]?.int == labels.count - 1)
  }

  @Test("Architectures and settings that are not supported are named")
  func unsupported() throws {
    func failure(_ family: String = "bert", _ change: (String) -> String) throws -> Failure? {
      let source = Self.directory(family)
      let directory = temporaryPath("directory")
      mkdir(directory, 0o700)
      defer { for name in ["config.json", "model.safetensors"] { unlink(directory + "/" + name) } }
      let config = try MappedFile(path: source + "/config.json")
      let text = String(decoding: config.bytes, as: UTF8.self)
      try AtomicFile.write(change(text), to: directory + "/config.json")
      let weights = try MappedFile(path: source + "/model.safetensors")
      try AtomicFile.write(to: directory + "/model.safetensors") { try $0(weights.bytes) }
      do {
        _ = try Transformer(directory: directory).network(.own)
        return nil
      } catch { return error as? Failure }
    }
    func replacing(_ old: String, _ new: String) -> (String) -> String {
      { text in
        guard let range = text.firstRange(of: old) else { return text }
        return text.replacingCharacters(of: range, with: new)
      }
    }
    #expect(try failure { $0 } == nil)
    let type = try failure("bert", replacing("\"model_type\": \"bert\"", "\"model_type\": \"mamba\""))
    #expect(type?.kind == .unsupported && type?.message.contains("\"mamba\"") == true)
    let width = try failure("bert", replacing("\"hidden_size\": 24", "\"hidden_size\": 48"))
    #expect(width?.kind == .invalidModel && width?.message.contains("word_embeddings") == true)
    let heads = try failure("bert", replacing("\"num_attention_heads\": 3", "\"num_attention_heads\": 5"))
    #expect(heads?.kind == .invalidModel)
    let activation = try failure("bert", replacing("\"hidden_act\": \"gelu\"", "\"hidden_act\": \"gelo\""))
    #expect(activation?.kind == .unsupported && activation?.message.contains("gelu") == true)

    #expect(try failure("deberta-v2") { $0 } == nil)
    for (old, new, kind, key) in [
      (#""legacy": true"#, #""conv_kernel_size": 3"#, Failure.Kind.unsupported, "conv_kernel_size"),
      (#""legacy": true"#, #""attention_head_size": 16"#, .unsupported, "attention_head_size"),
      (#""pooler_hidden_size": 24"#, #""pooler_hidden_size": 12"#, .unsupported, "pooler_hidden_size"),
      (#""p2c""#, #""p2p""#, .unsupported, "pos_att_type"),
      (#""share_att_key": true"#, #""share_att_key": 1"#, .invalidModel, "share_att_key"),
      (#""position_buckets": 6"#, #""position_buckets": 1"#, .invalidModel, "position_buckets"),
      (#""position_buckets": 6"#, #""position_buckets": 64"#, .invalidModel, "position_buckets"),
      (#""position_buckets": 6"#, #""position_buckets": 8"#, .invalidModel, "rel_embeddings"),
      (#""position_buckets": 6"#, #""position_buckets": -7"#, .invalidModel, "position_buckets"),
      (
        #""max_relative_positions": -1"#, #""max_relative_positions": 9999999999999"#, .invalidModel,
        "max_relative_pos"
      ),
      (
        #""max_position_embeddings": 32"#, #""max_position_embeddings": 70000"#, .invalidModel, "max_position"
      ),
      (#""num_attention_heads": 3"#, #""num_attention_heads": 0"#, .invalidModel, "num_attention_heads"),
      (#""num_attention_heads": 3"#, #""num_attention_heads": 7"#, .invalidModel, "layer.0.attention.self"),
    ] {
      let found = try failure("deberta-v2", replacing(old, new))
      #expect(
        found?.kind == kind && found?.location.contains(key) == true, "\(new): \(found?.message ?? "none")")
    }
  }
}

extension String {
  fileprivate func replacingCharacters(of range: Range<Index>, with new: String) -> String {
    self[..<range.lowerBound] + new + self[range.upperBound...]
  }
}
