import Platform
import Testing

@testable import Engine

/// Hidden layers as further outputs, and several backward passes after one forward.
@Suite("Hidden outputs")
struct HiddenOutputTests {
  private static let rows = 7

  private static func features(_ width: Int) -> [Float] {
    var stream = RandomStream(seed: 8)
    return (0..<rows * width).map { _ in Float(stream.uniform() * 2 - 1) }
  }

  private static func forward(_ trainer: Trainer) throws {
    let width = trainer.graph.inputWidth
    let features = features(width)
    try trainer.forward(rows: rows, seed: 3) { range, inputs in
      for place in 0..<range.count * width { inputs[0][place] = features[range.lowerBound * width + place] }
    }
  }

  private static func trainer(_ graph: Graph, repeatsBackward: Bool = false) throws -> Trainer {
    try Trainer(
      graph, trainable: graph.parameters.map { _ in true }, capacity: Capacity(rows: rows),
      repeatsBackward: repeatsBackward)
  }

  private static func fill(_ buffer: Buffer<Float>, _ seed: UInt64) {
    var stream = RandomStream(seed: seed)
    for place in 0..<buffer.count { buffer.pointer[place] = Float(stream.uniform() * 2 - 1) }
  }

  @Test(
    "A prediction returns the layers' values before and after a rectifier, which fusion would have joined")
  func predicted() throws {
    let graph = try perceptron([4, 6, 5, 2]).withHiddenOutputs(["linear1", "relu1", "linear2"])
    #expect(graph.layerNames == ["linear1", "relu1", "linear2", "relu2", "linear3"])
    let features = Self.features(4)
    var found: [[Float]] = [[], [], [], []]
    try Predictor(graph).run(
      rows: Self.rows,
      fill: { range, inputs in
        for place in 0..<range.count * 4 { inputs[0][place] = features[range.lowerBound * 4 + place] }
      },
      read: { range, workspace in
        for (place, (values, width)) in zip(workspace.hidden + [workspace.output], [6, 6, 5, 2]).enumerated()
        {
          found[place] += UnsafeBufferPointer(start: values, count: range.count * width)
        }
      })
    for (place, name) in ["linear1", "relu1", "linear2", "linear3"].enumerated() {
      let expected = try ReferenceNetwork(graph: graph.ending(at: name)).output([features.map(Double.init)])
      #expect(zip(found[place], expected).allSatisfy { abs(Double($0) - $1) < 1e-5 }, "\(name)")
      #expect(found[place].count == expected.count)
    }
    #expect { try graph.withHiddenOutputs(["linear4"]) } throws: {
      ($0 as? Failure)?.kind == .invalidArgument && "\($0)".contains("linear3")
    }
  }

  @Test(
    "A gradient at a layer is added to that of the output; at the output itself and twice at a layer, too")
  func gradients() throws {
    let graph = try perceptron([4, 6, 5, 2], dropout: 0.3)
    let names = ["relu1", "linear3", "drop2", "relu1"]
    let trainer = try Self.trainer(graph.withHiddenOutputs(names))
    try Self.forward(trainer)
    Self.fill(trainer.outputGradients, 1)
    for (place, hidden) in trainer.hidden.enumerated() { Self.fill(hidden.gradients, UInt64(place + 2)) }
    try trainer.backward(seed: 3)

    var expected = [Float](repeating: 0, count: trainer.gradients.count)
    for (place, name) in (["linear3"] + names).enumerated() {
      let part = try graph.ending(at: name)
      let own = try Self.trainer(part)
      try Self.forward(own)
      Self.fill(own.outputGradients, UInt64(place + 1))
      if place > 0 { #expect(own.outputs.array == trainer.hidden[place - 1].values.array) }
      try own.backward(seed: 3)
      // Parameters of later layers have no gradient; those of the part are the first ones.
      for (index, parameter) in part.parameters.enumerated() {
        let all = try #require(graph.parameters.firstIndex { $0.name == parameter.name })
        let (from, to) = (
          try #require(own.offset(ofParameter: index)), try #require(trainer.offset(ofParameter: all))
        )
        for element in 0..<parameter.count { expected[to + element] += own.gradients.pointer[from + element] }
      }
    }
    #expect(zip(trainer.gradients.array, expected).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(expected.contains { abs($0) > 0.1 })
  }

  @Test(
    "Two objectives' gradients apart: the second backward gives what it gives alone, and the first again the same"
  )
  func twice() throws {
    let graph = try perceptron([4, 6, 5, 2], dropout: 0.3)
    let trainer = try Self.trainer(graph, repeatsBackward: true)
    try Self.forward(trainer)
    func gradients(_ trainer: Trainer, _ seed: UInt64) throws -> [Float] {
      Self.fill(trainer.outputGradients, seed)
      try trainer.backward(seed: 3)
      return trainer.gradients.array
    }
    let (first, second, again) = (
      try gradients(trainer, 1), try gradients(trainer, 2), try gradients(trainer, 1)
    )
    let alone = try Self.trainer(graph)
    try Self.forward(alone)
    #expect(try first == again && second == gradients(alone, 2) && first != second)
  }
}
