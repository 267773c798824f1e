import Platform

extension Document.Figure {
  private struct Histogram {
    let group: String
    let edges: [Double]
    let positives: [Double]
    let negatives: [Double]

    /// - Returns: nil if the report has no histogram of the group.
    init?(_ group: AuditReport.Group) {
      let scores = group.json["curves"]?["scores"]
      func numbers(_ key: String) -> [Double] { (scores?[key]?.array ?? []).map { max(0, $0.double ?? 0) } }
      self.group = group.name
      (edges, positives, negatives) = (numbers("edges"), numbers("positives"), numbers("negatives"))
      guard positives.count == negatives.count, edges.count == positives.count + 1, edges.count > 1 else {
        return nil
      }
    }

    /// "male 0.52"; nil for an empty group.
    var mean: String? {
      let total = (positives + negatives).reduce(0, +)
      guard total > 0 else { return nil }
      let mean = zip(zip(edges, edges.dropFirst()), zip(positives, negatives)).reduce(0) {
        $0 + ($1.0.0 + $1.0.1) / 2 * ($1.1.0 + $1.1.1)
      }
      return "\(group) \(NumberText.fixed(mean / total, places: 2))"
    }
  }

  /// Histograms of the scores, stacked vertically; each bin shows the two labels next to each other.
  static func scores(_ attribute: AuditReport.Attribute) -> Document.Figure? {
    let groups = attribute.shown(6).compactMap(Histogram.init)
    guard !groups.isEmpty else { return nil }
    let means = groups.compactMap(\.mean).joined(separator: ", ")
    return Document.Figure(
      title: "Scores by \(attribute.title)",
      sentence:
        "How the scores of those with a positive and a negative outcome are spread, each group on a separate "
        + "scale. Mean scores, about: \(means).",
      alternative:
        "Histograms of the scores of \(groups.map(\.group).joined(separator: ", ")). Mean scores, about: \(means)."
    ) { panels(groups, $0) }
  }

  private static func panels(_ groups: [Histogram], _ layout: Document.Layout) -> Drawing {
    let (panel, width, left) = (96.0, layout.pick(460.0, 272.0), layout.pick(150.0, 8.0))
    var drawing = Drawing(
      width: layout.pick(640, Document.Layout.narrowWidth), height: Double(groups.count) * panel + 56)
    for (row, group) in groups.enumerated() {
      let bottom = Double(row + 1) * panel - 12
      let tallest = max((group.positives + group.negatives).max() ?? 0, 1e-12)
      if layout == .wide {
        drawing.text(group.group.shortened(to: 18), left - 12, bottom - 4, .end)
      } else {
        drawing.text(group.group.shortened(to: 32), left, bottom - panel + 26)
      }
      drawing.line(left, bottom, left + width, bottom, "axis")
      let bin = width / Double(group.positives.count)
      for index in group.positives.indices {
        let x = left + Double(index) * bin
        for (half, value) in [group.negatives[index], group.positives[index]].enumerated() where value > 0 {
          let height = (panel - layout.pick(28, 40)) * value / tallest
          drawing.rectangle(
            x + Double(half) * bin / 2 + 0.5, bottom - height, max(0.5, bin / 2 - 1), height,
            series: half == 0 ? 1 : 0)
        }
      }
    }
    let bottom = Double(groups.count) * panel
    for tick in 0...4 {
      drawing.text(
        NumberText.short(Double(tick) / 4), left + width * Double(tick) / 4, bottom + 6, .middle,
        style: "tick")
    }
    drawing.text("score", left + width / 2, bottom + 24, .middle)
    for (series, name) in ["positive outcome", "negative outcome"].enumerated() {
      let x = left + Double(series) * layout.pick(160, 140)
      drawing.rectangle(x, bottom + 36, 12, 12, series: series)
      drawing.text(name, x + 18, bottom + 47)
    }
    return drawing
  }
}
