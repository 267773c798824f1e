extension FairnessMeasure {
  /// Overall accuracy equality: max − min over groups of P(ŷ = y) (Berk et al. 2018), all classes together.
  static let accuracyDifference = FairnessMeasure(
    "accuracy_difference", "Largest difference between the accuracies of groups.", reads: .allDecisions
  ) { $0.gaps(.accuracy).difference }
}
