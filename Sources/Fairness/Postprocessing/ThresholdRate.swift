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
    let (tp, fp) = (point.truePositives, point.falsePositives)
    let (tn, fn) = (curve.negatives - fp, curve.positives - tp)
    func rate(_ count: Double, _ of: Double) -> Double? { of > 0 ? count / of : nil }
    switch self {
    case .selectionRate: return rate(tp + fp, curve.total)
    case .truePositiveRate: return rate(tp, curve.positives)
    case .falsePositiveRate: return rate(fp, curve.negatives)
    case .trueNegativeRate: return rate(tn, curve.negatives)
    case .falseNegativeRate: return rate(fn, curve.positives)
    case .precision: return rate(tp, tp + fp)
    case .negativePredictiveValue: return rate(tn, tn + fn)
    case .accuracy: return rate(tp + tn, curve.total)
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
  func worth(_ curves: [ThresholdCurve]) -> (gain: Double, loss: Double) {
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
