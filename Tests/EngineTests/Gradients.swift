import Engine
import Platform
import Testing

/// Compares a network's gradients with central differences, computed in the same network with one weight or
/// input changed. `loss` is Σ output · direction, whose gradient with respect to the output is the direction.
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
    // The loss, and the sum of its terms' magnitudes, to which the rounding error of float32 is proportional.
    func loss() throws -> (value: Double, magnitude: Double) {
      try run(trainer, features)
      let terms = zip(trainer.outputs.elements, direction).map { Double($0) * Double($1) }
      return (terms.reduce(0, +), terms.reduce(0) { $0 + abs($1) })
    }
    let magnitude = try loss().magnitude
    for (index, value) in direction.enumerated() { trainer.outputGradients.elements[index] = value }
    try trainer.backward(seed: seed)
    let analytic = trainer.gradients.array
    func slope(_ index: Int, _ step: Float) throws -> Double {
      let before = trainer.weights.elements[index]
      defer { trainer.weights.elements[index] = before }
      trainer.weights.elements[index] = before + step
      let above = try loss().value
      trainer.weights.elements[index] = before - step
      return (above - (try loss().value)) / Double(2 * step)
    }
    var worst = 0.0
    for index in 0..<trainer.weights.count {
      let (coarse, fine) = (try slope(index, step), try slope(index, step / 2))
      // Richardson's extrapolation. The term that it removes and the rounding bound its error.
      let numeric = (4 * fine - coarse) / 3
      let rounding = 4 * Double(Float.ulpOfOne) * magnitude / Double(step)
      let uncertainty = rounding + abs(fine - coarse) / 3
      let deviation = abs(numeric - Double(analytic[index])) - uncertainty
      // The deviation is relative to the gradient, even if that is very small.
      worst = max(worst, deviation / max(abs(numeric), uncertainty, .leastNormalMagnitude))
    }
    return Float(worst)
  }

  private func run(_ trainer: Trainer, _ features: [Float]) throws {
    try trainer.forward(rows: rows, isTraining: isTraining, seed: seed) { range, inputs in
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
