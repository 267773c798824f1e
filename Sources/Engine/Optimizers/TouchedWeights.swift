import Kernels
import Platform

/// Steps of an optimizer that leave out the weights which never had a gradient, where that changes nothing: most rows
/// of a table of words. What comes out is the same bit by bit.
public final class TouchedWeights: Sendable {
  /// Weights, and so the ends of what `update` is given, come in blocks of so many.
  public static let block = Int(TOUCHED_BLOCK)
  private let touched: Buffer<UInt8>

  /// - Parameter count: of all weights.
  public init(count: Int) throws {
    touched = try Buffer<UInt8>(count: count / Self.block, for: "the optimizer")
  }

  /// Notes what has been touched, from the optimizer's memory: after a checkpoint was read.
  public func note(_ memory: [Buffer<Float>]) {
    for values in memory {
      touched_note(values.pointer, touched.pointer, min(values.count / Self.block, touched.count))
    }
  }

  /// `optimizer.update` for the weights in `range`, whose ends are those of blocks.
  public func update(
    _ range: Range<Int>, by optimizer: any Optimizer, of weights: UnsafeMutablePointer<Float>,
    _ gradients: UnsafePointer<Float>, learningRate: Float, step: Int, memory: [UnsafeMutablePointer<Float>]
  ) {
    func update(_ range: Range<Int>) {
      optimizer.update(range, of: weights, gradients, learningRate: learningRate, step: step, memory: memory)
    }
    guard !optimizer.movesUntouched else { return update(range) }
    let blocks = range.upperBound / Self.block
    var (block, end) = (range.lowerBound / Self.block, 0)
    while block < blocks {
      let first = touched_run(gradients, touched.pointer, block, blocks, &end)
      guard first < blocks else { return }
      update(first * Self.block..<end * Self.block)
      block = end
    }
  }
}
