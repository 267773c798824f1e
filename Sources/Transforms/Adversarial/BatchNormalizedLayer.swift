import EngineKernels
import Platform

/// A residual layer of the generator: y = [relu(batch norm(x · Wᵀ + b)), x] (Ioffe and Szegedy 2015; Xu et al.
/// 2019, section 4.4).
struct BatchNormalizedLayer {
  let rows: Int
  let linear: DenseLayer
  var outputs: Int { linear.outputs }
  /// The number of values of y per row.
  var width: Int { linear.outputs + linear.inputs }
  /// The indices of the gain and the shift (outputs) in the block.
  private var gain: Int { linear.end }
  private var shift: Int { linear.end + outputs }
  var end: Int { linear.end + 2 * outputs }
  /// x · Wᵀ + b, then normalized: (rows, outputs).
  private let normalized: Buffer<Float>
  /// 1 / deviation (outputs).
  private let inverse: Buffer<Float>
  /// Sums of a batch (outputs).
  private let sums: Buffer<Float>
  private let products: Buffer<Float>
  /// Mean and variance, averaged over batches, with which new rows are normalized (outputs).
  private let mean: Buffer<Float>
  private let variance: Buffer<Float>
  let gradient: Buffer<Float>
  private static let epsilon: Float = 1e-5

  /// The mean and variance by which a layer normalizes.
  enum Normalization {
    /// Those of the batch; `backward` can follow.
    case batch
    /// Those of the batch, which join the averages over the batches from 0 on.
    case measured(batch: Int)
    /// Their averages over the measured batches.
    case fixed
  }

  init(rows: Int, inputs: Int, outputs: Int, start: Int) throws {
    self.rows = rows
    linear = DenseLayer(inputs: inputs, outputs: outputs, weight: start)
    normalized = try Buffer(count: rows * outputs, for: "a network of a step")
    gradient = try Buffer(count: rows * outputs, for: "a network of a step")
    inverse = try Buffer(count: outputs, for: "a network of a step")
    sums = try Buffer(count: outputs, for: "a network of a step")
    products = try Buffer(count: outputs, for: "a network of a step")
    mean = try Buffer(count: outputs, for: "a network of a step")
    variance = try Buffer(count: outputs, for: "a network of a step")
    for j in 0..<outputs { variance.pointer[j] = 1 }
  }

  func initialize(_ block: AdamBlock, _ random: inout RandomStream) {
    linear.initialize(block, &random)
    for j in 0..<outputs { block.values.pointer[gain + j] = 1 }
  }

  /// x (rows, inputs) → y (rows, width).
  func forward(
    _ x: UnsafePointer<Float>, _ block: AdamBlock, _ normalization: Normalization,
    into y: UnsafeMutablePointer<Float>
  ) {
    let (values, inverse) = (normalized.pointer, inverse.pointer)
    linear.forward(x, rows: rows, block, into: values)
    var centre = UnsafePointer(sums.pointer)
    switch normalization {
    case .batch: measure()
    case .measured(let batch):
      measure()
      let share = 1 / Float(batch + 1)
      for j in 0..<outputs {
        mean.pointer[j] += share * (sums.pointer[j] - mean.pointer[j])
        variance.pointer[j] += share * (products.pointer[j] - variance.pointer[j])
      }
    case .fixed:
      centre = UnsafePointer(mean.pointer)
      for j in 0..<outputs { inverse[j] = 1 / (variance.pointer[j] + Self.epsilon).squareRoot() }
    }
    let (gain, shift) = (block.values.pointer + gain, block.values.pointer + shift)
    for row in 0..<rows {
      let (own, result) = (values + row * outputs, y + row * width)
      for j in 0..<outputs {
        own[j] = (own[j] - centre[j]) * inverse[j]
        result[j] = max(0, own[j] * gain[j] + shift[j])
      }
      (result + outputs).update(from: x + row * linear.inputs, count: linear.inputs)
    }
  }

  /// Finds the batch's means in `sums`, its variances in `products`, and `inverse`.
  private func measure() {
    let (values, sums, squares) = (normalized.pointer, sums.pointer, products.pointer)
    let share = 1 / Float(rows)
    self.sums.clear()
    products.clear()
    for row in 0..<rows {
      let own = values + row * outputs
      for j in 0..<outputs { sums[j] += share * own[j] }
    }
    for row in 0..<rows {
      let own = values + row * outputs
      for j in 0..<outputs { squares[j] += share * (own[j] - sums[j]) * (own[j] - sums[j]) }
    }
    for j in 0..<outputs { inverse.pointer[j] = 1 / (squares[j] + Self.epsilon).squareRoot() }
  }

  /// Adds the parameters' gradients, from y and ∂y (rows, width).
  ///
  /// - Parameter input: ∂x (rows, inputs), or nil if it is not needed.
  func backward(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ slope: UnsafePointer<Float>, _ block: AdamBlock,
    input: UnsafeMutablePointer<Float>?
  ) {
    let (sums, products) = (sums.pointer, products.pointer)
    self.sums.clear()
    self.products.clear()
    for row in 0..<rows {
      let (y, slope) = (y + row * width, slope + row * width)
      let (own, result) = (normalized.pointer + row * outputs, gradient.pointer + row * outputs)
      for j in 0..<outputs {
        result[j] = y[j] > 0 ? slope[j] : 0
        sums[j] += result[j]
        products[j] += result[j] * own[j]
      }
    }
    let (gain, share) = (block.values.pointer + gain, 1 / Float(rows))
    let (gains, shifts) = (block.gradients.pointer + self.gain, block.gradients.pointer + shift)
    for j in 0..<outputs {
      shifts[j] += sums[j]
      gains[j] += products[j]
    }
    for row in 0..<rows {
      let (own, result) = (normalized.pointer + row * outputs, gradient.pointer + row * outputs)
      for j in 0..<outputs {
        let rest = result[j] - share * sums[j] - share * products[j] * own[j]
        result[j] = gain[j] * inverse.pointer[j] * rest
      }
    }
    linear.addGradients(x, gradient.pointer, rows: rows, block)
    guard let input else { return }
    linear.backward(gradient.pointer, rows: rows, block, into: input)
    for row in 0..<rows {
      let (own, outer) = (input + row * linear.inputs, slope + row * width + outputs)
      for j in 0..<linear.inputs { own[j] += outer[j] }
    }
  }
}
