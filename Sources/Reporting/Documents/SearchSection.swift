import Platform

extension Document {
  /// A search: its choice, its certificate, and the models that no other candidate dominates.
  mutating func add(searchOf json: JSONValue?) {
    guard let json, let front = json["front"]?.array, !front.isEmpty else { return }
    let goals = json["goals"]?.array ?? []
    let chosen = json["chosen"]?.int
    add(.heading(level: 2, "Search"))
    add(
      .paragraph(
        "\(NumberText.count(json["trials"]?.int ?? 0)) candidates were trained "
          + "(\(NumberText.count(json["trainings"]?.int ?? 0)) trainings), and \(front.count) of them are not dominated: no "
          + "other candidate is at least as good in every goal and better in one."
          + (chosen.map { " Model \($0) was chosen: \(json["because"]?.string ?? "")." } ?? "")))
    add(certificate: json["certificate"])
    add(Figure.front(front, goals, chosen: chosen, words: words))
    let names = goals.map { goal in
      [goal["goal"]?.string?.spaced, goal["attribute"]?.string.map { "by \($0)" }].compactMap { $0 }
        .joined(separator: " ")
    }
    add(
      Table(
        caption: "Models that no other candidate dominates, measured on rows that did not train them",
        head: ["model"] + names.enumerated().flatMap { $0 == 0 ? [$1] : [$1, "at most"] } + ["values"],
        rows: front.enumerated().map { index, model in
          let gaps = model["gaps"]?.array ?? []
          return [index == chosen ? "\(index) (chosen)" : String(index), Self.number(model["quality"])]
            + gaps.flatMap { [Self.number($0["value"]), Self.number($0["upper"])] }
            + [Self.values(model["values"])]
        }))
  }

  private static func number(_ json: JSONValue?) -> String {
    json?.double.map(NumberText.plain) ?? "no value"
  }

  /// "fairness/0/tolerance 0.05, train/seed 3"
  private static func values(_ json: JSONValue?) -> String {
    (json?.members ?? []).map { member in
      let text = member.value.double.map(NumberText.plain) ?? member.value.string ?? member.value.text()
      return "\(member.key.drop { $0 == "/" }) \(text)"
    }.joined(separator: ", ").shortened(to: 120)
  }

  /// What rows that no choice saw say about the chosen model.
  private mutating func add(certificate json: JSONValue?) {
    guard let json, let gaps = json["gaps"]?.array, !gaps.isEmpty else { return }
    let confidence = NumberText.percent(json["confidence"]?.double ?? 0)
    add(
      Table(
        caption:
          "Certificate: the chosen model on \(NumberText.count(json["rows"]?.int ?? 0)) rows that no choice saw; "
          + "each bound holds with \(confidence) confidence",
        head: ["goal", "attribute", "tolerance", "gap", "at least", "at most", "met"],
        rows: gaps.map { gap in
          let met = gap["met"]?.string ?? ""
          return [
            gap["goal"]?.string?.spaced ?? "", gap["attribute"]?.string ?? "", Self.number(gap["tolerance"]),
            Self.number(gap["value"]), Self.number(gap["lower"]), Self.number(gap["upper"]),
            met == "unknown" ? "cannot tell" : met,
          ]
        }))
  }
}

extension Document.Figure {
  /// The models of a front by their quality and their first gap.
  static func front(_ models: [JSONValue], _ goals: [JSONValue], chosen: Int?, words: Glossary)
    -> Document.Figure?
  {
    let points = models.enumerated().compactMap {
      index, model -> (index: Int, gap: Double, quality: Double)? in
      guard let quality = model["quality"]?.double, let gap = model["gaps"]?[0]?["value"]?.double,
        quality.isFinite, gap.isFinite
      else { return nil }
      return (index, gap, quality)
    }
    let (gaps, qualities) = (points.map(\.gap), points.map(\.quality))
    guard points.count > 1, let widest = gaps.max(), let least = qualities.min(), let most = qualities.max(),
      let quality = goals.first?["goal"]?.string, goals.count > 1, let measure = goals[1]["goal"]?.string
    else { return nil }
    let room = max((most - least) * 0.2, 0.005)
    let described = points.map {
      "model \($0.index): \(words.title(quality)) \(words.value($0.quality, of: quality)), gap \(NumberText.plain($0.gap))"
    }
    return Document.Figure(
      title: "The front: \(words.title(quality)) against gap",
      sentence:
        "Each point is a model. A model further left treats the groups more alike; the line joins those that no "
        + "other candidate dominates.",
      alternative: described.joined(separator: "; ")
    ) { layout in
      var plot = Plot(
        x: 0...max(widest * 1.15, 0.01), y: (least - room)...(most + room), xTitle: measure.spaced,
        yTitle: words.title(quality), layout: layout, width: 600, height: 340)
      plot.curve(points.sorted { $0.gap < $1.gap }.map { ($0.gap, $0.quality) }, series: 0)
      for point in points {
        let isChosen = point.index == chosen
        plot.point(
          point.gap, point.quality, series: isChosen ? 1 : 0,
          name: isChosen ? "\(point.index) (chosen)" : point.index == 0 ? "0" : nil)
      }
      return plot.drawing
    }
  }
}
