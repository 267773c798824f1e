/// Converts scores to calibrated probabilities.
public protocol Calibrator: Sendable {
  /// The probability of a score, in [0, 1].
  func probability(_ score: Double) -> Double
}

/// Scores with their labels, for fitting a calibrator.
public struct CalibrationRows: Sendable {
  public let scores: [Double]
  public let labels: [Bool]
  /// nil: all are 1.
  public let weights: [Double]?

  public init(scores: [Double], labels: [Bool], weights: [Double]? = nil) {
    self.scores = scores
    self.labels = labels
    self.weights = weights
  }

  func weight(_ row: Int) -> Double { weights?[row] ?? 1 }
}
