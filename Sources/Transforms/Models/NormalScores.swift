#if canImport(Glibc)
  import Glibc
#endif

/// The standard normal distribution, for normal scores of ranks.
enum NormalScores {
  /// P(Z ≤ z).
  static func probability(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }

  /// The z with P(Z ≤ z) = p, for p strictly between 0 and 1, by bisection to 2⁻⁴⁰.
  static func quantile(_ p: Double) -> Double {
    var (low, high) = (-9.0, 9.0)
    for _ in 0..<44 {
      let middle = (low + high) / 2
      if probability(middle) < p { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
