/// Shares of rows: cells of the confusion table divided by sums of cells.
extension Metric {
  /// The number of rows of a group, independent of their weights.
  static let count = Metric(
    "count", "rows", "the number of rows", better: .neither, in: .notNegative, reads: .rows, isDefault: false
  ) { .defined(Double($0.rows)) }.withoutLabels().exactlyKnown()

  /// P(y = 1): the prevalence.
  static let baseRate = Metric(
    rate: "base_rate", "base rate", "the share of people whose outcome was positive", better: .neither,
    of: .all
  ) { $0.positives }

  /// P(ŷ = 1) (Fairlearn 0.15, `selection_rate`).
  static let selectionRate = Metric(
    rate: "selection_rate", "selection rate", "the share of people with a positive decision",
    better: .neither,
    of: .all
  ) { $0.selected }.withoutLabels()

  /// P(ŷ = y).
  static let accuracy = Metric(
    rate: "accuracy", "accuracy", "the share of decisions that were right", better: .higher,
    reads: .confusion,
    of: .all
  ) { $0.correct }

  /// P(ŷ ≠ y) = 1 − accuracy.
  static let errorRate = Metric(
    rate: "error_rate", "error rate", "the share of decisions that were wrong", better: .lower,
    reads: .confusion,
    of: .all
  ) { max(0, $0.total - $0.correct) }

  /// P(ŷ = 1 | y = 1): recall (Hardt, Price and Srebro 2016).
  static let truePositiveRate = Metric(
    rate: "tpr", "true positive rate", "of those with a positive outcome, the share with a positive decision",
    better: .higher, of: .positives
  ) { $0.truePositives }

  /// P(ŷ = 1 | y = 0) (Hardt, Price and Srebro 2016).
  static let falsePositiveRate = Metric(
    rate: "fpr", "false positive rate",
    "of those with a negative outcome, the share with a positive decision",
    better: .lower, of: .negatives
  ) { $0.falsePositives }

  /// P(ŷ = 0 | y = 0) = 1 − FPR: specificity.
  static let trueNegativeRate = Metric(
    rate: "tnr", "true negative rate", "of those with a negative outcome, the share with a negative decision",
    better: .higher, of: .negatives
  ) { $0.trueNegatives }

  /// P(ŷ = 0 | y = 1) = 1 − TPR.
  static let falseNegativeRate = Metric(
    rate: "fnr", "false negative rate",
    "of those with a positive outcome, the share with a negative decision",
    better: .lower, of: .positives
  ) { $0.falseNegatives }

  /// P(y = 1 | ŷ = 1): the positive predictive value (Chouldechova 2017).
  static let precision = Metric(
    rate: "precision", "precision", "of the positive decisions, the share that was right", better: .higher,
    of: .selected
  ) { $0.truePositives }

  /// P(y = 0 | ŷ = 0).
  static let negativePredictiveValue = Metric(
    rate: "npv", "negative predictive value", "of the negative decisions, the share that was right",
    better: .higher, of: .rejected
  ) { $0.trueNegatives }

  /// P(y = 0 | ŷ = 1) = 1 − precision.
  static let falseDiscoveryRate = Metric(
    rate: "false_discovery_rate", "false discovery rate",
    "of the positive decisions, the share that was wrong",
    better: .lower, of: .selected
  ) { $0.falsePositives }

  /// P(y = 1 | ŷ = 0) = 1 − NPV.
  static let falseOmissionRate = Metric(
    rate: "false_omission_rate", "false omission rate", "of the negative decisions, the share that was wrong",
    better: .lower, of: .rejected
  ) { $0.falseNegatives }

  /// TP / (TP + FN + FP): the critical success index (Gilbert 1884).
  static let threatScore = jaccardIndex("threat_score", "threat score")

  /// The same number, named after Jaccard 1912 (scikit-learn's `jaccard_score`).
  static let jaccard = jaccardIndex("jaccard", "Jaccard index")

  private static func jaccardIndex(_ name: String, _ title: String) -> Metric {
    Metric(
      rate: name, title, "of all with a positive outcome or a positive decision, the share that has both",
      better: .higher, isDefault: false,
      of: .others(unless: "no positive labels or decisions") { $0.positives + $0.falsePositives }
    ) { $0.truePositives }
  }
}
