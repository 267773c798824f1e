import Platform

extension Document {
  /// Audits of several models on the same rows, side by side.
  init(models reports: [AuditReport]) {
    self.init(title: "Fairness audits of \(reports.count) models")
    let models = reports.enumerated().map { (name: $1.name ?? "model \($0 + 1)", report: $1) }
    add(.heading(level: 2, "Summary"))
    let judged = models.filter { $0.report.json["verdict"] != nil }
    let passed = judged.filter { $0.report.json["verdict"]?["result"]?.string == "pass" }
    let failed = judged.filter { $0.report.json["verdict"]?["result"]?.string == "fail" }
    add(
      .verdict(
        VerdictBox(
          result: passed.isEmpty ? (failed.isEmpty ? .open : .fail) : .pass,
          headline: judged.isEmpty
            ? "No policy was given, so nothing is judged"
            : "\(passed.count) of \(judged.count) models meet the policy",
          reasons: judged.map { model in
            let result = model.report.json["verdict"]?["result"]?.string ?? ""
            return "“\(model.name)”: \(Self.words[result] ?? "Not judged")."
          })))
    if let first = reports.first { add(positiveLabelOf: first) }
    let attributes = models.first?.report.attributes ?? []
    for attribute in attributes { add(Figure.frontier(models, attribute: attribute.name)) }
    let metrics = models.first?.report.metrics ?? []
    add(
      Table(
        caption: "Metrics over all rows", head: ["model"] + metrics.map(PlainWords.title),
        rows: models.map { model in
          [model.name]
            + metrics.map { metric in
              model.report.overall(metric).map { PlainWords.value($0, of: metric) } ?? "no value"
            }
        }))
    for attribute in attributes {
      let measures = (attribute.json["fairness"]?.members ?? []).map(\.key).prefix(6)
      add(
        Table(
          caption: "Fairness by \(attribute.title)", head: ["model"] + measures.map(\.spaced),
          rows: models.map { model in
            let own = model.report.attributes.first { $0.name == attribute.name }
            return [model.name]
              + measures.map { own?.json["fairness"]?[$0]?.double.map(NumberText.plain) ?? "no value" }
          }))
    }
    for model in models {
      add(.heading(level: 2, model.name.capitalizedFirst))
      body(of: model.report, level: 3)
    }
    if let first = reports.first { remarks(first) }
  }
}
