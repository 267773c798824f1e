import Platform

/// Changes weights by their gradients. All trainable weights lie in one array, and each kind of
/// memory that the method keeps (momentum, squares) in another of the same length.
public protocol Optimizer {
  /// How many arrays of the weights' length the method keeps.
  var memories: Int { get }

  /// - Parameters:
  ///   - step: counted from 1.
  ///   - memory: as many arrays as `memories`, zero before the first step.
  func update(
    _ weights: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>, count: Int,
    learningRate: Float, step: Int, memory: [UnsafeMutablePointer<Float>])
}
