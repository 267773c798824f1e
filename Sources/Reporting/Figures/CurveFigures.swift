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
    var plot = Plot(
      x: 0...1, y: 0...1, xTitle: "false positive rate", yTitle: "true positive rate",
      legend: groups.map(\.0.name))
    plot.reference((0, 0), (1, 1))
    for (series, group) in groups.enumerated() { plot.curve(group.1, series: series) }
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
        + (areas.isEmpty ? "" : " Areas: \(areas.joined(separator: ", "))."),
      drawing: plot.drawing)
  }

  /// What happened against what the scores said.
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
    var plot = Plot(
      x: 0...1, y: 0...1, xTitle: "mean score", yTitle: "share that was positive",
      legend: groups.map(\.0.name))
    plot.reference((0, 0), (1, 1))
    var notes: [String] = []
    for (series, group) in groups.enumerated() {
      plot.curve(group.1.map { ($0.x, $0.y) }, series: series)
      for point in group.1 { plot.point(point.x, point.y, series: series) }
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
      alternative: "Calibration curves of \(groups.map(\.0.name).joined(separator: ", ")). \(found)",
      drawing: plot.drawing)
  }

  /// Histograms of the scores, one below the other, the two labels side by side in each bin.
  static func scores(_ attribute: AuditReport.Attribute) -> Document.Figure? {
    let groups = attribute.shown(6).compactMap {
      group -> (AuditReport.Group, [Double], [Double], [Double])? in
      let scores = group.json["curves"]?["scores"]
      func numbers(_ key: String) -> [Double] { (scores?[key]?.array ?? []).map { max(0, $0.double ?? 0) } }
      let (edges, positives, negatives) = (numbers("edges"), numbers("positives"), numbers("negatives"))
      guard positives.count == negatives.count, edges.count == positives.count + 1, edges.count > 1 else {
        return nil
      }
      return (group, edges, positives, negatives)
    }
    guard !groups.isEmpty else { return nil }
    let (panel, width, left) = (96.0, 460.0, 150.0)
    var drawing = Drawing(width: 640, height: Double(groups.count) * panel + 56)
    var means: [String] = []
    for (row, (group, edges, positives, negatives)) in groups.enumerated() {
      let bottom = Double(row + 1) * panel - 12
      let total = (positives + negatives).reduce(0, +)
      let tallest = max((positives + negatives).max() ?? 0, 1e-12)
      drawing.text(group.name.shortened(to: 18), left - 12, bottom - 4, .end)
      drawing.line(left, bottom, left + width, bottom, "axis")
      let bin = width / Double(positives.count)
      for index in positives.indices {
        let x = left + Double(index) * bin
        for (half, value) in [negatives[index], positives[index]].enumerated() where value > 0 {
          let height = (panel - 28) * value / tallest
          drawing.rectangle(
            x + Double(half) * bin / 2 + 0.5, bottom - height, max(0.5, bin / 2 - 1), height,
            series: half == 0 ? 1 : 0)
        }
      }
      if total > 0 {
        let mean = zip(zip(edges, edges.dropFirst()), zip(positives, negatives)).reduce(0) {
          $0 + ($1.0.0 + $1.0.1) / 2 * ($1.1.0 + $1.1.1)
        }
        means.append("\(group.name) \(NumberText.fixed(mean / total, places: 2))")
      }
    }
    let bottom = Double(groups.count) * panel
    for tick in 0...4 {
      drawing.text(
        NumberText.short(Double(tick) / 4), left + width * Double(tick) / 4, bottom + 6, .middle,
        style: "tick")
    }
    drawing.text("score", left + width / 2, bottom + 24, .middle)
    drawing.rectangle(left, bottom + 36, 12, 12, series: 0)
    drawing.text("positive outcome", left + 18, bottom + 47)
    drawing.rectangle(left + 160, bottom + 36, 12, 12, series: 1)
    drawing.text("negative outcome", left + 178, bottom + 47)
    return Document.Figure(
      title: "Scores by \(attribute.title)",
      sentence:
        "How the scores of those with a positive and a negative outcome are spread, each group on a scale of its "
        + "own. Mean scores, about: \(means.joined(separator: ", ")).",
      alternative:
        "Histograms of the scores of \(groups.map(\.0.name).joined(separator: ", ")). Mean scores, about: "
        + "\(means.joined(separator: ", ")).",
      drawing: drawing)
  }
}
