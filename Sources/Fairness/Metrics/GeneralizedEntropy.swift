#if canImport(Glibc)
  import Glibc
#endif

/// Inequality of benefits b = 1 + ŷ − y (a wrongly selected person has 2, a wrongly rejected one 0),
/// after Speicher et al. 2018, "A Unified Approach to Quantifying Algorithmic Unfairness".
enum GeneralizedEntropy {
  /// GE(α) = mean((b / μ)^α − 1) / (α (α − 1)); mean((b / μ) ln(b / μ)) for 1; −mean(ln(b / μ)) for 0.
  ///
  /// - Parameter benefits: (benefit of at least 0, weight) pairs.
  static func index(_ benefits: [(benefit: Double, weight: Double)], alpha: Double) -> MetricValue {
    let present = benefits.filter { $0.weight > 0 }
    let weight = present.reduce(0) { $0 + $1.weight }
    let total = present.reduce(0) { $0 + $1.weight * $1.benefit }
    guard weight > 0 else { return .undefined(reason: "no rows") }
    guard total > 0 else { return .undefined(reason: "no row has a benefit") }
    if alpha <= 0, present.contains(where: { $0.benefit == 0 }) {
      return .undefined(reason: "some rows have no benefit, so that it is infinite")
    }
    let mean = total / weight
    let sum = present.reduce(0.0) { sum, entry in
      let share = entry.benefit / mean
      let term =
        switch alpha {
        case 0: -log(share)
        case 1: share > 0 ? share * log(share) : 0
        default: (pow(share, alpha) - 1) / (alpha * (alpha - 1))
        }
      return sum + entry.weight * term
    }
    return .defined(sum / weight)
  }

  static func benefits(_ table: ConfusionSums) -> [(benefit: Double, weight: Double)] {
    [
      (0, table.falseNegatives), (1, table.truePositives + table.trueNegatives), (2, table.falsePositives),
    ]
  }
}

extension Metric {
  /// GE(2) of the benefits: half their squared coefficient of variation.
  static let generalizedEntropyIndex = Metric(
    "generalized_entropy_index", "Inequality of benefits, generalized entropy of α = 2.", better: .lower,
    of: .binaryConfusion, isDefault: false
  ) { GeneralizedEntropy.index(GeneralizedEntropy.benefits($0), alpha: 2) }
}
