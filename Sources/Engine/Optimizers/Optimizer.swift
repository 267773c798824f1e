import Platform

/// Updates weights from their gradients. All trainable weights are in one array, and each kind of state that
/// the method stores between steps (momentum, squares) is in another array of the same length.
public protocol Optimizer {
  /// The number of state arrays, each of the weights' length.
  var memories: Int { get }

  /// Whether a step changes weights whose gradients have always been 0.
  var movesWithoutGradient: Bool { get }

  /// - Parameters:
  ///   - range: the weights to update; the arrays have an element for every weight.
  ///   - step: counted from 1.
  ///   - memory: the state arrays, `memories` in number, zero before the first step.
  func update(
    _ range: Range<Int>, of weights: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>,
    learningRate: Float, step: Int, memory: [UnsafeMutablePointer<Float>])
}
