import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// A test that a metric is the same in all groups of an attribute.
public struct EqualityTest: Equatable, Sendable {
  public var metric: String
  /// "chi_square", "fisher_exact", "wald" or "permutation".
  public var method: String
  public var statistic: Double?
  public var degreesOfFreedom: Int?
  public var pValue: Double
  public var adjustedPValue: Double?

  var json: JSONValue {
    [
      "metric": .string(metric), "method": .string(method),
      "statistic": statistic.map { .finite($0) } ?? .null,
      "degrees_of_freedom": degreesOfFreedom.map { .integer($0) } ?? .null,
      "p_value": .finite(pValue), "adjusted_p_value": adjustedPValue.map { .finite($0) } ?? .null,
    ]
  }

  /// Of rates: Fisher's exact test for two groups with an expected count below 5, else Pearson's χ² of the
  /// 2 × k table, which for two groups is the square of the two-proportion z test. Nil with fewer than two
  /// groups.
  static func rates(_ metric: String, _ groups: [RateCounts]) -> EqualityTest? {
    let groups = groups.filter { $0.trials > 0 }
    let trials = groups.reduce(0) { $0 + $1.trials }
    let successes = groups.reduce(0) { $0 + $1.successes }
    guard groups.count > 1, trials > 0 else { return nil }
    guard successes > 0, successes < trials else {
      // All rows agree: nothing speaks against equality.
      return EqualityTest(
        metric: metric, method: "chi_square", statistic: 0, degreesOfFreedom: groups.count - 1, pValue: 1)
    }
    let pooled = successes / trials
    let expected = groups.map { $0.trials * min(pooled, 1 - pooled) }.min() ?? 0
    if groups.count == 2, expected < 5, trials < 100_000 {
      return EqualityTest(
        metric: metric, method: "fisher_exact", statistic: nil, degreesOfFreedom: nil,
        pValue: fisher(groups[0], groups[1]))
    }
    let statistic = groups.reduce(0) { sum, group in
      let distance = group.successes - group.trials * pooled
      return sum + distance * distance / (group.trials * pooled * (1 - pooled))
    }
    return EqualityTest(
      metric: metric, method: "chi_square", statistic: statistic, degreesOfFreedom: groups.count - 1,
      pValue: ChiSquareDistribution.tail(statistic, degreesOfFreedom: groups.count - 1))
  }

  /// The chance of all tables with the same margins that are no likelier than this one (Fisher 1935).
  private static func fisher(_ first: RateCounts, _ second: RateCounts) -> Double {
    func logChoose(_ n: Double, _ k: Double) -> Double {
      logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1)
    }
    let successes = first.successes + second.successes
    let all = logChoose(first.trials + second.trials, successes)
    func mass(_ k: Double) -> Double {
      exp(logChoose(first.trials, k) + logChoose(second.trials, successes - k) - all)
    }
    // A table as likely as this one counts, whatever rounding says.
    let bound = mass(first.successes) * (1 + 1e-7)
    var sum = 0.0
    var k = max(0, successes - second.trials)
    while k <= min(first.trials, successes) {
      let chance = mass(k)
      if chance <= bound { sum += chance }
      k += 1
    }
    return min(1, sum)
  }

  /// Of any estimates with standard errors: Σ ((x − mean) / error)² around the mean weighted by 1 / error²
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
