/// How a fairness measure is computed from rates. The form determines its value, its range and its intervals.
///
/// The enum is indirect: an absent form is then a null pointer. Copying an absent form by value would read
/// uninitialized bits.
indirect enum MeasureForm: Sendable {
  /// One of the four gaps of each metric, and the worst or the mean of these gaps.
  case gaps([Metric], Gaps.Kind, RangeInterval.Combination)
  /// Σ cᵢ (others − reference).
  case reference([(coefficient: Double, metric: Metric)])
  case referenceRatio(Metric)
  /// The mean of |others − reference|.
  case referenceDistance([Metric])

  var metrics: [Metric] {
    switch self {
    case .gaps(let metrics, _, _), .referenceDistance(let metrics): metrics
    case .reference(let terms): terms.map(\.metric)
    case .referenceRatio(let metric): [metric]
    }
  }

  private var isOfShares: Bool { metrics.allSatisfy { $0.range == .share } }

  var range: ClosedRange<Double> {
    switch self {
    case .gaps(_, let gap, _): gap.isRatio || isOfShares ? .share : .notNegative
    case .referenceDistance: isOfShares ? .share : .notNegative
    case .reference: isOfShares ? .balance : .any
    case .referenceRatio: .notNegative
    }
  }

  var ideal: Double {
    switch self {
    case .gaps(_, let gap, _): gap.isRatio ? 1 : 0
    case .referenceRatio: 1
    case .reference, .referenceDistance: 0
    }
  }

  var isSigned: Bool {
    switch self {
    case .reference, .referenceRatio: true
    case .gaps, .referenceDistance: false
    }
  }

  @Sendable func evaluate(_ frame: GroupFrame) -> MetricValue {
    switch self {
    case .gaps(let metrics, let kind, let combination):
      let gaps = metrics.map { frame.gaps($0)[kind] }
      switch combination {
      case .mean: return gaps.withoutEmptyRatios(kind, frame.zeroDivision).mean
      case .largest where kind.isRatio: return gaps.withoutEmptyRatios(kind, frame.zeroDivision).worstRatio
      case .largest: return gaps.worstDifference
      }
    case .reference(let terms):
      let parts = terms.map { term in
        frame.compared(term.metric) { .defined(term.coefficient * ($0 - $1)) }
      }
      return parts.aggregated { $0.reduce(0, +) }
    case .referenceRatio(let metric):
      return frame.compared(metric) { others, reference in
        reference > 0
          ? .defined(others / reference) : .undefined(reason: "the reference group's \(metric.name) is 0")
      }
    case .referenceDistance(let metrics):
      return metrics.map { frame.compared($0) { .defined(abs($0 - $1)) } }.mean
    }
  }
}

extension [MetricValue] {
  /// Fairlearn 0.15 ignores a ratio 0 / 0 if another ratio has a value: if no negative is selected in any
  /// group, the ratio of equalized odds is the ratio of the true positive rates. This applies only under
  /// Fairlearn's convention for empty denominators; otherwise a missing ratio makes the measure undefined.
  fileprivate func withoutEmptyRatios(_ kind: Gaps.Kind, _ convention: ZeroDivision) -> [MetricValue] {
    guard kind.isRatio, convention == .zero else { return self }
    let present = filter { $0.number(convention) != nil }
    return present.isEmpty ? self : present
  }
}

extension GroupFrame {
  /// Combines a metric of the other groups (merged) and of the reference group; undefined if one of them is.
  /// As in AIF360 0.6, the others come first: below 0, the others have less.
  func compared(
    _ metric: Metric, _ combine: (_ others: Double, _ reference: Double) -> MetricValue
  ) -> MetricValue {
    guard let (reference, others) = referenceAndOthers() else {
      return .undefined(reason: "there is no second group")
    }
    let (first, second) = (metric.value(others), metric.value(reference))
    if let reason = first.reason(zeroDivision) {
      return .undefined(reason: "\(metric.name) of the other groups: \(reason)")
    }
    if let reason = second.reason(zeroDivision) {
      return .undefined(reason: "\(metric.name) of the reference group: \(reason)")
    }
    guard let other = first.number(zeroDivision), let own = second.number(zeroDivision) else {
      return .undefined(reason: "a group has no value")
    }
    return combine(other, own)
  }
}
