/// Intervals of functions of several independent estimates from the intervals of each: the method of
/// variance estimates recovery (Newcombe 1998, method 10; Zou and Donner 2008, equation 3).
enum CombinedRates {
  struct Estimate {
    var value: Double
    var interval: Interval
  }

  /// Σ cᵢ θᵢ: for two Wilson intervals and (1, −1) Newcombe's score interval of a difference.
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

  /// θ₁ / θ₂ of numbers that are not negative (Donner and Zou 2012, equation 6); nil when θ₂'s interval
  /// reaches 0, since the ratio then has no upper limit.
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
    // Beyond u2 = 2 b the first quotient loses its meaning; 0 is always a valid lower limit.
    return Interval(u2 < 2 * b && lower.isFinite ? max(0, lower) : 0, upper)
  }
}
