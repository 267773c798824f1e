extension ScoreDistribution {
  /// Calls `visit` for each distinct score of two distributions, in ascending order, with each distribution's
  /// share of the weight at that score.
  static func walk(
    _ first: ScoreDistribution, _ second: ScoreDistribution,
    _ visit: (_ score: Double, _ first: Double, _ second: Double) -> Void
  ) {
    let (totals, shares) = ((first.weight, second.weight), (first.weights, second.weights))
    guard totals.0 > 0, totals.1 > 0 else { return }
    var (i, j) = (0, 0)
    while i < first.count || j < second.count {
      let a = i < first.count ? first.scores[i] : .infinity
      let b = j < second.count ? second.scores[j] : .infinity
      visit(min(a, b), a <= b ? shares.0[i] / totals.0 : 0, b <= a ? shares.1[j] / totals.1 : 0)
      if a <= b { i += 1 }
      if b <= a { j += 1 }
    }
  }

  /// The share of the weight in each of `bins` equal bins over 0...1. Bins include their lower edge; the last
  /// bin includes both edges. Scores outside are in the first or last bin. `smoothing` is added to the weight
  /// of each bin first.
  func histogram(bins: Int, smoothing: Double = 0) -> [Double] {
    var counts = [Double](repeating: smoothing, count: max(1, bins))
    for (score, weight) in zip(scores, weights) {
      counts[min(counts.count - 1, Int(min(max(score, 0), 1) * Double(counts.count)))] += weight
    }
    let total = counts.reduce(0, +)
    return total > 0 ? counts.map { $0 / total } : counts
  }
}

extension GroupFrame {
  /// The maximum number of groups whose pairs are compared: 2,016 pairs.
  static let mostPairedGroups = 64

  /// The groups' distributions; nil and the reason if one cannot be read.
  private func distributions(probabilities: Bool) -> (found: [ScoreDistribution], reason: String?) {
    var found: [ScoreDistribution] = []
    for (name, group) in zip(names, groups) where group.rows > 0 {
      let (distribution, reason) = group.readableDistribution(probabilities: probabilities)
      if let reason { return ([], "group \"\(name)\": \(reason)") }
      if let distribution, !distribution.isEmpty { found.append(distribution) }
    }
    return (found, nil)
  }

  /// The largest distance over the pairs of groups. `prepare` is called once for each group.
  func worstPair<Prepared>(
    probabilities: Bool = true, prepare: (ScoreDistribution) -> Prepared,
    _ distance: (Prepared, Prepared) -> MetricValue
  ) -> MetricValue {
    let (found, reason) = distributions(probabilities: probabilities)
    if let reason { return .undefined(reason: reason) }
    guard found.count > 1 else { return .undefined(reason: "there is no second group") }
    guard found.count <= GroupFrame.mostPairedGroups else {
      return .undefined(
        reason:
          "\(found.count) groups are more than the \(GroupFrame.mostPairedGroups) whose pairs are compared")
    }
    let prepared = found.map(prepare)
    var values: [MetricValue] = []
    for (index, first) in prepared.enumerated() {
      for second in prepared.dropFirst(index + 1) { values.append(distance(first, second)) }
    }
    return values.worstDefined
  }

  /// The largest distance between a group and all rows.
  func worstToOverall<Prepared>(
    probabilities: Bool = true, prepare: (ScoreDistribution) -> Prepared,
    _ distance: (Prepared, Prepared) -> MetricValue
  ) -> MetricValue {
    let (found, reason) = distributions(probabilities: probabilities)
    if let reason { return .undefined(reason: reason) }
    guard let all = overall.distribution.map(prepare), !found.isEmpty else {
      return .undefined(reason: "no rows")
    }
    return found.map { distance(prepare($0), all) }.worstDefined
  }
}

extension GroupSums {
  /// The distribution; nil and the reason if it cannot be read.
  func readableDistribution(probabilities: Bool) -> (ScoreDistribution?, reason: String?) {
    guard let distribution else { return (nil, "there are no scores") }
    if let reason = Metric.unusable(
      scores?.notFinite ?? errors?.notFinite ?? 0, "not finite", of: "score or prediction")
    {
      return (nil, reason)
    }
    if probabilities, let reason = Metric.unusable(scores?.outside ?? 0, "outside 0 to 1", of: "score") {
      return (nil, reason)
    }
    return (distribution, nil)
  }
}

extension Array where Element == MetricValue {
  /// The maximum of the defined values; the first reason if none is defined.
  var worstDefined: MetricValue {
    let numbers = compactMap { $0.number(.undefined) }
    return numbers.max().map { .defined($0) } ?? first ?? .undefined(reason: "no group has a value")
  }
}
