extension FairnessMeasure {
  /// Theil's index when every row has its group's mean benefit: the part of the inequality of benefits
  /// that lies between groups (Speicher et al. 2018).
  static let betweenGroupTheilIndex = FairnessMeasure(
    "between_group_theil_index", "Theil's index of the groups' mean benefits.", reads: .binaryDecisions
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
