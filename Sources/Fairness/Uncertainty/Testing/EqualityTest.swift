import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// A test that a metric is the same in all groups of an attribute.
public struct EqualityTest: Equatable, Sendable {
  public var metric: String
  /// "chi_square", "fisher_exact", "freeman_halton", "monte_carlo", "wald" or "permutation".
  public var method: String
  /// The statistic of the test; nil for exact and Monte Carlo tests.
  public var statistic: Double?
  public var degreesOfFreedom: Int?
  /// The probability, if the metric is equal in all groups, of a difference at least as large as the observed
  /// one.
  public var pValue: Double
  /// The p-value after the correction for the number of tests in the report.
  public var adjustedPValue: Double?

  var json: JSONValue {
    [
      "metric": .string(metric), "method": .string(method),
      "statistic": statistic.map { .finite($0) } ?? .null,
      "degrees_of_freedom": degreesOfFreedom.map { .integer($0) } ?? .null,
      "p_value": .finite(pValue), "adjusted_p_value": adjustedPValue.map { .finite($0) } ?? .null,
    ]
  }

  /// For rates: Pearson's χ² test of the 2 × k table; for two groups it is the square of the two-proportion z
  /// test. If an expected count is below 5, the exact test of the table is used (`ExactTables`). nil with
  /// fewer than two groups.
  ///
  /// - Parameter seed: the seed of a Monte Carlo test.
  static func rates(_ metric: String, _ groups: [RateCounts], seed: UInt64 = 0) -> EqualityTest? {
    let groups = groups.filter { $0.trials > 0 }
    let trials = groups.reduce(0) { $0 + $1.trials }
    let successes = groups.reduce(0) { $0 + $1.successes }
    guard groups.count > 1, trials > 0 else { return nil }
    guard successes > 0, successes < trials else {
      // All rows have the same outcome: there is no evidence against equality.
      return EqualityTest(
        metric: metric, method: "chi_square", statistic: 0, degreesOfFreedom: groups.count - 1, pValue: 1)
    }
    let pooled = successes / trials
    let expected = groups.map { $0.trials * min(pooled, 1 - pooled) }.min() ?? 0
    if expected < 5, groups.allSatisfy({ $0.trials.rounded() == $0.trials && $0.trials < 1e15 }) {
      return ExactTables(groups).test(metric, seed: seed)
    }
    let statistic = groups.reduce(0) { sum, group in
      let distance = group.successes - group.trials * pooled
      return sum + distance * distance / (group.trials * pooled * (1 - pooled))
    }
    return EqualityTest(
      metric: metric, method: "chi_square", statistic: statistic, degreesOfFreedom: groups.count - 1,
      pValue: ChiSquareDistribution.tail(statistic, degreesOfFreedom: groups.count - 1))
  }

  /// For estimates with standard errors: Σ ((x − mean) / error)², where the mean is weighted by 1 / error²
  /// (Wald 1943; Cochran 1954's Q).
  static func wald(_ metric: String, _ estimates: [(value: Double, error: Double)]) -> EqualityTest? {
    let usable = estimates.filter { $0.value.isFinite && $0.error > 0 && $0.error.isFinite }
    guard usable.count > 1, usable.count == estimates.count else { return nil }
    let weights = usable.map { 1 / ($0.error * $0.error) }
    let mean = zip(usable, weights).reduce(0) { $0 + $1.0.value * $1.1 } / weights.reduce(0, +)
    let statistic = zip(usable, weights).reduce(0) {
      $0 + ($1.0.value - mean) * ($1.0.value - mean) * $1.1
    }
    return EqualityTest(
      metric: metric, method: "wald", statistic: statistic, degreesOfFreedom: usable.count - 1,
      pValue: ChiSquareDistribution.tail(statistic, degreesOfFreedom: usable.count - 1))
  }
}
