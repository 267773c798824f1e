extension Metric {
  /// TPR / FPR: how much more likely a positive is selected than a negative (Altman and Bland 1994).
  static let positiveLikelihoodRatio = Metric(
    "positive_likelihood_ratio", "True positive rate divided by the false positive rate.", better: .higher,
    of: .binaryConfusion, isDefault: false
  ) { quotient($0, truePositiveRate, falsePositiveRate) }

  /// FNR / TNR (Altman and Bland 1994).
  static let negativeLikelihoodRatio = Metric(
    "negative_likelihood_ratio", "False negative rate divided by the true negative rate.", better: .lower,
    of: .binaryConfusion, isDefault: false
  ) { quotient($0, falseNegativeRate, trueNegativeRate) }

  /// (TP · TN) / (FP · FN), the quotient of the two likelihood ratios (Glas et al. 2003).
  static let diagnosticOddsRatio = Metric(
    "diagnostic_odds_ratio", "Odds of selection of the positives over those of the negatives.",
    better: .higher,
    of: .binaryConfusion, isDefault: false
  ) { table in
    let wrong = table.falsePositives * table.falseNegatives
    guard wrong > 0 else { return .undefined(reason: "there are no wrong decisions of one kind") }
    return .defined(table.truePositives * table.trueNegatives / wrong)
  }

  private static func quotient(_ table: ConfusionSums, _ first: Metric, _ second: Metric) -> MetricValue {
    let group = GroupSums(rows: 0, confusion: table)
    guard case .defined(let numerator) = first.value(group) else { return first.value(group).unconventional }
    guard case .defined(let denominator) = second.value(group) else {
      return second.value(group).unconventional
    }
    guard denominator > 0 else { return .undefined(reason: "the \(second.name) is 0") }
    return .defined(numerator / denominator)
  }
}
