/// How far a metric's values lie apart, by Fairlearn 0.15's definitions (`MetricFrame.difference` and
/// `.ratio`). Groups where the metric is undefined are left out; fewer than two others have no gap.
public struct Gaps: Equatable, Sendable {
  /// max over groups − min over groups.
  public let difference: MetricValue
  /// min over groups / max over groups.
  public let ratio: MetricValue
  /// max over groups of |group − overall|.
  public let differenceToOverall: MetricValue
  /// min over groups of min(r, 1 / r) with r = group / overall.
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

  /// A gap that was asked for beside the four; see `GroupFrame.comparisons`.
  public struct Comparison: Equatable, Sendable {
    public let name: String
    public let value: MetricValue
  }
  public var comparisons: [Comparison] = []

  /// Why so many groups with a value have no gap.
  public static func tooFew(_ groups: Int) -> MetricValue {
    .undefined(reason: groups == 0 ? "no group has a value" : "only one group has a value")
  }
  static let signed = MetricValue.undefined(reason: "a ratio of numbers that can be negative has no meaning")

  /// - Parameter isSigned: values below 0 occur, so that ratios have no meaning.
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
    // r = 0 has the ratio 0, whichever way it is turned.
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

  /// The four, and those asked for, with the names of the report.
  public var named: [(name: String, value: MetricValue)] {
    Kind.allCases.map { ($0.rawValue, self[$0]) } + comparisons.map { ($0.name, $0.value) }
  }
}
