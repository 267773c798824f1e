import Platform
import Testing

@testable import Engine

#if canImport(Glibc)
  import Glibc
#endif

/// Texts longer than the blocks in which scores by distance are computed, one with one token, one without
/// tokens.
@Suite("Attention that reads the distances of tokens")
struct DisentangledAttentionTests {
  static let (width, heads, span) = (10, 2, 6)
  static let lengths: [Int32] = [70, 0, 33, 1]
  static let tokens = 104
  static let positions = RelativePositions(span: span, longest: 80, buckets: .init(farthest: 64))
  static let terms: [[DisentangledAttention.Term]] = [
    [], [.contentToPosition], [.positionToContent], [.contentToPosition, .positionToContent],
  ]

  /// x → queries, keys, values; the table, normalized, by the weights of keys and queries; attention, pooled or not.
  static func network(
    _ terms: [DisentangledAttention.Term], dropout: Float = 0, pools: Bool = false
  ) throws -> Graph {
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: width), lines: .tokens)
    let layers = try ["query", "key", "value"].map { name in
      [
        builder.parameter(try randomTensor("layer.0.\(name).weight", [width, width])),
        builder.parameter(try randomTensor("layer.0.\(name).bias", [width])),
      ]
    }
    let table = builder.parameter(try randomTensor("table", [2 * span, width]))
    let norm = try ["gain", "shift"].map { builder.parameter(try randomTensor($0, [width], scale: 1.5)) }
    var y = try builder.apply(ParameterValue(), to: [table], name: "table")
    y = try builder.apply(LayerNorm(), to: [y] + norm, name: "norm")
    var operands = try layers.map { try builder.apply(Linear(), to: [x] + $0, name: "layer.0.linear") }
    if dropout > 0 {
      y = try builder.apply(Dropout(rate: dropout, stream: 1), to: [y], name: "layer.0.dropout")
    }
    for term in terms {
      let layer = layers[term == .contentToPosition ? 1 : 0]
      operands.append(try builder.apply(Linear(), to: [y] + layer, name: "layer.0.positions"))
    }
    var output = try builder.apply(
      DisentangledAttention(
        heads: heads, scale: 0.3, positions: positions, terms: terms, dropout: dropout, stream: 2),
      to: operands, name: "layer.0.attention")
    if pools { output = try builder.apply(TokenPooling(.mean), to: [output], name: "pooling") }
    return try builder.finish(output: output)
  }

  static func number(_ token: Int, _ column: Int) -> Float { sin(Float(token * 7 + column * 3)) }

  static func fill(_ range: Range<Int>, _ inputs: [UnsafeMutablePointer<Float>]) {
    let first = lengths[..<range.lowerBound].reduce(0) { $0 + Int($1) }
    for token in 0..<lengths[range].reduce(0, { $0 + Int($1) }) {
      for column in 0..<width { inputs[0][token * width + column] = number(first + token, column) }
    }
  }

  /// The outputs by the definition, pair by pair in double precision.
  static func byDefinition(_ graph: Graph, _ terms: [DisentangledAttention.Term]) -> [Double] {
    func tensor(_ name: String) -> [Double] {
      (try? graph.parameters.first { $0.name.hasSuffix(name) }?.values.array)?.map(Double.init) ?? []
    }
    func linear(_ x: [Double], _ name: String) -> [Double] {
      let (weight, bias) = (tensor(name + ".weight"), tensor(name + ".bias"))
      return (0..<x.count).map { place in
        let (row, output) = (place / width, place % width)
        return (0..<width).reduce(bias[output]) { $0 + x[row * width + $1] * weight[output * width + $1] }
      }
    }
    let x = (0..<tokens * width).map { Double(number($0 / width, $0 % width)) }
    let (q, k, v) = (linear(x, "query"), linear(x, "key"), linear(x, "value"))
    var table = tensor("table")
    for row in 0..<2 * span {
      let line = table[row * width..<(row + 1) * width]
      let mean = line.reduce(0, +) / Double(width)
      let deviation = (line.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width) + 1e-5).squareRoot()
      for column in 0..<width {
        let place = row * width + column
        table[place] = (table[place] - mean) / deviation * tensor("gain")[column] + tensor("shift")[column]
      }
    }
    let (positionKeys, positionQueries) = (linear(table, "key"), linear(table, "query"))
    func product(_ a: [Double], _ i: Int, _ b: [Double], _ j: Int, _ head: Int) -> Double {
      let size = width / heads
      return (head * size..<(head + 1) * size).reduce(0) { $0 + a[i * width + $1] * b[j * width + $1] }
    }
    var y = [Double](repeating: 0, count: tokens * width)
    var first = 0
    for length in lengths.map(Int.init) {
      for head in 0..<heads {
        for i in 0..<length {
          let scores = (0..<length).map { j in
            let distance = i - j
            // Distances up to 3 have separate rows; there is one row for 4 to 13, one for 14 to 63, and one
            // beyond the end.
            let bounds = [(3, abs(distance)), (13, 4), (63, 5)]
            let far = bounds.first { abs(distance) <= $0.0 }?.1 ?? 6
            let row = distance < 0 ? span - far : min(span + far, 2 * span - 1)
            var score = product(q, first + i, k, first + j, head)
            if terms.contains(.contentToPosition) { score += product(q, first + i, positionKeys, row, head) }
            if terms.contains(.positionToContent) {
              score += product(k, first + j, positionQueries, row, head)
            }
            return exp(0.3 * score)
          }
          let sum = scores.reduce(0, +)
          for (j, score) in scores.enumerated() {
            for column in head * width / heads..<(head + 1) * width / heads {
              y[(first + i) * width + column] += score / sum * v[(first + j) * width + column]
            }
          }
        }
      }
      first += length
    }
    return y
  }

  @Test(
    "Outputs are those of the definition, in training and prediction, on one thread and on two",
    arguments: terms)
  func outputs(terms: [DisentangledAttention.Term]) throws {
    let graph = try Self.network(terms)
    let wanted = Self.byDefinition(graph, terms)
    for threads: Int32 in [1, 2] {
      try WorkerPool.setThreads(threads)
      defer { try? WorkerPool.setThreads(0) }
      let trainer = try Self.trainer(graph)
      try trainer.forward(rows: 4, lengths: Self.lengths, seed: 3, fill: Self.fill)
      var predicted = [Float](repeating: .nan, count: wanted.count)
      try Predictor(graph, longestText: 70).run(rows: 4, lengths: Self.lengths, fill: Self.fill) {
        range, outputs in
        let first = Self.lengths[..<range.lowerBound].reduce(0) { $0 + Int($1) } * Self.width
        let count = Self.lengths[range].reduce(0) { $0 + Int($1) } * Self.width
        for place in 0..<count { predicted[first + place] = outputs[place] }
      }
      let differences = wanted.indices.map {
        max(abs(Double(trainer.outputs.pointer[$0]) - wanted[$0]), abs(Double(predicted[$0]) - wanted[$0]))
      }
      #expect(differences.allSatisfy { $0 < 1e-5 }, "\(differences.max() ?? 0)")
    }
  }

  static func trainer(_ graph: Graph, sharedGradientsFrom: Int = .max) throws -> Trainer {
    try Trainer(
      graph, trainable: graph.parameters.map { _ in true },
      capacity: Capacity(rows: 4, tokens: tokens, longest: 70), sharedGradientsFrom: sharedGradientsFrom)
  }

  @Test("Gradients with dropout equal central differences; gradients of shards that take turns are the same")
  func gradients() throws {
    let graph = try Self.network(Self.terms[3], dropout: 0.3, pools: true)
    let direction = (0..<4 * Self.width).map { Float(($0 * 5) % 7) - 3 }
    func backward(_ trainer: Trainer) throws {
      try trainer.forward(rows: 4, lengths: Self.lengths, seed: 3, fill: Self.fill)
      for (index, value) in direction.enumerated() { trainer.outputGradients.pointer[index] = value }
      try trainer.backward(seed: 3)
    }
    let trainer = try Self.trainer(graph)
    try backward(trainer)
    let gradients = trainer.gradients.array
    func loss() throws -> Double {
      try trainer.forward(rows: 4, lengths: Self.lengths, seed: 3, fill: Self.fill)
      return direction.indices.reduce(0) { $0 + Double(trainer.outputs.pointer[$1] * direction[$1]) }
    }
    for (index, gradient) in gradients.enumerated() {
      let before = trainer.weights.pointer[index]
      trainer.weights.pointer[index] = before + 5e-3
      let above = try loss()
      trainer.weights.pointer[index] = before - 5e-3
      let numeric = Float((above - (try loss())) / 1e-2)
      trainer.weights.pointer[index] = before
      #expect(abs(numeric - gradient) < 5e-3 * max(1, abs(numeric)), "\(index)")
    }
    let turns = try Self.trainer(graph, sharedGradientsFrom: 0)
    for _ in 0..<20 {
      try backward(turns)
      for (value, wanted) in zip(turns.gradients.elements, gradients) {
        #expect(abs(value - wanted) < 1e-4 * max(1, abs(wanted)))
      }
    }
  }

  @Test(
    "Distances share rows as in transformers 5.23 (make_log_bucket_position with 256 buckets, 512 positions)")
  func buckets() {
    let positions = RelativePositions(span: 256, longest: 600, buckets: .init(farthest: 512))
    let known = [
      (0, 0), (127, 127), (128, 128), (129, 129), (131, 131), (200, 169), (300, 207), (400, 233), (510, 255),
      (511, 255),
    ]
    for (distance, row) in known {
      #expect(positions.rows[599 + distance] == Int32(256 + row))
      #expect(positions.rows[599 - distance] == Int32(256 - row))
    }
    #expect(positions.rows[599 + 599] == 511 && positions.rows[0] == 0)
  }
}
