/// How far the treatment of one subgroup differs from the treatment of all rows, weighted by the subgroup's
/// size (Kearns et al. 2018, "Preventing Fairness Gerrymandering", definitions 2.1 and 2.2).
public struct SubgroupUnfairness: Sendable {
  /// P(g) · |P(ŷ = 1) − P(ŷ = 1 | g)|.
  public let statisticalParity: MetricValue
  /// P(g, y = 0) · |P(ŷ = 1 | y = 0) − P(ŷ = 1 | g, y = 0)|.
  public let falsePositives: MetricValue
  /// P(g, y = 1) · |P(ŷ = 0 | y = 1) − P(ŷ = 0 | g, y = 1)|.
  public let falseNegatives: MetricValue

  /// - Parameters:
  ///   - group: the confusion table of the subgroup.
  ///   - all: the confusion table of all rows, including the subgroup.
  public init(_ group: ConfusionSums, of all: ConfusionSums) {
    func part(_ hits: KeyPath<ConfusionSums, Double>, of base: KeyPath<ConfusionSums, Double>) -> MetricValue
    {
      guard all.total > 0, group[keyPath: base] > 0, all[keyPath: base] > 0 else {
        return .undefined(reason: "the subgroup has no row that counts")
      }
      let difference =
        all[keyPath: hits] / all[keyPath: base] - group[keyPath: hits] / group[keyPath: base]
      return .defined(group[keyPath: base] / all.total * abs(difference))
    }
    statisticalParity = part(\.selected, of: \.total)
    falsePositives = part(\.falsePositives, of: \.negatives)
    falseNegatives = part(\.falseNegatives, of: \.positives)
  }
}
