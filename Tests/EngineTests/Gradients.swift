import Engine
import Platform
import Testing

/// Compares a network's gradients with central differences, taken in the same network with one weight
/// or input moved. `loss` is Σ output · direction, whose gradient for the output is the direction.
struct GradientCheck {
  let graph: Graph
  let rows: Int
  var seed: UInt64 = 5
  var isTraining = true

  func maximumError(step: Float = 1e-2) throws -> Float {
    var random = RandomStream(seed: 11)
    let width = graph.inputWidth
    let features = (0..<rows * width).map { _ in Float(random.uniform() * 2 - 1) }
    return try maximumError(features: features, step: step)
  }

  func maximumError(features: [Float], step: Float = 1e-2) throws -> Float {
    var random = RandomStream(seed: 12)
    let direction = (0..<rows * graph.outputWidth).map { _ in Float(random.uniform() * 2 - 1) }
    let trainer = try Trainer(
      graph, trainable: Array(repeating: true, count: graph.parameters.count), capacity: rows)
    func loss() -> Double {
      run(trainer, features)
      return zip(trainer.outputs.elements, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    _ = loss()
    for (index, value) in direction.enumerated() { trainer.outputGradients.elements[index] = value }
    trainer.backward(seed: seed)
    let analytic = trainer.gradients.array
    var worst: Float = 0
    for index in 0..<trainer.weights.count {
      let before = trainer.weights.elements[index]
      trainer.weights.elements[index] = before + step
      let above = loss()
      trainer.weights.elements[index] = before - step
      let below = loss()
      trainer.weights.elements[index] = before
      let numeric = Float((above - below) / Double(2 * step))
      worst = max(worst, abs(numeric - analytic[index]) / max(1, abs(numeric)))
    }
    return worst
  }

  private func run(_ trainer: Trainer, _ features: [Float]) {
    trainer.forward(rows: rows, isTraining: isTraining, seed: seed) { range, inputs in
      var column = 0
      for (input, id) in zip(inputs, graph.inputs) {
        let width = graph[id].shape.count
        for (line, row) in range.enumerated() {
          for j in 0..<width { input[line * width + j] = features[row * graph.inputWidth + column + j] }
        }
        column += width
      }
    }
  }
}

func randomTensor(_ name: String, _ dimensions: [Int], seed: UInt64 = 1, scale: Float = 0.7) throws -> Tensor
{
  var random = RandomStream(seed: seed, purpose: name)
  return try Tensor(
    name: name, dimensions: dimensions,
    values: (0..<dimensions.reduce(1, *)).map { _ in Float(random.uniform() * 2 - 1) * scale })
}
