import EngineKernels

/// RMSprop (Hinton, lecture 6e of "Neural Networks for Machine Learning", 2012), with momentum as in
/// PyTorch: v = decay · v + (1 − decay) g²;  w −= learningRate · g / (√v + ε).
public struct RMSprop: Optimizer {
  /// The decay of the moving average v of squared gradients.
  public let decay: Float
  public let epsilon: Float
  public let momentum: Float
  public let weightDecay: Float

  public init(decay: Float = 0.99, epsilon: Float = 1e-8, momentum: Float = 0, weightDecay: Float = 0) {
    self.decay = decay
    self.epsilon = epsilon
    self.momentum = momentum
    self.weightDecay = weightDecay
  }

  public var memories: Int { momentum == 0 ? 1 : 2 }
  public var movesWithoutGradient: Bool { weightDecay != 0 || epsilon == 0 }

  public func update(
    _ range: Range<Int>, of weights: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>,
    learningRate: Float, step: Int, memory: [UnsafeMutablePointer<Float>]
  ) {
    guard let square = memory.first else { return }
    let (start, count) = (range.lowerBound, range.count)
    rmsprop_step(
      weights + start, gradients + start, square + start, memory.count > 1 ? memory[1] + start : nil, count,
      learningRate, decay, epsilon,
      momentum, weightDecay)
  }
}
