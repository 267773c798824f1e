extension FairnessMeasure {
  /// The metric of the others pooled, and of the reference group; or why one is missing. AIF360 0.6's
  /// convention: others first, so that below 0 the others have less.
  static func compare(
    _ frame: GroupFrame, _ metric: Metric, _ combine: (_ others: Double, _ reference: Double) -> MetricValue
  ) -> MetricValue {
    guard let (reference, others) = frame.referenceAndOthers() else {
      return .undefined(reason: "there is no second group")
    }
    let (first, second) = (metric.value(others), metric.value(reference))
    if let reason = first.reason(frame.zeroDivision) {
      return .undefined(reason: "\(metric.name) of the other groups: \(reason)")
    }
    if let reason = second.reason(frame.zeroDivision) {
      return .undefined(reason: "\(metric.name) of the reference group: \(reason)")
    }
    guard let other = first.number(frame.zeroDivision), let own = second.number(frame.zeroDivision) else {
      return .undefined(reason: "a group has no value")
    }
    return combine(other, own)
  }

  /// A measure: the others' metric minus the reference group's.
  static func referenceDifference(_ name: String, _ what: String, of metric: Metric) -> FairnessMeasure {
    FairnessMeasure(
      name, "\(what) of the other groups minus the reference group's.", reads: .binaryDecisions,
      isSigned: true, needsLabels: metric.needsLabels
    ) { compare($0, metric) { .defined($0 - $1) } }
  }

  /// A measure: the others' metric divided by the reference group's.
  static func referenceRatio(_ name: String, _ what: String, of metric: Metric) -> FairnessMeasure {
    FairnessMeasure(
      name, "\(what) of the other groups divided by the reference group's.", reads: .binaryDecisions,
      ideal: 1, isSigned: true, needsLabels: metric.needsLabels
    ) {
      compare($0, metric) { others, reference in
        reference > 0
          ? .defined(others / reference) : .undefined(reason: "the reference group's \(metric.name) is 0")
      }
    }
  }
}
