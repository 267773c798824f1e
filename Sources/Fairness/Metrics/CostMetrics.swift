/// The costs of decisions.
extension Metric {
  static let expectedCostName = "expected_cost"

  /// The mean cost: Σ over labels and decisions of the cost times the share of rows (Elkan 2001, equation 1).
  ///
  /// - Parameter costs: by label (outer) and decision (inner), in the order of the classes.
  static func expectedCost(_ costs: [[Double]]) -> Metric {
    let all = costs.joined()
    return Metric(
      expectedCostName, "expected cost", "the mean cost of a decision, by the costs that are given",
      better: .lower,
      in: (all.min() ?? 0)...(all.max() ?? 0), of: .confusion
    ) { table in
      guard table.total > 0 else { return .undefined(reason: "no rows") }
      var sum = 0.0
      for (label, line) in costs.enumerated() {
        for (decision, cost) in line.enumerated() {
          sum += cost * table.weight(label: label, decision: decision)
        }
      }
      return .defined(sum / table.total)
    }
  }
}
