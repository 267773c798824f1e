extension AuditResult {
  /// A number that increases as a value of the report improves: for a metric of all rows, by the metric's
  /// direction; for a gap or a fairness measure, by its distance from the ideal.
  ///
  /// - Parameters: as for `value(metric:attribute:)`.
  public func merit(metric name: String, attribute: String? = nil) -> Double? {
    guard let value = value(metric: name, attribute: attribute) else { return nil }
    guard let attribute else { return metrics.first { $0.name == name }?.merit(value) }
    let found = attributes.first { $0.frame.attribute == attribute }
    if let measure = found?.fairness.first(where: { $0.name == name })?.measure {
      return measure.merit(value)
    }
    // The remaining names are gaps of a metric; the ideal of a ratio is 1.
    let isRatio = metrics.contains { metric in
      ["ratio", "ratio_to_", "mean_ratio"].contains { name.hasPrefix("\(metric.name)_\($0)") }
    }
    return isRatio ? -abs(value - 1) : -abs(value)
  }
}
