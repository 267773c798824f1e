import Platform
import Testing

@testable import Engine

/// The norms of rows' gradients beside a loop of backward passes, each with the gradient of one row's outputs alone.
@Suite("Norms of the gradients of rows")
struct RowNormTests {
  /// Nodes of these cases have no gradients of rows: statistics of the batch, and a table that is computed once.
  static let refused = [
    "batch norm true", "channel norm", "distances 1", "distances 2",
  ]

  /// Small transformers: tables, attention with and without prefixes, normalization, layers of several lines.
  static func transformer(_ function: TokenPooling.Function?, prefix: Int, lengths: [Int32]) throws
    -> ReferenceCase
  {
    ReferenceCase(
      name: "transformer \(function?.rawValue ?? "of tokens") \(prefix)",
      graph: try PositionPruningTests.network(function, causal: false, prefix: prefix), rows: lengths.count,
      // Texts repeat tokens, whose gradients at the table add up.
      lengths: lengths, features: { line, _ in Float(line * line % 7) })
  }

  static let cases: [ReferenceCase] = {
    let made = try? [(TokenPooling.Function.first, 0), (.mean, 2), (nil, 0)].flatMap { function, prefix in
      // Short texts multiply lines with each other, long ones form a row's gradient.
      try [[5, 1, 7, 2], [1, 40, 3, 9]].map { try transformer(function, prefix: prefix, lengths: $0) }
    }
    return ReferenceCase.all.filter { $0.tolerance < .infinity } + (made ?? [])
  }()

  private static func trainer(_ one: ReferenceCase, measuresRows: Bool) throws -> Trainer {
    let trainer = try Trainer(
      one.graph, trainable: one.graph.parameters.map { _ in true }, capacity: one.capacity,
      repeatsBackward: true, measuresRows: measuresRows)
    let numbers = one.numbers
    try trainer.forward(rows: one.rows, lengths: one.lengths.isEmpty ? nil : one.lengths, seed: 4) {
      one.fill(numbers, $0, $1)
    }
    return trainer
  }

  /// The floats of a row in the outputs.
  private static func outputs(_ one: ReferenceCase, _ row: Int) -> Range<Int> {
    let width = one.graph.outputWidth
    guard one.graph.outputLines == .tokens else { return row * width..<(row + 1) * width }
    let first = Int(one.lengths[..<row].reduce(0, +))
    return first * width..<(first + Int(one.lengths[row])) * width
  }

  @Test(
    "They are those of one-row backward passes, and a weighted backward is the weighted sum of these",
    arguments: cases.indices, [1, 2])
  func norms(place: Int, threads: Int32) throws {
    try WorkerPool.setThreads(threads)
    defer { try? WorkerPool.setThreads(0) }
    let one = Self.cases[place]
    if Self.refused.contains(one.name) {
      #expect {
        try Self.trainer(one, measuresRows: true)
      } throws: {
        ($0 as? Failure)?.kind == .unsupported && ($0 as? Failure)?.location.isEmpty == false
      }
      return
    }
    let (measuring, naive) = try (
      Self.trainer(one, measuresRows: true), Self.trainer(one, measuresRows: false)
    )
    var stream = RandomStream(seed: 10)
    let direction = (0..<measuring.outputs.count).map { _ in Float(stream.uniform() * 2 - 1) }
    measuring.outputGradients.pointer.update(from: direction, count: direction.count)
    try measuring.computeRowNorms(seed: 4)

    let weights = (0..<one.rows).map { Float($0 % 3) / 2 }
    var sum = [Double](repeating: 0, count: naive.gradients.count)
    for row in 0..<one.rows {
      naive.outputGradients.pointer.update(repeating: 0, count: direction.count)
      for index in Self.outputs(one, row) { naive.outputGradients.pointer[index] = direction[index] }
      try naive.backward(seed: 4)
      let gradient = naive.gradients.array.map(Double.init)
      let expected = gradient.reduce(0) { $0 + $1 * $1 }
      #expect(
        abs(measuring.rowNorms.pointer[row] - expected) <= 1e-5 * max(expected, 1e-6),
        "\(one.name), row \(row)")
      for (index, number) in gradient.enumerated() { sum[index] += Double(weights[row]) * number }
    }
    try measuring.backward(seed: 4, rowWeights: weights)
    let size = sum.map(abs).max() ?? 0
    #expect(
      zip(measuring.gradients.array, sum).allSatisfy { abs(Double($0) - $1) <= 1e-5 * max(size, 1e-3) },
      "\(one.name)")
  }

  // By hand: z = w · x, v = u · z with losses v + z, so ∂w = (u + 1) x and ∂u = z, for w = 2, u = 3 and x = 1, −2.
  @Test("Gradients at hidden outputs count, at a value that is two outputs only once (worked example)")
  func hidden() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 1))
    let w = builder.parameter(try Tensor(name: "w", dimensions: [1, 1], values: [2]))
    let u = builder.parameter(try Tensor(name: "u", dimensions: [1, 1], values: [3]))
    let z = try builder.apply(Linear(), to: [x, w], name: "z")
    let v = try builder.apply(Linear(), to: [z, u], name: "v")
    let graph = try builder.finish(output: v).withHiddenOutputs(["z", "v"])
    let trainer = try Trainer(
      graph, trainable: [true, true], capacity: Capacity(rows: 2), measuresRows: true)
    try trainer.forward(rows: 2, seed: 1) { range, inputs in
      for (place, row) in range.enumerated() { inputs[0][place] = row == 0 ? 1 : -2 }
    }
    for row in 0..<2 {
      trainer.outputGradients.pointer[row] = 1
      trainer.hidden[0].gradients.pointer[row] = 1
    }
    try trainer.computeRowNorms(seed: 1)
    #expect(trainer.rowNorms.array == [16 + 4, 64 + 16])
    try trainer.backward(seed: 1, rowWeights: [1, 0.5])
    #expect(trainer.gradients.pointer[0] == 4 - 0.5 * 8)
    #expect(trainer.gradients.pointer[try #require(trainer.offset(ofParameter: 1))] == 2 - 0.5 * 4)
  }

  @Test("A weight that two layers share is refused by its name")
  func shared() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 2))
    let w = builder.parameter(try randomTensor("both", [2, 2]))
    let z = try builder.apply(Linear(), to: [x, w], name: "one")
    let y = try builder.apply(Linear(), to: [z, w], name: "two")
    let graph = try builder.finish(output: y)
    #expect {
      try Trainer(graph, trainable: [true], capacity: Capacity(rows: 1), measuresRows: true)
    } throws: {
      ($0 as? Failure)?.kind == .unsupported && ($0 as? Failure)?.location == "both"
    }
    // A frozen weight may be shared.
    _ = try Trainer(graph, trainable: [false], capacity: Capacity(rows: 1), measuresRows: true)
  }
}
