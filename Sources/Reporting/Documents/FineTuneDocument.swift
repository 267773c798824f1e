import Platform

extension Document {
  /// A fine-tuning or an adjustment: first its effects, then the audit of the resulting model.
  init(fineTuning json: JSONValue) {
    let before = AuditReport(json["before"] ?? .null)
    let after = AuditReport(json["after"] ?? .null)
    let isAdjustment = json["kind"]?.string == "adjust"
    self.init(title: isAdjustment ? "Adjusted decisions" : "Fair fine-tuning")
    words = after.words
    let rows = NumberText.count(json["rows"]?["train"]?.int ?? json["rows"]?.int ?? 0)
    add(
      .paragraph(
        isAdjustment
          ? "Decisions were adjusted on \(rows) rows, and the figures are for these rows. No weight was changed."
          : "The model learnt from \(rows) rows in \(Self.effort(of: json)); "
            + "the figures are for the \(json["audited_rows"]?.string?.spaced ?? "audited") rows."))
    add(positiveLabelOf: after)
    summarize(after)
    add(searchOf: json["search"])
    add(constraintsOf: json)
    add(changedDecisionsOf: json["decisions_changed"] ?? json["adjusted"]?["decisions_changed"])
    add(.heading(level: 2, "Before and after"))
    for attribute in after.attributes {
      add(Figure.frontier([("before", before), ("after", after)], attribute: attribute.name))
    }
    let words = after.words
    addTables("over all rows", after, value: "before", "after") { metric in
      [before, after].map { $0.overall(metric).map { words.value($0, of: metric) } ?? "no value" } + [""]
    }
    for attribute in after.attributes {
      let earlier = before.attributes.first { $0.name == attribute.name }
      add(
        Table(
          caption: "Fairness by \(attribute.title)", head: ["measure", "name", "before", "after"],
          rows: (attribute.json["fairness"]?.members ?? []).map { member in
            [
              words.sentence(member.key), member.key,
              earlier?.json["fairness"]?[member.key]?.double.map(NumberText.plain) ?? "no value",
              member.value.double.map(NumberText.plain) ?? "no value",
            ]
          }))
    }
    add(Figure.history(json["history"]?.array ?? []))
    add(.heading(level: 2, "After, in detail"))
    body(of: after, level: 3)
    remarks(AuditReport(json))
  }
}

extension Document {
  /// "12 epochs", or the trainings of a reduction and their result.
  fileprivate static func effort(of json: JSONValue) -> String {
    guard let reduction = json["reduction"] else {
      return "\(NumberText.count(json["epochs"]?.int ?? json["history"]?.array?.count ?? 0)) epochs"
    }
    let trainings = NumberText.count(reduction["trainings"]?.int ?? 0)
    let models = reduction["models"]?.array?.count ?? 1
    let result = models > 1 ? "a mixture of \(models) of their models" : "one of their models"
    return "\(trainings) trainings of a reduction, whose result is \(result)"
  }

  /// The number of decisions that adjustments changed, in each direction.
  fileprivate mutating func add(changedDecisionsOf json: JSONValue?) {
    guard let overall = json?["overall"], overall != .null else { return }
    func cells(_ counts: JSONValue) -> [String] {
      ["rows", "gained", "lost", "changed"].map { counts[$0]?.int.map(NumberText.count) ?? "" }
    }
    var rows = [["all rows", ""] + cells(overall)]
    for attribute in json?["groups"]?.members ?? [] {
      rows += (attribute.value.members ?? []).map { [attribute.key, $0.key] + cells($0.value) }
    }
    add(.heading(level: 2, "Decisions that changed"))
    add(
      Table(
        caption: "Rows whose decision became positive (gained) or negative (lost)",
        head: ["attribute", "group", "rows", "gained", "lost", "changed"], rows: rows))
  }

  /// The tolerance of each gap, and the value reached.
  private mutating func add(constraintsOf json: JSONValue) {
    guard let constraints = json["constraints"]?.array, !constraints.isEmpty else { return }
    func number(_ value: JSONValue?) -> String { value?.double.map(NumberText.plain) ?? "no value" }
    add(.heading(level: 2, "Tolerances"))
    add(
      Table(
        caption: "What was asked and what was reached",
        head: [
          "objective", "attribute", "statistic", "asked", "training rows", "held-out rows",
          "without the constraint",
          "met",
        ],
        rows: constraints.map { entry in
          [
            entry["objective"]?.string?.spaced ?? "", entry["attribute"]?.string ?? "",
            entry["statistic"]?.string.map(words.title) ?? "", number(entry["asked"]),
            number(entry["train"]?["gap"]), number(entry["validation"]?["gap"]),
            number(entry["unconstrained"]),
            entry["met"]?.string == "unknown" ? "cannot tell" : entry["met"]?.string ?? "",
          ]
        }))
    if let epoch = json["kept_epoch"]?.int {
      add(.paragraph("The weights are those after epoch \(NumberText.count(epoch)), the best of all."))
    }
  }
}

extension Document.Figure {
  /// The loss and the gaps by epoch, each scaled from 0 to its maximum.
  static func history(_ epochs: [JSONValue]) -> Document.Figure? {
    guard epochs.count > 1 else { return nil }
    let gaps = (epochs.first?["gaps"]?.members ?? []).map(\.key)
    let series: [(name: String, values: [Double?])] =
      [("prediction loss", epochs.map { $0["prediction_loss"]?.double })]
      + gaps.prefix(4).map { key in (key.spaced, epochs.map { $0["gaps"]?[key]?.double }) }
    let most = series.flatMap { $0.values.compactMap { $0 } }.filter(\.isFinite).max() ?? 0
    guard most > 0 else { return nil }
    let found = series.dropFirst().compactMap { line -> String? in
      guard let first = line.values.first ?? nil, let last = line.values.last ?? nil else { return nil }
      return "\(line.name) from \(NumberText.plain(first)) to \(NumberText.plain(last))"
    }
    return Document.Figure(
      title: "Training, epoch by epoch",
      sentence: found.isEmpty
        ? "The loss over the epochs." : "The gaps moved: \(found.joined(separator: "; ")).",
      alternative: "Lines over \(epochs.count) epochs. \(found.joined(separator: "; "))"
    ) { layout in
      var plot = Plot(
        x: 1...Double(epochs.count), y: 0...most * 1.05, xTitle: "epoch", yTitle: "",
        legend: series.map(\.name), layout: layout, width: 420)
      for (index, line) in series.enumerated() {
        let points = zip(1..., line.values).compactMap { epoch, value in
          value.flatMap { $0.isFinite ? (x: Double(epoch), y: max(0, $0)) : nil }
        }
        plot.curve(points, series: index)
      }
      return plot.drawing
    }
  }
}
