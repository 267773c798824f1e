#if canImport(Glibc)
  import Glibc
#endif

/// The distance of predictions to those of another model (the anchor), row by row: the cross-entropy against
/// its probabilities, whose gradient is that of KL(anchor ‖ model), or half the squared difference of values.
///
/// With this loss, training searches for the model that satisfies the constraints and is closest to the
/// anchor, in the sense of an information projection (Csiszár 1975). It cannot memorize labels.
struct AnchorLoss {
  let task: Task

  /// Converts a network's outputs, (rows, width), to anchors: logits are replaced by probabilities.
  static func anchors(_ outputs: UnsafeMutablePointer<Float>, rows: Int, width: Int, task: Task) {
    guard task != .regression else { return }
    for row in 0..<rows {
      let line = outputs + row * width
      if width == 1 {
        line[0] = 1 / (1 + expf(-line[0]))
        continue
      }
      let normalizer = LogSumExp.of(line, width)
      for index in 0..<width { line[index] = expf(line[index] - normalizer) }
    }
  }

  /// Writes the loss of each row (rows) and its gradient for the row's outputs (rows, width).
  func evaluate(
    _ batch: Batch, _ anchors: UnsafePointer<Float>, losses: UnsafeMutablePointer<Float>,
    slopes: UnsafeMutablePointer<Float>
  ) {
    let width = batch.width
    for row in 0..<batch.rows {
      let (outputs, anchor, slope) = (
        batch.outputs + row * width, anchors + row * width, slopes + row * width
      )
      if task == .regression {
        slope[0] = outputs[0] - anchor[0]
        losses[row] = slope[0] * slope[0] / 2
      } else if width == 1 {
        let z = outputs[0]
        slope[0] = 1 / (1 + expf(-z)) - anchor[0]
        losses[row] = max(z, 0) + log1pf(expf(-abs(z))) - anchor[0] * z
      } else {
        let normalizer = LogSumExp.of(outputs, width)
        var loss = normalizer
        for index in 0..<width {
          loss -= anchor[index] * outputs[index]
          slope[index] = expf(outputs[index] - normalizer) - anchor[index]
        }
        losses[row] = loss
      }
    }
  }
}
