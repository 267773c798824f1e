#if canImport(Glibc)
  import Glibc
#endif

/// How unequally a benefit (a number of at least 0) is distributed over people, and how much of the
/// inequality lies between groups (Speicher et al. 2018, "A Unified Approach to Quantifying Algorithmic
/// Unfairness").
public struct Inequality: Sendable {
  /// (benefit, weight) of every row with a weight above 0, for all rows and for each group.
  private let all: [(benefit: Double, weight: Double)]
  private let groups: [[(benefit: Double, weight: Double)]]
  private let isNegative: Bool

  /// - Parameters:
  ///   - benefits: one number per row; a row with NaN is left out.
  ///   - weights: one weight per row; nil: all are 1.
  ///   - codes: the group of each row, from 0; a row with another code belongs to no group.
  ///   - groupCount: the number of groups.
  public init(benefits: [Double], weights: [Double]? = nil, codes: [Int32] = [], groupCount: Int = 0) {
    var all: [(benefit: Double, weight: Double)] = []
    var groups = [[(benefit: Double, weight: Double)]](repeating: [], count: max(0, groupCount))
    var isNegative = false
    all.reserveCapacity(benefits.count)
    for (row, benefit) in benefits.enumerated() where !benefit.isNaN {
      let weight = weights.map { $0.indices.contains(row) ? $0[row] : 0 } ?? 1
      guard weight > 0 else { continue }
      if benefit < 0 { isNegative = true }
      all.append((benefit, weight))
      if codes.indices.contains(row), groups.indices.contains(Int(codes[row])) {
        groups[Int(codes[row])].append((benefit, weight))
      }
    }
    (self.all, self.groups, self.isNegative) = (all, groups, isNegative)
  }

  /// GE(α) = mean((b / μ)^α − 1) / (α (α − 1)); mean((b / μ) ln(b / μ)) for 1, which is Theil's index;
  /// −mean(ln(b / μ)) for 0, the mean logarithmic deviation.
  public func generalizedEntropy(alpha: Double) -> MetricValue {
    unlessNegative { GeneralizedEntropy.index(all, alpha: alpha) }
  }

  /// The generalized entropy after every row's benefit is replaced by the mean benefit of its group. If every
  /// row belongs to a group, GE(α) = between + Σ over groups of (w_g / w) (μ_g / μ)^α GE(α) of the group.
  public func betweenGroups(alpha: Double) -> MetricValue {
    unlessNegative {
      let means = groups.filter { !$0.isEmpty }.map { rows -> (benefit: Double, weight: Double) in
        let weight = rows.reduce(0) { $0 + $1.weight }
        return (rows.reduce(0) { $0 + $1.weight * $1.benefit } / weight, weight)
      }
      return GeneralizedEntropy.index(means, alpha: alpha)
    }
  }

  /// GE(α) minus its part between groups.
  public func withinGroups(alpha: Double) -> MetricValue {
    [generalizedEntropy(alpha: alpha), betweenGroups(alpha: alpha)].aggregated { $0[0] - $0[1] }
  }

  /// GE(α) of one group's rows.
  public func generalizedEntropy(alpha: Double, group: Int) -> MetricValue {
    guard groups.indices.contains(group) else { return .undefined(reason: "no rows") }
    return unlessNegative { GeneralizedEntropy.index(groups[group], alpha: alpha) }
  }

  /// √(2 GE(2)): the standard deviation divided by the mean. (AIF360 0.6 computes 2 √GE(2), which is √2 times
  /// this.)
  public var coefficientOfVariation: MetricValue {
    generalizedEntropy(alpha: 2).map { (2 * max(0, $0)).squareRoot() }
  }

  /// 1 − (mean(b^(1 − ε)))^(1 / (1 − ε)) / μ; for ε = 1: 1 − geometric mean / μ (Atkinson 1970).
  public func atkinson(epsilon: Double) -> MetricValue {
    unlessNegative {
      let weight = all.reduce(0) { $0 + $1.weight }
      let mean = all.reduce(0) { $0 + $1.weight * $1.benefit } / max(weight, .leastNormalMagnitude)
      guard weight > 0 else { return .undefined(reason: "no rows") }
      guard mean > 0 else { return .undefined(reason: "no row has a benefit") }
      // From ε = 1 on, one benefit of 0 makes the equally distributed equivalent 0.
      if epsilon >= 1, all.contains(where: { $0.benefit == 0 }) { return .defined(1) }
      let level =
        epsilon == 1
        ? exp(all.reduce(0) { $0 + $1.weight * log($1.benefit / mean) } / weight)
        : pow(
          all.reduce(0) { $0 + $1.weight * pow($1.benefit / mean, 1 - epsilon) } / weight, 1 / (1 - epsilon))
      return .defined(1 - level)
    }
  }

  /// Σᵢ Σⱼ |bᵢ − bⱼ| / (2 n² μ) (Gini 1912); each pair is weighted by the product of its rows' weights.
  public var gini: MetricValue {
    unlessNegative {
      let weight = all.reduce(0) { $0 + $1.weight }
      let total = all.reduce(0) { $0 + $1.weight * $1.benefit }
      guard weight > 0 else { return .undefined(reason: "no rows") }
      guard total > 0 else { return .undefined(reason: "no row has a benefit") }
      // In ascending order each row exceeds the rows before it. Each pair is counted once, which cancels the
      // factor 2.
      var (below, sumBelow, pairs) = (0.0, 0.0, 0.0)
      for (benefit, own) in all.sorted(by: { $0.benefit < $1.benefit }) {
        pairs += own * (benefit * below - sumBelow)
        below += own
        sumBelow += own * benefit
      }
      return .defined(pairs / (weight * total))
    }
  }

  /// (Σ w b)² / (Σ w · Σ w b²): 1 when all rows have the same benefit, 1 / n when one row has all of it
  /// (Jain, Chiu and Hawe 1984).
  public var jain: MetricValue {
    let weight = all.reduce(0) { $0 + $1.weight }
    let total = all.reduce(0) { $0 + $1.weight * $1.benefit }
    let squares = all.reduce(0) { $0 + $1.weight * $1.benefit * $1.benefit }
    return .rate(
      total * total, of: weight * squares, unless: weight > 0 ? "no row has a benefit" : "no rows")
  }

  private func unlessNegative(_ value: () -> MetricValue) -> MetricValue {
    isNegative ? .undefined(reason: "a benefit is below 0") : value()
  }
}
