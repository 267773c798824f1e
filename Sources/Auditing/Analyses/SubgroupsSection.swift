import Configurations
import Datasets
import Fairness
import Platform

extension SubgroupsConfig {
  package func section(_ rows: AnalysisRows, _ notes: inout SectionNotes) throws -> JSONValue {
    let names = attributes.isEmpty ? rows.data.sensitive.map(\.name) : attributes
    guard !names.isEmpty else {
      throw Failure.invalidConfig("no attribute is sensitive", at: "/subgroups/attributes")
    }
    let labels = try rows.requireBinaryLabels(at: "/subgroups")
    let decisions = try rows.requireDecisions(at: "/subgroups")
    let by = combinations(of: names)
    let groupings = try by.map { try rows.attributes.grouping($0, at: "/subgroups/attributes") }
    let codes = (
      labels: try Buffer(copying: labels.map { UInt8($0) }, for: "labels"),
      decisions: try Buffer(copying: decisions.map { UInt8($0) }, for: "decisions")
    )
    let weights = try rows.weights.map { try Buffer(copying: $0, for: "weights") }
    let chosen = try Metric.selected(
      metrics, for: .binary, scored: rows.scores != nil, at: "/subgroups/metrics")
    let result = try Audit.run(
      AuditRows(
        count: rows.rows, labels: CodeColumn(codes.labels), decisions: CodeColumn(codes.decisions),
        scores: rows.scores.map { try RealColumn(copying: $0) },
        weights: weights.map { UnsafePointer($0.pointer) }, groupings: groupings, owner: weights),
      AuditOptions(metrics: chosen.map(\.name)))
    for note in result.notes { notes.add(note) }
    var members: [JSONValue.Member] = [
      .init("depth", .integer(depth)), .init("minimum", .integer(minimum)),
      .init("intersections", .array(result.attributes.map { describe($0, result, &notes) })),
      .init("unfairness", .object(worst(result, &notes))),
    ]
    if let scan { members.append(.init("scan", try scan.section(rows, attributes: names, &notes))) }
    return .object(members)
  }

  /// All choices of 1 to `depth` attributes, smaller choices first, in the order of the attributes.
  private func combinations(of names: [String]) -> [AttributeReference] {
    var found: [[String]] = []
    var last: [[Int]] = [[]]
    for _ in 0..<min(depth, names.count) {
      last = last.flatMap { chosen in
        ((chosen.last.map { $0 + 1 } ?? 0)..<names.count).map { chosen + [$0] }
      }
      found += last.map { $0.map { names[$0] } }
    }
    return found.map { AttributeReference($0) }
  }

  private func describe(
    _ attribute: AuditResult.Attribute, _ result: AuditResult, _ notes: inout SectionNotes
  ) -> JSONValue {
    let frame = attribute.frame
    var small = 0
    let groups = frame.names.indices.map { index -> JSONValue in
      let group = frame.groups[index]
      let isSmall = group.rows < minimum
      if isSmall { small += 1 }
      var values: [JSONValue.Member] = []
      var differences: [JSONValue.Member] = []
      for (place, metric) in result.metrics.enumerated() {
        let value = attribute.values[index][place]
        values.append(.init(metric.name, value.map { .finite($0) } ?? .null))
        let difference = value.flatMap { value in result.overall[place].map { value - $0 } }
        differences.append(.init(metric.name, difference.map { .finite($0) } ?? .null))
      }
      let all = frame.overall.weight
      return [
        "group": .string(frame.names[index]), "count": .integer(group.rows),
        "share": all > 0 ? .finite(group.weight / all) : .null, "small": .bool(isSmall),
        "metrics": .object(values), "difference_to_overall": .object(differences),
      ]
    }
    if small > 0 {
      notes.add("\(frame.attribute): \(small) of \(groups.count) subgroups have fewer than \(minimum) rows")
    }
    let measures = [
      "demographic_parity_difference", "smoothed_empirical_differential_fairness",
      "differential_fairness_bias_amplification",
    ].map { name in
      JSONValue.Member(
        name, attribute.fairness.first { $0.name == name }?.value.map { .finite($0) } ?? .null)
    }
    return [
      "attributes": .string(frame.attribute), "groups": .array(groups), "fairness": .object(measures),
    ]
  }

  /// For each kind of γ, the subgroup with the largest value.
  private func worst(_ result: AuditResult, _ notes: inout SectionNotes) -> [JSONValue.Member] {
    let kinds: [(String, KeyPath<SubgroupUnfairness, MetricValue>)] = [
      ("statistical_parity", \.statisticalParity), ("false_positive", \.falsePositives),
      ("false_negative", \.falseNegatives),
    ]
    return kinds.map { name, kind in
      var worst: (value: Double, attribute: String, group: String, rows: Int)?
      for attribute in result.attributes {
        let frame = attribute.frame
        guard let all = frame.overall.confusion else { continue }
        for (group, sums) in zip(frame.names, frame.groups) {
          guard let own = sums.confusion,
            let value = SubgroupUnfairness(own, of: all)[keyPath: kind].number(.undefined),
            value > worst?.value ?? -1
          else { continue }
          worst = (value, frame.attribute, group, sums.rows)
        }
      }
      guard let worst else {
        notes.add("no subgroup has a \(name) unfairness")
        return .init(name, .null)
      }
      return .init(
        name,
        [
          "gamma": .finite(worst.value), "attributes": .string(worst.attribute),
          "group": .string(worst.group), "count": .integer(worst.rows),
        ])
    }
  }
}
