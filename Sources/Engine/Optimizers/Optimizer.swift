import Platform

/// Changes weights by their gradients. All trainable weights lie in one array, and each kind of
/// memory that the method keeps (momentum, squares) in another of the same length.
public protocol Optimizer {
  /// How many arrays of the weights' length the method keeps.
  var memories: Int { get }

  /// Whether a step changes weights that have never had a gradient.
  var movesUntouched: Bool { get }

  /// - Parameters:
  ///   - range: the weights to change; arrays are of all weights.
  ///   - step: counted from 1.
  ///   - memory: as many arrays as `memories`, zero before the first step.
  func update(
    _ range: Range<Int>, of weights: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>,
    learningRate: Float, step: Int, memory: [UnsafeMutablePointer<Float>])
}
