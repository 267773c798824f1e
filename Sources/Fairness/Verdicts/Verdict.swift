import Platform

/// Whether an audit meets a policy.
public struct Verdict: Sendable {
  public enum Outcome: String, Sendable {
    case pass, fail
    case notEnoughData = "not_enough_data"
  }
  /// The result of one rule for one attribute, or for one of its groups.
  public struct Finding: Sendable {
    /// The judged quantity.
    public var metric: String
    public var attribute: String?
    public var group: String?
    /// The bound with its limits, as in a policy.
    public var bound: JSONValue
    /// The measured value; nil if it is undefined.
    public var value: Double?
    /// The interval that must satisfy the bound; nil if the rule requires no confidence.
    public var interval: Interval?
    public var outcome: Outcome
    /// The reason of the outcome, as one sentence.
    public var because: String

    var json: JSONValue {
      var members: [JSONValue.Member] = [
        .init("metric", .string(metric)), .init("attribute", attribute.map(JSONValue.string) ?? .null),
      ]
      if let group { members.append(.init("group", .string(group))) }
      return .object(
        members + [
          .init("bound", bound), .init("value", value.map { .finite($0) } ?? .null),
          .init("interval", interval?.json ?? .null), .init("result", .string(outcome.rawValue)),
          .init("because", .string(because)),
        ])
    }
  }

  public let findings: [Finding]

  /// Failed if any rule failed; otherwise undecided if any is; a policy without rules passes.
  public var outcome: Outcome {
    if findings.contains(where: { $0.outcome == .fail }) { return .fail }
    return findings.contains { $0.outcome == .notEnoughData } ? .notEnoughData : .pass
  }

  public var json: JSONValue {
    ["result": .string(outcome.rawValue), "rules": .array(findings.map(\.json))]
  }

  /// - Parameter pointer: the JSON pointer of the rules in the configuration.
  /// - Throws: `invalidConfig` for a metric or attribute that the audit does not have.
  public init(_ rules: [PolicyRule], on result: AuditResult, at pointer: String) throws {
    findings = try rules.enumerated().flatMap { index, rule in
      try RuleJudge(rule, result, "\(pointer)/\(index)").findings()
    }
  }
}
