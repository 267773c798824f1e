extension Metric {
  /// The number of rows of a group, whatever their weights.
  static let count = Metric("count", "Rows.", better: .neither, reads: .rows, isDefault: false) {
    .defined(Double($0.rows))
  }
  .withoutLabels()
}
