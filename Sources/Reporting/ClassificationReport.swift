import Platform

/// Precision, recall and F1 of each class and their averages, in the layout of scikit-learn's `classification_report`.
struct ClassificationReport {
  private let classes: [String]
  /// Indexed by label, then by decision.
  private let weights: [[Double]]

  /// - Throws: `invalidArgument` for a report without a confusion table.
  init(_ json: JSONValue) throws {
    let report = json["kind"]?.string == "finetune" ? json["after"] ?? .null : json
    classes = (report["confusion"]?["classes"]?.array ?? []).compactMap(\.string)
    weights = (report["confusion"]?["weights"]?.array ?? []).map { line in
      (line.array ?? []).map { max(0, $0.double ?? 0) }
    }
    guard !classes.isEmpty, weights.count == classes.count,
      weights.allSatisfy({ $0.count == classes.count })
    else {
      throw Failure.invalidArgument(
        "report_json has no \"confusion\"; reports of classes with labels have it", at: "report_json")
    }
  }

  private struct Row {
    var precision = 0.0
    var recall = 0.0
    var f1 = 0.0
    var support = 0.0
  }

  var text: String {
    let rows = classes.indices.map(row)
    let total = rows.reduce(0) { $0 + $1.support }
    let right = classes.indices.reduce(0) { $0 + weights[$1][$1] }
    let width = max("weighted avg".count, classes.map(\.count).max() ?? 0)
    func line(_ name: String, _ cells: [String]) -> String {
      name.aligned(to: width) + " " + cells.map { " " + $0.aligned(to: 9) }.joined() + "\n"
    }
    func line(_ name: String, _ row: Row) -> String {
      line(name, [row.precision, row.recall, row.f1].map(Self.fixed) + [Self.count(row.support)])
    }
    var result = line("", ["precision", "recall", "f1-score", "support"]) + "\n"
    for (name, row) in zip(classes, rows) { result += line(name, row) }
    result += "\n"
    result += line("accuracy", ["", "", Self.fixed(Self.share(right, of: total)), Self.count(total)])
    result += line("macro avg", average(rows, total, classes.map { _ in 1 }))
    result += line("weighted avg", average(rows, total, rows.map(\.support)))
    return result
  }

  private func row(_ label: Int) -> Row {
    let hit = weights[label][label]
    let (labelled, decided) = (weights[label].reduce(0, +), weights.reduce(0) { $0 + $1[label] })
    return Row(
      precision: Self.share(hit, of: decided), recall: Self.share(hit, of: labelled),
      f1: Self.share(2 * hit, of: labelled + decided), support: labelled)
  }

  private func average(_ rows: [Row], _ total: Double, _ shares: [Double]) -> Row {
    let whole = shares.reduce(0, +)
    func mean(_ value: (Row) -> Double) -> Double {
      Self.share(zip(rows, shares).reduce(0) { $0 + value($1.0) * $1.1 }, of: whole)
    }
    return Row(
      precision: mean { $0.precision }, recall: mean { $0.recall }, f1: mean { $0.f1 }, support: total)
  }

  /// A ratio; 0 if the denominator is 0, as in scikit-learn.
  private static func share(_ part: Double, of whole: Double) -> Double { whole > 0 ? part / whole : 0 }

  /// Two decimal places, with halves rounded to even as in Python.
  private static func fixed(_ value: Double) -> String {
    NumberText.fixed((value * 100).rounded(.toNearestOrEven) / 100, places: 2)
  }

  /// A number of rows without a fraction, a sum of weights with its fraction.
  private static func count(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }
}

extension String {
  fileprivate func aligned(to width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
