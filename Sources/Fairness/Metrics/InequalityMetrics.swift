#if canImport(Glibc)
  import Glibc
#endif

/// Inequality of the benefits b = 1 + ŷ − y (2 for a wrongly selected person, 0 for a wrongly rejected one)
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
  /// GE(1) of the benefits 1 + ŷ − y: mean((b / μ) ln(b / μ)) (Speicher et al. 2018).
  static let theilIndex = Metric(
    "theil_index", "Theil index of benefits", "how unequal the benefits are, by Theil's index",
    better: .lower,
    in: .notNegative, of: .binaryConfusion, isDefault: false
  ) { GeneralizedEntropy.index(GeneralizedEntropy.benefits($0), alpha: 1) }

  /// GE(2) of the benefits: half their squared coefficient of variation.
  static let generalizedEntropyIndex = Metric(
    "generalized_entropy_index", "generalized entropy of benefits",
    "how unequal the benefits are, by the generalized entropy of α = 2", better: .lower, in: .notNegative,
    of: .binaryConfusion, isDefault: false
  ) { GeneralizedEntropy.index(GeneralizedEntropy.benefits($0), alpha: 2) }

  /// √(2 GE(2)) of the benefits 1 + ŷ − y: their standard deviation divided by their mean.
  static let coefficientOfVariation = Metric(
    "coefficient_of_variation", "coefficient of variation of benefits",
    "the standard deviation of the benefits over their mean", better: .lower, in: .notNegative,
    of: .binaryConfusion, isDefault: false
  ) {
    GeneralizedEntropy.index(GeneralizedEntropy.benefits($0), alpha: 2).map { (2 * $0).squareRoot() }
  }
}

extension FairnessMeasure {
  /// Theil's index after every row's benefit is replaced by the mean of its group: the part of the inequality
  /// that lies between groups (Speicher et al. 2018).
  static let betweenGroupTheilIndex = FairnessMeasure(
    "between_group_theil_index", "Theil's index of the groups' mean benefits.", reads: .binaryDecisions,
    in: .notNegative
  ) { frame in
    let means = frame.groups.compactMap(\.confusion).filter { $0.total > 0 }.map { table in
      let benefits = GeneralizedEntropy.benefits(table)
      return (
        benefit: benefits.reduce(0) { $0 + $1.benefit * $1.weight } / table.total, weight: table.total
      )
    }
    guard means.count > 1 else { return Gaps.tooFew(means.count) }
    return GeneralizedEntropy.index(means, alpha: 1)
  }
}
