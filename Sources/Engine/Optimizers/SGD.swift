import EngineKernels

/// Stochastic gradient descent, with momentum (Sutskever et al. 2013, in PyTorch's form):
///
///     d = g + weightDecay · w;  m = momentum · m + d;  w −= learningRate · (nesterov ? d + momentum · m : m)
public struct SGD: Optimizer {
  public let momentum: Float
  /// Whether the step uses Nesterov's momentum.
  public let nesterov: Bool
  public let weightDecay: Float

  public init(momentum: Float = 0, nesterov: Bool = false, weightDecay: Float = 0) {
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
  }

  public var memories: Int { momentum == 0 ? 0 : 1 }
  public var movesWithoutGradient: Bool { weightDecay != 0 }

  public func update(
    _ range: Range<Int>, of weights: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>,
    learningRate: Float, step: Int, memory: [UnsafeMutablePointer<Float>]
  ) {
    let (start, count) = (range.lowerBound, range.count)
    sgd_step(
      weights + start, gradients + start, memory.first.map { $0 + start }, count, learningRate, momentum,
      nesterov, weightDecay, step == 1)
  }
}
