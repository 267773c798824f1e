/// Averages over the classes, each against the rest, as in scikit-learn: `average="macro"` (equal weights),
/// `"weighted"` (weights are the classes' labels) and `"micro"` (the counts of all classes are added, which
/// gives the accuracy).
///
/// Undefined if a class has no value; scikit-learn's convention is 0 for that class.
extension Metric {
  static let macroF1 = average("macro_f1", of: f1, isWeighted: false, isDefault: true)

  static let classAverages: [Metric] =
    [
      average("macro_precision", of: precision, isWeighted: false),
      average("macro_recall", of: truePositiveRate, isWeighted: false),
      average("macro_jaccard", of: jaccard, isWeighted: false),
      average("weighted_precision", of: precision, isWeighted: true),
      average("weighted_recall", of: truePositiveRate, isWeighted: true),
      average("weighted_f1", of: f1, isWeighted: true),
      average("weighted_jaccard", of: jaccard, isWeighted: true),
    ] + ["micro_precision", "micro_recall", "micro_f1"].map(microAverage)
    + [
      Metric(
        rate: "micro_jaccard", "Jaccard index, all classes' counts together",
        "of the labels and decisions together, the share that is both", better: .higher,
        reads: .multiclassConfusion, isDefault: false,
        of: .others(unless: "no rows") { 2 * $0.total - $0.correct }
      ) { $0.correct }
    ]

  private static func average(
    _ name: String, of metric: Metric, isWeighted: Bool, isDefault: Bool = false
  ) -> Metric {
    let what = metric.name == truePositiveRate.name ? "recall" : metric.title
    let averaged = Metric(
      name, "\(what), \(isWeighted ? "weighted by the classes' labels" : "mean over the classes")",
      "the mean over the classes\(isWeighted ? ", by their labels," : "") of: \(metric.meaning)",
      better: metric.better, in: .share, of: .multiclassConfusion, isDefault: isDefault
    ) { table in
      var (sum, total, reason) = (0.0, 0.0, String?.none)
      for index in 0..<table.classes {
        let weight = isWeighted ? table.labelled(index) : 1
        // A class without labels does not contribute to a weighted average.
        guard weight > 0 else { continue }
        let value = metric.evaluate(GroupSums(rows: 0, confusion: table.oneVersusRest(index)))
        if let missing = value.reason(.undefined) { reason = "a class has \(missing)" }
        sum += weight * (value.number(.zero) ?? 0)
        total += weight
      }
      guard total > 0 else { return .undefined(reason: "no rows") }
      return reason.map { .undefined(reason: $0, conventional: sum / total) } ?? .defined(sum / total)
    }
    return metric.isShareOfRows ? averaged.meaningShares() : averaged
  }

  /// Over all classes, each row is one positive and one selected row; therefore precision, recall and F1 are
  /// equal.
  @Sendable private static func microAverage(_ name: String) -> Metric {
    Metric(
      rate: name, "\(name.dropFirst("micro_".count)), all classes' counts together", accuracy.meaning,
      better: .higher, reads: .multiclassConfusion, isDefault: false, of: .all
    ) { $0.correct }
  }
}
