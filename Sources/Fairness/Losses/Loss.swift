/// The loss of each prediction; the loss of a batch is the weighted mean.
public protocol Loss: Sendable {
  /// The name in configurations.
  static var name: String { get }

  /// Writes the loss of each row, (rows), and its gradient with respect to the row's outputs, (rows, width).
  func evaluate(_ batch: Batch, losses: UnsafeMutablePointer<Float>, slopes: UnsafeMutablePointer<Float>)

  /// Writes the second derivative of each row's loss with respect to each of its outputs, (rows, width).
  ///
  /// - Returns: false, with nothing written, if there is no formula.
  func writeCurvatures(_ batch: Batch, to curvatures: UnsafeMutablePointer<Float>) -> Bool
}

extension Loss {
  public func writeCurvatures(_ batch: Batch, to curvatures: UnsafeMutablePointer<Float>) -> Bool { false }
}
