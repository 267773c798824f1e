/// How scores and decisions change when the sensitive attribute of rows is set to one value. Only the
/// attribute and the columns declared to depend on it change (Kusner et al. 2017).
public struct CounterfactualChange: Sendable {
  /// The number of rows that were switched: rows that had another value before.
  public let rows: Int
  /// The share of the switched rows whose decision changes.
  public let flipRate: MetricValue
  /// The share of the switched rows whose decision becomes positive.
  public let gained: MetricValue
  /// The share of the switched rows whose decision becomes negative.
  public let lost: MetricValue
  /// The mean of (score after − score before).
  public let meanChange: MetricValue
  /// The mean of |score after − score before|.
  public let meanAbsoluteChange: MetricValue
  /// The maximum of |score after − score before|.
  public let largestChange: MetricValue

  /// - Parameters:
  ///   - before: one score per row.
  ///   - after: one score per row, with the attribute switched.
  ///   - switched: whether the row's attribute was switched; other rows are ignored.
  ///   - rule: how a score becomes a decision; nil for a regression, which has no decisions.
  ///   - weights: one weight per row; nil: all are 1.
  public init(
    before: [Double], after: [Double], switched: [Bool], rule: DecisionRule?, weights: [Double]? = nil
  ) {
    self.init(
      before: before, after: after, switched: switched,
      decisions: rule.map { rule in (before.map(rule.isPositive), after.map(rule.isPositive)) },
      weights: weights)
  }

  /// - Parameter decisions: whether each row is positive; nil for a regression, without decisions.
  public init(
    before: [Double], after: [Double], switched: [Bool], decisions made: (before: [Bool], after: [Bool])?,
    weights: [Double]? = nil
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
      if let made {
        let (was, becomes) = (made.before[row], made.after[row])
        if !was && becomes { gained += own }
        if was && !becomes { lost += own }
      }
    }
    let none = "no row has another value"
    func decisions(_ sum: Double) -> MetricValue {
      made == nil
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
