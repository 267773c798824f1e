extension Metric {
  /// The mean over the classes of 2 TP / (2 TP + FP + FN), each class against the rest (scikit-learn's
  /// `f1_score` with average="macro").
  ///
  /// A class with neither labels nor decisions leaves it undefined; scikit-learn's convention is 0 for it.
  static let macroF1 = Metric(
    "macro_f1", "Mean over the classes of F1, each against the rest.", better: .higher,
    of: .multiclassConfusion
  ) { table in
    let scores = (0..<table.classes).map {
      f1.evaluate(GroupSums(rows: 0, confusion: table.oneVersusRest($0)))
    }
    guard !scores.isEmpty else { return .undefined(reason: "no classes") }
    let mean = scores.reduce(0) { $0 + ($1.number(.zero) ?? 0) } / Double(scores.count)
    return scores.allSatisfy { $0.number(.undefined) != nil }
      ? .defined(mean)
      : .undefined(reason: "a class has neither labels nor decisions", conventional: mean)
  }
}
