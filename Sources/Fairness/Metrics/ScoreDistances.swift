extension FairnessMeasure {
  typealias Distance = @Sendable (ScoreDistribution, ScoreDistribution) -> MetricValue

  /// A distance between two distributions as measures: the worst pair of groups, and the worst group against
  /// all rows.
  ///
  /// - Parameter predictions: also of the predictions of a regression, under the same names.
  static func distances(
    _ name: String, _ what: String, predictions: Bool = false, probabilities: Bool = false,
    isDefault: Bool = true, _ distance: @escaping Distance
  ) -> [FairnessMeasure] {
    (predictions ? [Input.distribution, .predictions] : [.distribution]).flatMap { input in
      [
        FairnessMeasure(
          name, "\(what), of the two groups that differ most.", reads: input, isDefault: isDefault
        ) { $0.worstPair(probabilities: probabilities, distance) },
        FairnessMeasure(
          "\(name)_to_overall", "\(what), of the group that differs most from all rows.", reads: input,
          isDefault: false
        ) { $0.worstToOverall(probabilities: probabilities, distance) },
      ]
    }
  }
}
