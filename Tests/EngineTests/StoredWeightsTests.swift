import Engine
import EngineKernels
import Platform
import Testing

/// Weights as bfloat16 or binary16: the nearest such numbers to some float32 numbers.
func stored(_ tensor: Tensor, as element: ElementType) throws -> Tensor {
  let values = try tensor.values.array
  let bits = values.map { value in
    element == .bfloat16 ? UInt16(value.bitPattern >> 16) : Float16(value).bitPattern
  }
  let buffer = try Buffer(copying: bits)
  return try Tensor(
    name: tensor.name, shape: tensor.shape,
    storage: element == .bfloat16 ? .bfloat16(buffer) : .float16(buffer))
}

/// The same graph with float32 copies of its parameters.
func widened(_ graph: Graph) throws -> Graph {
  try graph.replacing(
    parameters: graph.parameters.map { try Tensor(name: $0.name, shape: $0.shape, values: $0.values) })
}

private func predicted(_ graph: Graph, rows: Int, _ features: [Float]) throws -> [UInt32] {
  let width = graph.inputWidth
  var result = [UInt32](repeating: .max, count: rows * graph.outputWidth)
  try Predictor(graph).run(
    rows: rows,
    fill: { range, inputs in
      for place in 0..<range.count * width { inputs[0][place] = features[range.lowerBound * width + place] }
    },
    take: { range, outputs in
      for place in 0..<range.count * graph.outputWidth {
        result[range.lowerBound * graph.outputWidth + place] = outputs[place].bitPattern
      }
    })
  return result
}

@Suite("Weights in the types of their files")
struct StoredWeightsTests {
  @Test("Every pattern of 16 bits is widened to the same number")
  func widening() throws {
    let bits = try Buffer(copying: (0...UInt16.max).map { $0 })
    let numbers = try Buffer<Float>(count: bits.count)
    widen_float16(bits.pointer, bits.count, numbers.pointer)
    for (pattern, number) in zip(bits.array, numbers.array) {
      let wanted = Float(Float16(bitPattern: pattern))
      #expect(number == wanted && number.sign == wanted.sign || number.isNaN && wanted.isNaN)
    }
    widen_bfloat16(bits.pointer, bits.count, numbers.pointer)
    for (pattern, number) in zip(bits.array, numbers.array) {
      #expect(number.bitPattern == UInt32(pattern) << 16)
    }
  }

  // Sizes with whole and partial panels, few outputs, and more inputs than are widened at a time.
  @Test(
    "A layer predicts what it predicts with the weights as float32, bit by bit",
    arguments: [[3, 6], [40, 33], [700, 3], [600, 130], [1100, 64]], [ElementType.bfloat16, .float16])
  func linear(sizes: [Int], element: ElementType) throws {
    for isInputMajor in [false, true] {
      var builder = GraphBuilder()
      let x = builder.input("x", Shape(width: sizes[0]))
      let weight = builder.parameter(
        try stored(randomTensor("w", isInputMajor ? sizes : sizes.reversed()), as: element))
      let bias = builder.parameter(try stored(randomTensor("b", [sizes[1]]), as: element))
      let y = try builder.apply(
        Linear(weightIsInputMajor: isInputMajor), to: [x, weight, bias], name: "linear")
      let z = try builder.apply(Activation(.gelu), to: [y], name: "gelu")
      let graph = try builder.finish(output: z)
      for rows in [1, 2, 7, 15, 40] {
        var stream = RandomStream(seed: UInt64(rows))
        let features = (0..<rows * sizes[0]).map { _ in Float(stream.uniform() * 2 - 1) }
        #expect(try predicted(graph, rows: rows, features) == predicted(widened(graph), rows: rows, features))
      }
    }
  }

  @Test(
    "A table that also is a layer's weight, and normalization, read the same numbers",
    arguments: [ElementType.bfloat16, .float16])
  func table(element: ElementType) throws {
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 2))
    let table = builder.parameter(try stored(randomTensor("table", [11, 8]), as: element))
    let gain = builder.parameter(try stored(randomTensor("gain", [8]), as: element))
    var value = try builder.apply(Embedding(), to: [x, table], name: "embedding")
    value = try builder.apply(LayerNorm(epsilon: 1e-5), to: [value, gain, gain], name: "norm")
    value = try builder.apply(Linear(), to: [value, table], name: "scores")
    let graph = try builder.finish(output: value)
    let features: [Float] = [0, 3, 10, -1, 7, 7]
    #expect(try predicted(graph, rows: 3, features) == predicted(widened(graph), rows: 3, features))
  }

  @Test("Training starts from the numbers as float32, and a tuned weight is float32, a frozen one is not")
  func training() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 6))
    let first = builder.parameter(try stored(randomTensor("first", [9, 6]), as: .bfloat16))
    let second = builder.parameter(try stored(randomTensor("second", [5, 9]), as: .float16))
    var value = try builder.apply(Linear(), to: [x, first], name: "one")
    value = try builder.apply(Linear(), to: [value, second], name: "two")
    let graph = try builder.finish(output: value)
    let gradients = try [graph, widened(graph)].map { graph in
      let trainer = try Trainer(graph, trainable: [false, true], capacity: 4)
      try trainer.forward(rows: 4, seed: 0) { range, inputs in
        for place in 0..<range.count * 6 { inputs[0][place] = Float(range.lowerBound * 6 + place) / 10 }
      }
      for place in 0..<20 { trainer.outputGradients.pointer[place] = Float(place % 3) - 1 }
      try trainer.backward(seed: 0)
      let trained = try trainer.trained(graph)
      #expect(trained.parameters[0] === graph.parameters[0] && trained.parameters[1].element == .float32)
      // The new types are those that the operators read.
      #expect(
        try predicted(trained, rows: 1, [1, 2, 3, 4, 5, 6])
          == predicted(widened(graph), rows: 1, [1, 2, 3, 4, 5, 6]))
      return trainer.gradients.array
    }
    #expect(gradients[0] == gradients[1] && gradients[0].contains { $0 != 0 })
  }
}
