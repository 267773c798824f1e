extension FairnessMeasure {
  /// The others' share of the rejected minus their share of the selected (Wachter, Mittelstadt and Russell
  /// 2021): above 0, more of them are among the rejected than among the selected.
  static let demographicDisparity = FairnessMeasure(
    "demographic_disparity", "The others' share of the rejected minus their share of the selected.",
    reads: .binaryDecisions, isSigned: true, needsLabels: false
  ) { disparity($0) ?? .undefined(reason: "there is no second group") }

  /// Σ over strata of n_s · demographic disparity in s / n (Wachter, Mittelstadt and Russell 2021). Strata in
  /// which all are selected, or none, or only one side occurs have no disparity: 0.
  static let conditionalDemographicDisparity = FairnessMeasure(
    "conditional_demographic_disparity",
    "Demographic disparity within the strata, weighted by their rows.", reads: .binaryDecisions,
    isSigned: true, isDefault: false, needsLabels: false
  ) { frame in
    stratified(frame) { disparity($0) ?? .undefined(reason: "there is no second group") }
  }

  /// Σ over strata of n_s · demographic_parity_difference in s / n: conditional statistical parity
  /// (Corbett-Davies et al. 2017).
  static let conditionalDemographicParity = FairnessMeasure(
    "conditional_demographic_parity_difference",
    "Difference of the selection rates within the strata, weighted by their rows.", reads: .binaryDecisions,
    isDefault: false, needsLabels: false
  ) { frame in stratified(frame) { $0.gaps(.selectionRate).difference } }

  /// Strata without a value count as 0, unless all are without.
  private static func stratified(_ frame: GroupFrame, _ measure: (GroupFrame) -> MetricValue) -> MetricValue {
    guard !frame.strata.isEmpty else {
      return .undefined(reason: "\"conditional_on\" names no attribute")
    }
    let weights = frame.strata.map { $0.overall.weight }
    let values = frame.strata.map { measure($0).number(.undefined) }
    guard values.contains(where: { $0 != nil }) else {
      return .undefined(reason: "in no stratum have two groups a value")
    }
    return .rate(
      zip(values, weights).reduce(0) { $0 + ($1.0 ?? 0) * $1.1 }, of: weights.reduce(0, +), unless: "no rows")
  }

  private static func disparity(_ frame: GroupFrame) -> MetricValue? {
    guard let (reference, others) = frame.referenceAndOthers(), let own = reference.confusion,
      let theirs = others.confusion
    else { return nil }
    guard own.total > 0, theirs.total > 0 else { return .undefined(reason: "a side has no rows") }
    let rejected = own.rejected + theirs.rejected
    let selected = own.selected + theirs.selected
    guard rejected > 0, selected > 0 else {
      return .undefined(reason: "all rows are selected, or none")
    }
    return .defined(theirs.rejected / rejected - theirs.selected / selected)
  }
}
