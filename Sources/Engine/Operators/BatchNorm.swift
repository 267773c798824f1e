import Kernels
import Platform

/// Batch normalization (Ioffe and Szegedy 2015) of the channels of a row: its first axis, or its last.
///
///     y = (x − mean) / √(variance + ε) · gain + bias      channel by channel
///
/// Operands: x (channels, …) or (…, channels), gain, bias, mean, variance (channels each). Mean and variance are the
/// running ones, unless `usesBatchStatistics`: then training takes them from the batch, which must be
/// in one shard, and moves the running ones towards them by `momentum`.
public struct BatchNorm: Operator {
  public static let kind = "BatchNorm"
  public let epsilon: Float
  /// The share of the batch's statistics in the new running ones (PyTorch's convention).
  public let momentum: Float
  public var usesBatchStatistics: Bool
  /// Whether the channels are x's last axis.
  public let channelsLast: Bool
  /// Whether the rectifier that follows is done here; only where channels lie last.
  public internal(set) var relu = false
  private var channels = 1
  private var size = 1

  public init(
    epsilon: Float = 1e-5, momentum: Float = 0.1, usesBatchStatistics: Bool = false,
    channelsLast: Bool = false
  ) {
    self.epsilon = epsilon
    self.momentum = momentum
    self.usesBatchStatistics = usesBatchStatistics
    self.channelsLast = channelsLast
  }

  public mutating func resolve(_ operands: [Operand]) throws -> Shape {
    try requireCount(operands, 5...5)
    let shape = operands[0].shape
    channels = (channelsLast ? shape.dimensions.last : shape.dimensions.first) ?? 1
    guard channels > 0, operands.dropFirst().allSatisfy({ !$0.hasRows && $0.shape.count == channels }) else {
      throw Failure.invalidModel("normalizes \(channels) channels with parameters of other sizes")
    }
    size = shape.count / channels
    return shape
  }

  public var kept: (perRow: Int, fixed: Int) { (0, 2 * channels) }
  public var statistics: [Int] { [3, 4] }
  public var needsWholeBatch: Bool { usesBatchStatistics }

  // x (rows, channels, size) → y; keeps mean and 1/deviation (channels each)
  public func forward(_ step: Step) {
    let (mean, inverse) = (step.kept, step.kept + channels)
    if usesBatchStatistics && step.isTraining {
      if channelsLast {
        channel_norm_statistics(step.input(0), mean, inverse, step.rows * size, channels)
      } else {
        batch_norm_statistics(step.input(0), mean, inverse, step.rows, channels, size)
      }
      updateRunning(step, mean, inverse)
    } else {
      mean.update(from: step.input(3), count: channels)
      inverse.update(from: step.input(4), count: channels)
    }
    for channel in 0..<channels { inverse[channel] = 1 / (inverse[channel] + epsilon).squareRoot() }
    if channelsLast {
      channel_norm_forward(
        step.input(0), mean, inverse, step.input(1), step.input(2), step.output, step.rows * size, channels,
        relu)
      return
    }
    batch_norm_forward(
      step.input(0), mean, inverse, step.input(1), step.input(2), step.output, step.rows, channels, size)
  }

  // ∂y → ∂x, ∂gain (channels), ∂bias (channels)
  public func backward(_ step: Step) {
    if channelsLast {
      channel_norm_backward(
        step.input(0), step.output, step.kept, step.kept + channels, step.input(1), step.outputGradient,
        step.inputGradient(0), step.inputGradient(1), step.inputGradient(2), step.rows * size, channels, relu,
        usesBatchStatistics && step.isTraining, step.accumulates(0), step.accumulates(1), step.accumulates(2))
      return
    }
    batch_norm_backward(
      step.input(0), step.kept, step.kept + channels, step.input(1), step.outputGradient,
      step.inputGradient(0), step.inputGradient(1), step.inputGradient(2), step.rows, channels, size,
      usesBatchStatistics && step.isTraining, step.accumulates(0), step.accumulates(1), step.accumulates(2))
  }

  /// The running variance is the unbiased one.
  private func updateRunning(
    _ step: Step, _ mean: UnsafeMutablePointer<Float>, _ variance: UnsafeMutablePointer<Float>
  ) {
    let count = Float(step.rows * size)
    let correction = count > 1 ? count / (count - 1) : 1
    let (runningMean, runningVariance) = (step.statistic(3), step.statistic(4))
    for channel in 0..<channels {
      runningMean[channel] += momentum * (mean[channel] - runningMean[channel])
      runningVariance[channel] += momentum * (variance[channel] * correction - runningVariance[channel])
    }
  }
}
