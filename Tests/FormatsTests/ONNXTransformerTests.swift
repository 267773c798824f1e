import Engine
import Platform
import Testing

@testable import Formats

#if canImport(Glibc)
  import Glibc
#endif

/// Small transformers written by PyTorch's two exporters, with onnxruntime's results for three texts
/// (Resources/onnx-transformers/make.py).
@Suite("Transformers in ONNX files are recognized and read packed texts")
struct ONNXTransformerTests {
  static let files: [(name: String, type: String)] = [
    ("bert-script", "bert"), ("bert-script-13", "bert"), ("bert-dynamo", "bert"), ("bert-dynamo-24", "bert"),
    ("bert-tags", "bert"), ("bert-encoder", "bert"), ("bert-untyped", "bert"), ("bert-closed", "bert"),
    ("electra-script", "electra"), ("distilbert-script", "distilbert"), ("distilbert-dynamo", "distilbert"),
    ("roberta-script", "roberta"), ("roberta-dynamo", "roberta"), ("albert-script", "albert"),
    ("albert-dynamo", "albert"), ("gpt2-script", "gpt2"),
  ]

  static func path(_ name: String) -> String { resource("onnx-transformers/\(name).onnx") }

  static func transformer(_ name: String) throws -> Transformer {
    guard case .transformer(let transformer, _) = try ONNXReader.open(path: path(name)) else {
      throw Failure.invalidModel("\(name) was read as a plain network")
    }
    return transformer
  }

  @Test(
    "What is written of a checkpoint gives transformers' probabilities, operator by operator, for padded texts",
    arguments: TransformerTests.families)
  func written(family: String) throws {
    let transformer = try Transformer(directory: TransformerTests.directory(family))
    let network = try transformer.network(.own, TransformerOptions(dropout: 0))
    let path = temporaryPath("onnx")
    defer { unlink(path) }
    try ONNXWriter.write(
      network, firstPosition: transformer.firstPosition,
      checkpoint: transformer.configuration(for: network, task: nil, labels: []), to: path)
    let (texts, logits) = try TransformerTests().expected(family)
    let longest = texts.map(\.count).max() ?? 0
    let padding = transformer.config.json["pad_token_id"]?.int ?? 0
    let bytes = try MappedFile(path: path)
    let file = try ONNXFile(
      bytes.bytes, named: path,
      tensors: ONNXTensorDecoder(external: { _, _, _ in throw Failure.internal("no other file") }))
    var inputs: [String: ONNXArray] = [:]
    for port in file.inputs {
      inputs[port.name] = try ONNXArray([texts.count, longest], .int64) { index in
        let (text, place) = (texts[index / longest], index % longest)
        switch port.name {
        case "input_ids": return Double(place < text.count ? text[place] : padding)
        case "attention_mask": return place < text.count ? 1 : 0
        default: return 0
        }
      }
    }
    let found = try ONNXInterpreter(file).run(inputs)
    let scores = try #require(zip(file.outputs, found).first { $0.0.name == network.output.name }?.1)
    let expected = logits.flatMap { row -> [Double] in
      let powers = row.map { exp(Double($0)) }
      return powers.map { $0 / powers.reduce(0, +) }
    }
    #expect(scores.count == expected.count && expected.count > 5)
    for (index, value) in expected.enumerated() { #expect(abs(scores[index] - value) < 1e-5) }
    guard case .transformer(let again, _) = try ONNXReader.open(path: path) else {
      Issue.record("read as a plain network")
      return
    }
    #expect(again.config.modelType == transformer.config.modelType)
  }

  struct Expected {
    let texts: [[Int]]
    let types: [[Int]]
    /// For each text its rows: one, or one per token.
    let outputs: [Float]

    init(_ name: String) throws {
      let file = try MappedFile(path: resource("onnx-transformers/expected.json"))
      let json = try withExtendedLifetime(file) { try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self)) }
      func lists(_ value: JSONValue?) -> [[Int]] {
        (value?.array ?? []).map { ($0.array ?? []).compactMap(\.int) }
      }
      let entry = json["files"]?[name]
      let texts = entry?["outputs"]?.array ?? []
      self.texts = Array(lists(json["texts"]).prefix(texts.count))
      types =
        entry?["takes_types"]?.bool == true
        ? lists(json["types"]) : self.texts.map { $0.map { _ in 0 } }
      outputs = texts.flatMap { $0.array ?? [] }.flatMap { $0.array ?? [] }.map { Float($0.double ?? .nan) }
    }
  }

  static func outputs(_ network: Network, _ expected: Expected, firstPosition: Int) throws -> [Float] {
    let predictor = try Predictor(network.graph, longestText: 20)
    let width = network.graph.outputWidth
    var result: [Float] = []
    try predictor.run(
      rows: expected.texts.count, lengths: expected.texts.map { Int32($0.count) }, parallel: false,
      fill: { rows, inputs in
        var token = 0
        for row in rows {
          for (place, id) in expected.texts[row].enumerated() {
            for (input, value) in zip(network.inputs, inputs) {
              value[token] =
                switch input.name {
                case "input_ids": Float(id)
                case "token_type_ids": Float(expected.types[row][place])
                default: Float(firstPosition + place)
                }
            }
            token += 1
          }
        }
      },
      take: { rows, outputs in
        let lines = network.graph.outputLines == .tokens ? expected.texts[rows].joined().count : rows.count
        result += (0..<lines * width).map { outputs[$0] }
      })
    return result
  }

  @Test("Packed texts of different lengths have onnxruntime's outputs", arguments: files)
  func outputs(name: String, type: String) throws {
    let transformer = try Self.transformer(name)
    #expect(transformer.config.modelType == type)
    let expected = try Expected(name)
    let isEncoder = name == "bert-encoder"
    // For an encoder without a head, the first token's hidden states; the file outputs those of all tokens.
    let network = try transformer.network(isEncoder ? .embedding(.first) : .own)
    let outputs = try Self.outputs(network, expected, firstPosition: transformer.firstPosition)
    var wanted = expected.outputs
    if isEncoder {
      let starts = expected.texts.indices.map { expected.texts[..<$0].joined().count }
      wanted = starts.flatMap { expected.outputs[$0 * 16..<($0 + 1) * 16] }
    }
    #expect(outputs.count == wanted.count && !wanted.isEmpty)
    for (value, wanted) in zip(outputs, wanted) { #expect(abs(value - wanted) < 1e-5) }
  }

  @Test("Written again, a file is recognized again and gives the same", arguments: files)
  func written(name: String, type: String) throws {
    let transformer = try Self.transformer(name)
    let head: TransformerHead = name == "bert-encoder" ? .embedding(.mean) : .own
    let network = try transformer.network(head)
    let path = temporaryPath("onnx")
    defer { unlink(path) }
    try ONNXWriter.write(network, firstPosition: transformer.firstPosition, to: path)
    guard case .transformer(let again, _) = try ONNXReader.open(path: path) else {
      throw Failure.invalidModel("read as a plain network")
    }
    #expect(again.hasHead == transformer.hasHead && again.firstPosition == transformer.firstPosition)
    let expected = try Expected(name)
    let before = try Self.outputs(network, expected, firstPosition: transformer.firstPosition)
    let after = try Self.outputs(again.network(head), expected, firstPosition: again.firstPosition)
    #expect(before.count == after.count && !before.isEmpty)
    for (value, wanted) in zip(after, before) { #expect(abs(value - wanted) < 1e-6) }
  }

  @Test(
    "A file with BERT's form that computes something else is refused, with the difference",
    arguments: [
      ("mpnet-script", "but computes something else"),
      ("bert-uneven", "its layers 2 and 3 do not have the same operators"),
      ("bert-relu", "between the two layers of its head it has relu; bert has tanh"),
    ])
  func somethingElse(name: String, words: String) throws {
    let failure = #expect(throws: Failure.self) { try ONNXReader.open(path: Self.path(name)) }
    #expect(failure?.kind == .unsupported)
    #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
  }
}

/// Resources/attention.py computes the results with the format's reference implementation.
@Suite("The operator Attention is interpreted")
struct ONNXAttendingTests {
  @Test("Masks, scales, caps, causal, fewer heads of keys, and heads side by side")
  func forms() throws {
    let file = try MappedFile(path: resource("attention.json"))
    let json = try withExtendedLifetime(file) { try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self)) }
    let cases = json.array ?? []
    #expect(cases.count == 7)
    for form in cases {
      var attributes: [String: ONNXNode.Attribute] = [:]
      for member in form["attributes"]?.members ?? [] {
        attributes[member.key] =
          if case .integer(let number) = member.value { .integer(number) } else {
            .float(Float(member.value.double ?? .nan))
          }
      }
      func numbers(_ value: JSONValue?) -> [Double] {
        (value?.array ?? []).map { $0.double ?? ($0.bool == true ? 1 : 0) }
      }
      let inputs = try (form["inputs"]?.array ?? []).map { input in
        let values = numbers(input["values"])
        return try ONNXArray(
          numbers(input["dimensions"]).map { Int($0) }, input["bool"]?.bool == true ? .bool : .float32
        ) { values[$0] }
      }
      let node = ONNXNode(
        name: "attention", kind: "Attention", inputs: inputs.indices.map { "input\($0)" }, outputs: ["y"],
        attributes: attributes)
      let results = try ONNXInterpreted.evaluate(ONNXEvaluation(node: node, inputs: inputs, opset: 24))
      let y = try #require(results.first)
      #expect(y.dimensions == numbers(form["dimensions"]).map { Int($0) })
      let wanted = numbers(form["y"])
      #expect(wanted.count == y.count)
      for (place, value) in wanted.enumerated() { #expect(abs(y[place] - value) < 1e-5) }
    }
  }
}
