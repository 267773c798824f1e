extension FairnessMeasure {
  /// Overall accuracy equality, of errors (Berk et al. 2018), between groups; `error_rate_difference` and
  /// `error_rate_ratio` are AIF360's, against the reference group.
  static let errorParity = gapMeasures(
    "error_parity", "the error rates of groups", of: .errorRate, isDefault: false)
}
