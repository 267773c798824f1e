import Platform

extension GroupThresholds {
  /// The thresholds with the most true positives among those that select at most a share of all rows (precision at k).
  ///
  /// The maximum of true positives - λ · selected rows selects fewer rows for a larger price λ, and has the most true
  /// positives of all thresholds that select as many (Everett 1963, "Generalized Lagrange multiplier method", theorem
  /// 1). A bisection finds the smallest price that selects no more than the share.
  ///
  /// - Parameter find: the optimal thresholds for an objective.
  public static func mostPrecise(
    selecting share: Double, of curves: [ThresholdCurve],
    _ find: (ThresholdObjective) throws -> GroupThresholds
  ) throws -> GroupThresholds {
    let limit = share * curves.reduce(0) { $0 + $1.total } + 1e-9
    func found(_ price: Double) throws -> GroupThresholds {
      try find(.cost(falsePositive: price, falseNegative: 1 - price))
    }
    func isWithin(_ thresholds: GroupThresholds) -> Bool {
      thresholds.expected.reduce(0) { $0 + $1.truePositives + $1.falsePositives } <= limit
    }
    let free = try found(0)
    if isWithin(free) { return free }
    // Above 1 a true positive costs more than it gains, so that no row is selected.
    var (low, high) = (0.0, 1.001)
    var best = try found(high)
    for _ in 0..<24 {
      try HostCall.check()
      let middle = (low + high) / 2
      let thresholds = try found(middle)
      if isWithin(thresholds) { (high, best) = (middle, thresholds) } else { low = middle }
    }
    return best
  }
}

extension ThresholdCurve {
  /// The lowest threshold that selects at most a share of the rows.
  public func lowest(selecting share: Double) -> Float {
    let limit = share * total + 1e-9
    return points.last { $0.truePositives + $0.falsePositives <= limit }?.threshold ?? .infinity
  }
}
