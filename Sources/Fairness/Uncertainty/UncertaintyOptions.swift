/// How uncertain the numbers of an audit are: what is reported of it, and by which method.
public struct UncertaintyOptions: Sendable {
  public enum Method: String, Sendable, CaseIterable {
    /// Score intervals for rates and their gaps, the bias-corrected bootstrap for all else.
    case auto
    /// Wilson's interval for rates; as `auto` for all else.
    case wilson
    /// Clopper and Pearson's for rates; as `auto` for all else.
    case exact
    /// The bootstrap's percentiles, for everything.
    case percentile
    /// The bias-corrected and accelerated bootstrap, for everything.
    case bca
  }
  public enum Correction: String, Sendable, CaseIterable {
    case holm
    case benjaminiHochberg = "benjamini_hochberg"
    case none
  }

  /// Whether the report has intervals.
  public var intervals = true
  public var method = Method.auto
  public var confidence = 0.95
  public var replicates = 1_000
  /// Keep the number of rows of each combination of groups in every draw.
  public var stratified = false
  public var seed: UInt64 = 7
  /// Whether the report has tests of equal metrics.
  public var tests = false
  public var correction = Correction.holm
  /// Random relabellings of the groups for permutation tests; 0: none.
  public var permutations = 0
  /// Other confidences for which intervals are wanted, as rules of a policy have them.
  public var otherConfidences: [Double] = []

  public init() {}
}
