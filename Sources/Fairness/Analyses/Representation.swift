/// Compares groups' shares of the rows with their shares of a reference population: Pearson's goodness of fit
/// (1900), χ² = Σ (observed − expected)² / expected.
public struct Representation: Sendable {
  /// Each group's share of the rows that belong to a group of the reference.
  public let shares: [MetricValue]
  /// share / reference share.
  public let ratios: [MetricValue]
  /// χ² = Σ (observed − expected)² / expected, in rows or weights.
  public let chiSquare: MetricValue
  /// The probability of a χ² at least this large if the rows were drawn from the population. Not valid for
  /// weighted rows, because it takes weights as counts.
  public let pValue: MetricValue
  /// The number of groups with a share in the reference, minus one.
  public let degreesOfFreedom: Int
  /// Σ |share − reference share| / 2.
  public let totalVariation: MetricValue

  /// - Parameters:
  ///   - counts: the rows of each group.
  ///   - reference: the share of each group in the population, at least 0; shares are scaled to sum to 1.
  ///     nil: the reference does not name the group, and its rows are left out.
  public init(counts: [Double], reference: [Double?]) {
    let known = counts.indices.filter { reference[$0] != nil }
    let rows = known.reduce(0) { $0 + counts[$1] }
    let population = known.reduce(0) { $0 + (reference[$1] ?? 0) }
    guard rows > 0, population > 0 else {
      let none = MetricValue.undefined(reason: "no row is in a group of the reference population")
      shares = counts.map { _ in none }
      ratios = shares
      (chiSquare, pValue, totalVariation, degreesOfFreedom) = (none, none, none, 0)
      return
    }
    let expected = reference.map { $0.map { $0 / population } }
    shares = counts.indices.map {
      expected[$0] == nil
        ? .undefined(reason: "the reference population does not name the group") : .defined(counts[$0] / rows)
    }
    ratios = counts.indices.map { group in
      .rate(
        counts[group] / rows, of: expected[group] ?? 0,
        unless: "the group has no share in the reference population")
    }
    var (statistic, distance, freedom, isImpossible) = (0.0, 0.0, -1, false)
    for group in known {
      let share = expected[group] ?? 0
      distance += abs(counts[group] / rows - share) / 2
      if share > 0 {
        statistic += (counts[group] - share * rows) * (counts[group] - share * rows) / (share * rows)
        freedom += 1
      } else if counts[group] > 0 {
        isImpossible = true
      }
    }
    chiSquare =
      isImpossible
      ? .undefined(reason: "rows are in a group that has no share in the reference population")
      : freedom > 0 ? .defined(statistic) : .undefined(reason: "the reference has one group only")
    degreesOfFreedom = max(0, freedom)
    let tail = ChiSquareDistribution.tail(statistic, degreesOfFreedom: max(0, freedom))
    pValue = chiSquare.map { _ in tail }
    totalVariation = .defined(distance)
  }
}
