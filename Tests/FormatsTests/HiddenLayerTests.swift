import Engine
import Formats
import Platform
import Testing

/// Layers of transformers as further outputs, in training with and without recomputation.
@Suite("Hidden layers of transformers")
struct HiddenLayerTests {
  private static let texts = [[4, 5, 9, 33, 2], [4, 47, 2], [4, 3, 8, 21, 40, 11, 30, 6, 2], [4, 7, 2]]

  private static func forward(_ trainer: Trainer, _ firstPosition: Int) throws {
    let lengths = texts.map { Int32($0.count) }
    try trainer.forward(rows: 4, lengths: lengths, seed: 1) { range, inputs in
      var token = 0
      for text in texts[range] {
        for (place, id) in text.enumerated() {
          for (input, value) in zip(trainer.graph.inputs, inputs) {
            value[token] =
              switch trainer.graph[input].name {
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

  private static func fill(_ buffer: Buffer<Float>, _ seed: UInt64) {
    var stream = RandomStream(seed: seed)
    for place in 0..<buffer.count { buffer.pointer[place] = Float(stream.uniform() * 2 - 1) }
  }

  @Test(
    "Backward runs again on the same forward, with gradients at a layer's tokens, and gives the same bits",
    arguments: TransformerTests.families, [Recomputation.never, .always])
  func again(family: String, recomputation: Recomputation) throws {
    let transformer = try Transformer(directory: TransformerTests.directory(family))
    let graph = try transformer.network(.own, TransformerOptions(dropout: 0.2)).graph
    // The last value of the first layer, which is recomputed in backward.
    let layer = try #require(graph.nodes.last { $0.layer == 0 }).name
    func trainer(repeatsBackward: Bool) throws -> Trainer {
      let trainer = try Trainer(
        graph.withHiddenOutputs([layer]), trainable: graph.parameters.map { _ in true },
        capacity: Capacity(rows: 4, tokens: 21, longest: 9), recomputation: recomputation,
        sharedGradientsFrom: 0, repeatsBackward: repeatsBackward)
      try Self.forward(trainer, transformer.firstPosition)
      return trainer
    }
    func gradients(_ trainer: Trainer, _ seed: UInt64) throws -> [Float] {
      Self.fill(trainer.outputGradients, seed)
      Self.fill(trainer.hidden[0].gradients, seed + 10)
      try trainer.backward(seed: 1)
      return trainer.gradients.array
    }
    let repeating = try trainer(repeatsBackward: true)
    let (first, second, again) = (
      try gradients(repeating, 1), try gradients(repeating, 2), try gradients(repeating, 1)
    )
    #expect(first == again && first != second)
    // The oracle is a trainer of one backward, whose shards add in another order.
    let alone = try gradients(trainer(repeatsBackward: false), 2)
    #expect(zip(second, alone).allSatisfy { abs($0 - $1) < 1e-5 * max(1, abs($1)) })
  }

  @Test(
    "A layer's values for each token are those of the network that ends there",
    arguments: TransformerTests.families)
  func values(family: String) throws {
    let transformer = try Transformer(directory: TransformerTests.directory(family))
    let graph = try transformer.network(.own, TransformerOptions(dropout: 0)).graph
    let layer = try #require(graph.nodes.last { $0.layer == 0 }).name
    let trainer = try Trainer(
      graph.withHiddenOutputs([layer]), trainable: graph.parameters.map { _ in false },
      capacity: Capacity(rows: 4, tokens: 20, longest: 9))
    try Self.forward(trainer, transformer.firstPosition)
    let pooled = try Trainer(
      graph.ending(at: layer), trainable: [], capacity: Capacity(rows: 4, tokens: 20, longest: 9))
    try Self.forward(pooled, transformer.firstPosition)
    let (hidden, width) = (trainer.hidden[0], trainer.hidden[0].width)
    var token = 0
    for (row, text) in Self.texts.enumerated() {
      for column in 0..<width {
        let mean =
          (token..<token + text.count).reduce(Float(0)) { $0 + hidden.values.pointer[$1 * width + column] }
          / Float(text.count)
        #expect(abs(mean - pooled.outputs.pointer[row * width + column]) < 1e-5)
      }
      token += text.count
    }
  }

  @Test(
    "Values inside a layer that is recomputed, and of the last layer, are those of every token",
    arguments: TransformerTests.families)
  func inside(family: String) throws {
    let transformer = try Transformer(directory: TransformerTests.directory(family))
    let graph = try transformer.network(.own, TransformerOptions(dropout: 0)).graph
    let tokens = graph.nodes.filter { $0.layer != nil && graph[$0.output].lines == .tokens }
    let names = try [
      #require(tokens.first { $0.layer == 0 }).name, tokens[tokens.count / 2].name,
      #require(tokens.last).name,
    ]
    func values(_ recomputation: Recomputation, _ names: [String]) throws -> [[Float]] {
      let trainer = try Trainer(
        graph.withHiddenOutputs(names), trainable: graph.parameters.map { _ in true },
        capacity: Capacity(rows: 4, tokens: 21, longest: 9), recomputation: recomputation)
      try Self.forward(trainer, transformer.firstPosition)
      return trainer.hidden.map { Array($0.values.array.prefix(20 * $0.width)) }
    }
    let expected = try names.flatMap { try values(.never, [$0]) }
    #expect(try values(.always, names) == expected)
    // A text's tokens differ, also where the head reads only one of them.
    for numbers in expected {
      #expect(numbers.prefix(numbers.count / 20) != numbers.suffix(numbers.count / 20))
    }
    for (name, numbers) in zip(names, expected) {
      let width = tokens.first { $0.name == name }.map { graph[$0.output].shape.count }
      #expect(numbers.count == 20 * (width ?? 0), "\(name)")
      #expect(numbers.allSatisfy(\.isFinite) && Set(numbers.suffix(numbers.count / 2)).count > 1, "\(name)")
    }
  }

  @Test("Rewriting keeps what says which nodes are a bottleneck's", arguments: TransformerTests.families)
  func bottlenecks(family: String) throws {
    let graph = try Transformer(directory: TransformerTests.directory(family)).network(.own).graph
    let adapter = BottleneckAdapter(reduction: 4, activation: .gelu, afterAttention: true)
    let added = try graph.addingBottlenecks(adapter, tensor: normalTensor)
    #expect(graph.bottleneckAdapter == nil && added.bottleneckAdapter == adapter)
    #expect(try added.rewritten().bottleneckAdapter == adapter)
  }
}
