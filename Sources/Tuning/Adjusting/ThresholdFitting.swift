import Configurations
import Fairness
import Models
import Platform

// Methods that make decisions.

extension ThresholdRate {
  /// The reason why the rate is undefined for a group with these rows; nil if it is defined.
  fileprivate func reason(_ curve: ThresholdCurve) -> String? {
    switch self {
    case .truePositiveRate, .falseNegativeRate: curve.positives > 0 ? nil : "it has no positive rows"
    case .falsePositiveRate, .trueNegativeRate: curve.negatives > 0 ? nil : "it has no negative rows"
    case .selectionRate, .precision, .negativePredictiveValue, .accuracy: nil
    }
  }
}

extension DecisionFitting {
  mutating func fit(_ config: ThresholdsConfig, at pointer: String) throws {
    let labels = try rows.binaryLabels(for: ThresholdsConfig.method, at: pointer)
    guard config.probabilities.entries.isEmpty else {
      try fitBlended(config, labels, at: pointer)
      return
    }
    var groups = try self.groups(
      by: config.attribute, minimum: config.minimumCount, unknown: config.unknownGroup, at: pointer)
    let (curves, all) = try boundedCurves(labels, &groups, config.constraint.rates)
    let objective = config.objective.objective(config.costs)
    let found: GroupThresholds
    let pooled: Float
    if let selected = config.selected {
      found = try .mostPrecise(selecting: selected, of: curves) {
        try Self.thresholds(config, curves, $0)
      }
      pooled = all.lowest(selecting: selected)
    } else {
      found = try Self.thresholds(config, curves, objective)
      pooled = all.best(for: objective)
    }
    let thresholds = ThresholdsByGroup(
      pooled: GroupDecision(threshold: pooled), groups: groups.spread(found.decisions),
      seed: UInt64(bitPattern: Int64(config.seed)))
    let adjustment = Adjustment(attribute: groups.place, .thresholds(thresholds))
    if adjustment.draws { try drawing(by: config.key, at: pointer + "/key") }
    noteUncertainty(config.constraint, found, curves, config.tolerance)
    noteExclusions(groups)
    try add(
      adjustment,
      [
        .init("method", .string(ThresholdsConfig.method)),
        .init("attribute", .string(groups.attribute.reference.label)),
        .init("constraint", config.constraint.encoded), .init("tolerance", .number(config.tolerance)),
        .init("expected", expected(found, curves, groups)),
      ], groups)
  }

  private static func thresholds(
    _ config: ThresholdsConfig, _ curves: [ThresholdCurve], _ objective: ThresholdObjective
  ) throws -> GroupThresholds {
    switch config.constraint {
    case .none:
      return try .equalizing(.selectionRate, of: curves, tolerance: 1, for: objective, randomized: false)
    case .equalizedOdds:
      return try .equalizingOdds(
        curves, tolerance: config.tolerance, for: objective, randomized: config.randomized)
    case .demographicParity, .equalOpportunity, .predictiveEquality, .predictiveParity, .falseOmissionParity,
      .accuracyParity:
      return try .equalizing(
        config.constraint.rates[0], of: curves, tolerance: config.tolerance, for: objective,
        randomized: config.randomized)
    }
  }

  mutating func fit(_ config: MinimumRatesConfig, at pointer: String) throws {
    let labels = try rows.binaryLabels(for: MinimumRatesConfig.method, at: pointer)
    var groups = try self.groups(
      by: config.attribute, minimum: config.minimumCount, unknown: config.unknownGroup, at: pointer)
    let (curves, all) = try boundedCurves(labels, &groups, [config.rate.rate])
    let objective = config.objective.objective(config.costs)
    let found = try GroupThresholds.holding(
      config.rate.rate, atLeast: config.minimum, of: curves, for: objective)
    let thresholds = ThresholdsByGroup(
      pooled: GroupDecision(threshold: all.best(for: objective)), groups: groups.spread(found.decisions),
      seed: 0)
    noteExclusions(groups)
    try add(
      Adjustment(attribute: groups.place, .thresholds(thresholds)),
      [
        .init("method", .string(MinimumRatesConfig.method)),
        .init("attribute", .string(groups.attribute.reference.label)),
        .init("rate", config.rate.encoded), .init("minimum", .number(config.minimum)),
        .init("expected", expected(found, curves, groups)),
      ], groups)
  }

  mutating func fit(_ config: RejectOptionConfig, at pointer: String) throws {
    let labels = try rows.binaryLabels(for: RejectOptionConfig.method, at: pointer)
    var groups = try self.groups(
      by: config.attribute, minimum: config.minimumCount, unknown: config.unknownGroup, at: pointer)
    let (curves, _) = try boundedCurves(labels, &groups, config.constraint.rates)
    guard curves.count > 1 else {
      throw Failure.invalidData(
        "the reject option compares groups, and one of \"\(groups.attribute.reference.label)\" has enough rows",
        at: groups.attribute.reference.label)
    }
    let gains = try favoured(config, groups, at: pointer)
    // Rows of groups that are treated like unknown ones do not influence the choice.
    let learnt = groups.own.flatMap { groups.members[$0] }.sorted()
    let rates = config.constraint.rates
    let places = Dictionary(zip(groups.own, 0...).map { (Int32($0), $1) }, uniquingKeysWith: { a, _ in a })
    let codes = learnt.map { places[groups.codes[$0]] ?? 0 }
    let weights = learnt.map { rows.weights?[$0] ?? 1 }
    let own = learnt.map { labels[$0] }
    let found = try RejectOption.best(
      scores: learnt.map { scores[$0] }, labels: own,
      gains: learnt.map { gains[Int(groups.codes[$0])] == true }, tolerance: config.tolerance,
      thresholds: config.thresholds, margins: config.margins
    ) { decisions in
      Self.gap(decisions, own, codes, weights, groups: curves.count, rates)
    }
    if rows.weights != nil {
      note("reject_option: the gap counts rows by their weights, balanced accuracy counts them alike")
    }
    if found.gap > config.tolerance {
      note(
        "the smallest gap that the reject option reached is \(found.gap), and \(config.tolerance) was asked; more "
          + "\"thresholds\" and \"margins\", or the method \"thresholds\", may close it")
    }
    noteExclusions(groups)
    try add(
      Adjustment(
        attribute: groups.place, .rejectOption(RejectionByGroup(found.option, gains: gains))),
      [
        .init("method", .string(RejectOptionConfig.method)),
        .init("attribute", .string(groups.attribute.reference.label)),
        .init("constraint", config.constraint.encoded), .init("tolerance", .number(config.tolerance)),
        .init("gap", .finite(found.gap)), .init("balanced_accuracy", .finite(found.balancedAccuracy)),
      ], groups)
  }

  /// For each group, whether it is favoured; nil for groups that are treated like unknown ones.
  private func favoured(_ config: RejectOptionConfig, _ groups: AdjustedGroups, at pointer: String) throws
    -> [Bool?]
  {
    let names = groups.attribute.groups
    if let index = config.favoured.firstIndex(where: { !names.contains($0) }) {
      throw Failure.invalidConfig(
        "\"\(config.favoured[index])\" is not a group\(Suggestion.phrase(for: config.favoured[index], among: names))",
        at: "\(pointer)/favoured/\(index)")
    }
    let present = DecisionRule(threshold: Double(rule.threshold))
    func rate(_ members: [Int]) -> Double {
      let weights = members.map { rows.weights?[$0] ?? 1 }
      let selected = zip(members, weights).reduce(0) { $0 + (present.isPositive(scores[$1.0]) ? $1.1 : 0) }
      return selected / max(weights.reduce(0, +), .leastNormalMagnitude)
    }
    let overall = rate(Array(0..<rows.count))
    return names.indices.map { group in
      guard groups.exclusions[group] == nil else { return nil }
      return config.favoured.isEmpty
        ? rate(groups.members[group]) < overall : config.favoured.contains(names[group])
    }
  }

  // MARK: Curves and rates

  /// The curves of the groups for which the rates are defined; all other groups are treated like unknown
  /// ones.
  private func boundedCurves(_ labels: [Bool], _ groups: inout AdjustedGroups, _ rates: [ThresholdRate])
    throws
    -> (own: [ThresholdCurve], all: ThresholdCurve)
  {
    var (curves, all) = try self.curves(labels, groups)
    let reasons = curves.map { curve in rates.lazy.compactMap { $0.reason(curve) }.first }
    for (group, reason) in zip(groups.own, reasons) { groups.exclusions[group] = reason }
    curves = zip(curves, reasons).filter { $0.1 == nil }.map(\.0)
    guard !curves.isEmpty else {
      throw Failure.invalidData(
        "no group of \"\(groups.attribute.reference.label)\" has rows for \"\(rates.first?.rawValue ?? "")\"",
        at: groups.attribute.reference.label)
    }
    return (curves, all)
  }

  /// The expected rates of each group on these rows, over all random decisions.
  private func expected(_ found: GroupThresholds, _ curves: [ThresholdCurve], _ groups: AdjustedGroups)
    -> JSONValue
  {
    .object(
      zip(groups.own, zip(curves, found.expected)).map { group, entry in
        let (curve, counts) = entry
        let selected = counts.truePositives + counts.falsePositives
        return .init(
          groups.attribute.groups[group],
          [
            "selection_rate": .finite(selected / curve.total),
            "tpr": .finite(counts.truePositives / curve.positives),
            "fpr": .finite(counts.falsePositives / curve.negatives),
            "accuracy": .finite(
              (counts.truePositives + curve.negatives - counts.falsePositives) / curve.total),
          ])
      })
  }

  /// Adds a note if the gap on other rows may exceed the tolerance (95% confidence).
  private mutating func noteUncertainty(
    _ constraint: ThresholdConstraint, _ found: GroupThresholds, _ curves: [ThresholdCurve],
    _ tolerance: Double
  ) {
    for rate in constraint.rates where rate.isLinear {
      let known = zip(curves, found.expected).map { curve, counts -> (value: Double, variance: Double) in
        let (numerator, denominator) = rate.fraction(
          truePositives: counts.truePositives, falsePositives: counts.falsePositives, of: curve)
        let value = denominator > 0 ? numerator / denominator : 0
        return (value, denominator > 0 ? value * (1 - value) / denominator : 0)
      }
      var bound = 0.0
      for (index, a) in known.enumerated() {
        for b in known[..<index] {
          bound = max(bound, abs(a.value - b.value) + 1.96 * (a.variance + b.variance).squareRoot())
        }
      }
      if bound > tolerance + 0.005 {
        note(
          "\(rate.rawValue): these rows do not show that the gap of other rows is within \(tolerance): at 95% confidence it "
            + "may be \(Double((bound * 1000).rounded()) / 1000)")
      }
    }
  }

  /// The largest difference of a rate between two groups.
  private static func gap(
    _ decisions: [Bool], _ labels: [Bool], _ codes: [Int], _ weights: [Double], groups: Int,
    _ rates: [ThresholdRate]
  ) -> Double {
    var counts = [Double](repeating: 0, count: groups * 4)
    for row in decisions.indices {
      counts[codes[row] * 4 + (labels[row] ? 2 : 0) + (decisions[row] ? 1 : 0)] += weights[row]
    }
    return rates.reduce(0) { widest, rate in
      let values = (0..<groups).compactMap { group -> Double? in
        let own = counts[(group * 4)..<(group * 4 + 4)].map { $0 }
        return rate.value(
          truePositives: own[3], falsePositives: own[1], positives: own[2] + own[3],
          negatives: own[0] + own[1])
      }
      return max(widest, (values.max() ?? 0) - (values.min() ?? 0))
    }
  }
}
