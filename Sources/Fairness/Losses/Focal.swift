#if canImport(Glibc)
  import Glibc
#endif

/// The focal loss (Lin et al. 2017, equation 4): −(1 − p)^γ log p, where p is the model's probability of the
/// row's class. γ = 0 gives cross-entropy.
public struct Focal: Loss {
  public static let name = "focal"
  public let gamma: Float

  public init(gamma: Float = 2) { self.gamma = gamma }

  // With q = 1 − p: ∂loss/∂log p = γ p q^(γ−1) log p − q^γ, and ∂log p/∂z = onehot − softmax(z).
  public func evaluate(
    _ batch: Batch, losses: UnsafeMutablePointer<Float>, slopes: UnsafeMutablePointer<Float>
  ) {
    let width = batch.width
    for row in 0..<batch.rows {
      if width == 1 {
        let sign: Float = batch.labels[row] > 0.5 ? 1 : -1
        let margin = sign * batch.outputs[row]
        let logProbability = -(max(-margin, 0) + log1pf(expf(-abs(margin))))
        let (loss, slope) = focal(logProbability)
        losses[row] = loss
        slopes[row] = slope * sign * (1 - expf(logProbability))
        continue
      }
      let (logits, gradient) = (batch.outputs + row * width, slopes + row * width)
      let normalizer = LogSumExp.of(logits, width)
      var logProbability: Float = 0
      for index in 0..<width where Float(index) == batch.labels[row] {
        logProbability = logits[index] - normalizer
      }
      let (loss, slope) = focal(logProbability)
      losses[row] = loss
      for index in 0..<width {
        let target: Float = Float(index) == batch.labels[row] ? 1 : 0
        gradient[index] = slope * (target - expf(logits[index] - normalizer))
      }
    }
  }

  /// The loss and its derivative with respect to log p.
  private func focal(_ logProbability: Float) -> (loss: Float, slope: Float) {
    let p = expf(logProbability)
    let q = max(1 - p, 1e-7)
    let modulator = powf(q, gamma)
    return (-modulator * logProbability, gamma * p * modulator / q * logProbability - modulator)
  }
}
