extension Metric {
  /// P(s⁺ > s⁻) + ½ P(s⁺ = s⁻) of a random positive and a random negative: the area under the ROC curve
  /// (Hanley and McNeil 1982), pairs weighted by the product of their weights.
  static let areaUnderROC = Metric(
    "auc", "Chance that a positive scores above a negative; ties count half.", better: .higher
  ) { (ranks: RankAreas) in
    guard ranks.positives > 0 else { return .undefined(reason: "no positive labels") }
    guard ranks.negatives > 0 else { return .undefined(reason: "no negative labels") }
    return .defined(ranks.rocArea / (ranks.positives * ranks.negatives))
  }
}
