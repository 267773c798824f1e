import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Measures of the change of a distribution of counts over bins.
public enum Drift {
  /// The Population Stability Index Σ (a − b) ln(a / b), where b and a are the shares before and after
  /// (Siddiqi 2006). Half a row is added to each bin, so that an empty bin does not give infinity. nil
  /// without rows.
  public static func populationStability(before: [Double], after: [Double]) -> Double? {
    guard let old = shares(before), let new = shares(after), old.count == new.count else { return nil }
    return zip(old, new).reduce(0) { $0 + ($1.1 - $1.0) * log($1.1 / $1.0) }
  }

  private static func shares(_ counts: [Double]) -> [Double]? {
    let total = counts.reduce(0, +)
    guard total > 0 else { return nil }
    return counts.map { ($0 + 0.5) / (total + 0.5 * Double(counts.count)) }
  }

  /// The largest distance of the two distribution functions at the bins' edges, a lower bound of the
  /// Kolmogorov-Smirnov statistic, and its asymptotic p value (Kolmogorov 1933; Stephens 1970 for the
  /// correction for small samples). Binning makes the p value larger than the exact one. nil without rows.
  public static func kolmogorovSmirnov(before: [Double], after: [Double]) -> (
    statistic: Double, pValue: Double
  )? {
    let (old, new) = (before.reduce(0, +), after.reduce(0, +))
    guard old > 0, new > 0, before.count == after.count else { return nil }
    var (first, second, statistic) = (0.0, 0.0, 0.0)
    for (a, b) in zip(before, after) {
      first += a / old
      second += b / new
      statistic = max(statistic, abs(first - second))
    }
    let root = (old * new / (old + new)).squareRoot()
    return (statistic, kolmogorovTail((root + 0.12 + 0.11 / root) * statistic))
  }

  /// 2 Σ (−1)^(k−1) exp(−2 k² x²).
  static func kolmogorovTail(_ x: Double) -> Double {
    guard x > 0.2 else { return 1 }
    var sum = 0.0
    for k in 1...100 {
      let term = exp(-2 * Double(k * k) * x * x)
      sum += k % 2 == 1 ? term : -term
      if term < 1e-17 { break }
    }
    return min(1, max(0, 2 * sum))
  }
}
