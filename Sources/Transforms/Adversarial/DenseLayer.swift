import Engine
import EngineKernels
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// A linear layer y = x · Wᵀ + b whose parameters are in one block with those of other layers.
struct DenseLayer {
  let inputs: Int
  let outputs: Int
  /// The index of W (outputs, inputs) in the block; b (outputs) follows.
  let weight: Int
  var bias: Int { weight + outputs * inputs }
  var end: Int { bias + outputs }

  /// x (rows, inputs) → y (rows, outputs).
  func forward(
    _ x: UnsafePointer<Float>, rows: Int, _ block: AdamBlock, into y: UnsafeMutablePointer<Float>
  ) {
    MatrixProduct.multiply(
      rows, outputs, inputs, x, transposeA: false, block.values.pointer + weight, transposeB: true, into: y)
    add_bias(y, block.values.pointer + bias, rows, outputs, false)
  }

  /// Adds ∂W and ∂b from ∂y (rows, outputs).
  func addGradients(
    _ x: UnsafePointer<Float>, _ slope: UnsafePointer<Float>, rows: Int, _ block: AdamBlock
  ) {
    addWeightGradient(x, slope, rows: rows, block)
    bias_backward(slope, block.gradients.pointer + bias, rows, outputs, true)
  }

  /// Adds ∂W (outputs, inputs) = ∂yᵀ · x alone.
  func addWeightGradient(
    _ x: UnsafePointer<Float>, _ slope: UnsafePointer<Float>, rows: Int, _ block: AdamBlock
  ) {
    MatrixProduct.multiply(
      outputs, inputs, rows, slope, transposeA: true, x, transposeB: false,
      into: block.gradients.pointer + weight, accumulate: true)
  }

  /// ∂y (rows, outputs) → ∂x (rows, inputs).
  func backward(
    _ slope: UnsafePointer<Float>, rows: Int, _ block: AdamBlock, into x: UnsafeMutablePointer<Float>
  ) {
    MatrixProduct.multiply(
      rows, inputs, outputs, slope, transposeA: false, block.values.pointer + weight, transposeB: false,
      into: x)
  }

  /// Uniform in ±1 / √inputs.
  func initialize(_ block: AdamBlock, _ random: inout RandomStream) {
    let bound = 1 / Double(max(1, inputs)).squareRoot()
    for place in weight..<end { block.values.pointer[place] = Float((2 * random.uniform() - 1) * bound) }
  }
}

/// Parameters with their gradients, updated by Adam (Kingma and Ba 2015) with β₁ = 0.5 and β₂ = 0.9.
final class AdamBlock {
  let values: Buffer<Float>
  let gradients: Buffer<Float>
  private let mean: Buffer<Float>
  private let square: Buffer<Float>
  private var steps = 0

  init(count: Int) throws {
    values = try Buffer(count: count, for: "a network of a step")
    gradients = try Buffer(count: count, for: "a network of a step")
    mean = try Buffer(count: count, for: "a network of a step")
    square = try Buffer(count: count, for: "a network of a step")
  }

  /// Updates the parameters, and sets the gradients to zero.
  func step(rate: Double, decay: Double) {
    steps += 1
    adam_step(
      values.pointer, gradients.pointer, mean.pointer, square.pointer, values.count, Float(rate), 0.5, 0.9,
      1e-8, Float(decay), false, Float(1 - pow(0.5, Double(steps))), Float(1 - pow(0.9, Double(steps))))
    clear()
  }

  func clear() { gradients.clear() }
}

/// Products of matrices on all workers.
enum MatrixProduct {
  /// Rows of C per shard. The division does not depend on the number of threads, so neither do the results.
  private static let block = 128

  /// C (m, n) = A (m, k) · B (k, n), or C += A · B; A is stored (k, m) if `transposeA`, B (n, k) if
  /// `transposeB`.
  static func multiply(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<Float>, transposeA: Bool, _ b: UnsafePointer<Float>,
    transposeB: Bool, into c: UnsafeMutablePointer<Float>, accumulate: Bool = false
  ) {
    WorkerPool.run(shards: (m + block - 1) / block) { shard in
      let first = shard * block
      Backend.onThisThread {
        Backend.multiply(
          min(block, m - first), n, k, a + (transposeA ? first : first * k), stride: transposeA ? m : k,
          transposeA: transposeA, b, stride: transposeB ? k : n, transposeB: transposeB, into: c + first * n,
          stride: n, accumulate: accumulate)
      }
    }
  }
}
