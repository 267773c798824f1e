import Engine
import Platform
import Testing

/// inputs → hidden … → 1 with rectifiers.
func perceptron(_ widths: [Int], dropout: Float = 0) throws -> Graph {
  var builder = GraphBuilder()
  var value = builder.input("x", Shape(width: widths[0]))
  for layer in 1..<widths.count {
    let weight = builder.parameter(try randomTensor("w\(layer)", [widths[layer], widths[layer - 1]]))
    let bias = builder.parameter(try randomTensor("b\(layer)", [widths[layer]]))
    value = try builder.apply(Linear(), to: [value, weight, bias], name: "linear\(layer)")
    if layer + 1 < widths.count {
      value = try builder.apply(Activation(.relu), to: [value], name: "relu\(layer)")
      if dropout > 0 {
        value = try builder.apply(
          Dropout(rate: dropout, stream: UInt64(layer)), to: [value], name: "drop\(layer)")
      }
    }
  }
  return try builder.finish(output: value)
}

/// The same network by the definition, one number after another.
func naive(_ graph: Graph, _ row: [Float]) throws -> [Float] {
  var value = row
  for layer in 0..<graph.parameters.count / 2 {
    let (weight, bias) = (graph.parameters[2 * layer], graph.parameters[2 * layer + 1])
    let inputs = value.count
    let (weights, shifts) = (try weight.values.array, try bias.values.array)
    value = (0..<bias.count).map { j in
      (0..<inputs).reduce(shifts[j]) {
        $0 + value[$1] * weights[j * inputs + $1]
      }
    }
    if layer + 1 < graph.parameters.count / 2 { value = value.map { max($0, 0) } }
  }
  return value
}

@Suite("Networks", .serialized)
struct NetworkTests {
  @Test(
    "Prediction equals the definition for every remainder of rows and outputs",
    arguments: [[5, 33, 1], [100, 64, 32, 1], [7, 5], [3, 70, 6]])
  func predictionEqualsDefinition(widths: [Int]) throws {
    let graph = try perceptron(widths)
    let predictor = try Predictor(graph)
    for rows in [1, 2, 3, 4, 7, 8, 9, 13, 300] {
      var random = RandomStream(seed: UInt64(rows))
      let features = (0..<rows * widths[0]).map { _ in Float(random.uniform() * 2 - 1) }
      var outputs = [Float](repeating: .nan, count: rows * graph.outputWidth)
      try outputs.withUnsafeMutableBufferPointer { outputs in
        let target = outputs.baseAddress!
        try predictor.run(
          rows: rows,
          fill: { range, inputs in
            for (index, value) in features[range.lowerBound * widths[0]..<range.upperBound * widths[0]]
              .enumerated()
            {
              inputs[0][index] = value
            }
          },
          take: { range, values in
            for index in 0..<range.count * graph.outputWidth {
              target[range.lowerBound * graph.outputWidth + index] = values[index]
            }
          })
      }
      for row in 0..<rows {
        let expected = try naive(graph, Array(features[row * widths[0]..<(row + 1) * widths[0]]))
        for (j, value) in expected.enumerated() {
          #expect(abs(outputs[row * expected.count + j] - value) < 1e-4 * max(1, abs(value)))
        }
      }
    }
  }

  @Test("Gradients do not depend on where the shards are cut", arguments: [Float(0), 0.3])
  func shardsDoNotMatter(dropout: Float) throws {
    let graph = try perceptron([20, 64, 48, 1], dropout: dropout)
    var results: [[Float]] = []
    for threads: Int32 in [1, 2, 3] {
      try WorkerPool.setThreads(threads)
      defer { try? WorkerPool.setThreads(0) }
      let trainer = try Trainer(
        graph, trainable: Array(repeating: true, count: graph.parameters.count), capacity: 1000)
      try trainer.forward(rows: 1000, seed: 3) { range, inputs in
        for (line, row) in range.enumerated() {
          for j in 0..<20 { inputs[0][line * 20 + j] = Float((row * 31 + j * 17) % 29) / 29 - 0.5 }
        }
      }
      for row in 0..<1000 { trainer.outputGradients.elements[row] = Float(row % 7) / 7000 - 0.0003 }
      try trainer.backward(seed: 3)
      results.append(trainer.outputs.array + trainer.gradients.array)
    }
    for other in results.dropFirst() {
      for (a, b) in zip(results[0], other) { #expect(abs(a - b) < 2e-5 * max(1, abs(a))) }
    }
  }

  @Test("Operands that do not fit are an error that names the node")
  func misfits() throws {
    var builder = GraphBuilder()
    let input = builder.input("x", Shape(width: 3))
    let weight = builder.parameter(try randomTensor("w", [4, 5]))
    #expect {
      try builder.apply(Linear(), to: [input, weight], name: "dense/MatMul")
    } throws: { error in
      (error as? Failure)?.location == "dense/MatMul" && (error as? Failure)?.kind == .invalidModel
    }
    #expect(throws: Failure.self) { try Shape([1 << 30, 1 << 30]) }
    #expect(throws: Failure.self) { try Shape([-1]) }
  }

  @Test("Prediction reuses the memory of values that are over, and still equals training's forward")
  func memoryReuse() throws {
    let graph = try perceptron([10, 300, 300, 300, 300, 2])
    let trainer = try Trainer(graph, trainable: [], capacity: 8)
    try trainer.forward(rows: 8, isTraining: false, seed: 0) { range, inputs in
      for (line, row) in range.enumerated() {
        for j in 0..<10 { inputs[0][line * 10 + j] = Float(row - j) / 10 }
      }
    }
    let expected = trainer.outputs.array
    try Predictor(graph).run(
      rows: 8,
      fill: { range, inputs in
        for (line, row) in range.enumerated() {
          for j in 0..<10 { inputs[0][line * 10 + j] = Float(row - j) / 10 }
        }
      },
      take: { range, values in
        for index in 0..<range.count * 2 {
          #expect(
            abs(values[index] - expected[range.lowerBound * 2 + index]) < 1e-3 * max(1, abs(values[index])))
        }
      })
  }
}
