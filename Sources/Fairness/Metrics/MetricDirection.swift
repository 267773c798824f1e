extension AuditResult {
  /// A number that grows as a value of the report gets better: for a metric of all rows by its kind, for
  /// a gap or a fairness measure by its distance from what perfect fairness gives.
  ///
  /// - Parameters: as of `value(metric:attribute:)`.
  public func merit(metric name: String, attribute: String? = nil) -> Double? {
    guard let value = value(metric: name, attribute: attribute) else { return nil }
    guard let attribute else { return metrics.first { $0.name == name }?.merit(value) }
    let found = attributes.first { $0.frame.attribute == attribute }
    if let measure = found?.fairness.first(where: { $0.name == name })?.measure {
      return measure.merit(value)
    }
    // What is left is a gap of a metric; of the quotients 1 is perfect.
    let isRatio = metrics.contains { metric in
      ["ratio", "ratio_to_", "mean_ratio"].contains { name.hasPrefix("\(metric.name)_\($0)") }
    }
    return isRatio ? -abs(value - 1) : -abs(value)
  }
}
