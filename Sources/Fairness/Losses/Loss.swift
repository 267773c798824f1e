/// The loss of each prediction; the loss of a batch is the weighted mean.
public protocol Loss: Sendable {
  /// The name in configurations.
  static var name: String { get }

  /// Writes the loss of each row, (rows), and its gradient with respect to the row's outputs, (rows, width).
  func evaluate(_ batch: Batch, losses: UnsafeMutablePointer<Float>, slopes: UnsafeMutablePointer<Float>)
}
