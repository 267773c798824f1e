import Platform

/// Judges one rule of a policy on an audit.
struct RuleJudge {
  private let rule: PolicyRule
  private let result: AuditResult
  private let pointer: String

  init(_ rule: PolicyRule, _ result: AuditResult, _ pointer: String) {
    self.rule = rule
    self.result = result
    self.pointer = pointer
  }

  /// - Throws: `invalidConfig` for a metric or attribute that the audit does not have.
  func findings() throws -> [Verdict.Finding] {
    if let attribute = rule.attribute,
      !result.attributes.contains(where: { $0.frame.attribute == attribute })
    {
      throw Failure.invalidConfig(
        "\"\(attribute)\" is not audited"
          + Suggestion.phrase(for: attribute, among: result.attributes.map(\.frame.attribute)),
        at: pointer + "/attribute")
    }
    let attributes = result.attributes.enumerated().filter {
      rule.attribute == nil || $0.element.frame.attribute == rule.attribute
    }
    switch rule.kind {
    case .bound: return try bounded(attributes)
    case .fourFifths:
      return attributes.map { index, attribute in
        let place = attribute.fairness.firstIndex { $0.name == "demographic_parity_ratio" }
        return judged(
          "four_fifths", attribute, nil, value: place.flatMap { attribute.fairness[$0].value },
          interval: place.flatMap { place in
            uncertainty(index)?.fairness.flatMap { $0.indices.contains(place) ? $0[place] : nil }
          }, "the lowest selection rate\(shareOfWhom) over the highest", atMost: nil, atLeast: 0.8)
      }
    case .statisticalSignificance: return attributes.map { significance($0, $1) }
    }
  }

  /// The denominator of the selection rate, in words, where it must be stated.
  private var shareOfWhom: String {
    guard let positive = result.positive, positive.value != "1" else { return "" }
    return " (the share with the decision \"\(positive.value)\")"
  }

  private func bounded(_ attributes: [(offset: Int, element: AuditResult.Attribute)]) throws
    -> [Verdict.Finding]
  {
    let metric = result.metrics.firstIndex { $0.name == rule.metric }
    if let metric, rule.attribute == nil {
      let interval = overallUncertainty?.overall.flatMap { $0.indices.contains(metric) ? $0[metric] : nil }
      return [
        judged(
          rule.metric, nil, nil, value: result.overall[metric], interval: interval,
          "\(rule.metric) of all rows", atMost: rule.atMost, atLeast: rule.atLeast)
      ]
    }
    if let metric {
      return attributes.flatMap { index, attribute in
        attribute.frame.names.enumerated().map { place, group in
          let intervals = uncertainty(index)?.groups.flatMap { $0.indices.contains(place) ? $0[place] : nil }
          return judged(
            rule.metric, attribute, place, value: attribute.values[place][metric],
            interval: intervals.flatMap { $0.indices.contains(metric) ? $0[metric] : nil },
            "\(rule.metric) of \(group)", atMost: rule.atMost, atLeast: rule.atLeast)
        }
      }
    }
    let found = attributes.compactMap { index, attribute -> Verdict.Finding? in
      guard let (value, interval, signed) = named(rule.metric, index, attribute) else { return nil }
      // An upper bound on a signed measure limits its distance from 0; with a lower bound the sign matters.
      let isFolded = signed && rule.atLeast == nil
      return judged(
        rule.metric, attribute, nil, value: isFolded ? value.map(abs) : value,
        interval: isFolded ? interval.map(RuleJudge.folded) : interval,
        isFolded ? "the size of \(rule.metric)" : rule.metric, atMost: rule.atMost, atLeast: rule.atLeast)
    }
    guard found.isEmpty else { return found }
    if !result.isLabelled, rule.metrics(among: RuleJudge.needingLabels).first != nil {
      return [
        Verdict.Finding(
          metric: rule.metric, attribute: rule.attribute, group: nil,
          bound: RuleJudge.bound(rule.atMost, rule.atLeast), value: nil, interval: nil,
          outcome: .notEnoughData,
          because: "\(rule.metric) compares decisions with labels, and there are none")
      ]
    }
    var known = result.metrics.map(\.name)
    for attribute in result.attributes.prefix(1) {
      known += attribute.fairness.map(\.name)
      known += result.metrics.flatMap { metric in Quantities.gapNames.map { "\(metric.name)_\($0)" } }
    }
    throw Failure.invalidConfig(
      "\"\(rule.metric)\" is not in the audit\(Suggestion.phrase(for: rule.metric, among: known))",
      at: pointer + "/metric")
  }

  /// A fairness measure or a gap of an attribute by name.
  private func named(_ name: String, _ index: Int, _ attribute: AuditResult.Attribute) -> (
    value: Double?, interval: Interval?, signed: Bool
  )? {
    if let place = attribute.fairness.firstIndex(where: { $0.name == name }) {
      let intervals = uncertainty(index)?.fairness
      let measure = attribute.fairness[place].measure
      return (
        attribute.fairness[place].value,
        intervals.flatMap { $0.indices.contains(place) ? $0[place] : nil },
        measure.isSigned && measure.ideal == 0
      )
    }
    for (place, metric) in result.metrics.enumerated() {
      for (gap, gapName) in Quantities.gapNames.enumerated() where "\(metric.name)_\(gapName)" == name {
        let intervals = uncertainty(index)?.gaps.flatMap { $0.indices.contains(place) ? $0[place] : nil }
        return (
          result.value(metric: name, attribute: attribute.frame.attribute), intervals.flatMap { $0[gap] },
          false
        )
      }
    }
    return nil
  }

  private static func folded(_ interval: Interval) -> Interval {
    let (low, high) = (abs(interval.lower), abs(interval.upper))
    return Interval(interval.lower <= 0 && interval.upper >= 0 ? 0 : min(low, high), max(low, high))
  }

  /// The intervals of all rows at the rule's confidence.
  private var overallUncertainty: Uncertainty? {
    rule.confidence.flatMap { confidence in
      result.uncertainties.first { $0.confidence == confidence && $0.overall != nil }
    }
  }

  private func uncertainty(_ attribute: Int) -> Uncertainty.Attribute? {
    overallUncertainty.flatMap { $0.attributes.indices.contains(attribute) ? $0.attributes[attribute] : nil }
  }

  private func significance(_ index: Int, _ attribute: AuditResult.Attribute) -> Verdict.Finding {
    let level = 1 - (rule.confidence ?? 0.95)
    let bound: JSONValue = ["p_value_at_least": .number((level * 1e12).rounded() / 1e12)]
    let tests = result.uncertainties.first.flatMap {
      $0.attributes.indices.contains(index) ? $0.attributes[index].tests : nil
    }
    let test = tests?.first { $0.metric == "selection_rate" }
    var finding = Verdict.Finding(
      metric: "statistical_significance", attribute: attribute.frame.attribute, group: nil, bound: bound,
      value: test?.pValue, interval: nil, outcome: .notEnoughData,
      because: "there is no test of the selection rates")
    guard let test else { return finding }
    if let small = tooSmall(attribute, nil) {
      finding.because = small
    } else if test.pValue < level {
      finding.outcome = .fail
      finding.because =
        "the selection rates differ by more than chance (p = \(RuleJudge.text(test.pValue)), \(test.method))"
    } else {
      finding.outcome = .pass
      finding.because =
        "the selection rates differ no more than chance allows (p = \(RuleJudge.text(test.pValue)), \(test.method))"
    }
    return finding
  }

  /// The reason why a group has too few rows; nil if all have enough.
  private func tooSmall(_ attribute: AuditResult.Attribute?, _ group: Int?) -> String? {
    guard let attribute else {
      return result.rows < rule.minimumCount
        ? "there are \(result.rows) rows, and the rule asks for \(rule.minimumCount)" : nil
    }
    for (place, name) in attribute.frame.names.enumerated() where group == nil || group == place {
      let rows = attribute.frame.groups[place].rows
      if rows < rule.minimumCount {
        return "\(name) has \(rows) rows, and the rule asks for \(rule.minimumCount)"
      }
    }
    return nil
  }

  private func judged(
    _ metric: String, _ attribute: AuditResult.Attribute?, _ group: Int?, value: Double?,
    interval: Interval?, _ what: String, atMost: Double?, atLeast: Double?
  ) -> Verdict.Finding {
    var finding = Verdict.Finding(
      metric: metric, attribute: attribute?.frame.attribute,
      group: group.map { attribute?.frame.names[$0] ?? "" },
      bound: RuleJudge.bound(atMost, atLeast), value: value,
      interval: rule.confidence == nil ? nil : interval, outcome: .notEnoughData, because: "")
    guard let value else {
      finding.because = "\(what) has no value"
      return finding
    }
    if let small = tooSmall(attribute, group) {
      finding.because = small
      return finding
    }
    let asked = [
      atMost.map { "at most \(RuleJudge.text($0))" }, atLeast.map { "at least \(RuleJudge.text($0))" },
    ].compactMap { $0 }.joined(separator: " and ")
    let range = rule.confidence == nil ? Interval(value, value) : interval
    guard let range else {
      finding.because = "\(what) is \(RuleJudge.text(value)), and there is no interval to judge it by"
      return finding
    }
    let inside = range.upper <= (atMost ?? .infinity) && range.lower >= (atLeast ?? -.infinity)
    let outside = range.lower > (atMost ?? .infinity) || range.upper < (atLeast ?? -.infinity)
    finding.outcome = inside ? .pass : outside ? .fail : .notEnoughData
    var shown = "\(what) is \(RuleJudge.text(value))"
    if let confidence = rule.confidence {
      shown +=
        ", and with \(RuleJudge.text(confidence * 100))% confidence between \(RuleJudge.text(range.lower))"
        + " and \(RuleJudge.text(range.upper))"
    }
    finding.because =
      inside
      ? "\(shown): \(asked), as asked"
      : outside ? "\(shown): not \(asked)" : "\(shown): the interval reaches beyond \(asked)"
    return finding
  }

  private static func bound(_ atMost: Double?, _ atLeast: Double?) -> JSONValue {
    .object(
      [atMost.map { .init("at_most", .number($0)) }, atLeast.map { .init("at_least", .number($0)) }]
        .compactMap { $0 })
  }

  /// The names of metrics and measures that need labels.
  private static let needingLabels =
    Metric.all.filter(\.needsLabels).map(\.name) + FairnessMeasure.all.filter(\.needsLabels).map(\.name)

  /// Three decimal places are enough for a reader.
  private static func text(_ value: Double) -> String {
    guard abs(value) < 1e9 else { return "\(value)" }
    if value != 0, abs(value) < 0.0005 { return "less than 0.001" }
    let rounded = (value * 1_000).rounded() / 1_000
    return Int(exactly: rounded).map(String.init) ?? "\(rounded)"
  }
}
