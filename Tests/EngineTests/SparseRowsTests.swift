import Engine
import Platform
import Testing

@Suite("Linear layers of rows that are mostly 0")
struct SparseRowsTests {
  /// Rows with one number other than 0 among every six: fewer than a quarter.
  private func oneHot(_ rows: Int, _ inputs: Int) -> [Float] {
    var stream = RandomStream(seed: 3)
    var values = [Float](repeating: 0, count: rows * inputs)
    for row in 0..<rows {
      for first in stride(from: 0, to: inputs, by: 6) {
        values[row * inputs + first + stream.below(min(6, inputs - first))] = Float(stream.below(5) - 2)
      }
    }
    return values
  }

  /// Whole numbers, whose sums are exact in any order.
  private func whole(_ shape: [Int], _ seed: UInt64) throws -> Tensor {
    var stream = RandomStream(seed: seed)
    let values = (0..<shape.reduce(1, *)).map { _ in Float(stream.below(7) - 3) }
    return try Tensor(name: "p\(seed)", dimensions: shape, values: values)
  }

  // Outputs in registers of 64 and of 16, and single ones; inputs with a remainder; few rows, which are not sparse to it.
  @Test(
    "Outputs and gradients are the definition's, bit by bit, with and without a bias and a rectifier",
    arguments: [[40, 104, 64], [33, 23, 21], [300, 18, 150], [8, 30, 32]], [false, true])
  func definition(sizes: [Int], inputMajor: Bool) throws {
    let (rows, inputs, outputs) = (sizes[0], sizes[1], sizes[2])
    for (hasBias, relu) in [(true, true), (false, false)] {
      var builder = GraphBuilder()
      let x = builder.input("x", Shape(width: inputs))
      let weight = builder.parameter(try whole(inputMajor ? [inputs, outputs] : [outputs, inputs], 1))
      let bias = hasBias ? [builder.parameter(try whole([outputs], 2))] : []
      var y = try builder.apply(
        Linear(weightIsInputMajor: inputMajor), to: [x, weight] + bias, name: "linear")
      if relu { y = try builder.apply(Activation(.relu), to: [y], name: "relu") }
      let graph = try builder.finish(output: y)
      let weights = try graph.parameters[0].values.array
      let shifts = hasBias ? try graph.parameters[1].values.array : [Float](repeating: 0, count: outputs)
      func place(_ input: Int, _ output: Int) -> Int {
        inputMajor ? input * outputs + output : output * inputs + input
      }
      let features = oneHot(rows, inputs)
      let sums = (0..<rows * outputs).map { index in
        (0..<inputs).reduce(shifts[index % outputs]) {
          $0 + features[index / outputs * inputs + $1] * weights[place($1, index % outputs)]
        }
      }
      let trainer = try Trainer(
        graph, trainable: [Bool](repeating: true, count: hasBias ? 2 : 1), capacity: rows)
      try trainer.forward(rows: rows, isTraining: true, seed: 0) { range, target in
        for index in 0..<range.count * inputs {
          target[0][index] = features[range.lowerBound * inputs + index]
        }
      }
      for index in sums.indices {
        #expect(trainer.outputs.elements[index] == (relu ? max(sums[index], 0) : sums[index]))
      }
      var stream = RandomStream(seed: 4)
      let direction = sums.map { _ in Float(stream.below(9) - 4) }
      for (index, value) in direction.enumerated() { trainer.outputGradients.elements[index] = value }
      try trainer.backward(seed: 0)
      for output in 0..<outputs {
        for input in 0..<inputs {
          let gradient = (0..<rows).reduce(Float(0)) { sum, row in
            let index = row * outputs + output
            return relu && sums[index] <= 0 ? sum : sum + direction[index] * features[row * inputs + input]
          }
          #expect(trainer.gradients.elements[place(input, output)] == gradient)
        }
      }
    }
  }
}
