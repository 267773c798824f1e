#if canImport(Glibc)
  import Glibc
#endif
import Platform

/// Counts of rows with two binary results, before and after: "yes" is a selected row, or a correct decision.
struct PairedCounts: Equatable {
  var both = 0.0
  /// Yes before and no after.
  var lost = 0.0
  /// No before and yes after.
  var gained = 0.0
  var neither = 0.0

  var total: Double { both + lost + gained + neither }
  var before: Double { (both + lost) / total }
  var after: Double { (both + gained) / total }

  static func + (one: PairedCounts, other: PairedCounts) -> PairedCounts {
    PairedCounts(
      both: one.both + other.both, lost: one.lost + other.lost, gained: one.gained + other.gained,
      neither: one.neither + other.neither)
  }

  /// McNemar's test with the mid-p value. The null hypothesis: among the changed rows, gains and losses are
  /// equally likely (McNemar 1947; Fagerland, Lydersen and Laake 2013, equation 4). 1 if no row changed.
  var pValue: Double {
    let changed = lost + gained
    let least = min(lost, gained)
    guard changed > 0 else { return 1 }
    guard lost != gained else { return 1 - chance(of: least) }
    // P(X ≤ k) for a binomial X of n trials with probability one half.
    let below = BetaDistribution.cumulative(0.5, changed - least, least + 1)
    return min(1, max(0, 2 * below - chance(of: least)))
  }

  private func chance(of successes: Double) -> Double {
    let changed = lost + gained
    return exp(
      logGamma(changed + 1) - logGamma(successes + 1) - logGamma(changed - successes + 1)
        - changed * log(2))
  }

  /// Wald's interval of after − before, after adding one gained and one lost row (Bonett and Price 2012,
  /// equation 6).
  func interval(confidence: Double) -> Interval {
    let (up, down) = ((gained + 1) / (total + 2), (lost + 1) / (total + 2))
    let difference = up - down
    let half =
      NormalDistribution.critical(confidence: confidence)
      * (max(0, up + down - difference * difference) / (total + 2)).squareRoot()
    return Interval(max(-1, difference - half), min(1, difference + half))
  }
}
