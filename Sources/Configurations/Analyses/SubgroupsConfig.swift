import Fairness
import Platform

extension SubsetScan.Likelihood: ConfigChoice {}

/// The section "subgroups" of an audit.
public struct SubgroupsConfig: Configuration {
  public var attributes: [String] = []
  public var depth = 2
  public var minimum = 30
  public var metrics = ["selection_rate", "tpr", "fpr"]
  public var scan: ScanConfig?

  public init() {}

  public static let summary = "All subgroups of several attributes, and the one that is treated worst."
  public static let fields: [ConfigField<SubgroupsConfig>] = [
    ConfigField("attributes", \.attributes, "Sensitive columns. Default: all of them."),
    ConfigField("depth", \.depth, in: 1...8, "Attributes that a subgroup combines at most."),
    ConfigField("minimum", \.minimum, in: 0...Int.max, "Rows under which a subgroup is marked as small."),
    ConfigField("metrics", \.metrics, "What is reported of each subgroup; docs/metrics.md lists them."),
    ConfigField("scan", \.scan, "The search for the worst subgroup; null: none."),
  ]
}

/// The search for the subgroup whose outcomes differ most from the expected ones.
public struct ScanConfig: Configuration {
  public enum Observed: String, ConfigChoice, Sendable { case label, decision }
  public enum Expected: String, ConfigChoice, Sendable { case score, rate }

  public var attributes: [String] = []
  public var observed: Observed?
  public var expected: Expected?
  public var likelihood = SubsetScan.Likelihood.bernoulli
  public var penalty = 0.0
  public var restarts = 10
  public var replicates = 0
  public var bins = 4
  public var seed = 0

  public init() {}

  public static let summary = "The multidimensional subset scan of Bias Scan (docs/analyses.md)."
  public static let fields: [ConfigField<ScanConfig>] = [
    ConfigField(
      "attributes", \.attributes,
      "Columns, sensitive or not, whose values make subgroups. Default: those of \"subgroups\"."),
    ConfigField(
      "observed", \.observed,
      "The outcome. Default: the label where there are scores, which say what was expected; else the decision."
    ),
    ConfigField(
      "expected", \.expected,
      "What was expected of each row: its score, or the rate of all rows. Default: the score where labels are "
        + "observed and there are scores."),
    ConfigField("likelihood", \.likelihood, "bernoulli: odds are compared; poisson: rates."),
    ConfigField(
      "penalty", \.penalty, in: 0...1e9, "What each value taken of an attribute costs: more is simpler."),
    ConfigField("restarts", \.restarts, in: 0...10_000, "Random starts after the one with all values."),
    ConfigField(
      "replicates", \.replicates, in: 0...100_000,
      "Tables drawn as expected for a p value; 0: none. 99 or more are of use."),
    ConfigField("bins", \.bins, in: 2...64, "Of columns of numbers, as many bins with alike many rows."),
    ConfigField("seed", \.seed, in: 0...Int.max, "Of the random starts and replicates."),
  ]
}
