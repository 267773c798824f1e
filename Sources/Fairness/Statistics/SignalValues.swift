import EngineKernels
import FairnessKernels
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// One signal of every row of a batch, and its gradient, to which objectives add.
///
/// A signal has one column in binary and regression tasks, and one per class in multiclass tasks; the loss
/// always has one column.
final class SignalValues {
  let signal: Signal
  let temperature: Float
  let columns: Int
  /// (rows, columns).
  let values: Buffer<Float>
  let gradients: Buffer<Float>
  /// ds/dz, for binary tasks, where it is one number per row.
  private let slopes: Buffer<Float>
  private let task: Task

  init(_ signal: Signal, task: Task, temperature: Float, capacity: Int) throws {
    self.signal = signal
    self.task = task
    self.temperature = max(temperature, 1e-3)
    if case .multiclass(let classes) = task, signal != .loss { columns = classes } else { columns = 1 }
    values = try Buffer<Float>(count: capacity * columns, for: "signals")
    gradients = try Buffer<Float>(count: capacity * columns, for: "signals")
    slopes = try Buffer<Float>(count: capacity, for: "signals")
  }

  /// Computes the signal of each row and clears the gradient.
  func read(_ batch: Batch, losses: UnsafePointer<Float>) {
    gradients.pointer.update(repeating: 0, count: batch.rows * columns)
    switch (signal, task) {
    case (.loss, _): values.pointer.update(from: losses, count: batch.rows)
    case (_, .regression):
      for row in 0..<batch.rows { values.pointer[row] = batch.outputs[row * batch.width] }
    case (_, .binary): readBinary(batch)
    case (.logit, .multiclass): values.pointer.update(from: batch.outputs, count: batch.rows * columns)
    case (_, .multiclass):
      let scale = signal == .decision ? 1 / temperature : 1
      for row in 0..<batch.rows {
        let line = values.pointer + row * columns
        for column in 0..<columns { line[column] = batch.outputs[row * columns + column] * scale }
      }
      softmax_forward(values.pointer, values.pointer, batch.rows, columns)
    }
  }

  private func readBinary(_ batch: Batch) {
    var logits = batch.outputs
    if batch.width == 2 {
      for row in 0..<batch.rows {
        values.pointer[row] = batch.outputs[2 * row + 1] - batch.outputs[2 * row]
      }
      logits = UnsafePointer(values.pointer)
    }
    switch signal {
    case .logit:
      if batch.width == 1 { values.pointer.update(from: logits, count: batch.rows) }
    default:
      if batch.width == 1 { values.pointer.update(from: logits, count: batch.rows) }
      sigmoid_signal_in_place(
        values.pointer, signal == .decision ? temperature : 1, slopes.pointer, batch.rows)
    }
  }

  /// Adds the gradient of the signal to the gradient of the outputs (rows, width).
  ///
  /// - Parameter lossSlopes: the gradient of each row's loss with respect to its outputs.
  func addGradient(_ batch: Batch, to outputs: UnsafeMutablePointer<Float>, lossSlopes: UnsafePointer<Float>)
  {
    let (rows, width) = (batch.rows, batch.width)
    switch (signal, task) {
    case (.loss, _):
      for row in 0..<rows where gradients.pointer[row] != 0 {
        for index in row * width..<(row + 1) * width {
          outputs[index] += gradients.pointer[row] * lossSlopes[index]
        }
      }
    case (_, .regression):
      for row in 0..<rows { outputs[row * width] += gradients.pointer[row] }
    case (_, .binary):
      let plain = signal == .logit
      if width == 1 && !plain {
        for row in 0..<rows { outputs[row] += gradients.pointer[row] * slopes.pointer[row] }
        return
      }
      for row in 0..<rows {
        let gradient = gradients.pointer[row] * (plain ? 1 : slopes.pointer[row])
        outputs[row * width + width - 1] += gradient
        if width == 2 { outputs[row * width] -= gradient }
      }
    case (.logit, .multiclass): add_values(outputs, gradients.pointer, rows * columns)
    case (_, .multiclass):
      let scale = signal == .decision ? 1 / temperature : 1
      if scale != 1 { scale_values(gradients.pointer, scale, rows * columns) }
      softmax_backward(values.pointer, gradients.pointer, outputs, rows, columns, true)
    }
  }
}
