import Platform
import Testing

@testable import Engine

#if canImport(Glibc)
  import Glibc
#endif

/// Rows with a text and a second sequence of another length, to which the text's tokens attend. The oracle is
/// attention by its definition, in double precision.
@Suite("A second sequence")
struct SequenceTests {
  static let source = Axis("source")
  static let texts: [Int32] = [3, 0, 2, 4, 1]
  static let sources: [Int32] = [2, 3, 0, 5, 1]
  static let width = 4
  static let heads = 2

  /// y = x + attention of x's queries to the source's keys and values; a vector for each token, or their mean.
  static func network(pooled: Bool) throws -> Graph {
    var builder = GraphBuilder()
    let ids = builder.input("source_ids", .scalar, lines: .sequence(source))
    let tokens = builder.input("input_ids", .scalar, lines: .tokens)
    func embedded(_ ids: Graph.ValueID, _ name: String) throws -> Graph.ValueID {
      try builder.apply(
        Embedding(), to: [ids, builder.parameter(randomTensor(name + ".table", [7, width]))], name: name)
    }
    let (s, x) = try (embedded(ids, "source"), embedded(tokens, "text"))
    let operands = try [("q", x), ("k", s), ("v", s)].map { name, value in
      try builder.apply(
        Linear(), to: [value, builder.parameter(randomTensor(name, [width, width]))], name: name + ".linear")
    }
    var y = try builder.apply(Attention(heads: heads, scale: 0.7), to: operands, name: "attention")
    y = try builder.apply(Arithmetic(.add), to: [y, x], name: "sum")
    if pooled { y = try builder.apply(TokenPooling(.mean), to: [y], name: "pooling") }
    return try builder.finish(output: y)
  }

  static func id(_ row: Int, _ place: Int) -> Int { (row * 5 + place * 3) % 7 }

  /// The network's outputs for one row by its definition.
  static func defined(_ weights: [String: [Double]], row: Int) -> [[Double]] {
    func embedded(_ name: String, _ count: Int32) -> [[Double]] {
      (0..<Int(count)).map { place in
        (0..<width).map { (weights[name + ".table"] ?? [])[(id(row, place) * width) + $0] }
      }
    }
    func linear(_ x: [[Double]], _ name: String) -> [[Double]] {
      x.map { line in
        (0..<width).map { o in (0..<width).reduce(0) { $0 + line[$1] * (weights[name] ?? [])[o * width + $1] }
        }
      }
    }
    let (x, s) = (embedded("text", texts[row]), embedded("source", sources[row]))
    let (q, k, v) = (linear(x, "q"), linear(s, "k"), linear(s, "v"))
    return x.indices.map { token in
      (0..<width).map { column in
        let head = column / (width / heads) * (width / heads)
        let scores = k.map { key in
          exp(0.7 * (head..<head + width / heads).reduce(0) { $0 + q[token][$1] * key[$1] })
        }
        let sum = scores.reduce(0, +)
        return x[token][column] + zip(scores, v).reduce(0) { $0 + $1.0 / sum * $1.1[column] }
      }
    }
  }

  private static func expected(_ weights: [String: [Double]], pooled: Bool) -> [Double] {
    texts.indices.flatMap { row -> [Double] in
      let lines = defined(weights, row: row)
      guard pooled else { return lines.flatMap { $0 } }
      return (0..<width).map { column in
        lines.isEmpty ? 0 : lines.reduce(0) { $0 + $1[column] } / Double(lines.count)
      }
    }
  }

  static func fill(_ range: Range<Int>, _ inputs: [UnsafeMutablePointer<Float>]) {
    for (input, lengths) in zip(inputs, [sources, texts]) {
      var next = 0
      for row in range {
        for place in 0..<Int(lengths[row]) {
          input[next] = Float(id(row, place))
          next += 1
        }
      }
    }
  }

  private static func trainer(_ graph: Graph) throws -> Trainer {
    try Trainer(
      graph, trainable: graph.parameters.map { _ in true },
      capacity: Capacity(
        rows: texts.count, tokens: 10, longest: 4,
        further: [source: SequenceCapacity(tokens: 11, longest: 5)]), measuresRows: true)
  }

  private static func forward(_ trainer: Trainer) throws {
    try texts.withUnsafeBufferPointer { texts in
      try sources.withUnsafeBufferPointer { sources in
        let further = sources.baseAddress.map { [$0] } ?? []
        try trainer.forward(rows: 5, lengths: texts.baseAddress, further: further, seed: 1, fill: fill)
      }
    }
  }

  @Test(
    "Prediction, training, gradients and norms of rows are the definition's", arguments: [false, true],
    [1, 2])
  func agree(pooled: Bool, threads: Int32) throws {
    try WorkerPool.setThreads(threads)
    defer { try? WorkerPool.setThreads(0) }
    let graph = try Self.network(pooled: pooled)
    #expect(graph.sequences == [.text, Self.source])
    var weights: [String: [Double]] = [:]
    for tensor in graph.parameters { weights[tensor.name] = try tensor.values.array.map(Double.init) }
    let expected = Self.expected(weights, pooled: pooled)

    var predicted: [Float] = []
    try Self.texts.withUnsafeBufferPointer { texts in
      try Self.sources.withUnsafeBufferPointer { sources in
        try Predictor(graph, longestText: 4, further: [Self.source: 5]).run(
          rows: 5, lengths: texts.baseAddress, further: sources.baseAddress.map { [$0] } ?? [],
          fill: Self.fill,
          take: { range, values in
            let count = pooled ? range.count : range.reduce(0) { $0 + Int(texts[$1]) }
            predicted += UnsafeBufferPointer(start: values, count: count * Self.width)
          })
      }
    }
    #expect(predicted.count == expected.count)
    #expect(zip(predicted, expected).allSatisfy { abs(Double($0) - $1) < 1e-5 })

    let trainer = try Self.trainer(graph)
    try Self.forward(trainer)
    #expect(zip(trainer.outputs.array, expected).allSatisfy { abs(Double($0) - $1) < 1e-5 })
    var stream = RandomStream(seed: 2)
    let direction = expected.map { _ in Float(stream.uniform() * 2 - 1) }
    trainer.outputGradients.pointer.update(from: direction, count: direction.count)
    try trainer.computeRowNorms(seed: 1)
    try trainer.backward(seed: 1)
    // Differences of each row's part of the loss.
    let rows = Self.texts.indices.map { row -> Range<Int> in
      let first = pooled ? row : Int(Self.texts[..<row].reduce(0, +))
      return first * Self.width..<(first + (pooled ? 1 : Int(Self.texts[row]))) * Self.width
    }
    var norms = [Double](repeating: 0, count: rows.count)
    for (index, tensor) in graph.parameters.enumerated() {
      let offset = try #require(trainer.offset(ofParameter: index))
      for element in 0..<tensor.count {
        func losses(_ step: Double) -> [Double] {
          var changed = weights
          changed[tensor.name]?[element] += step
          let outputs = Self.expected(changed, pooled: pooled)
          return rows.map { $0.reduce(0) { $0 + outputs[$1] * Double(direction[$1]) } }
        }
        let slopes = zip(losses(1e-5), losses(-1e-5)).map { ($0 - $1) / 2e-5 }
        #expect(
          abs(Double(trainer.gradients.pointer[offset + element]) - slopes.reduce(0, +)) < 1e-4,
          "\(tensor.name) \(element)")
        for (row, slope) in slopes.enumerated() { norms[row] += slope * slope }
      }
    }
    #expect(zip(trainer.rowNorms.array, norms).allSatisfy { abs($0 - $1) <= 1e-4 * max($1, 1e-3) })
  }

  @Test("Values of two sequences are not added, no causal order joins them, and none is decoded by tokens")
  func refused() throws {
    var builder = GraphBuilder()
    let s = builder.input("s", Shape(width: 4), lines: .sequence(Self.source))
    let x = builder.input("x", Shape(width: 4), lines: .tokens)
    #expect(throws: Failure.self) { try builder.apply(Arithmetic(.add), to: [x, s], name: "sum") }
    #expect(throws: Failure.self) {
      try builder.apply(Attention(heads: 2, scale: 1), to: [x, s, x], name: "mixed")
    }
    #expect(throws: Failure.self) {
      try builder.apply(Attention(heads: 2, scale: 1, causal: true), to: [x, s, s], name: "causal")
    }
    let predictor = try Predictor(Self.network(pooled: false), longestText: 4, further: [Self.source: 5])
    #expect {
      try DecodingSession(predictor, longest: 4)
    } throws: {
      ($0 as? Failure)?.kind == .unsupported && "\($0)".contains("source")
    }
  }
}
