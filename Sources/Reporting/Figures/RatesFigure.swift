extension Document.Figure {
  /// A dot with its interval for each group's rate; one panel per metric.
  static func rates(
    _ attribute: AuditReport.Attribute, _ metrics: [String], _ words: Glossary
  ) -> Document.Figure? {
    let groups = attribute.shown()
    let metrics = metrics.filter { metric in groups.contains { $0.metric(metric) != nil } }.prefix(6)
    guard !metrics.isEmpty, !groups.isEmpty else { return nil }
    let hasIntervals = metrics.contains { metric in
      groups.contains { $0.metric(metric) != nil && $0.interval(metric) != nil }
    }
    let told = metrics.contains("selection_rate") ? "selection_rate" : metrics.first ?? ""
    var sentence = widest(told, attribute, words)
    if hasIntervals { sentence += " The bars are confidence intervals: short ones are sure." }
    if groups.count < attribute.groups.count {
      sentence += " The \(groups.count) largest of \(attribute.groups.count) groups are shown."
    }
    return Document.Figure(
      title: "Rates by \(attribute.title)", sentence: sentence,
      alternative: metrics.map { metric in
        words.title(metric) + ": "
          + groups.map { "\($0.name) \($0.metric(metric).map(NumberText.percent) ?? "no value")" }
          .joined(separator: ", ")
      }.joined(separator: ". ")
    ) { panels(of: Array(metrics), groups, words, $0) }
  }

  /// One panel per metric, one line per group.
  private static func panels(
    of metrics: [String], _ groups: [AuditReport.Group], _ words: Glossary, _ layout: Document.Layout
  ) -> Drawing {
    let (rowHeight, left, scale) = (22.0, layout.pick(170.0, 96.0), layout.pick(360.0, 128.0))
    let panelHeight = Double(groups.count) * rowHeight + 44
    var drawing = Drawing(
      width: layout.pick(640, Document.Layout.narrowWidth), height: panelHeight * Double(metrics.count) + 24)
    let ticks = layout.pick(4, 2)
    for (panel, metric) in metrics.enumerated() {
      let top = Double(panel) * panelHeight
      drawing.text(words.title(metric).capitalizedFirst, 0, top + 18, style: "strong")
      for tick in 0...ticks {
        let x = left + scale * Double(tick) / Double(ticks)
        drawing.line(x, top + 28, x, top + panelHeight - 14, "grid")
        drawing.text("\(tick * 100 / ticks)%", x, top + panelHeight, .middle, style: "tick")
      }
      for (row, group) in groups.enumerated() {
        let y = top + 40 + Double(row) * rowHeight
        drawing.text(group.name.shortened(to: layout.pick(22, 10)), left - 10, y + 4, .end)
        guard let value = group.metric(metric) else {
          drawing.text("no value", left + 6, y + 4, style: "tick")
          continue
        }
        if let interval = group.interval(metric) {
          drawing.line(
            left + scale * clamp(interval.lowerBound), y, left + scale * clamp(interval.upperBound), y,
            "interval")
        }
        drawing.circle(left + scale * clamp(value), y, radius: 5, series: row)
        drawing.text(NumberText.percent(value), left + scale + 14, y + 4)
      }
    }
    return drawing
  }

  private static func clamp(_ value: Double) -> Double { min(max(value, 0), 1) }

  /// "The selection rate, the share …, is 50.1% for male and 40.9% for female: 9.2 percentage points apart."
  static func widest(
    _ metric: String, _ attribute: AuditReport.Attribute, _ words: Glossary
  ) -> String {
    let values = attribute.groups.compactMap { group in group.metric(metric).map { (group.name, $0) } }
    guard let most = values.max(by: { $0.1 < $1.1 }), let least = values.min(by: { $0.1 < $1.1 }) else {
      return ""
    }
    let meaning = words.meaning(metric).map { " (\($0))" } ?? ""
    let title = words.title(metric)
    guard most.1 > least.1 else {
      return "The \(title)\(meaning) is \(words.value(most.1, of: metric)) in every group."
    }
    return
      "The \(title)\(meaning) is highest for \(most.0), \(words.value(most.1, of: metric)), and lowest for "
      + "\(least.0), \(words.value(least.1, of: metric))"
      + (words.isShare(metric) ? ": \(NumberText.points(most.1 - least.1)) apart." : ".")
  }
}
