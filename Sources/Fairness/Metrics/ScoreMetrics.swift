/// Metrics of scores: means, ranking quality, and losses.
extension Metric {
  /// P(s⁺ > s⁻) + ½ P(s⁺ = s⁻) for a random positive and a random negative row: the area under the ROC curve
  /// (Hanley and McNeil 1982). Pairs are weighted by the product of their weights.
  static let areaUnderROC = Metric(
    "auc", "area under the ROC curve",
    "the chance that a positive case scores above a negative one, ties half",
    better: .higher
  ) { (ranks: RankAreas) in
    guard ranks.positives > 0 else { return .undefined(reason: "no positive labels") }
    guard ranks.negatives > 0 else { return .undefined(reason: "no negative labels") }
    return .defined(ranks.rocArea / (ranks.positives * ranks.negatives))
  }

  /// Σₖ (Rₖ − Rₖ₋₁) Pₖ over descending thresholds, with recall R and precision P at each threshold
  /// (scikit-learn's `average_precision_score`: no interpolation).
  static let averagePrecision = Metric(
    "average_precision", "average precision",
    "the area under the curve of precision over recall, as a step function",
    better: .higher
  ) { (ranks: RankAreas) in
    .rate(ranks.precisionSum, of: ranks.positives, unless: "no positive labels")
  }

  /// mean(s): the expected selection rate of randomized decisions with these scores.
  static let meanScore = Metric(
    "mean_score", "mean score", "the mean of the scores", better: .neither, in: .any, isSigned: false,
    probabilities: false
  ) { (scores: ScoreSums) in
    .rate(scores.negative.score + scores.positive.score, of: scores.weight, unless: "no rows")
  }.withoutLabels()

  /// mean(s given y = 1), whose gap is the balance for the positive class (Kleinberg, Mullainathan and
  /// Raghavan 2017).
  static let meanScoreOfPositives = Metric(
    "mean_score_of_positives", "mean score of the positives",
    "the mean score of those with a positive outcome",
    better: .higher, in: .any, isDefault: false, isSigned: false, probabilities: false
  ) { (scores: ScoreSums) in
    .rate(scores.positive.score, of: scores.positive.weight, unless: "no positive labels")
  }

  /// mean(s given y = 0), whose gap is the balance for the negative class.
  static let meanScoreOfNegatives = Metric(
    "mean_score_of_negatives", "mean score of the negatives",
    "the mean score of those with a negative outcome",
    better: .lower, in: .any, isDefault: false, isSigned: false, probabilities: false
  ) { (scores: ScoreSums) in
    .rate(scores.negative.score, of: scores.negative.weight, unless: "no negative labels")
  }

  /// −mean(ln s if y = 1, else ln(1 − s)); s is clamped to 2⁻⁵² ... 1 − 2⁻⁵², as scikit-learn does for
  /// doubles.
  static let logLoss = Metric(
    "log_loss", "log loss",
    "the mean negative logarithm of the probability that the scores gave the outcomes",
    better: .lower, in: .notNegative, probabilities: true
  ) { (scores: ScoreSums) in
    .rate(scores.negative.logLoss + scores.positive.logLoss, of: scores.weight, unless: "no rows")
  }

  /// mean((s − y)²) (Brier 1950; for two classes in its one-sided form, 0 to 1).
  static let brier = Metric(
    "brier", "Brier score", "the mean squared distance of score and outcome", better: .lower, in: .share,
    probabilities: true
  ) { (scores: ScoreSums) in
    .rate(scores.negative.squaredError + scores.positive.squaredError, of: scores.weight, unless: "no rows")
  }
}
