/// A rate of decisions that can be equalized between groups.
public enum ThresholdRate: String, CaseIterable, Sendable {
  case selectionRate = "selection_rate"
  case truePositiveRate = "tpr"
  case falsePositiveRate = "fpr"
  case trueNegativeRate = "tnr"
  case falseNegativeRate = "fnr"
  case precision = "ppv"
  case negativePredictiveValue = "npv"
  case accuracy

  /// Whether the rate is linear in the counts of decisions; the rate of a mixture of thresholds is then the
  /// mixture of their rates.
  public var isLinear: Bool { self != .precision && self != .negativePredictiveValue }

  /// The rate at a threshold; nil if the denominator is 0.
  func value(_ point: ThresholdCurve.Point, of curve: ThresholdCurve) -> Double? {
    value(
      truePositives: point.truePositives, falsePositives: point.falsePositives, positives: curve.positives,
      negatives: curve.negatives)
  }

  /// The rate of the decisions; nil if the denominator is 0.
  public func value(truePositives: Double, falsePositives: Double, positives: Double, negatives: Double)
    -> Double?
  {
    let (count, total) = fraction(truePositives, falsePositives, positives, negatives)
    return total > 0 ? count / total : nil
  }

  /// The numerator and the denominator of the rate, for decisions on the rows of a curve.
  public func fraction(truePositives: Double, falsePositives: Double, of curve: ThresholdCurve) -> (
    count: Double, total: Double
  ) {
    fraction(truePositives, falsePositives, curve.positives, curve.negatives)
  }

  private func fraction(_ tp: Double, _ fp: Double, _ positives: Double, _ negatives: Double) -> (
    count: Double, total: Double
  ) {
    let (tn, fn) = (negatives - fp, positives - tp)
    return switch self {
    case .selectionRate: (tp + fp, positives + negatives)
    case .truePositiveRate: (tp, positives)
    case .falsePositiveRate: (fp, negatives)
    case .trueNegativeRate: (tn, negatives)
    case .falseNegativeRate: (fn, positives)
    case .precision: (tp, tp + fp)
    case .negativePredictiveValue: (tn, tn + fn)
    case .accuracy: (tp + tn, positives + negatives)
    }
  }
}

/// The goal of the choice of thresholds: it maximizes the sum over all groups of gain · true positives − loss
/// · false positives.
public enum ThresholdObjective: Sendable, Equatable {
  case accuracy
  case balancedAccuracy
  /// The costs of a false positive and of a false negative.
  case cost(falsePositive: Double, falseNegative: Double)

  /// The gain per true positive and the loss per false positive.
  public func worth(_ curves: [ThresholdCurve]) -> (gain: Double, loss: Double) {
    let positives = curves.reduce(0) { $0 + $1.positives }
    let negatives = curves.reduce(0) { $0 + $1.negatives }
    switch self {
    case .accuracy:
      let total = max(positives + negatives, .leastNormalMagnitude)
      return (1 / total, 1 / total)
    case .balancedAccuracy:
      return (0.5 / max(positives, .leastNormalMagnitude), 0.5 / max(negatives, .leastNormalMagnitude))
    case .cost(let falsePositive, let falseNegative):
      let total = max(positives + negatives, .leastNormalMagnitude)
      return (falseNegative / total, falsePositive / total)
    }
  }
}
