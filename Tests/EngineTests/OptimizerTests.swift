import Engine
import Platform
import Testing

/// Ten steps on ½ Σ c w² from w = (1, −2, 3), c = (1, 0.5, 2): the gradient is c w. The expected weights are
/// those of PyTorch 2 (float32) after the same steps.
@Suite("Optimizers take PyTorch's steps")
struct OptimizerTests {
  static let cases: [(name: String, optimizer: any Optimizer, expected: [Float])] = [
    ("SGD", SGD(), [0.3486784, -1.197474, 0.3221226]),
    ("SGD with momentum", SGD(momentum: 0.9, weightDecay: 0.01), [-0.587873, 0.6488512, 0.03593158]),
    ("Nesterov", SGD(momentum: 0.9, nesterov: true), [-0.3465781, 0.5239848, 0.1540822]),
    ("Adam", Adam(weightDecay: 0.1, isDecoupled: false), [0.07624918, -1.024587, 2.014189]),
    ("AdamW", Adam(weightDecay: 0.1), [0.0336056, -0.8828983, 1.775947]),
    ("RMSprop", RMSprop(), [-4.950119e-23, -0.005264079, 0.1465017]),
    (
      "RMSprop with momentum", RMSprop(decay: 0.9, momentum: 0.5, weightDecay: 0.01),
      [0.02154283, -0.009428198, 0.5249255]
    ),
    ("Adagrad", Adagrad(weightDecay: 0.01), [0.5537312, -1.523979, 2.514877]),
  ]

  @Test("Ten steps", arguments: 0..<cases.count)
  func tenSteps(index: Int) {
    let (name, optimizer, expected) = Self.cases[index]
    var weights: [Float] = [1, -2, 3]
    let curvature: [Float] = [1, 0.5, 2]
    let memory = (0..<optimizer.memories).map { _ in
      let block = UnsafeMutablePointer<Float>.allocate(capacity: 3)
      block.initialize(repeating: 0, count: 3)
      return block
    }
    defer { memory.forEach { $0.deallocate() } }
    for step in 1...10 {
      let gradients = zip(weights, curvature).map { $0 * $1 }
      optimizer.update(0..<3, of: &weights, gradients, learningRate: 0.1, step: step, memory: memory)
    }
    for (weight, value) in zip(weights, expected) { #expect(abs(weight - value) < 2e-6, "\(name)") }
  }

  /// Gradients as of an embedding table: in step n only the blocks n, n + 1 and 7 have gradients.
  @Test("Lazy updates change no bit, also after the moments are restored")
  func untouched() throws {
    let (block, blocks) = (LazyUpdates.block, 40)
    for (name, optimizer, _) in Self.cases {
      let whole = try State(blocks * block, optimizer)
      let sparse = try State(blocks * block, optimizer)
      var touched = try LazyUpdates(count: blocks * block)
      for step in 1...20 {
        if step == 11 {
          touched = try LazyUpdates(count: blocks * block)
          touched.note(sparse.memory)
        }
        let gradients = (0..<blocks * block).map { place -> Float in
          [step, step + 1, 7].contains(place / block) && place % 3 > 0 ? Float(place % 5) - 1.5 : 0
        }
        optimizer.update(
          0..<blocks * block, of: whole.weights.pointer, gradients, learningRate: 0.01, step: step,
          memory: whole.memory.map(\.pointer))
        for part in [0..<5 * block, 5 * block..<blocks * block] {
          touched.update(
            part, by: optimizer, of: sparse.weights.pointer, gradients, learningRate: 0.01, step: step,
            memory: sparse.memory.map(\.pointer))
        }
      }
      #expect(whole.weights.array == sparse.weights.array, "\(name)")
      for (one, other) in zip(whole.memory, sparse.memory) { #expect(one.array == other.array, "\(name)") }
    }
  }

  private struct State {
    let weights: Buffer<Float>
    let memory: [Buffer<Float>]

    init(_ count: Int, _ optimizer: any Optimizer) throws {
      weights = try Buffer(copying: (0..<count).map { Float($0 % 11) - 5 })
      memory = try (0..<optimizer.memories).map { _ in try Buffer<Float>(count: count) }
    }
  }

  @Test("L-BFGS finds the minimum of Rosenbrock's function, and keeps the best weights when asked to stop")
  func lbfgs() throws {
    // (1 - x)² + 100 (y - x²)², with its minimum 0 at (1, 1), from the usual start (-1.2, 1).
    let weights = try Buffer<Float>(copying: [-1.2, 1])
    func evaluate(_ gradient: Buffer<Float>) -> Double {
      let (x, y) = (Double(weights.pointer[0]), Double(weights.pointer[1]))
      gradient.pointer[0] = Float(-2 * (1 - x) - 400 * x * (y - x * x))
      gradient.pointer[1] = Float(200 * (y - x * x))
      return (1 - x) * (1 - x) + 100 * (y - x * x) * (y - x * x)
    }
    var method = LimitedMemoryBFGS()
    method.leastDecrease = 0
    var steps = 0
    let value = try method.minimize(weights, evaluate: evaluate) { step, _ in
      steps = step
      return true
    }
    #expect(value < 1e-8 && abs(weights.pointer[0] - 1) < 1e-3 && abs(weights.pointer[1] - 1) < 1e-3)
    #expect(steps < 80)
    (weights.pointer[0], weights.pointer[1]) = (-1.2, 1)
    let first = evaluate(try Buffer<Float>(count: 2))
    let stopped = try method.minimize(weights, evaluate: evaluate) { step, _ in step < 3 }
    #expect(stopped < first && stopped > 0.1)
  }
}
