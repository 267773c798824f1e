/// Intervals from bootstrap replicates.
enum BootstrapInterval {
  /// The quantiles of the replicates (Efron 1979), with linear interpolation.
  static func percentile(_ sorted: [Double], confidence: Double) -> Interval {
    let tail = (1 - confidence) / 2
    return Interval(quantile(sorted, tail), quantile(sorted, 1 - tail))
  }

  /// Bias-corrected and accelerated (Efron 1987, equation 2.3): the quantiles at Φ(z₀ + (z₀ + z) / (1 − a (z₀
  /// + z))), where z₀ comes from the share of replicates below the estimate; equal replicates count half.
  static func biasCorrected(
    _ sorted: [Double], estimate: Double, acceleration: Double, confidence: Double
  ) -> Interval {
    var below = 0.0
    for value in sorted { below += value < estimate ? 1 : value == estimate ? 0.5 : 0 }
    let share = below / Double(max(1, sorted.count))
    // The share is limited: an estimate outside all replicates would push the interval to its end.
    let bias = NormalDistribution.quantile(min(max(share, 0.001), 0.999))
    func level(_ p: Double) -> Double {
      let moved = bias + NormalDistribution.quantile(p)
      let divisor = 1 - acceleration * moved
      return NormalDistribution.cumulative(bias + moved / (divisor > 0.1 ? divisor : 0.1))
    }
    let tail = (1 - confidence) / 2
    return Interval(quantile(sorted, level(tail)), quantile(sorted, level(1 - tail)))
  }

  private static func quantile(_ sorted: [Double], _ p: Double) -> Double {
    guard let first = sorted.first, let last = sorted.last, p.isFinite else { return .nan }
    let place = min(max(p, 0), 1) * Double(sorted.count - 1)
    let index = Int(place)
    guard index + 1 < sorted.count else { return last }
    guard index >= 0 else { return first }
    return sorted[index] + (sorted[index + 1] - sorted[index]) * (place - Double(index))
  }
}
