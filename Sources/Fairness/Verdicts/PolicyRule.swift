import Platform

/// One requirement of a policy.
public struct PolicyRule: Equatable, Sendable {
  public enum Kind: String, Sendable, CaseIterable {
    /// A bound on a metric, a gap or a fairness measure.
    case bound
    /// The lowest selection rate is at least four fifths of the highest (29 CFR 1607.4 D).
    case fourFifths = "four_fifths"
    /// The selection rates differ by no more than chance allows: two standard deviations (Hazelwood School
    /// District v. United States, 433 U.S. 299, note 14), or another confidence.
    case statisticalSignificance = "statistical_significance"
  }

  public var kind = Kind.bound
  /// "accuracy", "tpr_difference", "equalized_odds_difference".
  public var metric = ""
  /// "sex" or "sex,race"; nil: all rows together for a metric, every attribute for a gap or measure.
  public var attribute: String?
  /// The largest accepted value; nil: no upper bound.
  public var atMost: Double?
  /// The smallest accepted value; nil: no lower bound.
  public var atLeast: Double?
  /// The confidence of the interval that must satisfy the bound as a whole; nil: only the value must.
  public var confidence: Double?
  /// The minimum number of rows of each group; with fewer, the rule is undecided.
  public var minimumCount = 0

  public init() {}

  /// The names that an audit must report so that the rule can be judged.
  public func metrics(among known: [String]) -> [String] {
    guard kind == .bound else { return ["selection_rate", "demographic_parity_ratio"] }
    if known.contains(metric) { return [metric] }
    return Quantities.gapNames.compactMap { gap in
      metric.hasSuffix("_" + gap) ? String(metric.dropLast(gap.count + 1)) : nil
    }.filter(known.contains)
  }
}
