import Fairness
import Platform

extension UncertaintyOptions.Method: ConfigChoice {}
extension UncertaintyOptions.Correction: ConfigChoice {}

/// The confidence intervals of a report.
public struct IntervalsConfig: Configuration {
  public var method = UncertaintyOptions.Method.auto
  public var confidence = 0.95
  public var replicates = 1_000
  public var stratified = false
  public var seed = 7

  public init() {}

  public static let summary = "Confidence intervals beside every number."
  public static let fields: [ConfigField<IntervalsConfig>] = [
    ConfigField(
      "method", \.method,
      "auto: score intervals for rates and their gaps, the bias-corrected bootstrap for all else; docs/uncertainty.md."
    ),
    ConfigField(
      "confidence", \.confidence, in: 0.5...0.9999, "The share of intervals that hold the true value."),
    ConfigField("replicates", \.replicates, in: 0...100_000, "Bootstrap draws; 0: only what has a formula."),
    ConfigField("stratified", \.stratified, "Keep every group's number of rows in each draw."),
    ConfigField("seed", \.seed, "Of the draws: the same seed gives the same intervals."),
  ]
}

/// The tests of a report.
public struct TestsConfig: Configuration {
  public var correction = UncertaintyOptions.Correction.holm
  public var permutations = 0

  public init() {}

  public static let summary = "Tests that a metric is the same in all groups."
  public static let fields: [ConfigField<TestsConfig>] = [
    ConfigField("correction", \.correction, "For the number of tests in the report."),
    ConfigField(
      "permutations", \.permutations, in: 0...1_000_000,
      "Random relabellings of the groups for permutation tests; 0: tests by formula."),
  ]
}

extension UncertaintyOptions {
  /// nil if neither intervals nor tests are requested.
  package init?(_ intervals: IntervalsConfig?, _ tests: TestsConfig?, policy: PolicyConfig?) {
    let rules = policy?.rules ?? []
    let confidences = rules.filter { $0.kind != .statisticalSignificance }.compactMap(\.confidence)
    let needsTest = rules.contains { $0.kind == .statisticalSignificance }
    guard intervals != nil || tests != nil || !confidences.isEmpty || needsTest else { return nil }
    self.init()
    self.intervals = intervals != nil
    let config = intervals ?? IntervalsConfig()
    method = config.method
    confidence = config.confidence
    replicates = config.replicates
    stratified = config.stratified
    seed = UInt64(truncatingIfNeeded: config.seed)
    self.tests = tests != nil || needsTest
    correction = tests?.correction ?? .holm
    permutations = tests?.permutations ?? 0
    for other in confidences where !otherConfidences.contains(other) { otherConfidences.append(other) }
  }
}
