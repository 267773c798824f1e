extension FairnessMeasure {
  /// max − min over groups of the mean prediction: demographic parity in the mean of a regression
  /// (Calders et al. 2013, without strata).
  static let meanPredictionDifference = FairnessMeasure(
    "demographic_parity_difference", "Largest difference between the mean predictions of groups.",
    reads: .values, needsLabels: false
  ) { $0.gaps(.meanPrediction).difference }
}
