extension FairnessMeasure {
  /// Demographic parity: equal P(ŷ = 1) in all groups (Calders, Kamiran and Pechenizkiy 2009); its gaps by
  /// Fairlearn 0.15's definitions.
  static let demographicParity = gapMeasures(
    "demographic_parity", "the selection rates of groups", of: .selectionRate)

  /// The four gaps of one metric of the confusion table as measures.
  static func gapMeasures(
    _ name: String, _ what: String, of metric: Metric, isDefault: Bool = true
  ) -> [FairnessMeasure] {
    [
      FairnessMeasure(
        "\(name)_difference", "Largest difference between \(what).", reads: .decisions,
        isDefault: isDefault, needsLabels: metric.needsLabels
      ) {
        $0.gaps(metric).difference
      },
      FairnessMeasure(
        "\(name)_ratio", "Smallest ratio between \(what).", reads: .decisions, ideal: 1,
        isDefault: isDefault, needsLabels: metric.needsLabels
      ) {
        $0.gaps(metric).ratio
      },
      FairnessMeasure(
        "\(name)_difference_to_overall", "Largest difference of \(what) to that of all rows.",
        reads: .decisions, isDefault: isDefault, needsLabels: metric.needsLabels
      ) { $0.gaps(metric).differenceToOverall },
      FairnessMeasure(
        "\(name)_ratio_to_overall", "Smallest ratio of \(what) to that of all rows.", reads: .decisions,
        ideal: 1, isDefault: isDefault, needsLabels: metric.needsLabels
      ) { $0.gaps(metric).ratioToOverall },
    ]
  }
}
