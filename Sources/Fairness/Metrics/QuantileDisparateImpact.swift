extension FairnessMeasure {
  /// Disparate impact of being among the highest predictions: the smallest quotient of two groups' shares
  /// of predictions at or above the quantile q of all predictions (the four-fifths rule of a regression).
  static func quantileDisparateImpact(_ name: String, quantile: Double) -> FairnessMeasure {
    FairnessMeasure(
      name, "Smallest ratio of the groups' shares of predictions from the quantile \(quantile) up.",
      reads: .predictions, ideal: 1, needsLabels: false
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
