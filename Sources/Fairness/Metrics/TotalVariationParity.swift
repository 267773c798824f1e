extension FairnessMeasure {
  /// ½ Σ over classes of abs(P(ŷ = c given a) − P(ŷ = c given b)): the total variation between two groups'
  /// decisions, of the worst pair of groups, or with `_mean` of all pairs on average.
  static let totalVariationParity: [FairnessMeasure] = [
    FairnessMeasure(
      "total_variation_parity", "Total variation between two groups' decisions, of the worst pair.",
      reads: .allDecisions, isDefault: false, needsLabels: false
    ) { frame in pairs(frame).worstDefined },
    FairnessMeasure(
      "total_variation_parity_mean", "Total variation between two groups' decisions, mean over pairs.",
      reads: .allDecisions, isDefault: false, needsLabels: false
    ) { frame in
      let values = pairs(frame)
      return values.isEmpty ? values.worstDefined : values.mean
    },
  ]

  private static func pairs(_ frame: GroupFrame) -> [MetricValue] {
    let shares = frame.groups.compactMap(\.confusion).filter { $0.total > 0 }.map { table in
      (0..<table.classes).map { table.decided($0) / table.total }
    }
    guard shares.count > 1 else { return [.undefined(reason: "there is no second group")] }
    guard shares.count <= 1_000 else {
      return [.undefined(reason: "\(shares.count) groups are more than the 1000 whose pairs are compared")]
    }
    return shares.indices.flatMap { index in
      shares.dropFirst(index + 1).map { other in
        .defined(zip(shares[index], other).reduce(0) { $0 + abs($1.0 - $1.1) } / 2)
      }
    }
  }
}
