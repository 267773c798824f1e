/// Gaps of rates between groups.
extension FairnessMeasure {
  /// The four gaps of a rate, named after a criterion.
  private static func gapMeasures(
    _ name: String, _ what: String, of metric: Metric, reads input: Input = .decisions, isDefault: Bool = true
  ) -> [FairnessMeasure] {
    let sentences = [
      "Largest difference between \(what).", "Smallest ratio between \(what).",
      "Largest difference of \(what) to that of all rows.", "Smallest ratio of \(what) to that of all rows.",
    ]
    return zip(Gaps.Kind.allCases, sentences).map { kind, sentence in
      FairnessMeasure(
        "\(name)_\(kind.rawValue)", sentence, reads: input, .gaps([metric], kind, .largest),
        isDefault: isDefault)
    }
  }

  /// Equal P(ŷ = 1) in all groups (Calders, Kamiran and Pechenizkiy 2009); its gaps by Fairlearn 0.15's
  /// definitions.
  static let demographicParity = gapMeasures(
    "demographic_parity", "the selection rates of groups", of: .selectionRate)

  /// Equal P(ŷ = 1 | y = 1) in all groups (Hardt, Price and Srebro 2016, definition 2.2).
  static let equalOpportunity = gapMeasures(
    "equal_opportunity", "the true positive rates of groups", of: .truePositiveRate)

  /// Equal P(ŷ = 1 | y = 0) in all groups (Corbett-Davies et al. 2017).
  static let predictiveEquality = gapMeasures(
    "predictive_equality", "the false positive rates of groups", of: .falsePositiveRate, isDefault: false)

  /// Treatment equality: equal FN / FP in all groups (Berk et al. 2018).
  static let treatmentEquality = gapMeasures(
    "treatment_equality", "the FN / FP of groups", of: .errorBalance, isDefault: false)

  /// Overall accuracy equality, measured by errors (Berk et al. 2018). `error_rate_difference` and
  /// `error_rate_ratio` are AIF360's measures against the reference group.
  static let errorParity = gapMeasures(
    "error_parity", "the error rates of groups", of: .errorRate, isDefault: false)

  /// Equal P(ŷ = 1 | y) in all groups for both labels (Hardt, Price and Srebro 2016, definition 2.1). The
  /// gaps of the true and the false positive rates are combined as in Fairlearn 0.15: the worse of the two,
  /// or with `_mean` their mean.
  static let equalizedOdds: [FairnessMeasure] = zip(
    Gaps.Kind.allCases,
    [
      ("larger", "differences", ""), ("smaller", "ratios", ""), ("larger", "differences", " to all rows"),
      ("smaller", "ratios", " to all rows"),
    ]
  ).flatMap { kind, words in
    [
      FairnessMeasure(
        "equalized_odds_\(kind.rawValue)",
        "The \(words.0) of the \(words.1) of true and of false positive rates\(words.2).", reads: .decisions,
        .gaps([.truePositiveRate, .falsePositiveRate], kind, .largest)),
      FairnessMeasure(
        "equalized_odds_\(kind.rawValue)_mean",
        "The mean of the \(words.1) of true and of false positive rates\(words.2).", reads: .decisions,
        .gaps([.truePositiveRate, .falsePositiveRate], kind, .mean)),
    ]
  }

  /// Predictive parity: equal P(y = 1 | ŷ = 1) in all groups (Chouldechova 2017).
  static let predictiveParity: [FairnessMeasure] = [
    FairnessMeasure(
      "predictive_parity_difference", "Largest difference between the precisions of groups.",
      reads: .decisions,
      .gaps([.precision], .difference, .largest)),
    FairnessMeasure(
      "predictive_parity_ratio", "Smallest ratio between the precisions of groups.", reads: .decisions,
      .gaps([.precision], .ratio, .largest)),
  ]

  /// Conditional use accuracy equality: equal P(y = 1 | ŷ = 1) and P(y = 0 | ŷ = 0) in all groups
  /// (Berk et al. 2018): the worse of the two gaps, or with `_mean` their mean.
  static let conditionalUseAccuracy: [FairnessMeasure] = [
    FairnessMeasure(
      "conditional_use_accuracy_difference",
      "The larger of the differences of precision and of negative predictive value.", reads: .decisions,
      .gaps([.precision, .negativePredictiveValue], .difference, .largest), isDefault: false),
    FairnessMeasure(
      "conditional_use_accuracy_difference_mean",
      "The mean of the differences of precision and of negative predictive value.", reads: .decisions,
      .gaps([.precision, .negativePredictiveValue], .difference, .mean), isDefault: false),
    FairnessMeasure(
      "conditional_use_accuracy_ratio",
      "The smaller of the ratios of precision and of negative predictive value.",
      reads: .decisions, .gaps([.precision, .negativePredictiveValue], .ratio, .largest), isDefault: false),
  ]

  /// Overall accuracy equality: max − min over groups of P(ŷ = y) (Berk et al. 2018), all classes together.
  static let accuracyDifference = FairnessMeasure(
    "accuracy_difference", "Largest difference between the accuracies of groups.", reads: .allDecisions,
    .gaps([.accuracy], .difference, .largest))

  /// With more than two classes: the mean over the classes of the gap of each class against the rest (the
  /// measures without `_class_mean` report the worst class). With two classes, the same as those.
  static let classMeans: [FairnessMeasure] = [
    ("demographic_parity_difference", [Metric.selectionRate]),
    ("equal_opportunity_difference", [.truePositiveRate]),
    ("equalized_odds_difference", [.truePositiveRate, .falsePositiveRate]),
    ("predictive_parity_difference", [.precision]),
  ].map { name, metrics in
    FairnessMeasure(
      "\(name)_class_mean", "Mean over the classes of \(name), each against the rest.", reads: .allDecisions,
      in: .share, isDefault: false, needsLabels: metrics.contains(where: \.needsLabels)
    ) { frame in
      frame.binaryFrames.map { binary in metrics.map { binary.gaps($0).difference }.worstDifference }.mean
    }
  }

  /// The maximum Euclidean distance between two groups' points (FPR, TPR) in the ROC plane. With the L∞
  /// distance it would be `equalized_odds_difference`.
  static let equalizedOddsDistance = FairnessMeasure(
    "equalized_odds_distance", "Largest distance between two groups' points (FPR, TPR).", reads: .decisions,
    in: 0...2.0.squareRoot()
  ) { frame in
    let rates = zip(frame.values(.falsePositiveRate), frame.values(.truePositiveRate))
    let points = rates.compactMap { first, second in first.flatMap { x in second.map { (x: x, y: $0) } } }
    guard points.count > 1 else { return Gaps.tooFew(points.count) }
    var largest = 0.0
    for (index, one) in points.enumerated() {
      for other in points.dropFirst(index + 1) {
        let (dx, dy) = (one.x - other.x, one.y - other.y)
        largest = max(largest, dx * dx + dy * dy)
      }
    }
    return .defined(largest.squareRoot())
  }

  /// ½ Σ over classes of |P(ŷ = c given a) − P(ŷ = c given b)|: the total variation between two groups'
  /// decisions, for the worst pair of groups, or with `_mean` the mean over all pairs.
  static let totalVariationParity: [FairnessMeasure] = [
    FairnessMeasure(
      "total_variation_parity", "Total variation between two groups' decisions, of the worst pair.",
      reads: .allDecisions, in: .share, isDefault: false, needsLabels: false
    ) { frame in variations(frame).worstDefined },
    FairnessMeasure(
      "total_variation_parity_mean", "Total variation between two groups' decisions, mean over pairs.",
      reads: .allDecisions, in: .share, isDefault: false, needsLabels: false
    ) { frame in
      let values = variations(frame)
      return values.isEmpty ? values.worstDefined : values.mean
    },
  ]

  private static func variations(_ frame: GroupFrame) -> [MetricValue] {
    let shares = frame.groups.compactMap(\.confusion).filter { $0.total > 0 }.map { table in
      (0..<table.classes).map { table.decided($0) / table.total }
    }
    guard shares.count > 1 else { return [.undefined(reason: "there is no second group")] }
    guard shares.count <= 1_000 else {
      return [.undefined(reason: "\(shares.count) groups are more than the 1000 whose pairs are compared")]
    }
    return shares.indices.flatMap { index in
      shares.dropFirst(index + 1).map { other in
        .defined(zip(shares[index], other).reduce(0) { $0 + abs($1.0 - $1.1) } / 2)
      }
    }
  }
}
