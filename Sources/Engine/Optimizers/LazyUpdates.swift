import EngineKernels
import Platform

/// Lazy updates: an optimizer's step skips weights whose gradients have always been 0, as most rows of an
/// embedding table, if the optimizer would not change them. The results are the same bit by bit.
public final class LazyUpdates: Sendable {
  /// The number of weights in a block. The bounds of the ranges passed to `update` must be multiples of it.
  public static let block = Int(LAZY_BLOCK)
  private let touched: Buffer<UInt8>

  /// - Parameter count: the number of all weights.
  public init(count: Int) throws {
    touched = try Buffer<UInt8>(count: count / Self.block, for: "the optimizer")
  }

  /// Finds the blocks that have had gradients from the optimizer's state, after a checkpoint has been read.
  public func note(_ memory: [Buffer<Float>]) {
    for values in memory {
      lazy_note(values.pointer, touched.pointer, min(values.count / Self.block, touched.count))
    }
  }

  /// Calls `optimizer.update` for the weights in `range` that need it. Its bounds are multiples of `block`.
  public func update(
    _ range: Range<Int>, by optimizer: any Optimizer, of weights: UnsafeMutablePointer<Float>,
    _ gradients: UnsafePointer<Float>, learningRate: Float, step: Int, memory: [UnsafeMutablePointer<Float>]
  ) {
    func update(_ range: Range<Int>) {
      optimizer.update(range, of: weights, gradients, learningRate: learningRate, step: step, memory: memory)
    }
    guard !optimizer.movesWithoutGradient else { return update(range) }
    let blocks = range.upperBound / Self.block
    var (block, end) = (range.lowerBound / Self.block, 0)
    while block < blocks {
      let first = lazy_run(gradients, touched.pointer, block, blocks, &end)
      guard first < blocks else { return }
      update(first * Self.block..<end * Self.block)
      block = end
    }
  }
}
