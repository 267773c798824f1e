import Platform

/// A fairness objective as reductions see it: a bound on the differences, or the ratios, of group means.
public struct ReductionTerm {
  public enum Bound: Equatable, Sendable {
    /// The gap is at most the tolerance of the settings.
    case difference
    /// The smallest value is at least this share of the largest one.
    case ratio(Double)
  }

  public let statistics: [GroupStatistic]
  public let disparity: Disparity
  public let bound: Bound
  /// The tolerance, the margin for unseen rows and the treatment of small groups.
  public let settings: ConstraintSettings
  /// The group of each row, and the number of groups.
  public let codes: Buffer<Int32>
  public let groups: Int

  public init(
    _ statistics: [GroupStatistic], _ disparity: Disparity, _ bound: Bound, _ settings: ConstraintSettings,
    codes: Buffer<Int32>, groups: Int
  ) {
    self.statistics = statistics
    self.disparity = disparity
    self.bound = bound
    self.settings = settings
    self.codes = codes
    self.groups = groups
  }

  /// Why reductions cannot bound a gap; nil if they can. Their constraints must be linear in the decisions.
  public static func refusal(_ statistics: [GroupStatistic], _ disparity: Disparity) -> String? {
    if let fraction = statistics.first(where: {
      $0.denominator.0.slope != 0 || $0.denominator.1.slope != 0
    }) {
      return
        "the denominator of \(fraction.name) depends on the decisions, so that its gap is not linear in them; training "
        + "without \"reduction\" keeps it"
    }
    guard disparity != .pairs else {
      return "the mean over all pairs of groups is not linear; \"worst\" and \"overall\" are accepted"
    }
    return nil
  }
}
