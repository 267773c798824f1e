import Fairness
import Platform

extension GapReference: ConfigChoice {}

/// The metrics and measures that an audit reports for each group. Used by audits, and by fine-tunings for the
/// audits before and after.
public struct AuditSelection: Configuration {
  public var by: [AttributeReference] = []
  public var metrics: [String] = []
  public var zeroDivision = ZeroDivisionChoice.undefined
  public var reference = ConfigMap<String>()
  public var compareWith: [GapReference] = []
  public var conditionalOn: [SensitiveColumn] = []
  public var costs: [[Double]] = []
  public var minimumCount = 0
  public var minimumShare = 0.0
  public var intervals: IntervalsConfig?
  public var tests: TestsConfig?
  // Not fields of the selection: `curves` is a key of audits only, `policy` is a key next to the selection.
  package var curves = false
  package var policy: PolicyConfig?

  public init() {}

  public enum ZeroDivisionChoice: String, ConfigChoice, Sendable { case undefined, zero }

  public static let summary = "What an audit reports."
  public static let fields: [ConfigField<AuditSelection>] = fields(at: \.self)

  /// The fields of a configuration that stores the selection at `path`.
  static func fields<Owner: Configuration>(at path: WritableKeyPath<Owner, AuditSelection>)
    -> [ConfigField<Owner>]
  {
    [
      ConfigField(
        "by", path.appending(path: \.by), "Attributes and intersections. Default: each of \"sensitive\"."),
      ConfigField(
        "metrics", path.appending(path: \.metrics),
        "Names of metrics; docs/metrics.md lists them. Default: all of the task."),
      ConfigField(
        "zero_division", path.appending(path: \.zeroDivision),
        "What a rate with nothing in its denominator is: null with a note, or 0 (scikit-learn's convention)."),
      ConfigField(
        "reference", path.appending(path: \.reference),
        "The privileged group of an attribute, for signed differences. Default: the largest."),
      ConfigField(
        "compare_with", path.appending(path: \.compareWith),
        "What each metric's groups are compared with beside the four gaps; docs/metrics.md has the formulas."),
      ConfigField(
        "conditional_on", path.appending(path: \.conditionalOn),
        "Columns within whose values the conditional measures compare the groups, such as [\"department\"]."),
      ConfigField(
        "costs", path.appending(path: \.costs),
        "What each decision costs, for the metric expected_cost: an array for each label, in it a number for each decision, "
          + "in the order of the classes, of two classes the negative one first: [[0, 1], [5, 0]]."),
      ConfigField(
        "minimum_count", path.appending(path: \.minimumCount), in: 0...Int.max,
        "Groups of fewer rows are neither shown nor compared; where that is one group, the next smallest is not either, "
          + "since the difference to all rows would tell it."),
      ConfigField(
        "minimum_share", path.appending(path: \.minimumShare), in: 0...1,
        "Groups of a smaller share of the rows are neither shown nor compared: 0.02 is what New York City's rules on "
          + "automated employment decision tools allow."),
      ConfigField("intervals", path.appending(path: \.intervals), "Confidence intervals; null: none."),
      ConfigField("tests", path.appending(path: \.tests), "Tests that groups are alike; null: none."),
    ]
  }
}
