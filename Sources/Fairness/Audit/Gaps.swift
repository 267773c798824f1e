/// How far a metric's values differ between groups, by Fairlearn 0.15's definitions (`MetricFrame.difference`
/// and `.ratio`). Groups for which the metric is undefined are left out; at least two groups must remain.
public struct Gaps: Equatable, Sendable {
  /// max over groups − min over groups.
  public let difference: MetricValue
  /// min over groups / max over groups.
  public let ratio: MetricValue
  /// max over groups of |group − overall|.
  public let differenceToOverall: MetricValue
  /// min over groups of min(r, 1 / r), where r = group / overall.
  public let ratioToOverall: MetricValue

  /// The four gaps that every audit has, by their names in reports.
  public enum Kind: String, CaseIterable, Sendable {
    case difference, ratio
    case differenceToOverall = "difference_to_overall"
    case ratioToOverall = "ratio_to_overall"

    var isRatio: Bool { self == .ratio || self == .ratioToOverall }
  }

  subscript(kind: Kind) -> MetricValue {
    switch kind {
    case .difference: difference
    case .ratio: ratio
    case .differenceToOverall: differenceToOverall
    case .ratioToOverall: ratioToOverall
    }
  }

  /// A further gap that was requested in addition to the four; see `GroupFrame.comparisons`.
  public struct Comparison: Equatable, Sendable {
    public let name: String
    public let value: MetricValue
  }
  public var comparisons: [Comparison] = []

  /// The undefined value for fewer than two groups with a value; `groups` is their number.
  public static func tooFew(_ groups: Int) -> MetricValue {
    .undefined(reason: groups == 0 ? "no group has a value" : "only one group has a value")
  }
  static let signed = MetricValue.undefined(reason: "a ratio of numbers that can be negative has no meaning")

  /// - Parameter isSigned: whether values may be negative; ratios are then undefined.
  init(_ values: [Double?], overall: Double?, isSigned: Bool = false) {
    let defined = values.compactMap { $0 }
    guard defined.count > 1, let least = defined.min(), let most = defined.max() else {
      let none = Gaps.tooFew(defined.count)
      (difference, ratio, differenceToOverall, ratioToOverall) = (none, none, none, none)
      return
    }
    difference = .defined(most - least)
    let isSigned = isSigned || least < 0
    ratio = isSigned ? Gaps.signed : Gaps.quotient(least, most, "the largest value is 0")
    guard let overall else {
      differenceToOverall = .undefined(reason: "there is no overall value")
      ratioToOverall = differenceToOverall
      return
    }
    differenceToOverall = .defined(max(most - overall, overall - least))
    // r = 0 gives the ratio 0, because min(r, 1 / r) is 0.
    let turned = [least, most].map { min($0, overall) / max($0, overall) }
    ratioToOverall =
      isSigned
      ? Gaps.signed
      : overall > 0
        ? .defined(turned.min() ?? 1) : .undefined(reason: "the overall value is 0")
  }

  private static func quotient(_ numerator: Double, _ denominator: Double, _ reason: String) -> MetricValue {
    denominator > 0 ? .defined(numerator / denominator) : .undefined(reason: reason)
  }

  /// All gaps with their names in the report: the four, followed by the requested ones.
  public var named: [(name: String, value: MetricValue)] {
    Kind.allCases.map { ($0.rawValue, self[$0]) } + comparisons.map { ($0.name, $0.value) }
  }
}
