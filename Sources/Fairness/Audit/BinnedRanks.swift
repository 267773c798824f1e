extension GroupSums {
  /// The rank areas of binned scores: pairs within a bin count as ties. The area under the ROC curve is then
  /// off by at most Σ over bins P_b N_b / (2 P N), `areaUnderROCError`.
  var binnedRanks: RankAreas? {
    guard let distribution, distribution.bins > 0, let scores else { return nil }
    var areas = RankAreas(
      positives: scores.positive.weight, negatives: scores.negative.weight, rocArea: 0, precisionSum: 0,
      notFinite: scores.notFinite)
    var (positivesAbove, negativesAbove) = (0.0, 0.0)
    for (positive, negative) in zip(distribution.positives, distribution.negatives).reversed() {
      areas.rocArea += negative * (positivesAbove + positive / 2)
      positivesAbove += positive
      negativesAbove += negative
      areas.precisionSum += positive * (positivesAbove / (positivesAbove + negativesAbove))
    }
    return areas
  }

  /// The maximum difference between `auc` and its exact value; nil if `auc` is exact or undefined.
  public var areaUnderROCError: Double? {
    guard let distribution, distribution.bins > 0 else { return nil }
    let pairs = distribution.positiveWeight * distribution.negativeWeight
    guard pairs > 0 else { return nil }
    return zip(distribution.positives, distribution.negatives).reduce(0) { $0 + $1.0 * $1.1 } / (2 * pairs)
  }
}

extension AuditResult {
  /// The maximum error of any `auc` in the report; nil if all are exact.
  public var areaUnderROCError: Double? {
    attributes.flatMap { [$0.frame.overall] + $0.frame.groups }.compactMap(\.areaUnderROCError).max()
  }
}
