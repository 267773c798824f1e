import Platform

extension Metric {
  /// A number that grows as the metric of a name gets better; of a name with a class or a number that of its base.
  static func merit(of name: String, value: Double) -> Double {
    let base = String(name.prefix { $0 != "[" })
    return all.first { $0.name == base }?.merit(value) ?? value
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
