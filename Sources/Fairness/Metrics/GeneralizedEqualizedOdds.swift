extension FairnessMeasure {
  /// The larger of |difference of the mean scores of positives| and |difference of the mean scores of
  /// negatives| between the others and the reference group: equalized odds of a randomized decision
  /// (Pleiss et al. 2017; AIF360 0.6).
  static let generalizedEqualizedOddsDifference = FairnessMeasure(
    "generalized_equalized_odds_difference",
    "The larger difference of the mean scores of positives and of negatives to the reference group.",
    reads: .scores
  ) { frame in
    [
      compare(frame, .meanScoreOfPositives) { .defined(abs($0 - $1)) },
      compare(frame, .meanScoreOfNegatives) { .defined(abs($0 - $1)) },
    ].worstDifference
  }
}
