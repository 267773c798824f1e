extension FairnessMeasure {
  typealias Distance = @Sendable (ScoreDistribution, ScoreDistribution) -> MetricValue

  /// A distance between two distributions as measures: the worst pair of groups, and the worst group against
  /// all rows.
  ///
  /// - Parameters:
  ///   - prepare: what is read of each group, made once.
  ///   - needsLabels: whether it reads the labels of the scores.
  ///   - predictions: also of the predictions of a regression, under the same names.
  static func distances<Prepared>(
    _ name: String, _ what: String, predictions: Bool = false, probabilities: Bool = false,
    isDefault: Bool = true, needsLabels: Bool = false,
    prepare: @escaping @Sendable (ScoreDistribution) -> Prepared,
    _ distance: @escaping @Sendable (Prepared, Prepared) -> MetricValue
  ) -> [FairnessMeasure] {
    (predictions ? [Input.distribution, .predictions] : [.distribution]).flatMap { input in
      [
        FairnessMeasure(
          name, "\(what), of the two groups that differ most.", reads: input, isDefault: isDefault,
          needsLabels: needsLabels
        ) { $0.worstPair(probabilities: probabilities, prepare: prepare, distance) },
        FairnessMeasure(
          "\(name)_to_overall", "\(what), of the group that differs most from all rows.", reads: input,
          isDefault: false, needsLabels: needsLabels
        ) { $0.worstToOverall(probabilities: probabilities, prepare: prepare, distance) },
      ]
    }
  }

  static func distances(
    _ name: String, _ what: String, predictions: Bool = false, probabilities: Bool = false,
    isDefault: Bool = true, _ distance: @escaping Distance
  ) -> [FairnessMeasure] {
    distances(
      name, what, predictions: predictions, probabilities: probabilities, isDefault: isDefault,
      prepare: { $0 }, distance)
  }
}
