extension FairnessMeasure {
  /// ½ ((PPV(others) − PPV(reference)) + (FOR(others) − FOR(reference))), P(y = 1) of the selected and of the rejected
  /// (AIF360 0.6).
  static let averagePredictiveValueDifference = FairnessMeasure(
    "average_predictive_value_difference",
    "Mean of the signed differences of precision and of the false omission rate to the reference group.",
    reads: .binaryDecisions, isSigned: true, isDefault: false
  ) { frame in
    [Metric.precision, .falseOmissionRate].map { metric in
      compare(frame, metric) { .defined($0 - $1) }
    }.mean
  }
}
