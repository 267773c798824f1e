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

  public static let summary = "All subgroups of several attributes, and the subgroup that is treated worst."
  public static let fields: [ConfigField<SubgroupsConfig>] = [
    ConfigField("attributes", \.attributes, "The sensitive columns. Default: all of them."),
    ConfigField("depth", \.depth, in: 1...8, "The maximum number of attributes that a subgroup combines."),
    ConfigField("minimum", \.minimum, in: 0...Int.max, "A subgroup with fewer rows is marked as small."),
    ConfigField("metrics", \.metrics, "The metrics reported for each subgroup; docs/metrics.md lists them."),
    ConfigField("scan", \.scan, "The search for the worst subgroup; null for none."),
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
      "The columns, sensitive or not, whose values define subgroups. Default: those of \"subgroups\"."),
    ConfigField(
      "observed", \.observed,
      "The outcome. Default: the label if there are scores, which are its expectation; otherwise the "
        + "decision."
    ),
    ConfigField(
      "expected", \.expected,
      "The expectation for each row: its score, or the rate of all rows. Default: the score if labels "
        + "are observed and there are scores."),
    ConfigField(
      "likelihood", \.likelihood,
      "The likelihood. bernoulli: compares odds; poisson: compares rates."),
    ConfigField(
      "penalty", \.penalty, in: 0...1e9,
      "The penalty for each value of an attribute in the subgroup. Larger penalties give simpler "
        + "subgroups."),
    ConfigField(
      "restarts", \.restarts, in: 0...10_000,
      "The number of random starts after the one with all values."),
    ConfigField(
      "replicates", \.replicates, in: 0...100_000,
      "The number of tables drawn from the expectation for a p value; 0 for none. At least 99 are useful."),
    ConfigField(
      "bins", \.bins, in: 2...64,
      "The number of bins of a column of numbers, with about equal numbers of rows."),
    ConfigField("seed", \.seed, in: 0...Int.max, "The seed of the random starts and replicates."),
  ]
}
