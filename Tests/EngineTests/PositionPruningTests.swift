import Engine
import Platform
import Testing

/// A classifier that reads one token of each text computes its last layer for that token alone. The oracle is
/// the same encoder without pooling, which computes all tokens of the last layer: outputs and gradients must
/// be the same.
@Suite("Values computed for one token of each text equal those computed for all tokens")
struct PositionPruningTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let function: TokenPooling.Function
    var causal = false
    var prefix = 0
    let isPruned: Bool
    var testDescription: String { "\(function.rawValue), causal: \(causal), prefix: \(prefix)" }
  }
  static let cases = [
    Case(function: .first, isPruned: true), Case(function: .last, isPruned: true),
    Case(function: .last, causal: true, isPruned: true),
    Case(function: .first, causal: true, isPruned: false),
    Case(function: .first, prefix: 3, isPruned: true), Case(function: .mean, isPruned: false),
  ]
  static let width = 8
  static let lengths: [Int32] = [5, 1, 7, 2]

  /// Two attention layers over embedded tokens, with pooling or with a vector for every token.
  static func network(_ function: TokenPooling.Function?, causal: Bool, prefix: Int) throws -> Graph {
    var builder = GraphBuilder()
    let ids = builder.input("input_ids", .scalar, lines: .tokens)
    func linear(_ x: Graph.ValueID, _ name: String) throws -> Graph.ValueID {
      let weights = [
        builder.parameter(try randomTensor(name + ".weight", [width, width])),
        builder.parameter(try randomTensor(name + ".bias", [width])),
      ]
      return try builder.apply(Linear(), to: [x] + weights, name: name)
    }
    let table = builder.parameter(try randomTensor("table", [20, width]))
    var x = try builder.apply(Embedding(), to: [ids, table], name: "embedding")
    for layer in 0..<2 {
      let name = "layer.\(layer)."
      var operands = [
        try linear(x, name + "query"), try linear(x, name + "key"), try linear(x, name + "value"),
      ]
      if prefix > 0 {
        operands += try ["keys", "values"].map {
          builder.parameter(try randomTensor("\(name)prefix.\($0)", [prefix, width]))
        }
      }
      var y = try builder.apply(
        Attention(heads: 2, scale: 0.5, causal: causal), to: operands, name: name + "attention")
      y = try builder.apply(Arithmetic(.add), to: [try linear(y, name + "dense"), x], name: name + "sum")
      let norm = [
        builder.parameter(try randomTensor(name + "gain", [width])),
        builder.parameter(try randomTensor(name + "shift", [width])),
      ]
      y = try builder.apply(LayerNorm(), to: [y] + norm, name: name + "norm")
      var z = try linear(y, name + "inner")
      z = try builder.apply(Activation(.gelu), to: [z], name: name + "gelu")
      x = try builder.apply(Arithmetic(.add), to: [try linear(z, name + "outer"), y], name: name + "sum.1")
    }
    if let function { x = try builder.apply(TokenPooling(function), to: [x], name: "pooling") }
    return try builder.finish(output: x)
  }

  /// Writes a token's number for every position of the texts.
  static func fill(_ range: Range<Int>, _ inputs: [UnsafeMutablePointer<Float>]) {
    var place = 0
    for row in range {
      for token in 0..<Int(lengths[row]) {
        inputs[0][place] = Float((row * 7 + token * 3) % 20)
        place += 1
      }
    }
  }

  static func trainer(_ graph: Graph) throws -> Trainer {
    let trainer = try Trainer(
      graph, trainable: graph.parameters.map { _ in true },
      capacity: Capacity(rows: lengths.count, tokens: 15, longest: 7))
    try trainer.forward(rows: lengths.count, lengths: lengths, seed: 3, fill: fill)
    return trainer
  }

  @Test("Outputs and gradients", arguments: cases)
  func training(_ example: Case) throws {
    let pooled = try Self.trainer(
      Self.network(example.function, causal: example.causal, prefix: example.prefix))
    let answers = pooled.graph.nodes.filter { $0.operation is Attention }.map {
      pooled.graph[$0.output].lines
    }
    #expect(answers == [.tokens, example.isPruned ? .rows : .tokens])
    let whole = try Self.trainer(Self.network(nil, causal: example.causal, prefix: example.prefix))
    var (first, width) = (0, Self.width)
    whole.outputGradients.pointer.update(repeating: 0, count: whole.outputGradients.count)
    for (row, length) in Self.lengths.map(Int.init).enumerated() {
      let (tokens, share): (Range<Int>, Float) =
        switch example.function {
        case .first: (first..<first + 1, 1)
        case .last: (first + length - 1..<first + length, 1)
        default: (first..<first + length, 1 / Float(length))
        }
      for column in 0..<width {
        let value = tokens.reduce(0) { $0 + whole.outputs.pointer[$1 * width + column] * share }
        #expect(abs(value - pooled.outputs.pointer[row * width + column]) < 1e-5)
        let direction = Float((row * 5 + column * 3) % 7) - 3
        pooled.outputGradients.pointer[row * width + column] = direction
        for token in tokens { whole.outputGradients.pointer[token * width + column] = direction * share }
      }
      first += length
    }
    try pooled.backward(seed: 3)
    try whole.backward(seed: 3)
    #expect(pooled.gradients.count == whole.gradients.count)
    for (value, wanted) in zip(pooled.gradients.elements, whole.gradients.elements) {
      #expect(abs(value - wanted) < 1e-4 * max(1, abs(wanted)))
    }
  }

  @Test("The first and the last token of the same value, each its own")
  func firstAndLast() throws {
    func ends(_ functions: [TokenPooling.Function?]) throws -> [Float] {
      var builder = GraphBuilder()
      let ids = builder.input("input_ids", .scalar, lines: .tokens)
      let table = builder.parameter(try randomTensor("table", [20, Self.width]))
      let x = try builder.apply(Embedding(), to: [ids, table], name: "embedding")
      let parts = try functions.enumerated().map { index, function in
        let weight = builder.parameter(try randomTensor("weight.\(index)", [3, Self.width]))
        let y = try builder.apply(Linear(), to: [x, weight], name: "linear.\(index)")
        return try function.map { try builder.apply(TokenPooling($0), to: [y], name: $0.rawValue) } ?? y
      }
      let output = try builder.apply(Concatenation(), to: parts, name: "both")
      return try Self.trainer(builder.finish(output: output)).outputs.array
    }
    let whole = try ends([nil, nil])
    let pooled = try ends([.first, .last])
    var first = 0
    for (row, length) in Self.lengths.map(Int.init).enumerated() {
      for column in 0..<6 {
        let token = column < 3 ? first : first + length - 1
        #expect(abs(pooled[row * 6 + column] - whole[token * 6 + column]) < 1e-6)
      }
      first += length
    }
  }

  @Test("A text without tokens has finite outputs and does not change other texts' gradients")
  func emptyText() throws {
    let graph = try Self.network(.first, causal: false, prefix: 0)
    func gradients(_ lengths: [Int32]) throws -> [Float] {
      let trainer = try Trainer(
        graph, trainable: graph.parameters.map { $0.name.contains("key") },
        capacity: Capacity(rows: lengths.count, tokens: 8, longest: 5))
      try trainer.forward(rows: lengths.count, lengths: lengths, seed: 3) { range, inputs in
        for place in 0..<range.reduce(0, { $0 + Int(lengths[$1]) }) { inputs[0][place] = Float(place) }
      }
      #expect(trainer.outputs.array.allSatisfy { $0.isFinite })
      for index in 0..<trainer.outputGradients.count { trainer.outputGradients.pointer[index] = 1 }
      try trainer.backward(seed: 3)
      return trainer.gradients.array
    }
    try WorkerPool.setThreads(1)
    defer { try? WorkerPool.setThreads(0) }
    for (value, wanted) in zip(try gradients([5, 0, 3]), try gradients([5, 3])) {
      #expect(abs(value - wanted) < 1e-5 * max(1, abs(wanted)))
    }
  }

  @Test(
    "A text without tokens has the output zero and no gradient, and not what layers with a bias make of zero",
    arguments: [TokenPooling.Function.first, .last])
  func emptyText(_ function: TokenPooling.Function) throws {
    let graph = try Self.network(function, causal: function == .last, prefix: 0)
    func run(_ lengths: [Int32]) throws -> (outputs: [Float], gradients: [Float]) {
      let trainer = try Trainer(
        graph, trainable: graph.parameters.map { _ in true },
        capacity: Capacity(rows: lengths.count, tokens: 15, longest: 7))
      #expect(
        trainer.graph.nodes.contains { $0.operation is Attention && trainer.graph[$0.output].lines == .rows })
      try trainer.forward(rows: lengths.count, lengths: lengths, seed: 3) { range, inputs in
        let tokens = range.reduce(0) { $0 + Int(lengths[$1]) }
        for place in 0..<tokens { inputs[0][place] = Float(place * 3 % 20) }
      }
      trainer.outputGradients.pointer.update(repeating: 1, count: trainer.outputGradients.count)
      try trainer.backward(seed: 3)
      return (trainer.outputs.array, trainer.gradients.array)
    }
    try WorkerPool.setThreads(1)
    defer { try? WorkerPool.setThreads(0) }
    let (with, without) = try (run([2, 0, 3]), run([2, 3]))
    #expect(with.outputs[Self.width..<2 * Self.width].allSatisfy { $0 == 0 })
    let others = Array(with.outputs[..<Self.width] + with.outputs[(2 * Self.width)...])
    #expect(others.count == without.outputs.count)
    #expect(zip(others, without.outputs).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(zip(with.gradients, without.gradients).allSatisfy { abs($0 - $1) < 1e-5 })
    var predicted: [Float] = []
    let lengths: [Int32] = [2, 0, 3]
    try Predictor(graph, longestText: 7).run(
      rows: 3, lengths: lengths,
      fill: { _, inputs in for place in 0..<5 { inputs[0][place] = Float(place * 3 % 20) } },
      take: { predicted += UnsafeBufferPointer(start: $1, count: $0.count * Self.width) })
    #expect(zip(predicted, with.outputs).allSatisfy { abs($0 - $1) < 1e-5 })
  }
}
