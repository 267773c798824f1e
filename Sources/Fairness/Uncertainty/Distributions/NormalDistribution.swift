#if canImport(Glibc)
  import Glibc
#endif

/// The standard normal distribution.
public enum NormalDistribution {
  /// P(Z ≤ z).
  static func cumulative(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }

  /// P(|Z| ≥ |z|): a two-sided p value.
  static func twoSidedTail(_ z: Double) -> Double { erfc(abs(z) / 2.0.squareRoot()) }

  /// The z with P(Z ≤ z) = p, for p in (0, 1); infinite at the ends.
  ///
  /// A rational approximation (Hastings 1955, Abramowitz and Stegun 26.2.23, error below 4.5e-4), refined by
  /// Halley's method to machine precision.
  public static func quantile(_ p: Double) -> Double {
    guard p > 0 else { return -.infinity }
    guard p < 1 else { return .infinity }
    guard p <= 0.5 else { return -quantile(1 - p) }
    let t = (-2 * log(p)).squareRoot()
    let above = 2.515517 + t * (0.802853 + t * 0.010328)
    let below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    var z = above / below - t
    for _ in 0..<3 {
      let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
      guard density > 0 else { break }
      let step = (cumulative(z) - p) / density
      z -= step / (1 + z * step / 2)
    }
    return z
  }

  /// The z of a two-sided interval: 1.96 for 0.95.
  static func critical(confidence: Double) -> Double { quantile(0.5 + confidence / 2) }
}
