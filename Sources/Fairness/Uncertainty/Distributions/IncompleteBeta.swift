#if canImport(Glibc)
  import Glibc
#endif

/// The beta distribution, whose quantiles are the limits of exact binomial intervals.
enum BetaDistribution {
  /// I(x; a, b) = P(X ≤ x) for a, b > 0: the continued fraction DLMF 8.17.22 by Lentz's method, evaluated on
  /// the side of the mean on which it converges fast.
  static func cumulative(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    guard x <= (a + 1) / (a + b + 2) else { return 1 - cumulative(1 - x, b, a) }
    let scale = exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x)) / a
    var c = 1.0
    var d = 1 / nonzero(1 - (a + b) * x / (a + 1))
    var fraction = d
    for i in 1..<10_000 {
      let m = Double(i)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / nonzero(1 + even * d)
      c = nonzero(1 + even / c)
      fraction *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / nonzero(1 + odd * d)
      c = nonzero(1 + odd / c)
      fraction *= d * c
      if abs(d * c - 1) < 1e-16 { break }
    }
    return min(1, scale * fraction)
  }

  /// The x with P(X ≤ x) = p, by bisection, which always converges because P is monotone.
  static func quantile(_ p: Double, _ a: Double, _ b: Double) -> Double {
    guard p > 0 else { return 0 }
    guard p < 1 else { return 1 }
    var (low, high) = (0.0, 1.0)
    for _ in 0..<200 {
      let middle = (low + high) / 2
      guard middle > low, middle < high else { break }
      if cumulative(middle, a, b) < p { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
