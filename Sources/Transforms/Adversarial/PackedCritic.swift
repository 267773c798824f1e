import EngineKernels
import Platform

/// The critic of a conditional tabular GAN: two layers with leaky rectifiers (slope 0.2) and dropout of a half,
/// then one score for each pack of rows (PacGAN: Lin, Khetan, Fanti and Oh 2018).
///
///     y = w₃ · (m₂ ∘ (W₂ (m₁ ∘ (W₁ x + b₁)) + b₂)) + b₃     m: slope of the rectifier times dropout's factor
///
/// The network is piecewise linear, so that the gradient by its input is a product of its matrices, and the
/// gradient of the penalty on it (Gulrajani et al. 2017, "Improved training of Wasserstein GANs") is exact:
///
///     u₂ = m₂ ∘ w₃     u₁ = m₁ ∘ (u₂ W₂)     g = u₁ W₁     P = λ · mean (|g| − 1)²
///     ∂W₁ = u₁ᵀ ∂g     ∂(u₂ W₂) = m₁ ∘ (∂g W₁ᵀ)     ∂W₂ = u₂ᵀ ∂(u₂ W₂)     ∂w₃ = Σ m₂ ∘ (∂(u₂ W₂) W₂ᵀ)
struct PackedCritic {
  let packs: Int
  let width: Int
  let hidden: Int
  let block: AdamBlock
  private let first: DenseLayer
  private let second: DenseLayer
  private let last: DenseLayer
  // (packs, hidden)
  private let slopes: [Buffer<Float>]
  private let outputs: [Buffer<Float>]
  private let gradients: [Buffer<Float>]
  private let products: Buffer<Float>
  /// (packs)
  let scores: Buffer<Float>
  /// The gradient by the input, (packs, width).
  let inputGradient: Buffer<Float>

  init(packs: Int, width: Int, hidden: Int, _ random: inout RandomStream) throws {
    (self.packs, self.width, self.hidden) = (packs, width, hidden)
    first = DenseLayer(inputs: width, outputs: hidden, weight: 0)
    second = DenseLayer(inputs: hidden, outputs: hidden, weight: first.end)
    last = DenseLayer(inputs: hidden, outputs: 1, weight: second.end)
    block = try AdamBlock(count: last.end)
    for layer in [first, second, last] { layer.initialize(block, &random) }
    func hiddenValues() throws -> Buffer<Float> {
      try Buffer(count: packs * hidden, for: "a network of a step")
    }
    slopes = [try hiddenValues(), try hiddenValues()]
    outputs = [try hiddenValues(), try hiddenValues()]
    gradients = [try hiddenValues(), try hiddenValues()]
    products = try hiddenValues()
    scores = try Buffer(count: packs, for: "a network of a step")
    inputGradient = try Buffer(count: packs * width, for: "a network of a step")
  }

  /// x (packs, width) → the scores. Draws dropout anew; the gradients below are those of the last call.
  func forward(_ x: UnsafePointer<Float>, _ random: inout RandomStream) {
    first.forward(x, rows: packs, block, into: outputs[0].pointer)
    rectify(0, &random)
    second.forward(outputs[0].pointer, rows: packs, block, into: outputs[1].pointer)
    rectify(1, &random)
    last.forward(outputs[1].pointer, rows: packs, block, into: scores.pointer)
  }

  private func rectify(_ layer: Int, _ random: inout RandomStream) {
    let (slopes, values) = (slopes[layer].pointer, outputs[layer].pointer)
    var bits: UInt64 = 0
    for place in 0..<packs * hidden {
      if place % 64 == 0 { bits = random.next() }
      let factor: Float = bits & 1 == 0 ? 0 : 2
      bits >>= 1
      slopes[place] = values[place] > 0 ? factor : 0.2 * factor
      values[place] *= slopes[place]
    }
  }

  /// u₂ and u₁ for the scores' gradient `factor`.
  private func propagate(_ factor: Float) {
    let weight = block.values.pointer + last.weight
    for pack in 0..<packs {
      for j in 0..<hidden {
        gradients[1].pointer[pack * hidden + j] = factor * weight[j] * slopes[1].pointer[pack * hidden + j]
      }
    }
    second.backward(gradients[1].pointer, rows: packs, block, into: gradients[0].pointer)
    for place in 0..<packs * hidden { gradients[0].pointer[place] *= slopes[0].pointer[place] }
  }

  /// Adds the gradient of `factor` · Σ scores by the parameters.
  func addGradient(_ x: UnsafePointer<Float>, factor: Float) {
    propagate(factor)
    first.addGradients(x, gradients[0].pointer, rows: packs, block)
    second.addGradients(outputs[0].pointer, gradients[1].pointer, rows: packs, block)
    let weight = block.gradients.pointer + last.weight
    for pack in 0..<packs {
      for j in 0..<hidden { weight[j] += factor * outputs[1].pointer[pack * hidden + j] }
      block.gradients.pointer[last.bias] += factor
    }
  }

  /// `inputGradient` of `factor` · Σ scores.
  func findInputGradient(factor: Float) {
    propagate(factor)
    first.backward(gradients[0].pointer, rows: packs, block, into: inputGradient.pointer)
  }

  /// The penalty P, and adds its gradient.
  @discardableResult
  func addPenalty(weight: Double) -> Double {
    findInputGradient(factor: 1)
    var penalty = 0.0
    for pack in 0..<packs {
      let gradient = inputGradient.pointer + pack * width
      let length = sum_of_squares(gradient, width).squareRoot()
      penalty += weight * (length - 1) * (length - 1) / Double(packs)
      let factor = Float(2 * weight / Double(packs) * (1 - 1 / max(length, 1e-12)))
      for j in 0..<width { gradient[j] *= factor }
    }
    first.addWeightGradient(inputGradient.pointer, gradients[0].pointer, rows: packs, block)
    MatrixProduct.multiply(
      packs, hidden, width, inputGradient.pointer, transposeA: false, block.values.pointer + first.weight,
      transposeB: true, into: products.pointer)
    for place in 0..<packs * hidden { products.pointer[place] *= slopes[0].pointer[place] }
    second.addWeightGradient(products.pointer, gradients[1].pointer, rows: packs, block)
    MatrixProduct.multiply(
      packs, hidden, hidden, products.pointer, transposeA: false, block.values.pointer + second.weight,
      transposeB: true, into: gradients[0].pointer)
    let last = block.gradients.pointer + last.weight
    for pack in 0..<packs {
      for j in 0..<hidden {
        last[j] += gradients[0].pointer[pack * hidden + j] * slopes[1].pointer[pack * hidden + j]
      }
    }
    return penalty
  }
}
