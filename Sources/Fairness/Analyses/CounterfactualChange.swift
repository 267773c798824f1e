/// What becomes of scores and decisions when rows' sensitive attribute is switched to one value (Kusner et
/// al. 2017 with the attribute, and what is said to follow it, as all that changes).
public struct CounterfactualChange: Sendable {
  /// Rows that were switched: those whose value was another one.
  public let rows: Int
  /// The share of them whose decision changes, and the shares that gain and lose a positive one.
  public let flipRate: MetricValue
  public let gained: MetricValue
  public let lost: MetricValue
  /// Mean of the score after less that before, of its size, and the largest size.
  public let meanChange: MetricValue
  public let meanAbsoluteChange: MetricValue
  public let largestChange: MetricValue

  /// - Parameters:
  ///   - before: a score a row; `after`: the same with the attribute switched.
  ///   - switched: whether the row's attribute was switched; others are left out.
  ///   - rule: how a score becomes a decision; nil for a regression, without decisions.
  ///   - weights: a weight a row; nil: all are 1.
  public init(
    before: [Double], after: [Double], switched: [Bool], rule: DecisionRule?, weights: [Double]? = nil
  ) {
    var (rows, weight, gained, lost) = (0, 0.0, 0.0, 0.0)
    var (change, size, largest) = (0.0, 0.0, 0.0)
    for row in switched.indices where switched[row] {
      let own = weights?[row] ?? 1
      guard own > 0 else { continue }
      rows += 1
      weight += own
      let difference = after[row] - before[row]
      change += own * difference
      size += own * abs(difference)
      largest = max(largest, abs(difference))
      if let rule {
        let (was, becomes) = (rule.isPositive(before[row]), rule.isPositive(after[row]))
        if !was && becomes { gained += own }
        if was && !becomes { lost += own }
      }
    }
    let none = "no row has another value"
    func decisions(_ sum: Double) -> MetricValue {
      rule == nil
        ? .undefined(reason: "a regression has no decisions") : .rate(sum, of: weight, unless: none)
    }
    self.rows = rows
    flipRate = decisions(gained + lost)
    self.gained = decisions(gained)
    self.lost = decisions(lost)
    meanChange = .rate(change, of: weight, unless: none)
    meanAbsoluteChange = .rate(size, of: weight, unless: none)
    largestChange = weight > 0 ? .defined(largest) : .undefined(reason: none)
  }
}
