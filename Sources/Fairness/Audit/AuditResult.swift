import Platform

/// The result of an audit: as values, and as the JSON of a report.
public struct AuditResult {
  /// One attribute's groups with their metrics, gaps and fairness measures.
  public struct Attribute {
    public let frame: GroupFrame
    /// By group, then by metric in the order of `AuditResult.metrics`.
    public let values: [[Double?]]
    public let gaps: [Gaps]
    public let fairness: [Measured]
  }

  /// A fairness measure of an attribute; its value is nil if it is undefined.
  public struct Measured {
    public let measure: FairnessMeasure
    public let value: Double?
    public var name: String { measure.name }
  }

  public let rows: Int
  /// Which label counts as positive; nil for a regression and for more than two classes.
  public let positive: PositiveLabel?
  let isLabelled: Bool
  public let metrics: [Metric]
  /// One value per metric, in the order of `metrics`.
  public let overall: [Double?]
  public let attributes: [Attribute]
  /// The reasons why values are missing, one sentence each.
  public var notes: [String]
  /// Further sections of the report, from the same rows.
  public var sections: [JSONValue.Member] = []
  let zeroDivision: ZeroDivision
  /// Intervals and tests at the report's confidence, followed by other confidences; empty unless requested.
  public let uncertainties: [Uncertainty]
  /// nil without labels, and for a regression.
  let confusion: Confusion?

  /// Finds a number of the report by name, for early stopping, policies and tests.
  ///
  /// - Parameters:
  ///   - metric: a fairness measure ("equalized_odds_difference"), a gap ("tpr_difference", "tpr_ratio",
  ///     "tpr_difference_to_overall", "tpr_ratio_to_overall"), or without an attribute a metric ("accuracy").
  ///   - attribute: "sex", or "sex,race"; nil for all rows together.
  /// - Returns: nil if the name is unknown or the value is undefined.
  public func value(metric name: String, attribute: String? = nil) -> Double? {
    guard let attribute else {
      return zip(metrics, overall).first { $0.0.name == name }?.1
    }
    guard let found = attributes.first(where: { $0.frame.attribute == attribute }) else { return nil }
    if let measure = found.fairness.first(where: { $0.name == name }) { return measure.value }
    for (metric, gaps) in zip(metrics, found.gaps) {
      for gap in gaps.named where "\(metric.name)_\(gap.name)" == name {
        return gap.value.number(zeroDivision)
      }
    }
    return nil
  }

  /// A metric of one group; nil if a name is unknown or the value is undefined.
  public func value(metric name: String, attribute: String, group: String) -> Double? {
    guard let found = attributes.first(where: { $0.frame.attribute == attribute }),
      let row = found.frame.names.firstIndex(of: group), found.values.indices.contains(row)
    else { return nil }
    return zip(metrics, found.values[row]).first { $0.0.name == name }?.1
  }

  /// The audit report; the caller adds the provenance.
  public var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("kind", "audit"), .init("version", 1), .init("rows", .integer(rows)),
    ]
    if let positive { members.append(.init("positive", positive.json)) }
    members += [
      .init("overall", AuditResult.object(zip(metrics, overall).map { ($0.name, $1) }))
    ]
    if let confusion { members.append(.init("confusion", confusion.json)) }
    let uncertainty = uncertainties.first
    if let uncertainty, uncertainty.isReported, let intervals = uncertainty.overall {
      members.append(.init("overall_intervals", Uncertainty.object(zip(metrics.map(\.name), intervals))))
    }
    let described = attributes.enumerated().map { index, attribute in
      attributeJSON(attribute, uncertainty?.reported(index))
    }
    members += [
      .init("attributes", .array(described)), .init("notes", .strings(notes)), .init("glossary", glossary),
    ]
    return .object(members + sections)
  }

  /// The meaning of each metric and measure in the report, so that a page can be written from the report
  /// alone. A metric of one class, or with a number in its name, is listed under its base name.
  private var glossary: JSONValue {
    var members: [JSONValue.Member] = []
    var known: Set<String> = []
    for metric in metrics where known.insert(metric.family).inserted {
      members.append(.init(metric.family, metric.glossaryEntry))
    }
    for measured in attributes.first?.fairness ?? [] where known.insert(measured.name).inserted {
      members.append(.init(measured.name, measured.measure.glossaryEntry))
    }
    return .object(members)
  }

  private func attributeJSON(_ attribute: Attribute, _ uncertainty: Uncertainty.Attribute?) -> JSONValue {
    let frame = attribute.frame
    let hasScoring = attribute.fairness.contains { $0.name == FairnessMeasure.scoringRateRatio.name }
    let scoring = hasScoring ? frame.scoringRates : []
    let groups = zip(frame.names, zip(frame.groups, attribute.values)).enumerated().map { index, entry in
      let (name, group) = entry
      var members: [JSONValue.Member] = [
        .init("group", .string(name)), .init("count", .integer(group.0.rows)),
        .init("metrics", AuditResult.object(zip(metrics, group.1).map { ($0.name, $1) })),
      ]
      if let ratio = impactRatio(of: index, in: attribute) {
        members.append(.init("impact_ratio", ratio.map { .finite($0) } ?? .null))
      }
      if scoring.indices.contains(index) {
        let best = scoring.compactMap { $0 }.max() ?? 0
        members += [
          .init("scoring_rate", scoring[index].map { .finite($0) } ?? .null),
          .init(
            "scoring_impact_ratio", scoring[index].flatMap { best > 0 ? .finite($0 / best) : nil } ?? .null),
        ]
      }
      if let intervals = uncertainty?.groups, intervals.indices.contains(index) {
        members.append(.init("intervals", Uncertainty.object(zip(metrics.map(\.name), intervals[index]))))
      }
      return JSONValue.object(members)
    }
    let gaps = zip(metrics, attribute.gaps).map { metric, gaps in
      JSONValue.Member(
        metric.name, AuditResult.object(gaps.named.map { ($0.name, $0.value.number(zeroDivision)) }))
    }
    let reference = frame.reference.flatMap { frame.names.indices.contains($0) ? frame.names[$0] : nil }
    var members: [JSONValue.Member] = [
      .init("attribute", .string(frame.attribute)),
      .init("reference_group", reference.map(JSONValue.string) ?? .null),
      .init("groups", .array(groups)), .init("gaps", .object(gaps)),
    ]
    if !frame.withheld.isEmpty { members.append(.init("withheld_groups", .strings(frame.withheld))) }
    if let intervals = uncertainty?.gaps {
      let named = zip(zip(metrics, attribute.gaps), intervals).map { metric, intervals in
        JSONValue.Member(metric.0.name, Uncertainty.object(zip(metric.1.named.map(\.name), intervals)))
      }
      members.append(.init("gap_intervals", .object(named)))
    }
    members.append(.init("fairness", AuditResult.object(attribute.fairness.map { ($0.name, $0.value) })))
    if let intervals = uncertainty?.fairness {
      members.append(
        .init("fairness_intervals", Uncertainty.object(zip(attribute.fairness.map(\.name), intervals))))
    }
    if let tests = uncertainty?.tests { members.append(.init("tests", .array(tests.map(\.json)))) }
    return .object(members)
  }

  /// A group's selection rate divided by the highest selection rate among the attribute's groups, for two
  /// classes (New York City's rules on automated employment decision tools, 6 RCNY § 5-300, "impact ratio");
  /// nil if selection rates are not reported.
  private func impactRatio(of group: Int, in attribute: Attribute) -> Double?? {
    guard let place = metrics.firstIndex(where: { $0.name == Metric.selectionRate.name }) else { return nil }
    let rates = attribute.values.map { $0.indices.contains(place) ? $0[place] : nil }
    guard rates.indices.contains(group), let own = rates[group], let most = rates.compactMap({ $0 }).max(),
      most > 0
    else { return .some(nil) }
    return own / most
  }

  private static func object(_ entries: [(name: String, value: Double?)]) -> JSONValue {
    .object(entries.map { .init($0.name, $0.value.map { .finite($0) } ?? .null) })
  }
}
