import Configurations
import Fairness
import Models
import Platform

extension DecisionFitting {
  mutating func fit(_ config: CalibratedOddsConfig, at pointer: String) throws {
    let labels = try rows.binaryLabels(for: CalibratedOddsConfig.method, at: pointer)
    if let row = scores.firstIndex(where: { !(0...1).contains($0) }) {
      throw Failure.invalidConfig(
        "row \(row) has the score \(scores[row]), which is not a probability; a calibration before this method makes it "
          + "one", at: pointer)
    }
    var groups = try self.groups(
      by: config.attribute, minimum: config.minimumCount, unknown: config.unknownGroup, at: pointer)
    var costs: [CalibratedOdds.Group] = []
    for group in groups.own {
      let members = groups.members[group]
      if let cost = CalibratedOdds.Group(
        scores: members.map { scores[$0] }, labels: members.map { labels[$0] },
        weights: rows.weights.map { weights in members.map { weights[$0] } }, cost: config.common)
      {
        costs.append(cost)
      } else {
        groups.exclusions[group] = "it does not have both labels"
      }
    }
    let label = groups.attribute.reference.label
    guard costs.count > 1 else {
      throw Failure.invalidData(
        "groups are compared, and fewer than two of \"\(label)\" have enough rows with both labels", at: label
      )
    }
    let found = CalibratedOdds(costs)
    noteLimits(found, groups, at: label)
    noteExclusions(groups)
    let shares = found.groups.map {
      MixingByGroup.Share(replaced: $0.share, baseRate: Float($0.baseRate))
    }
    let adjustment = Adjustment(
      attribute: groups.place,
      .mixing(
        MixingByGroup(groups: groups.spread(shares), seed: UInt64(bitPattern: Int64(config.seed)))))
    if adjustment.draws { try drawing(by: config.key, at: pointer + "/key") }
    let expected = zip(groups.own, found.groups).map { group, own in
      JSONValue.Member(
        groups.attribute.groups[group],
        [
          "base_rate": .finite(own.baseRate), "cost": .finite(own.cost), "replaced": .finite(own.share),
          "cost_after": .finite(own.mixedCost),
        ])
    }
    try add(
      adjustment,
      [
        .init("method", .string(CalibratedOddsConfig.method)), .init("attribute", .string(label)),
        .init("cost", config.cost.encoded), .init("expected", .object(expected)),
      ], groups)
  }

  /// Notes the groups that do not reach the common cost, and what the method takes for granted.
  private mutating func noteLimits(_ found: CalibratedOdds, _ groups: AdjustedGroups, at label: String) {
    for (group, own) in zip(groups.own, found.groups) where own.mixedCost < found.target - 1e-9 {
      note(
        "calibrated_equalized_odds: the group \"\(groups.attribute.groups[group].excerpt)\" has the cost "
          + "\(Float(own.mixedCost)) although all its scores are its base rate, and the largest cost of a group is "
          + "\(Float(found.target)); another \"cost\", or the method \"thresholds\", may close the gap")
    }
    let isCalibrated = adjustments.steps.contains {
      if case .calibration = $0.change { $0.attribute == groups.place } else { false }
    }
    if !isCalibrated {
      note(
        "calibrated_equalized_odds: the scores are taken to be calibrated in each group of \(label); a calibration by this "
          + "attribute before it makes them so")
    }
  }
}
