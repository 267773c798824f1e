import Fairness
import Platform

/// The requirements that a model's decisions must meet.
public struct PolicyConfig: Configuration {
  /// The operations that are refused to a model that does not meet its policy.
  public enum Gate: String, ConfigChoice, Sendable { case save, serve, tune }

  package var require: [RuleConfig] = []
  package var enforce: [Gate] = []

  public init() {}

  public static let summary = "Requirements that decisions must meet; see docs/verdicts.md."
  public static let fields: [ConfigField<PolicyConfig>] = [
    ConfigField("require", \.require, "The rules, all of which must pass."),
    ConfigField(
      "enforce", \.enforce,
      "For a tuning, what is refused (EQP_REFUSED) while rules are not met or not decided. tune: the "
        + "tuning returns no model; save: the model cannot be saved; serve: it cannot predict, and no "
        + "endpoint accepts it."),
  ]

  /// The rules in the form that audits use.
  package var rules: [PolicyRule] { require.map(\.rule) }
}

/// One rule: a bound on a metric, or the name of a built-in rule.
package struct RuleConfig: ConfigValue {
  package var rule = PolicyRule()

  private struct Object: Configuration {
    var rule = PolicyRule.Kind.bound
    var metric = ""
    var attribute: AttributeReference?
    var atMost: Double?
    var atLeast: Double?
    var confidence: Double?
    var minimumCount = 0

    static let summary = "A rule of a policy."
    static let fields: [ConfigField<Object>] = [
      ConfigField("rule", \.rule, "A bound on \"metric\", or a rule with a built-in bound."),
      ConfigField("metric", \.metric, "A metric, a gap such as \"tpr_difference\", or a fairness measure."),
      ConfigField(
        "attribute", \.attribute,
        "The attribute, or a list for their intersection, whose groups are compared. Default: every "
          + "attribute; for a metric such as \"accuracy\", all rows together."),
      ConfigField("at_most", \.atMost, "The maximum value that passes."),
      ConfigField("at_least", \.atLeast, "The minimum value that passes."),
      ConfigField(
        "confidence", \.confidence, in: 0.5...0.9999,
        "The confidence of the interval. The whole interval must be within the bounds to pass, and "
          + "completely outside to fail."),
      ConfigField(
        "minimum_count", \.minimumCount, in: 0...Int.max,
        "The minimum number of rows of every group. With fewer, there is no verdict."),
    ]
  }

  package static func decoded(_ json: JSONValue, at pointer: String) throws -> RuleConfig {
    var config = RuleConfig()
    if json.string != nil {
      config.rule.kind = try PolicyRule.Kind.decoded(json, at: pointer)
      guard config.rule.kind != .bound else {
        throw Failure.invalidConfig("a bound is an object with \"metric\" and \"at_most\"", at: pointer)
      }
      return config
    }
    let object = try Object.decoded(json, at: pointer)
    if object.rule == .bound {
      guard !object.metric.isEmpty else {
        throw Failure.invalidConfig(
          "\"metric\" is missing; a metric, a gap or a fairness measure is accepted", at: pointer + "/metric")
      }
      guard object.atMost != nil || object.atLeast != nil else {
        throw Failure.invalidConfig(
          "a bound is missing; \"at_most\", \"at_least\" or both are accepted", at: pointer)
      }
    } else if object.atMost != nil || object.atLeast != nil || !object.metric.isEmpty {
      throw Failure.invalidConfig(
        "the rule \"\(object.rule.rawValue)\" has a built-in metric and bound", at: pointer)
    }
    config.rule.kind = object.rule
    config.rule.metric = object.metric
    config.rule.attribute = object.attribute?.label
    config.rule.atMost = object.atMost
    config.rule.atLeast = object.atLeast
    config.rule.confidence = object.confidence
    config.rule.minimumCount = object.minimumCount
    return config
  }

  package var encoded: JSONValue {
    var object = Object()
    object.rule = rule.kind
    object.metric = rule.metric
    object.attribute = rule.attribute.map { AttributeReference(NameList.names(in: $0)) }
    object.atMost = rule.atMost
    object.atLeast = rule.atLeast
    object.confidence = rule.confidence
    object.minimumCount = rule.minimumCount
    // Default values are omitted, so that the rule is encoded as it was written.
    return .object(
      (object.encoded.members ?? []).filter {
        $0.value != .null && $0.value != "" && $0.value != 0 && $0.value != "bound"
      })
  }

  package static var schema: JSONValue { ["anyOf": [PolicyRule.Kind.schema, Object.schema]] }
}

extension PolicyRule.Kind: ConfigChoice {}
