import Engine
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Coupling of pairs of classes")
struct PairwiseCouplingTests {
  /// The probabilities p of three classes with Σ p = 1 that minimize Σᵢ Σⱼ (r[j,i] pᵢ − r[i,j] pⱼ)², by
  /// gradient descent within that plane.
  static func exact(_ logits: [Double]) -> [Double] {
    var r = [[Double]](repeating: [0, 0, 0], count: 3)
    for (logit, pair) in zip(logits, [(0, 1), (0, 2), (1, 2)]) {
      r[pair.0][pair.1] = 1 / (1 + exp(-logit))
      r[pair.1][pair.0] = 1 - r[pair.0][pair.1]
    }
    var p = [1.0 / 3, 1.0 / 3, 1.0 / 3]
    for _ in 0..<20_000 {
      var slope = [0.0, 0, 0]
      for i in 0..<3 {
        for j in 0..<3 where j != i { slope[i] += r[j][i] * (r[j][i] * p[i] - r[i][j] * p[j]) }
      }
      let mean = slope.reduce(0, +) / 3
      for i in 0..<3 { p[i] -= 0.1 * (slope[i] - mean) }
    }
    return p
  }

  static let rows: [[Float]] = [[0.3, -1, 0.8], [2, 1, -0.5], [-0.2, 0.1, 0], [1.5, 2.5, 1]]

  @Test("Probabilities are those of the least squares, to the algorithm's accuracy of 0.005 / classes")
  func probabilities() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 3))
    let coupled = try builder.apply(PairwiseCoupling(classes: 3), to: [x], name: "coupling")
    let graph = try builder.finish(output: coupled)
    let values = Self.rows.flatMap { $0 }
    let predictor = try Predictor(graph)
    try predictor.run(rows: Self.rows.count) { range, inputs in
      for index in 0..<range.count * 3 { inputs[0][index] = values[range.lowerBound * 3 + index] }
    } take: { range, outputs in
      for row in range {
        let found = (0..<3).map { exp(Double(outputs[(row - range.lowerBound) * 3 + $0])) }
        let expected = Self.exact(Self.rows[row].map(Double.init))
        #expect(abs(found.reduce(0, +) - 1) < 1e-6)
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 0.005 }, "\(found) \(expected)")
      }
    }
  }

  @Test("Its gradient is that of the least squares, by central differences")
  func gradient() throws {
    for row in Self.rows {
      var builder = GraphBuilder()
      let x = builder.input("x", Shape(width: 1))
      let logits = builder.parameter(try Tensor(name: "logits", dimensions: [3], values: row))
      let zeros = builder.parameter(try Tensor(name: "zeros", dimensions: [3, 1], values: [0, 0, 0]))
      let shifted = try builder.apply(Linear(), to: [x, zeros, logits], name: "logits")
      let coupled = try builder.apply(PairwiseCoupling(classes: 3), to: [shifted], name: "coupling")
      let graph = try builder.finish(output: coupled)
      let trainer = try Trainer(graph, trainable: [true, false], capacity: 1)
      for output in 0..<3 {
        try trainer.forward(rows: 1, seed: 0) { _, inputs in inputs[0][0] = 0 }
        for index in 0..<3 { trainer.outputGradients.pointer[index] = index == output ? 1 : 0 }
        try trainer.backward(seed: 0)
        for place in 0..<3 {
          var (above, below) = (row.map(Double.init), row.map(Double.init))
          above[place] += 1e-3
          below[place] -= 1e-3
          let slope = (log(Self.exact(above)[output]) - log(Self.exact(below)[output])) / 2e-3
          #expect(abs(Double(trainer.gradients.pointer[place]) - slope) < 0.03, "\(row) \(output) \(place)")
        }
      }
    }
  }

  @Test("Gradients of the coefficients and intercepts of machines one against one")
  func pairs() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 3))
    let machine = try KernelMachine(
      .radial, gamma: 0.4, features: 3, vectors: randomTensor("vectors", [3, 7]).values,
      classCounts: [2, 4, 1])
    let output = try builder.apply(
      machine,
      to: [
        x, builder.parameter(try randomTensor("coefficients", [2, 7])),
        builder.parameter(try randomTensor("b", [3])),
      ], name: "machine")
    #expect(try GradientCheck(graph: builder.finish(output: output), rows: 9).maximumError() < 3e-3)
    #expect(throws: Failure.self) {
      try KernelMachine(
        .linear, features: 3, vectors: randomTensor("vectors", [3, 7]).values, classCounts: [2, 4])
    }
  }
}
