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

  public static let summary = "Confidence intervals for every number."
  public static let fields: [ConfigField<IntervalsConfig>] = [
    ConfigField(
      "method", \.method,
      "The method. auto: score intervals for rates and their gaps, the bias-corrected bootstrap for "
        + "everything else; see docs/uncertainty.md."
    ),
    ConfigField(
      "confidence", \.confidence, in: 0.5...0.9999,
      "The probability with which an interval contains the true value."),
    ConfigField(
      "replicates", \.replicates, in: 0...100_000,
      "The number of bootstrap samples. 0: only intervals with a formula."),
    ConfigField(
      "stratified", \.stratified,
      "Whether each bootstrap sample has the same number of rows of every group."),
    ConfigField("seed", \.seed, "The seed of the bootstrap. The same seed gives the same intervals."),
  ]
}

/// The tests of a report.
public struct TestsConfig: Configuration {
  public var correction = UncertaintyOptions.Correction.holm
  public var permutations = 0

  public init() {}

  public static let summary = "Tests that a metric is the same in all groups."
  public static let fields: [ConfigField<TestsConfig>] = [
    ConfigField("correction", \.correction, "The correction for the number of tests in the report."),
    ConfigField(
      "permutations", \.permutations, in: 0...1_000_000,
      "The number of random permutations of the groups for permutation tests. 0: tests by formula."),
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
