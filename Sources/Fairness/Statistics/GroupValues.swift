/// The value of a statistic in each group of a constraint, with its standard error.
struct GroupValues {
  /// NaN where a group's denominator is 0.
  var values: [Double]
  /// By the linearized ratio: √Σ w²(n − v d)² / Σ w d (Cochran 1977, section 6.3), with one row of either outcome added
  /// where a rate is 0 or 1.
  var errors: [Double]
  var denominators: [Double]
  /// Of all rows.
  let overall: Double
  let overallDenominator: Double

  init(_ sums: StatisticSums, _ component: Int, _ pooling: GroupPooling) {
    func value(_ numerator: Double, _ denominator: Double) -> Double {
      abs(denominator) > 1e-12 ? numerator / denominator : .nan
    }
    overallDenominator = sums.sum(.denominator, component, sums.groups)
    overall = value(sums.sum(.numerator, component, sums.groups), overallDenominator)
    func pooled(_ sum: StatisticSums.Sum) -> [Double] {
      var result = [Double](repeating: 0, count: pooling.count)
      for (group, place) in pooling.places.enumerated() {
        if let place { result[place] += sums.sum(sum, component, group) }
      }
      return result
    }
    let (numerators, squares, products, denominatorSquares, counts) = (
      pooled(.numerator), pooled(.numeratorSquares), pooled(.products), pooled(.denominatorSquares),
      pooled(.count)
    )
    denominators = pooled(.denominator)
    values = []
    errors = []
    for place in 0..<pooling.count {
      let own = value(numerators[place], denominators[place])
      var variance = squares[place] - 2 * own * products[place] + own * own * denominatorSquares[place]
      if variance <= 0, counts[place] > 0 {
        // All rows alike say less than that the variance is 0.
        let rate = 1 / (counts[place] + 2)
        variance = counts[place] * rate * (1 - rate) * pow2(denominators[place] / counts[place])
      }
      let share = pooling.shares[place]
      values.append(share < 1 && overall.isFinite ? overall + share * (own - overall) : own)
      errors.append(share * max(variance, 0).squareRoot() / max(abs(denominators[place]), 1e-12))
    }
  }

  private func pow2(_ value: Double) -> Double { value * value }

  /// The groups of the smallest and the largest value; nil: fewer than two have one.
  var extremes: (low: Int, high: Int)? {
    let present = values.indices.filter { values[$0].isFinite }
    guard present.count > 1, let low = present.min(by: { values[$0] < values[$1] }),
      let high = present.max(by: { values[$0] < values[$1] })
    else { return nil }
    return (low, high)
  }

  /// The gap by a disparity, and its standard error.
  func gap(_ disparity: Disparity) -> (value: Double, error: Double) {
    switch disparity {
    case .largest:
      guard let high = values.indices.filter({ values[$0].isFinite }).max(by: { values[$0] < values[$1] })
      else { return (0, 0) }
      return (values[high], errors[high])
    case .worst:
      guard let (low, high) = extremes else { return (0, 0) }
      return (
        values[high] - values[low], (errors[low] * errors[low] + errors[high] * errors[high]).squareRoot()
      )
    case .overall:
      guard overall.isFinite,
        let far = values.indices.filter({ values[$0].isFinite }).max(by: {
          abs(values[$0] - overall) < abs(values[$1] - overall)
        })
      else { return (0, 0) }
      return (abs(values[far] - overall), errors[far])
    case .pairs:
      let present = values.indices.filter { values[$0].isFinite }
      guard present.count > 1 else { return (0, 0) }
      var (sum, variance, pairs) = (0.0, 0.0, 0.0)
      for (place, first) in present.enumerated() {
        for second in present[..<place] {
          sum += abs(values[first] - values[second])
          variance += errors[first] * errors[first] + errors[second] * errors[second]
          pairs += 1
        }
      }
      return (sum / pairs, variance.squareRoot() / pairs)
    }
  }
}
