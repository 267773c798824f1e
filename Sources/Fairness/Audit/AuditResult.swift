import Platform

/// What an audit found: typed, and as the JSON of a report.
public struct AuditResult {
  /// One attribute's groups with their metrics, gaps and fairness measures.
  public struct Attribute {
    public let frame: GroupFrame
    /// By group, then by metric in the order of `AuditResult.metrics`.
    public let values: [[Double?]]
    public let gaps: [Gaps]
    public let fairness: [(name: String, value: Double?)]
  }

  public let rows: Int
  public let metrics: [Metric]
  /// By metric.
  public let overall: [Double?]
  public let attributes: [Attribute]
  /// Why values are missing, a sentence each.
  public let notes: [String]
  let zeroDivision: ZeroDivision

  /// A number of the report by name, for early stopping, policies and tests.
  ///
  /// - Parameters:
  ///   - metric: a fairness measure ("equalized_odds_difference"), a gap ("tpr_difference",
  ///     "tpr_ratio", "tpr_difference_to_overall", "tpr_ratio_to_overall"), or without an attribute
  ///     a metric ("accuracy").
  ///   - attribute: "sex", or "sex,race"; nil for all rows together.
  /// - Returns: nil if there is no such name, or it has no value.
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

  /// A metric of one group; nil if there is no such name, or it has no value.
  public func value(metric name: String, attribute: String, group: String) -> Double? {
    guard let found = attributes.first(where: { $0.frame.attribute == attribute }),
      let row = found.frame.names.firstIndex(of: group), found.values.indices.contains(row)
    else { return nil }
    return zip(metrics, found.values[row]).first { $0.0.name == name }?.1
  }

  /// The audit report; whoever ran the audit adds its provenance.
  public var json: JSONValue {
    [
      "kind": "audit", "version": 1, "rows": .integer(rows),
      "overall": AuditResult.object(zip(metrics, overall).map { ($0.name, $1) }),
      "attributes": .array(attributes.map(attributeJSON)),
      "notes": .strings(notes),
    ]
  }

  private func attributeJSON(_ attribute: Attribute) -> JSONValue {
    let frame = attribute.frame
    let groups = zip(frame.names, zip(frame.groups, attribute.values)).map { name, group in
      JSONValue.object([
        "group": .string(name), "count": .integer(group.0.rows),
        "metrics": AuditResult.object(zip(metrics, group.1).map { ($0.name, $1) }),
      ])
    }
    let gaps = zip(metrics, attribute.gaps).map { metric, gaps in
      JSONValue.Member(
        metric.name, AuditResult.object(gaps.named.map { ($0.name, $0.value.number(zeroDivision)) }))
    }
    let reference = frame.reference.flatMap { frame.names.indices.contains($0) ? frame.names[$0] : nil }
    return [
      "attribute": .string(frame.attribute),
      "reference_group": reference.map(JSONValue.string) ?? .null,
      "groups": .array(groups), "gaps": .object(gaps),
      "fairness": AuditResult.object(attribute.fairness),
    ]
  }

  private static func object(_ entries: [(name: String, value: Double?)]) -> JSONValue {
    .object(entries.map { .init($0.name, $0.value.map { .finite($0) } ?? .null) })
  }
}
