import FairnessKernels

#if canImport(Glibc)
  import Glibc
#endif

/// Cross-entropy of logits against the class, with label smoothing (Szegedy et al. 2016, section 7): the
/// target of the row's class is 1 − s + s / classes, of every other class s / classes.
public struct CrossEntropy: Loss {
  public static let name = "cross_entropy"
  public let smoothing: Float

  public init(smoothing: Float = 0) { self.smoothing = smoothing }

  // One logit: softplus(z) − t z. Several logits: log Σ e^z − Σ t z; the slope is softmax(z) − t.
  public func evaluate(
    _ batch: Batch, losses: UnsafeMutablePointer<Float>, slopes: UnsafeMutablePointer<Float>
  ) {
    guard batch.width > 1 else {
      binary_cross_entropy(batch.outputs, batch.labels, smoothing, losses, slopes, batch.rows)
      return
    }
    let width = batch.width
    let share = smoothing / Float(width)
    for row in 0..<batch.rows {
      let (logits, slope) = (batch.outputs + row * width, slopes + row * width)
      let normalizer = LogSumExp.of(logits, width)
      var loss = normalizer
      for index in 0..<width {
        let target = share + (Float(index) == batch.labels[row] ? 1 - smoothing : 0)
        loss -= target * logits[index]
        slope[index] = expf(logits[index] - normalizer) - target
      }
      losses[row] = loss
    }
  }

  // p (1 − p), with p = sigmoid(z) or the class's softmax(z).
  public func writeCurvatures(_ batch: Batch, to curvatures: UnsafeMutablePointer<Float>) -> Bool {
    let width = batch.width
    for row in 0..<batch.rows {
      let logits = batch.outputs + row * width
      let normalizer = width > 1 ? LogSumExp.of(logits, width) : 0
      for index in 0..<width {
        let p = width > 1 ? expf(logits[index] - normalizer) : 1 / (1 + expf(-logits[index]))
        curvatures[row * width + index] = p * (1 - p)
      }
    }
    return true
  }
}

/// log Σ e^x without overflow.
enum LogSumExp {
  static func of(_ values: UnsafePointer<Float>, _ count: Int) -> Float {
    var largest = -Float.infinity
    for index in 0..<count { largest = max(largest, values[index]) }
    var sum: Float = 0
    for index in 0..<count { sum += expf(values[index] - largest) }
    return largest + logf(sum)
  }
}
