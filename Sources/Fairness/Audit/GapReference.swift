/// With what else a metric's values are compared, beside the four gaps that every report has.
public enum GapReference: String, CaseIterable, Sendable {
  /// Every pair of groups, on average instead of at worst.
  case pairs
  /// All rows, on average over the groups instead of at worst.
  case overall
  /// The group that the configuration names, else the largest.
  case reference
  /// The group with the most weight, and with the least.
  case majority, minority
  /// The group that fares best by the metric.
  case best
}

extension GroupFrame {
  /// The gaps to what `compareWith` names. Of the values m_g of the other groups and m of the one compared
  /// with:
  ///
  /// - `difference_to_…`: m_g − m of the group farthest away, with its sign (below 0: it has less);
  /// - `ratio_to_…`: m_g / m of the group whose ratio is farthest from 1 on the scale of logarithms;
  /// - `mean_difference_to_…`: mean over the other groups of abs(m_g − m);
  /// - `mean_difference`, `mean_ratio` of pairs: mean over pairs of abs(m_g − m_h), of smaller / larger.
  func comparisons(_ metric: Metric, _ values: [Double?], overall: Double?) -> [Gaps.Comparison] {
    compareWith.flatMap { reference -> [Gaps.Comparison] in
      guard reference != .pairs else { return pairComparisons(values, isSigned: metric.isSigned) }
      let place = self.place(of: reference, metric, values)
      let own = place.flatMap { values.indices.contains($0) ? values[$0] : nil }
      let others = values.enumerated().compactMap { $0.offset == place ? nil : $0.element }
      let (difference, ratio, mean) = GroupFrame.compare(
        others, with: reference == .overall ? overall : own, isSigned: metric.isSigned)
      let all = [
        Gaps.Comparison(name: "difference_to_\(reference.rawValue)", value: difference),
        Gaps.Comparison(name: "ratio_to_\(reference.rawValue)", value: ratio),
        Gaps.Comparison(name: "mean_difference_to_\(reference.rawValue)", value: mean),
      ]
      return reference == .overall ? Array(all.suffix(1)) : all
    }
  }

  private static func compare(_ others: [Double], with compared: Double?, isSigned: Bool) -> (
    difference: MetricValue, ratio: MetricValue, mean: MetricValue
  ) {
    guard let compared, !others.isEmpty else {
      let none = MetricValue.undefined(reason: "there is no value to compare with, or no other group")
      return (none, none, none)
    }
    let differences = others.map { $0 - compared }
    let farthest = differences.max { abs($0) < abs($1) } ?? 0
    let mean = differences.reduce(0) { $0 + abs($1) } / Double(others.count)
    guard !isSigned else { return (.defined(farthest), Gaps.signed, .defined(mean)) }
    let ratios = others.map { $0 / compared }
    let worst = ratios.min { min($0, 1 / $0) < min($1, 1 / $1) } ?? 1
    return (
      .defined(farthest), compared > 0 ? .defined(worst) : .undefined(reason: "the value compared with is 0"),
      .defined(mean)
    )
  }

  private func place(of reference: GapReference, _ metric: Metric, _ values: [Double?]) -> Int? {
    let weights = groups.map(\.weight)
    switch reference {
    case .pairs, .overall: return nil
    case .reference: return self.reference
    case .majority: return weights.max().flatMap { weights.firstIndex(of: $0) }
    case .minority: return weights.min().flatMap { weights.firstIndex(of: $0) }
    case .best:
      let merits = values.map { $0.map(metric.merit) }
      return merits.compactMap { $0 }.max().flatMap { best in merits.firstIndex { $0 == best } }
    }
  }

  private func pairComparisons(_ values: [Double?], isSigned: Bool) -> [Gaps.Comparison] {
    let ascending = values.compactMap { $0 }.sorted()
    guard ascending.count > 1 else {
      let none = MetricValue.undefined(reason: "fewer than two groups have a value")
      return [.init(name: "mean_difference", value: none), .init(name: "mean_ratio", value: none)]
    }
    let pairs = Double(ascending.count) * Double(ascending.count - 1) / 2
    // Of the i-th smallest of n, i are below and n − 1 − i above.
    let differences = ascending.enumerated().reduce(0) {
      $0 + $1.element * Double(2 * $1.offset - ascending.count + 1)
    }
    var (ratios, inverses) = (0.0, 0.0)
    for value in ascending {
      // The sum over the smaller values of smaller / value.
      ratios += value > 0 ? inverses / value : 0
      inverses += value
    }
    let ratio: MetricValue =
      isSigned
      ? Gaps.signed : ascending[1] > 0 ? .defined(ratios / pairs) : .undefined(reason: "two values are 0")
    return [
      .init(name: "mean_difference", value: .defined(max(0, differences) / pairs)),
      .init(name: "mean_ratio", value: ratio),
    ]
  }
}
