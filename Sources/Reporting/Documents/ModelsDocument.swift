import Platform

extension Document {
  /// Audits of several models on the same rows, compared.
  init(models reports: [AuditReport]) {
    self.init(title: "Fairness audits of \(reports.count) models")
    let words = reports.first?.words ?? .none
    self.words = words
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
            return "“\(model.name)”: \(Self.results[result] ?? "Not judged")"
              + Self.reasons(of: model.report, result) + "."
          })))
    if let first = reports.first { add(positiveLabelOf: first) }
    let attributes = models.first?.report.attributes ?? []
    for attribute in attributes { add(Figure.frontier(models, attribute: attribute.name)) }
    for (title, metrics) in models.first.map({ Self.byUnit($0.report) }) ?? [] where !metrics.isEmpty {
      add(
        Table(
          caption: "\(title) over all rows",
          head: ["model"] + metrics.map { Self.named(words.title($0), $0) },
          rows: models.map { model in
            [model.name]
              + metrics.map { metric in
                model.report.overall(metric).map { words.value($0, of: metric) } ?? "no value"
              }
          }))
    }
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

  /// The rules that a model does not meet, or for which there are not enough data: ": sex: disparate_impact
  /// is 0.7: not at least 0.8"; empty if it meets all rules.
  private static func reasons(of report: AuditReport, _ result: String) -> String {
    guard result != "pass" else { return "" }
    let rules = (report.json["verdict"]?["rules"]?.array ?? []).filter { $0["result"]?.string == result }
    let reasons = rules.prefix(4).compactMap { rule in
      rule["because"]?.string.map { (rule["attribute"]?.string.map { "\($0): " } ?? "") + $0 }
    }
    return reasons.isEmpty ? "" : ": " + reasons.joined(separator: "; ")
  }
}
