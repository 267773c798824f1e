/// Intervals of functions of independent estimates, computed from the estimates' intervals: the method of
/// variance estimates recovery (Newcombe 1998, method 10; Zou and Donner 2008, equation 3).
enum CombinedRates {
  struct Estimate {
    var value: Double
    var interval: Interval
  }

  /// The interval of Σ cᵢ θᵢ; with two Wilson intervals and c = (1, −1), Newcombe's score interval of a
  /// difference.
  static func linear(_ terms: [(coefficient: Double, estimate: Estimate)]) -> Interval {
    var (center, below, above) = (0.0, 0.0, 0.0)
    for (coefficient, estimate) in terms {
      center += coefficient * estimate.value
      let down = coefficient * (estimate.value - estimate.interval.lower)
      let up = coefficient * (estimate.interval.upper - estimate.value)
      below += coefficient > 0 ? down * down : up * up
      above += coefficient > 0 ? up * up : down * down
    }
    return Interval(center - below.squareRoot(), center + above.squareRoot())
  }

  /// The interval of θ₁ / θ₂ for numbers of at least 0 (Donner and Zou 2012, equation 6); nil if θ₂'s
  /// interval includes 0, because the ratio has no upper limit then.
  static func ratio(_ first: Estimate, to second: Estimate) -> Interval? {
    let (a, l1, u1) = (first.value, first.interval.lower, first.interval.upper)
    let (b, l2, u2) = (second.value, second.interval.lower, second.interval.upper)
    guard l2 > 0 else { return nil }
    let low = l1 * u2 * (2 * a - l1) * (2 * b - u2)
    let high = u1 * l2 * (2 * a - u1) * (2 * b - l2)
    let product = a * b
    let lower = (product - max(0, product * product - low).squareRoot()) / (u2 * (2 * b - u2))
    let upper = (product + max(0, product * product - high).squareRoot()) / (l2 * (2 * b - l2))
    guard upper.isFinite else { return nil }
    // The formula of the lower limit is not valid from u2 = 2 b on; 0 is always a valid lower limit.
    return Interval(u2 < 2 * b && lower.isFinite ? max(0, lower) : 0, upper)
  }
}
