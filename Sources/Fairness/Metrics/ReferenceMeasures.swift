#if canImport(Glibc)
  import Glibc
#endif

/// Comparisons of all other groups (merged) with the reference group (AIF360's privileged group).
extension FairnessMeasure {
  private static func difference(_ name: String, _ what: String, of metric: Metric) -> FairnessMeasure {
    FairnessMeasure(
      name, "\(what) of the other groups minus the reference group's.", reads: .binaryDecisions,
      .reference([(1, metric)]))
  }

  private static func ratio(_ name: String, _ what: String, of metric: Metric) -> FairnessMeasure {
    FairnessMeasure(
      name, "\(what) of the other groups divided by the reference group's.", reads: .binaryDecisions,
      .referenceRatio(metric))
  }

  /// P(ŷ = 1 | others) − P(ŷ = 1 | reference) (AIF360 0.6, `statistical_parity_difference`).
  static let statisticalParityDifference = difference(
    "statistical_parity_difference", "Selection rate", of: .selectionRate)

  /// P(ŷ = 1 | others) / P(ŷ = 1 | reference) (Feldman et al. 2015; AIF360 0.6). The four-fifths rule of
  /// the US EEOC's Uniform Guidelines (29 CFR 1607.4 D) asks for at least 0.8.
  static let disparateImpact = ratio("disparate_impact", "Selection rate", of: .selectionRate)

  /// TPR(others) − TPR(reference) (AIF360 0.6: `true_positive_rate_difference` and
  /// `equal_opportunity_difference`).
  static let truePositiveRateDifference = difference(
    "true_positive_rate_difference", "True positive rate", of: .truePositiveRate)

  /// ½ ((FPR(others) − FPR(reference)) + (TPR(others) − TPR(reference))) (AIF360 0.6).
  static let averageOddsDifference = FairnessMeasure(
    "average_odds_difference", "Mean of the signed TPR and FPR differences to the reference group.",
    reads: .binaryDecisions, .reference([(0.5, .truePositiveRate), (0.5, .falsePositiveRate)]))

  /// ½ (|FPR(others) − FPR(reference)| + |TPR(others) − TPR(reference)|) (AIF360 0.6).
  static let averageAbsoluteOddsDifference = FairnessMeasure(
    "average_abs_odds_difference", "Mean of the absolute TPR and FPR differences to the reference group.",
    reads: .binaryDecisions, .referenceDistance([.truePositiveRate, .falsePositiveRate]))

  /// ½ ((PPV(others) − PPV(reference)) + (FOR(others) − FOR(reference))), where PPV and FOR are P(y = 1)
  /// among the selected and among the rejected rows (AIF360 0.6).
  static let averagePredictiveValueDifference = FairnessMeasure(
    "average_predictive_value_difference",
    "Mean of the signed differences of precision and of the false omission rate to the reference group.",
    reads: .binaryDecisions, .reference([(0.5, .precision), (0.5, .falseOmissionRate)]), isDefault: false)

  /// P(ŷ ≠ y | others) − P(ŷ ≠ y | reference) (AIF360 0.6).
  static let errorRateDifference = difference("error_rate_difference", "Error rate", of: .errorRate)

  /// P(ŷ ≠ y | others) / P(ŷ ≠ y | reference) (AIF360 0.6).
  static let errorRateRatio = ratio("error_rate_ratio", "Error rate", of: .errorRate)

  /// P(y = 0 | ŷ = 1, others) − P(y = 0 | ŷ = 1, reference) (AIF360 0.6).
  static let falseDiscoveryRateDifference = difference(
    "false_discovery_rate_difference", "False discovery rate", of: .falseDiscoveryRate)

  /// P(y = 1 | ŷ = 0, others) − P(y = 1 | ŷ = 0, reference) (AIF360 0.6).
  static let falseOmissionRateDifference = difference(
    "false_omission_rate_difference", "False omission rate", of: .falseOmissionRate)

  /// The larger of |difference of the mean scores of positives| and |difference of the mean scores of
  /// negatives| between the others and the reference group: equalized odds of a randomized decision
  /// (Pleiss et al. 2017; AIF360 0.6).
  static let generalizedEqualizedOddsDifference = FairnessMeasure(
    "generalized_equalized_odds_difference",
    "The larger difference of the mean scores of positives and of negatives to the reference group.",
    reads: .scores, in: .notNegative
  ) { frame in
    [Metric.meanScoreOfPositives, .meanScoreOfNegatives].map { metric in
      frame.compared(metric) { .defined(abs($0 - $1)) }
    }.worstDifference
  }
}

/// The effect size and the significance of the difference of the selection rates.
extension FairnessMeasure {
  /// Cohen's d of the decisions: the difference of the selection rates divided by the pooled standard
  /// deviation (Cohen 1988, section 2.2); the variance of a decision is p (1 − p).
  static let cohensD = FairnessMeasure(
    "cohens_d", "Selection rate of the others minus the reference group's, in standard deviations.",
    reads: .binaryDecisions, in: .any, needsLabels: false
  ) { frame in
    guard let (reference, others) = frame.referenceAndOthers(), let first = others.confusion,
      let second = reference.confusion
    else { return .undefined(reason: "there is no second group") }
    guard first.total > 0, second.total > 0, first.total + second.total > 2 else {
      return .undefined(reason: "there are too few rows")
    }
    let (p, q) = (first.selected / first.total, second.selected / second.total)
    let squares = max(0, first.total - 1) * p * (1 - p) + max(0, second.total - 1) * q * (1 - q)
    guard squares > 0 else { return .undefined(reason: "the decisions do not vary within the groups") }
    return .defined((p - q) / (squares / (first.total + second.total - 2)).squareRoot())
  }

  /// Cohen's h: 2 asin √p − 2 asin √q of the selection rates (Cohen 1988, section 6.2).
  static let cohensH = FairnessMeasure(
    "cohens_h", "Difference of the selection rates to the reference group on the arcsine scale.",
    reads: .binaryDecisions, in: -Double.pi...Double.pi, needsLabels: false
  ) { frame in
    frame.compared(.selectionRate) { .defined(2 * asin($0.squareRoot()) - 2 * asin($1.squareRoot())) }
  }

  /// (p − q) / √(r (1 − r) (1 / n + 1 / m)), where p and n are the selection rate and the number of rows of
  /// the others, q and m those of the reference group, and r is the selection rate of both together: the z
  /// test of equal shares (Morris and Lobsenz 2000, equation 2), "two standard deviations" of the US courts.
  static let zScoreDifference = FairnessMeasure(
    "z_score_difference",
    "Difference of the selection rates to the reference group, in standard deviations of chance.",
    reads: .binaryDecisions, in: .any, isDefault: false, needsLabels: false
  ) { frame in
    zScore(frame) { p, q, pooled, sizes in (p - q) / (pooled * (1 - pooled) * sizes).squareRoot() }
  }

  /// ln(p / q) / √((1 − r) / r · (1 / n + 1 / m)): the z test of an equal ratio (Morris and Lobsenz 2000, equation 6).
  static let zScoreRatio = FairnessMeasure(
    "z_score_ratio",
    "Logarithm of the ratio of the selection rates to the reference group's, in standard deviations of chance.",
    reads: .binaryDecisions, in: .any, isDefault: false, needsLabels: false
  ) { frame in
    zScore(frame) { p, q, pooled, sizes in
      p > 0 && q > 0 ? log(p / q) / ((1 - pooled) / pooled * sizes).squareRoot() : nil
    }
  }

  private static func zScore(
    _ frame: GroupFrame, _ score: (_ p: Double, _ q: Double, _ pooled: Double, _ sizes: Double) -> Double?
  ) -> MetricValue {
    guard let (reference, others) = frame.referenceAndOthers(), let first = others.confusion,
      let second = reference.confusion
    else { return .undefined(reason: "there is no second group") }
    guard first.total > 0, second.total > 0 else { return .undefined(reason: "a side has no rows") }
    let pooled = (first.selected + second.selected) / (first.total + second.total)
    guard pooled > 0, pooled < 1 else { return .undefined(reason: "all rows are selected, or none") }
    let found = score(
      first.selected / first.total, second.selected / second.total, pooled, 1 / first.total + 1 / second.total
    )
    return found.map { .defined($0) } ?? .undefined(reason: "no row is selected on one side")
  }
}
