/// Intervals of a rate over independent rows.
enum RateIntervals {
  /// The score interval (Wilson 1927; Brown, Cai and DasGupta 2001, equation 4): all p that a z test with the
  /// variance under p does not reject.
  ///
  /// - Parameter trials: above 0; may be fractional (an effective number of rows).
  static func wilson(_ successes: Double, of trials: Double, confidence: Double) -> Interval {
    let z = NormalDistribution.critical(confidence: confidence)
    let p = successes / trials
    let square = z * z / trials
    let center = (p + square / 2) / (1 + square)
    let half = (p * (1 - p) * square + square * square / 4).squareRoot() / (1 + square)
    // The limits for 0 and 1 are exact, and must not be changed by rounding.
    return Interval(
      successes <= 0 ? 0 : max(0, center - half), successes >= trials ? 1 : min(1, center + half))
  }

  /// The exact interval (Clopper and Pearson 1934): the coverage is at least the stated one, and often
  /// higher.
  static func exact(_ successes: Double, of trials: Double, confidence: Double) -> Interval {
    let tail = (1 - confidence) / 2
    let failures = trials - successes
    return Interval(
      successes <= 0 ? 0 : BetaDistribution.quantile(tail, successes, failures + 1),
      failures <= 0 ? 1 : BetaDistribution.quantile(1 - tail, successes + 1, failures))
  }
}
