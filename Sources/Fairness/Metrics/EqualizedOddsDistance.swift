extension FairnessMeasure {
  /// The largest Euclidean distance between two groups' points (FPR, TPR) of the ROC plane. Its L∞
  /// counterpart is `equalized_odds_difference`.
  static let equalizedOddsDistance = FairnessMeasure(
    "equalized_odds_distance", "Largest distance between two groups' points (FPR, TPR).", reads: .decisions
  ) { frame in
    let rates = zip(frame.values(.falsePositiveRate), frame.values(.truePositiveRate))
    let points = rates.compactMap { first, second in first.flatMap { x in second.map { (x: x, y: $0) } } }
    guard points.count > 1 else { return Gaps.tooFew(points.count) }
    var largest = 0.0
    for (index, one) in points.enumerated() {
      for other in points.dropFirst(index + 1) {
        let (dx, dy) = (one.x - other.x, one.y - other.y)
        largest = max(largest, dx * dx + dy * dy)
      }
    }
    return .defined(largest.squareRoot())
  }
}
