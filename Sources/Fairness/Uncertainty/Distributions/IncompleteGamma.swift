#if canImport(Glibc)
  import Glibc
#endif

/// ln Γ(x) for x > 0.
func logGamma(_ x: Double) -> Double {
  var sign: Int32 = 0
  return lgamma_r(x, &sign)
}

/// The χ² distribution, computed from the incomplete gamma function.
enum ChiSquareDistribution {
  /// P(X ≥ statistic): the p value.
  static func tail(_ statistic: Double, degreesOfFreedom: Int) -> Double {
    guard degreesOfFreedom > 0, statistic > 0 else { return 1 }
    return upperGamma(Double(degreesOfFreedom) / 2, statistic / 2)
  }

  /// Q(a, x) = Γ(a, x) / Γ(a): by the series (DLMF 8.11.4) for x < a + 1, otherwise by the continued fraction
  /// (DLMF 8.9.2) with Lentz's method.
  static func upperGamma(_ a: Double, _ x: Double) -> Double {
    let scale = exp(a * log(x) - x - logGamma(a))
    guard scale > 0 else { return x < a ? 1 : 0 }
    if x < a + 1 {
      var term = 1 / a
      var sum = term
      var n = a
      for _ in 0..<10_000 {
        n += 1
        term *= x / n
        sum += term
        if term < sum * 1e-17 { break }
      }
      return max(0, 1 - sum * scale)
    }
    var b = x + 1 - a
    var c = 1e300
    var d = 1 / b
    var fraction = d
    for i in 1..<10_000 {
      let n = Double(i)
      let numerator = -n * (n - a)
      b += 2
      d = 1 / nonzero(numerator * d + b)
      c = nonzero(b + numerator / c)
      fraction *= d * c
      if abs(d * c - 1) < 1e-16 { break }
    }
    return min(1, scale * fraction)
  }
}

/// Replaces values near 0, because Lentz's method divides by them.
func nonzero(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
