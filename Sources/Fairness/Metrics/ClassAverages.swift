extension Metric {
  /// Averages over the classes of what each has against the rest, as scikit-learn's `average="macro"` (each class
  /// alike) and `average="weighted"` (by its labels). Micro averages of several classes are all `accuracy`.
  ///
  /// A class that has no value leaves them undefined; scikit-learn's convention is 0 for it.
  static let classAverages: [Metric] = [
    average("macro_precision", "Mean over the classes of precision.", of: .precision, isWeighted: false),
    average("macro_recall", "Mean over the classes of recall.", of: .truePositiveRate, isWeighted: false),
    average(
      "weighted_precision", "Precision of the classes, by their labels.", of: .precision, isWeighted: true),
    average(
      "weighted_recall", "Recall of the classes, by their labels.", of: .truePositiveRate, isWeighted: true),
    average("weighted_f1", "F1 of the classes, by their labels.", of: .f1, isWeighted: true),
  ]

  private static func average(
    _ name: String, _ summary: String, of metric: Metric, isWeighted: Bool
  ) -> Metric {
    Metric(name, summary, better: metric.better, of: .multiclassConfusion, isDefault: false) { table in
      var (sum, total, reason) = (0.0, 0.0, String?.none)
      for index in 0..<table.classes {
        let weight = isWeighted ? table.labelled(index) : 1
        // A class without labels has no part in a weighted average.
        guard weight > 0 else { continue }
        let value = metric.evaluate(GroupSums(rows: 0, confusion: table.oneVersusRest(index)))
        if let missing = value.reason(.undefined) { reason = "a class has \(missing)" }
        sum += weight * (value.number(.zero) ?? 0)
        total += weight
      }
      guard total > 0 else { return .undefined(reason: "no rows") }
      return reason.map { .undefined(reason: $0, conventional: sum / total) } ?? .defined(sum / total)
    }
  }
}
