#if canImport(Glibc)
  import Glibc
#endif

/// How one group's labels differ from the labels of all other groups, before any model: the pre-training bias
/// metrics of Amazon SageMaker Clarify. In the formulas, d is the group and a is all others.
public struct LabelImbalance: Sendable {
  /// CI = (n_a − n_d) / (n_a + n_d).
  public let classImbalance: MetricValue
  /// DPL = q_a − q_d, where q is the share of positive labels; binary labels only.
  public let differenceInProportions: MetricValue
  /// KL(P_a ‖ P_d) = Σ P_a(y) ln(P_a(y) / P_d(y)).
  public let kullbackLeibler: MetricValue
  /// JS = (KL(P_a ‖ P) + KL(P_d ‖ P)) / 2 with P = (P_a + P_d) / 2, natural logarithm.
  public let jensenShannon: MetricValue
  /// LP = √(Σ (P_a(y) − P_d(y))²).
  public let euclidean: MetricValue
  /// TVD = Σ |P_a(y) − P_d(y)| / 2.
  public let totalVariation: MetricValue

  /// - Parameters:
  ///   - group: for each label, the weight of the group's rows; with two labels, the second is positive.
  ///   - others: the same for the rows of all other groups.
  public init(group: [Double], others: [Double]) {
    let own = group.reduce(0, +)
    let rest = others.reduce(0, +)
    classImbalance = .rate(rest - own, of: rest + own, unless: "no rows")
    guard own > 0, rest > 0 else {
      let none = MetricValue.undefined(reason: own > 0 ? "there is no other group" : "the group has no rows")
      (differenceInProportions, kullbackLeibler, jensenShannon) = (none, none, none)
      (euclidean, totalVariation) = (none, none)
      return
    }
    let d = group.map { $0 / own }
    let a = others.map { $0 / rest }
    differenceInProportions =
      group.count == 2
      ? .defined(a[1] - d[1]) : .undefined(reason: "the labels are not binary")
    kullbackLeibler = Self.divergence(a, d)
    let middle = zip(a, d).map { ($0 + $1) / 2 }
    jensenShannon = [Self.divergence(a, middle), Self.divergence(d, middle)].mean
    euclidean = .defined(zip(a, d).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot())
    totalVariation = .defined(zip(a, d).reduce(0) { $0 + abs($1.0 - $1.1) } / 2)
  }

  private static func divergence(_ from: [Double], _ to: [Double]) -> MetricValue {
    var sum = 0.0
    for (p, q) in zip(from, to) where p > 0 {
      guard q > 0 else {
        return .undefined(reason: "a label that others have does not occur: it is infinite")
      }
      sum += p * log(p / q)
    }
    return .defined(sum)
  }
}
