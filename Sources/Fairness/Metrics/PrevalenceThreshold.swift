extension Metric {
  /// √FPR / (√TPR + √FPR): the base rate below which the precision falls fastest (Balayla 2020).
  static let prevalenceThreshold = Metric(
    "prevalence_threshold", "Base rate below which the precision falls fastest.", better: .lower,
    of: .binaryConfusion,
    isDefault: false
  ) { table in
    guard table.positives > 0 else { return .undefined(reason: "no positive labels") }
    guard table.negatives > 0 else { return .undefined(reason: "no negative labels") }
    let hits = (table.truePositives / table.positives).squareRoot()
    let alarms = (table.falsePositives / table.negatives).squareRoot()
    guard hits + alarms > 0 else { return .undefined(reason: "nothing is selected") }
    return .defined(alarms / (hits + alarms))
  }
}
