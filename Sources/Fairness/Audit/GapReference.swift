/// Further comparisons of a metric's values, in addition to the four gaps of every report.
public enum GapReference: String, CaseIterable, Sendable {
  /// Every pair of groups: the mean instead of the maximum.
  case pairs
  /// All rows: the mean over the groups instead of the maximum.
  case overall
  /// The reference group of the configuration, or else the largest group.
  case reference
  /// The group with the largest weight, and the group with the smallest.
  case majority, minority
  /// The group with the best value of the metric.
  case best
}

extension GroupFrame {
  /// The gaps to the references in `compareWith`. m is the value of the reference, m_g are the values of the
  /// other groups:
  ///
  /// - `difference_to_…`: the m_g − m with the largest absolute value, with its sign (below 0: the group has
  ///   less);
  /// - `ratio_to_…`: the m_g / m farthest from 1 on a logarithmic scale;
  /// - `mean_difference_to_…`: mean of |m_g − m| over the other groups;
  /// - `mean_difference`, `mean_ratio` for pairs: mean over pairs of |m_g − m_h|, and of smaller / larger.
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
    // Of n values, i are below the i-th smallest (from 0), and n − 1 − i are above.
    let differences = ascending.enumerated().reduce(0) {
      $0 + $1.element * Double(2 * $1.offset - ascending.count + 1)
    }
    var (ratios, inverses) = (0.0, 0.0)
    for value in ascending {
      // Adds the sum of smaller / value over the smaller values.
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
