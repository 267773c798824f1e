/// Gaps of a regression's predictions and errors between groups.
extension FairnessMeasure {
  /// max − min over groups of the mean prediction: demographic parity in the mean of a regression
  /// (Calders et al. 2013, without strata).
  static let meanPredictionDifference = FairnessMeasure(
    "demographic_parity_difference", "Largest difference between the mean predictions of groups.",
    reads: .values, in: .notNegative, needsLabels: false
  ) { $0.gaps(.meanPrediction).difference }

  /// The largest mean squared error of a group, which bounded group loss limits (Agarwal, Dudík and Wu 2019).
  static let boundedGroupLoss = FairnessMeasure(
    "bounded_group_loss", "Largest mean squared error of a group.", reads: .values, in: .notNegative
  ) { frame in
    guard let worst = frame.values(.meanSquaredError).compactMap({ $0 }).max() else {
      return .undefined(reason: "no group has a value")
    }
    return .defined(worst)
  }

  /// Disparate impact for high predictions: the smallest ratio of two groups' shares of predictions at or
  /// above the quantile q of all predictions (the four-fifths rule for a regression).
  static func quantileDisparateImpact(_ name: String, quantile: Double) -> FairnessMeasure {
    FairnessMeasure(
      name, "Smallest ratio of the groups' shares of predictions from the quantile \(quantile) up.",
      reads: .predictions, in: .share, ideal: 1, needsLabels: false
    ) { frame in
      guard let edge = frame.overall.distribution?.quantile(quantile) else {
        return .undefined(reason: "no rows")
      }
      let shares = frame.groups.map { group -> Double? in
        guard let scores = group.readableDistribution(probabilities: false).0, scores.weight > 0 else {
          return nil
        }
        let above = zip(scores.scores, scores.weights).reduce(0) { $0 + ($1.0 >= edge ? $1.1 : 0) }
        return above / scores.weight
      }
      return Gaps(shares, overall: nil).ratio
    }
  }
}
