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
  public var statistics: [StatisticConfig] = []
  public var minimumCount = 0
  public var minimumShare = 0.0
  public var intervals: IntervalsConfig?
  public var tests: TestsConfig?
  // Not fields of the selection: `curves` is a key of audits only, `policy` is a key next to the selection.
  package var curves = false
  package var policy: PolicyConfig?

  public init() {}

  public enum ZeroDivisionChoice: String, ConfigChoice, Sendable { case undefined, zero }

  public static let summary = "The content of an audit's report."
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
        "The value of a rate whose denominator is 0. undefined: null, with a note; zero: 0 "
          + "(scikit-learn's convention)."),
      ConfigField(
        "reference", path.appending(path: \.reference),
        "The privileged group of each attribute, for signed differences. Default: the largest group."),
      ConfigField(
        "compare_with", path.appending(path: \.compareWith),
        "Further comparisons of each metric's groups, in addition to the four gaps; docs/metrics.md has "
          + "the formulas."),
      ConfigField(
        "conditional_on", path.appending(path: \.conditionalOn),
        "Columns within whose values the conditional measures compare the groups, such as [\"department\"]."),
      ConfigField(
        "costs", path.appending(path: \.costs),
        "The cost of each decision, for the metric expected_cost: an array for each label with a number "
          + "for each decision, in the order of the classes (with two classes, the negative one first): [[0, "
          + "1], [5, 0]]."),
      ConfigField(
        "statistics", path.appending(path: \.statistics),
        "Further metrics: ratios that are defined here, in addition to \"metrics\". For the audit, s is the "
          + "decision: 0 or 1."),
      ConfigField(
        "minimum_count", path.appending(path: \.minimumCount), in: 0...Int.max,
        "Groups with fewer rows are neither shown nor compared. If this is only one group, the next "
          + "smallest group is not shown either, because the difference to all rows would reveal the first "
          + "one."),
      ConfigField(
        "minimum_share", path.appending(path: \.minimumShare), in: 0...1,
        "Groups with a smaller share of the rows are neither shown nor compared. New York City's rules "
          + "on automated employment decision tools allow 0.02."),
      ConfigField("intervals", path.appending(path: \.intervals), "Confidence intervals; null for none."),
      ConfigField(
        "tests", path.appending(path: \.tests),
        "Statistical tests of differences between groups; null for none."),
    ]
  }
}
