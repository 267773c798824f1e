import Platform

extension Document.Figure {
  private static func points(_ json: JSONValue?) -> [(x: Double, y: Double)] {
    (json?.array ?? []).compactMap { point in
      guard let x = point[0]?.double, let y = point[1]?.double, x.isFinite, y.isFinite else { return nil }
      return (min(max(x, 0), 1), min(max(y, 0), 1))
    }
  }

  /// The groups' ROC curves.
  static func receiverOperatingCharacteristic(_ attribute: AuditReport.Attribute) -> Document.Figure? {
    let groups = attribute.shown(6).map { ($0, points($0.json["curves"]?["roc"])) }.filter { $0.1.count > 1 }
    guard !groups.isEmpty else { return nil }
    let areas = groups.compactMap { group in
      group.0.metric("auc").map { "\(group.0.name) \(NumberText.plain($0))" }
    }
    return Document.Figure(
      title: "ROC curves by \(attribute.title)",
      sentence:
        "Each curve shows, over all thresholds, which share of the qualified a group's scores find for which "
        + "share of false alarms; curves that lie apart rank one group better than the other."
        + (areas.isEmpty ? "" : " Areas under the curves: \(areas.joined(separator: ", "))."),
      alternative: "ROC curves of \(groups.map(\.0.name).joined(separator: ", "))."
        + (areas.isEmpty ? "" : " Areas: \(areas.joined(separator: ", ")).")
    ) { layout in
      var plot = Plot(
        x: 0...1, y: 0...1, xTitle: "false positive rate", yTitle: "true positive rate",
        legend: groups.map(\.0.name), layout: layout)
      plot.reference((0, 0), (1, 1))
      for (series, group) in groups.enumerated() { plot.curve(group.1, series: series) }
      return plot.drawing
    }
  }

  /// Observed frequencies against predicted scores.
  static func calibration(_ attribute: AuditReport.Attribute) -> Document.Figure? {
    let groups = attribute.shown(6).map { group in
      (
        group,
        (group.json["curves"]?["calibration"]?.array ?? []).compactMap {
          bin -> (x: Double, y: Double, count: Double)? in
          guard let x = bin["mean_score"]?.double, let y = bin["rate"]?.double, x.isFinite, y.isFinite else {
            return nil
          }
          return (min(max(x, 0), 1), min(max(y, 0), 1), max(0, bin["count"]?.double ?? 0))
        }
      )
    }.filter { !$0.1.isEmpty }
    guard !groups.isEmpty else { return nil }
    var notes: [String] = []
    for group in groups {
      let total = group.1.reduce(0) { $0 + $1.count }
      guard total > 0 else { continue }
      let bias = group.1.reduce(0) { $0 + $1.count * ($1.x - $1.y) } / total
      let word =
        abs(bias) < 0.005 ? "are right on average" : bias > 0 ? "promise too much" : "promise too little"
      let size = abs(bias) < 0.005 ? "" : " by \(NumberText.points(abs(bias))) on average"
      notes.append("for \(group.0.name) the scores \(word)\(size)")
    }
    let found = notes.joined(separator: "; ").capitalizedFirst + (notes.isEmpty ? "" : ".")
    return Document.Figure(
      title: "Calibration by \(attribute.title)",
      sentence: "On the dashed line a score of 0.7 means that 7 of 10 turned out positive. \(found)",
      alternative: "Calibration curves of \(groups.map(\.0.name).joined(separator: ", ")). \(found)"
    ) { layout in
      var plot = Plot(
        x: 0...1, y: 0...1, xTitle: "mean score", yTitle: "share that was positive",
        legend: groups.map(\.0.name), layout: layout)
      plot.reference((0, 0), (1, 1))
      for (series, group) in groups.enumerated() {
        plot.curve(group.1.map { ($0.x, $0.y) }, series: series)
        for point in group.1 { plot.point(point.x, point.y, series: series) }
      }
      return plot.drawing
    }
  }
}
