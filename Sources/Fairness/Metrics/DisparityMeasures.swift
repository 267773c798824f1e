#if canImport(Glibc)
  import Glibc
#endif

/// Groups' shares of the selected and the rejected rows, and how decisions change the differences in the
/// data.
extension FairnessMeasure {
  /// The others' share of the rejected rows minus their share of the selected rows (Wachter, Mittelstadt and
  /// Russell 2021). Above 0, the rejected rows contain a larger share of them.
  static let demographicDisparity = FairnessMeasure(
    "demographic_disparity", "The others' share of the rejected minus their share of the selected.",
    reads: .binaryDecisions, in: .balance, needsLabels: false
  ) { disparity($0) ?? .undefined(reason: "there is no second group") }

  /// Σ over strata of n_s · demographic disparity in s / n (Wachter, Mittelstadt and Russell 2021). The
  /// disparity is 0 in a stratum in which all rows are selected, none are, or only one of the two sides
  /// occurs.
  static let conditionalDemographicDisparity = FairnessMeasure(
    "conditional_demographic_disparity",
    "Demographic disparity within the strata, weighted by their rows.", reads: .binaryDecisions,
    in: .balance, isDefault: false, needsLabels: false, isConditional: true
  ) { frame in
    stratified(frame) { disparity($0) ?? .undefined(reason: "there is no second group") }
  }

  /// Σ over strata of n_s · demographic_parity_difference in s / n: conditional statistical parity
  /// (Corbett-Davies et al. 2017).
  static let conditionalDemographicParity = FairnessMeasure(
    "conditional_demographic_parity_difference",
    "Difference of the selection rates within the strata, weighted by their rows.", reads: .binaryDecisions,
    in: .share, isDefault: false, needsLabels: false, isConditional: true
  ) { frame in stratified(frame) { $0.gaps(.selectionRate).difference } }

  /// Strata without a value count as 0; the measure is undefined if no stratum has a value.
  private static func stratified(_ frame: GroupFrame, _ measure: (GroupFrame) -> MetricValue) -> MetricValue {
    guard !frame.strata.isEmpty else {
      return .undefined(reason: "\"conditional_on\" names no attribute")
    }
    let weights = frame.strata.map { $0.overall.weight }
    let values = frame.strata.map { measure($0).number(.undefined) }
    guard values.contains(where: { $0 != nil }) else {
      return .undefined(reason: "no stratum has two groups with a value")
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

  /// ε = max over pairs of groups and both outcomes of |ln p − ln p'| with the smoothed selection rate
  /// p = (selected + ½) / (rows + 1) (Foulds et al. 2020, with a Dirichlet concentration of 1; AIF360 0.6).
  static let smoothedDifferentialFairness = FairnessMeasure(
    "smoothed_empirical_differential_fairness",
    "Largest log ratio between groups of the smoothed chance of an outcome.", reads: .binaryDecisions,
    in: .notNegative, needsLabels: false
  ) { epsilon($0, of: \.selected) }
}

/// How decisions change the differences in the data: above 0, they increase them.
extension FairnessMeasure {
  /// ε of the decisions minus ε of the labels (Foulds et al. 2020).
  static let differentialFairnessBiasAmplification = FairnessMeasure(
    "differential_fairness_bias_amplification",
    "Differential fairness of the decisions minus that of the labels.", reads: .binaryDecisions, in: .any
  ) { frame in
    let (decisions, labels) = (epsilon(frame, of: \.selected), epsilon(frame, of: \.positives))
    return [decisions, labels].aggregated { $0[0] - $0[1] }
  }

  fileprivate static func epsilon(
    _ frame: GroupFrame, of outcome: (ConfusionSums) -> Double
  ) -> MetricValue {
    let rates = frame.groups.compactMap(\.confusion).filter { $0.total > 0 }.map {
      (outcome($0) + 0.5) / ($0.total + 1)
    }
    guard rates.count > 1, let least = rates.min(), let most = rates.max() else {
      return Gaps.tooFew(rates.count)
    }
    return .defined(max(log(most / least), log((1 - least) / (1 - most))))
  }

  /// The mean over outcomes of Σ over groups with b(o, g) > 1 / |G| of b̂(o, g) − b(o, g), where b is the
  /// group's share of the outcome among the labels and b̂ among the decisions (Zhao et al. 2017, equations 1
  /// and 2).
  static let biasAmplification = FairnessMeasure(
    "bias_amplification",
    "Increase, from labels to decisions, of the share of the groups to which an outcome leans.",
    reads: .allDecisions, in: .balance, isDefault: false
  ) { frame in
    amplification(frame) { table, labels, decisions in
      let fair = 1 / Double(table.groups)
      return labels.enumerated().reduce(0) { sum, group in
        let (before, after) = (group.element / table.labelled, decisions[group.offset] / table.decided)
        return before > fair ? sum + after - before : sum
      }
    }
  }

  /// The mean over outcomes and groups of ±(P(ŷ = o given g) − P(y = o given g)). The sign is + if outcome
  /// and group occur together more often than independent ones would (Wang and Russakovsky 2021, equation 3,
  /// from groups to outcomes).
  static let directionalBiasAmplification = FairnessMeasure(
    "directional_bias_amplification",
    "How much more strongly the decisions than the labels follow the outcomes associated with a group.",
    reads: .allDecisions, in: .balance, isDefault: false
  ) { frame in
    amplification(frame) { table, labels, decisions in
      let parts = labels.indices.map { group -> Double in
        let change = (decisions[group] - labels[group]) / table.sizes[group]
        let expected = table.sizes[group] * table.labelled / table.rows
        return labels[group] > expected ? change : -change
      }
      return parts.reduce(0, +) / Double(table.groups)
    }
  }

  fileprivate struct Outcome {
    let groups: Int
    let sizes: [Double]
    let rows: Double
    /// The weight of the labels with this outcome, over all groups.
    let labelled: Double
    let decided: Double
  }

  /// The mean of `measure` over the outcomes that occur.
  fileprivate static func amplification(
    _ frame: GroupFrame, _ measure: (Outcome, _ labels: [Double], _ decisions: [Double]) -> Double
  ) -> MetricValue {
    let tables = frame.groups.compactMap(\.confusion).filter { $0.total > 0 }
    guard tables.count > 1, let classes = tables.first?.classes else { return Gaps.tooFew(tables.count) }
    let sizes = tables.map(\.total)
    var values: [Double] = []
    for outcome in 0..<classes {
      let (labels, decisions) = (tables.map { $0.labelled(outcome) }, tables.map { $0.decided(outcome) })
      let (labelled, decided) = (labels.reduce(0, +), decisions.reduce(0, +))
      guard labelled > 0, decided > 0 else { continue }
      values.append(
        measure(
          Outcome(
            groups: tables.count, sizes: sizes, rows: sizes.reduce(0, +), labelled: labelled, decided: decided
          ),
          labels, decisions))
    }
    guard !values.isEmpty else { return .undefined(reason: "no outcome is both labelled and decided") }
    return .defined(values.reduce(0, +) / Double(values.count))
  }
}
