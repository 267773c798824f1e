/// Options for intervals and tests of the numbers of an audit.
public struct UncertaintyOptions: Sendable {
  public enum Method: String, Sendable, CaseIterable {
    /// Score intervals for rates and their gaps; the bias-corrected bootstrap for all other numbers.
    case auto
    /// Wilson's interval for rates; as `auto` for all other numbers.
    case wilson
    /// Clopper and Pearson's interval for rates; as `auto` for all other numbers.
    case exact
    /// The bootstrap's percentiles for all numbers.
    case percentile
    /// The bias-corrected and accelerated bootstrap for all numbers.
    case bca
  }
  /// The correction of p-values for multiple tests: Holm (1979), or Benjamini and Hochberg (1995).
  public enum Correction: String, Sendable, CaseIterable {
    case holm
    case benjaminiHochberg = "benjamini_hochberg"
    case none
  }

  /// Whether the report includes intervals.
  public var intervals = true
  public var method = Method.auto
  public var confidence = 0.95
  /// The number of bootstrap draws.
  public var replicates = 1_000
  /// Whether every draw has the observed number of rows in each combination of groups.
  public var stratified = false
  public var seed: UInt64 = 7
  /// Whether the report includes tests of equal metrics.
  public var tests = false
  public var correction = Correction.holm
  /// The number of random permutations for permutation tests; 0: none.
  public var permutations = 0
  /// Further confidences at which intervals are computed, for the rules of a policy.
  public var otherConfidences: [Double] = []

  public init() {}
}
