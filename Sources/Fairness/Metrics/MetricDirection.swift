import Platform

extension Metric {
  /// The metrics of which less is better; of the others more is.
  private static let errors: Set<String> = [
    "error_rate", "fpr", "fnr", "false_discovery_rate", "false_omission_rate", "log_loss", "brier", "mae",
    "mse", "rmse", "negative_likelihood_ratio", "prevalence_threshold", "fn_fp_ratio", "ece",
    "ece_equal_mass", "max_calibration_error", "brier_reliability", "quantile_loss", "theil_index",
    "generalized_entropy_index", "coefficient_of_variation",
  ]
  /// Metrics that are best at 0, on either side of it.
  private static let biases: Set<String> = ["mean_error", "calibration_in_the_large"]

  /// A number that grows as the metric gets better.
  static func merit(of name: String, value: Double) -> Double {
    let base = String(name.prefix { $0 != "[" })
    if biases.contains(base) { return -abs(value) }
    return errors.contains(base) ? -value : value
  }
}

extension AuditResult {
  /// A number that grows as a value of the report gets better: for a metric of all rows by its kind, for
  /// a gap or a fairness measure by its distance from what perfect fairness gives.
  ///
  /// - Parameters: as of `value(metric:attribute:)`.
  public func merit(metric name: String, attribute: String? = nil) -> Double? {
    guard let value = value(metric: name, attribute: attribute) else { return nil }
    guard attribute != nil else { return Metric.merit(of: name, value: value) }
    if let measure = FairnessMeasure.all.first(where: { $0.name == name }) ?? Parameterized.measure(name) {
      return -abs(value - measure.ideal)
    }
    return name.hasSubstring("_ratio") ? -abs(value - 1) : -abs(value)
  }
}
