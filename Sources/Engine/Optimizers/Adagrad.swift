import EngineKernels

/// Adagrad (Duchi, Hazan and Singer 2011): s += g²;  w −= learningRate · g / (√s + ε).
public struct Adagrad: Optimizer {
  public let epsilon: Float
  public let weightDecay: Float

  public init(epsilon: Float = 1e-10, weightDecay: Float = 0) {
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  public var memories: Int { 1 }
  public var movesWithoutGradient: Bool { weightDecay != 0 || epsilon == 0 }

  public func update(
    _ range: Range<Int>, of weights: UnsafeMutablePointer<Float>, _ gradients: UnsafePointer<Float>,
    learningRate: Float, step: Int, memory: [UnsafeMutablePointer<Float>]
  ) {
    guard let sum = memory.first else { return }
    let (start, count) = (range.lowerBound, range.count)
    adagrad_step(weights + start, gradients + start, sum + start, count, learningRate, epsilon, weightDecay)
  }
}
