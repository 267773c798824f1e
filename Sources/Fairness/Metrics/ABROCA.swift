extension FairnessMeasure {
  /// ABROCA: ∫ abs(ROC_a − ROC_b) over the false positive rate (Gardner, Brooks and Baker 2019), exact for the
  /// straight pieces of the curves.
  static let areaBetweenROC = distances(
    "abroca", "Area between the ROC curves", needsLabels: true, prepare: { ReceiverCurve($0) }
  ) { first, second in
    guard let first, let second else {
      return .undefined(reason: "a group has only one label")
    }
    return .defined(ReceiverCurve.areaBetween(first, second))
  }
}
