/// The possible values of a metric's gaps, to which their intervals are clipped.
extension Metric {
  /// - Parameter gap: the gap's name in reports.
  func range(ofGap gap: String) -> ClosedRange<Double>? {
    if let kind = Gaps.Kind(rawValue: gap) { return kind.isRatio || range == .share ? .share : .notNegative }
    if gap == "mean_ratio" { return .share }
    if gap.hasPrefix("mean_") { return range == .share ? .share : .notNegative }
    // Compared with one group, differences have a sign and ratios have no upper limit.
    if gap.hasPrefix("ratio_to_") { return .notNegative }
    return range == .share ? .balance : nil
  }
}

extension Interval {
  /// The part of the interval inside `range`, extended to include the estimate.
  func holding(_ estimate: Double, within range: ClosedRange<Double>?) -> Interval {
    let lower = range.map { max(self.lower, $0.lowerBound) } ?? self.lower
    let upper = range.map { min(self.upper, $0.upperBound) } ?? self.upper
    return Interval(min(lower, estimate), max(upper, estimate))
  }
}
