import Platform

extension AuditResult {
  /// A one-sided upper confidence bound of a gap of rates.
  ///
  ///     max over the rates, and over the pairs of groups, of  d + z √(v₁ + v₂)
  ///
  /// d is the difference of two groups' rates and v their variances, after adding a success and a failure to each
  /// (Agresti and Caffo 2000). The true gap is the difference of one of the pairs, whose bound fails with the stated
  /// probability at most; the maximum of all bounds therefore holds without a correction for the number of pairs, also
  /// for a small group whose rate lies between those of large ones.
  ///
  /// - Returns: nil for numbers that are not gaps of rates; the rows must not be weighted.
  public func upperBound(_ gap: AuditedGap, attribute: String, confidence: Double) -> Double? {
    guard let found = attributes.first(where: { $0.frame.attribute == attribute }) else { return nil }
    let (rates, kind): ([Metric], Gaps.Kind)
    switch gap {
    case .measure(let name):
      guard
        case .gaps(let parts, let form, .largest)? = found.fairness.first(where: { $0.name == name })?.measure
          .form
      else { return nil }
      (rates, kind) = (parts, form)
    case .gap(let metric, let form):
      (rates, kind) = (metrics.filter { $0.name == metric }, form)
    }
    guard !rates.isEmpty, !kind.isRatio, rates.allSatisfy({ $0.share?.growth == nil && $0.share != nil })
    else {
      return nil
    }
    let z = NormalDistribution.quantile(confidence)
    let frames = rates.contains { $0.input == .binaryConfusion } ? found.frame.binaryFrames : [found.frame]
    let bounds = frames.flatMap { frame in
      rates.map { rate in
        let counts = frame.groups.compactMap { rate.share?.counts($0) }
        return kind == .difference ? Self.pairs(counts, z) : Self.distances(counts, z)
      }
    }
    return bounds.max().map { min(max($0, value(gap, attribute: attribute) ?? 0), 1) }
  }

  /// The largest bound of a difference of two groups.
  private static func pairs(_ counts: [RateCounts], _ z: Double) -> Double {
    let estimates = counts.map(\.adjusted)
    var largest = 0.0
    for (place, first) in estimates.enumerated() {
      for second in estimates[..<place] { largest = max(largest, bound(first, second, z)) }
    }
    return largest
  }

  /// The largest bound of a group's distance from all rows, which is its distance from the others times their share.
  private static func distances(_ counts: [RateCounts], _ z: Double) -> Double {
    let (successes, trials) = counts.reduce((0, 0)) { ($0.0 + $1.successes, $0.1 + $1.trials) }
    return counts.reduce(0.0) { largest, group in
      let others = RateCounts(successes: successes - group.successes, trials: trials - group.trials)
      let share = trials > 0 ? others.trials / trials : 1
      return max(largest, share * bound(group.adjusted, others.adjusted, z))
    }
  }

  private static func bound(
    _ first: (value: Double, error: Double), _ second: (value: Double, error: Double), _ z: Double
  ) -> Double {
    abs(first.value - second.value) + z
      * (first.error * first.error + second.error * second.error).squareRoot()
  }
}
