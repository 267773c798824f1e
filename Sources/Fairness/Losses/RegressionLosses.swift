// Losses of a prediction ŷ against a label y; summed over the outputs of a row.

/// (ŷ − y)².
public struct SquaredError: Loss {
  public static let name = "squared"
  public init() {}

  public func evaluate(
    _ batch: Batch, losses: UnsafeMutablePointer<Float>, slopes: UnsafeMutablePointer<Float>
  ) {
    evaluateResiduals(batch, losses, slopes) { ($0 * $0, 2 * $0) }
  }
}

/// |ŷ − y|; the slope at zero is zero.
public struct AbsoluteError: Loss {
  public static let name = "absolute"
  public init() {}

  public func evaluate(
    _ batch: Batch, losses: UnsafeMutablePointer<Float>, slopes: UnsafeMutablePointer<Float>
  ) {
    evaluateResiduals(batch, losses, slopes) { (abs($0), $0 > 0 ? 1 : ($0 < 0 ? -1 : 0)) }
  }
}

/// Huber's loss (1964): r² / 2 for |r| ≤ δ, otherwise δ (|r| − δ / 2), where r = ŷ − y.
public struct Huber: Loss {
  public static let name = "huber"
  public let delta: Float
  public init(delta: Float = 1) { self.delta = delta }

  public func evaluate(
    _ batch: Batch, losses: UnsafeMutablePointer<Float>, slopes: UnsafeMutablePointer<Float>
  ) {
    evaluateResiduals(batch, losses, slopes) { residual in
      abs(residual) <= delta
        ? (residual * residual / 2, residual)
        : (delta * (abs(residual) - delta / 2), residual > 0 ? delta : -delta)
    }
  }
}

@inline(__always)
private func evaluateResiduals(
  _ batch: Batch, _ losses: UnsafeMutablePointer<Float>, _ slopes: UnsafeMutablePointer<Float>,
  _ function: (Float) -> (loss: Float, slope: Float)
) {
  for row in 0..<batch.rows {
    let (loss, slope) = function(batch.outputs[row * batch.width] - batch.labels[row])
    losses[row] = loss
    slopes[row * batch.width] = slope
    for index in 1..<max(batch.width, 1) { slopes[row * batch.width + index] = 0 }
  }
}
