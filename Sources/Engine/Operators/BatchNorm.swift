import EngineKernels
import Platform

/// Batch normalization (Ioffe and Szegedy 2015) of the channels of a row: its first axis, or its last.
///
///     y = (x − mean) / √(variance + ε) · gain + bias      channel by channel
///
/// Operands: x (channels, …) or (…, channels), gain, bias, mean, variance (channels each). Mean and variance
/// are the running statistics. If `usesBatchStatistics`, training computes them from the batch, which must be
/// in one shard, and moves the running statistics towards them by `momentum`.
public struct BatchNorm: Operator {
  public static let kind = "BatchNorm"
  /// ε, which is added to the variance.
  public let epsilon: Float
  /// The weight of the batch's statistics in the new running statistics (PyTorch's convention).
  public let momentum: Float
  /// Whether training takes mean and variance from the batch.
  public var usesBatchStatistics: Bool
  /// Whether the channels are x's last axis.
  public let channelsLast: Bool
  /// Whether the rectifier that follows is computed here; only with the channels last.
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

  public var attributes: [JSONValue.Member] {
    [
      .init("epsilon", .finite(epsilon)), .init("momentum", .finite(momentum)),
      .init("uses_batch_statistics", .bool(usesBatchStatistics)), .init("channels_last", .bool(channelsLast)),
    ]
  }
  public var dependence: Dependence { usesBatchStatistics ? .batch : .line }
  public var biasOperand: Int? { 2 }
  public var rowGradients: RowGradients { .separate }
  public var role: OperatorRole { .normalization(self) }
  public func with(batchStatistics: Bool) -> any Operator {
    var copy = self
    copy.usesBatchStatistics = batchStatistics
    return copy
  }

  /// Includes the rectifier that follows, if the channels are the last axis.
  public func fused(with next: any Operator, for purpose: Graph.Purpose, isSoleReader: Bool) -> (
    any Operator
  )? {
    guard channelsLast, !relu, next.role.activation?.function == .relu else { return nil }
    var fused = self
    fused.relu = true
    return fused
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

  public var saved: (perLine: Int, fixed: Int) { (0, 2 * channels) }
  public var statistics: [Int] { [3, 4] }
  // Prediction reads mean and 1/deviation (channels each) from prepared memory and writes only the output.
  public var sharing: Sharing { .lines }
  public var preparedCount: Int { 2 * channels }
  public func prepare(_ operands: [WeightNumbers?], into prepared: UnsafeMutablePointer<Float>) {
    guard operands.count > 4, let mean = operands[3]?.floats,
      let variance = operands[4]?.floats
    else { return }
    for channel in 0..<channels {
      prepared[channel] = mean[channel]
      prepared[channels + channel] = inverseDeviation(variance[channel])
    }
  }
  private func inverseDeviation(_ variance: Float) -> Float { 1 / (variance + epsilon).squareRoot() }

  // x (rows, channels, size) → y; saves mean and 1/deviation (channels each)
  public func forward(_ run: Execution) {
    if let prepared = run.prepared { return normalize(run, prepared, prepared + channels) }
    let (mean, inverse) = (run.saved, run.saved + channels)
    if usesBatchStatistics && run.isTraining {
      if channelsLast {
        channel_norm_statistics(run.input(0), mean, inverse, run.rows * size, channels)
      } else {
        batch_norm_statistics(run.input(0), mean, inverse, run.rows, channels, size)
      }
      updateRunning(run, mean, inverse)
    } else {
      mean.update(from: run.input(3), count: channels)
      inverse.update(from: run.input(4), count: channels)
    }
    for channel in 0..<channels { inverse[channel] = inverseDeviation(inverse[channel]) }
    normalize(run, mean, inverse)
  }

  private func normalize(_ run: Execution, _ mean: UnsafePointer<Float>, _ inverse: UnsafePointer<Float>) {
    if channelsLast {
      channel_norm_forward(
        run.input(0), mean, inverse, run.input(1), run.input(2), run.output, run.rows * size, channels,
        relu)
      return
    }
    batch_norm_forward(
      run.input(0), mean, inverse, run.input(1), run.input(2), run.output, run.rows, channels, size)
  }

  // ∂y → ∂x, ∂gain (channels), ∂bias (channels)
  public func backward(_ run: Execution) {
    if channelsLast {
      channel_norm_backward(
        run.input(0), run.output, run.saved, run.saved + channels, run.input(1), run.outputGradient,
        run.inputGradient(0), run.inputGradient(1), run.inputGradient(2), run.rows * size, channels, relu,
        usesBatchStatistics && run.isTraining, run.accumulates(0), run.accumulates(1), run.accumulates(2))
      return
    }
    batch_norm_backward(
      run.input(0), run.saved, run.saved + channels, run.input(1), run.outputGradient,
      run.inputGradient(0), run.inputGradient(1), run.inputGradient(2), run.rows, channels, size,
      usesBatchStatistics && run.isTraining, run.accumulates(0), run.accumulates(1), run.accumulates(2))
  }

  /// Moves the running statistics towards the batch's. The running variance is the unbiased estimate.
  private func updateRunning(
    _ run: Execution, _ mean: UnsafeMutablePointer<Float>, _ variance: UnsafeMutablePointer<Float>
  ) {
    let count = Float(run.rows * size)
    let correction = count > 1 ? count / (count - 1) : 1
    let (runningMean, runningVariance) = (run.statistic(3), run.statistic(4))
    for channel in 0..<channels {
      runningMean[channel] += momentum * (mean[channel] - runningMean[channel])
      runningVariance[channel] += momentum * (variance[channel] * correction - runningVariance[channel])
    }
  }
}
