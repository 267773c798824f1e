import EngineKernels

#if canImport(Glibc)
  import Glibc
#endif

/// Adam (Kingma and Ba 2015, algorithm 1), and AdamW (Loshchilov and Hutter 2019, algorithm 2) when
/// the weight decay is decoupled from the gradient.
public struct Adam: Optimizer {
  /// The decay of the moving average of gradients.
  public let beta1: Float
  /// The decay of the moving average of squared gradients.
  public let beta2: Float
  public let epsilon: Float
  public let weightDecay: Float
  /// Whether weight decay is applied to the weights directly (AdamW) and not added to the gradient.
  public let isDecoupled: Bool

  public init(
    beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0,
    isDecoupled: Bool = true
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.isDecoupled = isDecoupled
  }

  public var memories: Int { 2 }
  public var movesWithoutGradient: Bool { weightDecay != 0 || epsilon == 0 }

  public func update(
    _ range: Range<Int>, of weights: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>,
    learningRate: Float, step: Int, memory: [UnsafeMutablePointer<Float>]
  ) {
    guard memory.count == 2 else { return }
    let (start, count) = (range.lowerBound, range.count)
    adam_step(
      weights + start, gradients + start, memory[0] + start, memory[1] + start, count, learningRate, beta1,
      beta2, epsilon, weightDecay,
      isDecoupled, Float(1 - pow(Double(beta1), Double(step))), Float(1 - pow(Double(beta2), Double(step))))
  }
}
