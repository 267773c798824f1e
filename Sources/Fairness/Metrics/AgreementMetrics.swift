/// Measures of agreement between decisions and labels that are not simple rates.
extension Metric {
  /// The mean over the classes of P(ŷ = c | y = c) (Brodersen et al. 2010); for two classes (TPR + TNR) / 2.
  ///
  /// Undefined if a class has no labels; scikit-learn's convention is the mean over the other classes.
  static let balancedAccuracy = Metric(
    "balanced_accuracy", "balanced accuracy", "the mean over the classes of the share that is found",
    better: .higher, in: .share, of: .confusion
  ) { table in
    var recalls: [Double] = []
    for label in 0..<table.classes where table.labelled(label) > 0 {
      recalls.append(table.weight(label: label, decision: label) / table.labelled(label))
    }
    guard !recalls.isEmpty else { return .undefined(reason: "no rows", conventional: 0) }
    let mean = recalls.reduce(0, +) / Double(recalls.count)
    guard recalls.count < table.classes else { return .defined(mean) }
    return .undefined(reason: "a class has no labels", conventional: mean)
  }.meaningShares(of: [truePositiveRate, trueNegativeRate])

  /// 2 TP / (2 TP + FP + FN): the harmonic mean of precision and recall (van Rijsbergen 1979, with β = 1).
  /// With Jaccard's index J it equals 2 J / (1 + J).
  static let f1 = Metric(
    "f1", "F1", "the harmonic mean of precision and true positive rate", better: .higher, in: .share,
    of: .binaryConfusion
  ) {
    .rate(
      2 * $0.truePositives, of: $0.selected + $0.positives,
      unless: "neither positive labels nor positive decisions")
  }.growing(
    with: Share(
      trials: .others(unless: "neither positive labels nor positive decisions") {
        $0.truePositives + $0.falsePositives + $0.falseNegatives
      }, isBinary: true,
      growth: Share.Growth(value: { 2 * $0 / (1 + $0) }, slope: { 2 / ((1 + $0) * (1 + $0)) })
    ) { $0.truePositives })

  /// √(precision · TPR) (Fowlkes and Mallows 1983).
  static let fowlkesMallows = Metric(
    "fowlkes_mallows", "Fowlkes-Mallows index", "the geometric mean of precision and true positive rate",
    better: .higher, in: .share, of: .binaryConfusion, isDefault: false
  ) {
    .rate(
      $0.truePositives, of: ($0.positives * $0.selected).squareRoot(),
      unless: "no positive labels, or no positive decisions")
  }

  /// TPR + TNR − 1: Youden's J (Youden 1950), 0 for decisions that ignore the label.
  static let informedness = Metric(
    "informedness", "informedness", "the true positive rate plus the true negative rate minus 1",
    better: .higher,
    in: .balance, of: .binaryConfusion, isDefault: false
  ) { sumLessOne($0, truePositiveRate, trueNegativeRate) }

  /// Precision + negative predictive value − 1 (Powers 2011).
  static let markedness = Metric(
    "markedness", "markedness", "precision plus negative predictive value minus 1", better: .higher,
    in: .balance,
    of: .binaryConfusion, isDefault: false
  ) { sumLessOne($0, precision, negativePredictiveValue) }

  private static func sumLessOne(_ table: ConfusionSums, _ first: Metric, _ second: Metric) -> MetricValue {
    let values = [first, second].map { $0.value(GroupSums(rows: 0, confusion: table)).unconventional }
    return values.aggregated { $0.reduce(-1, +) }
  }

  /// (TP · TN − FP · FN) / √((TP + FP)(TP + FN)(TN + FP)(TN + FN)): the correlation of decision and label
  /// (Matthews 1975). scikit-learn's convention is 0 if the label or the decision is constant.
  static let matthewsCorrelation = Metric(
    "matthews_correlation", "Matthews correlation", "the correlation of decisions and outcomes",
    better: .higher,
    in: .balance, of: .binaryConfusion, isDefault: false
  ) { table in
    let scale =
      (table.selected * table.rejected).squareRoot() * (table.positives * table.negatives).squareRoot()
    return .rate(
      table.truePositives * table.trueNegatives - table.falsePositives * table.falseNegatives, of: scale,
      unless: "all labels or all decisions are equal")
  }

  /// (p − e) / (1 − e), where p is the share of correct decisions and e the share expected by chance (Cohen
  /// 1960).
  static let cohenKappa = Metric(
    "cohen_kappa", "Cohen's kappa", "the agreement of decisions and outcomes beyond chance", better: .higher,
    in: .balance, of: .confusion, isDefault: false
  ) { table in
    guard table.total > 0 else { return .undefined(reason: "no rows") }
    let chance = (0..<table.classes).reduce(0) {
      $0 + table.labelled($1) / table.total * (table.decided($1) / table.total)
    }
    guard chance < 1 else { return .undefined(reason: "all labels and decisions are equal") }
    return .defined((table.correct / table.total - chance) / (1 - chance))
  }

  /// √FPR / (√TPR + √FPR): the base rate below which the precision falls fastest (Balayla 2020).
  static let prevalenceThreshold = Metric(
    "prevalence_threshold", "prevalence threshold", "the base rate below which the precision falls fastest",
    better: .lower, in: .share, of: .binaryConfusion, isDefault: false
  ) { table in
    guard table.positives > 0 else { return .undefined(reason: "no positive labels") }
    guard table.negatives > 0 else { return .undefined(reason: "no negative labels") }
    let hits = (table.truePositives / table.positives).squareRoot()
    let alarms = (table.falsePositives / table.negatives).squareRoot()
    guard hits + alarms > 0 else { return .undefined(reason: "nothing is selected") }
    return .defined(alarms / (hits + alarms))
  }
}

/// Ratios of rates, which have no upper limit.
extension Metric {
  /// TPR / FPR (Altman and Bland 1994).
  static let positiveLikelihoodRatio = Metric(
    "positive_likelihood_ratio", "positive likelihood ratio",
    "the true positive rate divided by the false positive rate", better: .higher, in: .notNegative,
    of: .binaryConfusion, isDefault: false
  ) { quotient($0, truePositiveRate, falsePositiveRate) }

  /// FNR / TNR (Altman and Bland 1994).
  static let negativeLikelihoodRatio = Metric(
    "negative_likelihood_ratio", "negative likelihood ratio",
    "the false negative rate divided by the true negative rate", better: .lower, in: .notNegative,
    of: .binaryConfusion, isDefault: false
  ) { quotient($0, falseNegativeRate, trueNegativeRate) }

  /// (TP · TN) / (FP · FN), the ratio of the two likelihood ratios (Glas et al. 2003).
  static let diagnosticOddsRatio = Metric(
    "diagnostic_odds_ratio", "diagnostic odds ratio",
    "the odds of a positive decision of those with a positive outcome, over those of the others",
    better: .higher, in: .notNegative, of: .binaryConfusion, isDefault: false
  ) { table in
    let wrong = table.falsePositives * table.falseNegatives
    guard wrong > 0 else { return .undefined(reason: "there are no wrong decisions of one kind") }
    return .defined(table.truePositives * table.trueNegatives / wrong)
  }

  /// FN / FP: the ratio of the two kinds of errors (Berk et al. 2018).
  static let errorBalance = Metric(
    "fn_fp_ratio", "ratio of errors", "the wrong rejections for each wrong selection", better: .lower,
    in: .notNegative, of: .binaryConfusion, isDefault: false
  ) { .rate($0.falseNegatives, of: $0.falsePositives, unless: "no false positives").unconventional }

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
