import Platform

extension Document.Figure {
  /// Models by their accuracy and their gap between groups; the upper left is best.
  static func frontier(
    _ models: [(name: String, report: AuditReport)], attribute: String
  ) -> Document.Figure? {
    let words = models.first?.report.words ?? .none
    let metric = ["accuracy", "r2"].first { metric in models.allSatisfy { $0.report.overall(metric) != nil } }
    let measures = [
      "demographic_parity_difference", "equalized_odds_difference", "mean_prediction_difference",
    ]
    func gap(_ report: AuditReport, _ measure: String) -> Double? {
      report.attributes.first { $0.name == attribute }?.json["fairness"]?[measure]?.double
    }
    guard models.count > 1, let metric,
      let measure = measures.first(where: { measure in models.allSatisfy { gap($0.report, measure) != nil } })
    else { return nil }
    let points = models.compactMap { model in
      gap(model.report, measure).flatMap { gap in
        model.report.overall(metric).map { (name: model.name, gap: gap, value: $0) }
      }
    }
    let gaps = points.map(\.gap)
    let values = points.map(\.value)
    guard let widest = gaps.max(), let least = values.min(), let most = values.max() else { return nil }
    let room = max((most - least) * 0.2, 0.005)
    let described = points.map {
      "\($0.name): \(words.title(metric)) \(words.value($0.value, of: metric)), gap \(NumberText.plain($0.gap))"
    }
    let fairest = points.min { $0.gap < $1.gap }?.name ?? ""
    let best = points.max { $0.value < $1.value }?.name ?? ""
    return Document.Figure(
      title:
        "\(words.title(metric).capitalizedFirst) against gap, by \(NameList.names(in: attribute).joined(separator: " and "))",
      sentence: "Higher is more often right, further left is more alike. "
        + (fairest == best
          ? "“\(fairest)” is ahead in both."
          : "“\(fairest)” has the smallest gap, “\(best)” the highest \(words.title(metric))."),
      alternative: described.joined(separator: "; ")
    ) { layout in
      var plot = Plot(
        x: 0...max(widest * 1.25, 0.01), y: (least - room)...(most + room), xTitle: measure.spaced,
        yTitle: words.title(metric), layout: layout, width: 600, height: 340)
      for (series, point) in points.enumerated() {
        plot.point(point.gap, point.value, series: series, name: point.name)
      }
      return plot.drawing
    }
  }
}
