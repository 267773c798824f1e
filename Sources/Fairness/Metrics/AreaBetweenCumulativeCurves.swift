extension FairnessMeasure {
  /// ∫ over 0...1 of abs(F_a(s) − F_b(s)) ds: the area between the cumulative curves (Han et al. 2023,
  /// "Retiring ΔDP"); of probabilities it equals the Wasserstein-1 distance.
  static let areaBetweenCumulativeCurves = distances(
    "abcc", "Area between the distribution functions of the scores", probabilities: true, isDefault: false,
    wassersteinDistance)
}
