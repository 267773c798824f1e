import Platform

extension Document {
  /// An audit: the verdict, then rates, curves and tables by attribute, then all other parts of the report.
  init(audit report: AuditReport) {
    self.init(title: report.name.map { "Fairness audit: \($0)" } ?? "Fairness audit")
    words = report.words
    add(
      .paragraph(
        "\(NumberText.count(report.rows)) rows were audited"
          + (report.attributes.isEmpty
            ? "." : " by \(report.attributes.map(\.title).joined(separator: "; ")).")))
    add(positiveLabelOf: report)
    summarize(report)
    body(of: report, level: 2)
    remarks(report)
  }

  /// Which label counts as positive, and why. Selection rates refer to this label, which may also be a
  /// denial.
  mutating func add(positiveLabelOf report: AuditReport) {
    guard let positive = report.json["positive"], let value = positive["value"]?.string else { return }
    let reasons = [
      "named": "as the configuration says", "model": "the second class of the model",
      "one_of_0_and_1": "the 1 of 0 and 1",
      "last_in_order": "the last of the labels in order, since the configuration names none",
    ]
    let reason = reasons[positive["rule"]?.string ?? ""].map { " (\($0))" } ?? ""
    let column = positive["column"]?.string.map { " of \"\($0)\"" } ?? ""
    add(
      .paragraph(
        "The label \"\(value)\"\(column) counts as the positive outcome\(reason): selection rates are shares of it."
      ))
  }

  /// The verdict; without a policy, the most noticeable differences.
  mutating func summarize(_ report: AuditReport) {
    add(.heading(level: 2, "Summary"))
    guard let verdict = report.json["verdict"] else {
      let found = report.attributes.compactMap { attribute in
        ["selection_rate", "accuracy"].first { metric in
          attribute.groups.contains { $0.metric(metric) != nil }
        }
        .map { "By \(attribute.title): " + Figure.widest($0, attribute, report.words) }
      }
      add(
        .verdict(
          VerdictBox(result: .open, headline: "No policy was given, so nothing is judged", reasons: found)))
      return
    }
    let reasons = (verdict["rules"]?.array ?? []).map { rule -> String in
      let word = Self.results[rule["result"]?.string ?? ""] ?? "Not judged"
      let attribute = rule["attribute"]?.string.map { ", by \($0)" } ?? ""
      return "\(word)\(attribute): \((rule["because"]?.string ?? rule["metric"]?.string ?? "").spaced)."
    }
    switch verdict["result"]?.string {
    case "pass": add(.verdict(VerdictBox(result: .pass, headline: "The policy is met", reasons: reasons)))
    case "fail": add(.verdict(VerdictBox(result: .fail, headline: "The policy is not met", reasons: reasons)))
    default:
      add(
        .verdict(
          VerdictBox(
            result: .open, headline: "There is not enough data to judge by the policy", reasons: reasons)))
    }
  }

  static let results = ["pass": "Met", "fail": "Not met", "not_enough_data": "Not enough data"]

  /// The attributes' figures and tables, followed by the report's other sections.
  mutating func body(of report: AuditReport, level: Int) {
    for attribute in report.attributes { add(attribute, of: report, level: level) }
    if !report.metrics.isEmpty {
      add(.heading(level: level, "All rows"))
      addTables("over all rows", report, value: "value") { metric in
        [
          report.overall(metric).map { report.words.value($0, of: metric) } ?? "no value",
          Self.text(AuditReport.range(report.json["overall_intervals"]?[metric]), metric, report.words),
        ]
      }
    }
    for key in Self.sections {
      guard let section = report.json[key], section != .null else { continue }
      add(.heading(level: level, Self.titles[key] ?? key.spaced.capitalizedFirst))
      addSection(section, named: Self.titles[key] ?? key.spaced)
    }
  }

  /// The sections without drawings, in the order of a page.
  private static let sections = [
    "abstention", "prediction_sets", "changes", "drift", "subgroups", "individual", "ranking",
    "identity_terms", "tokens", "continuous",
    "multilabel", "group_probabilities", "top_k",
    "data_checks",
  ]
  private static let titles = [
    "changes": "Changes since the earlier audit", "drift": "Drift since the earlier audit",
    "individual": "Similar people", "identity_terms": "Identity terms",
    "abstention": "Rows without an answer", "prediction_sets": "Prediction sets",
    "group_probabilities": "Groups that are not observed", "data_checks": "The data, before any model",
    "continuous": "Continuous attributes", "multilabel": "Several labels",
    "top_k": "True classes among the highest scores",
  ]

  private mutating func add(_ attribute: AuditReport.Attribute, of report: AuditReport, level: Int) {
    add(.heading(level: level, "By \(attribute.title)"))
    let words = report.words
    add(Figure.rates(attribute, report.shares, words))
    if attribute.isIntersection,
      let metric = report.shares.first(where: { $0 == "selection_rate" }) ?? report.shares.first
    {
      add(Figure.heatMap(attribute, metric, words))
    }
    add(Figure.receiverOperatingCharacteristic(attribute))
    add(Figure.calibration(attribute))
    add(Figure.scores(attribute))
    for (title, metrics) in Self.byUnit(report) where !metrics.isEmpty {
      add(
        Table(
          caption: "\(title) by \(attribute.title)",
          head: ["group", "rows"] + metrics.map { Self.named(words.title($0), $0) },
          rows: attribute.groups.map { group in
            [group.name, NumberText.count(group.count)]
              + metrics.map { metric in
                group.metric(metric).map { words.value($0, of: metric) } ?? "no value"
              }
          }))
    }
    add(
      Table(
        caption: "Fairness by \(attribute.title)", head: ["measure", "name", "value", "interval"],
        rows: (attribute.json["fairness"]?.members ?? []).map { member in
          [
            words.sentence(member.key), member.key, member.value.double.map(NumberText.plain) ?? "no value",
            Self.text(AuditReport.range(attribute.json["fairness_intervals"]?[member.key]), nil, words),
          ]
        }.droppingEmptyColumns))
    add(
      Table(
        caption: "Tests that the groups of \(attribute.title) are alike",
        head: ["metric", "test", "statistic", "p", "p, corrected for the number of tests"],
        rows: (attribute.json["tests"]?.array ?? []).map { test in
          [
            words.title(test["metric"]?.string ?? ""), (test["method"]?.string ?? "").spaced,
            test["statistic"]?.double.map(NumberText.plain) ?? "none",
            test["p_value"]?.double.map(NumberText.plain) ?? "none",
            test["adjusted_p_value"]?.double.map(NumberText.plain) ?? "none",
          ]
        }))
  }

  /// The metrics shown as percentages, and the others: the numbers of a table have one unit.
  static func byUnit(_ report: AuditReport) -> [(title: String, metrics: [String])] {
    let metrics = report.metrics.filter { $0 != "count" }
    return [
      ("Shares of people", metrics.filter(report.words.isShare)),
      ("Other metrics", metrics.filter { !report.words.isShare($0) }),
    ]
  }

  /// "true positive rate (tpr)"; just the title if it equals the name.
  static func named(_ title: String, _ name: String) -> String {
    title == name.spaced ? title : "\(title) (\(name))"
  }

  /// Adds one table per unit, with a row for each metric: its title, its name, and the result of `cells`.
  mutating func addTables(
    _ caption: String, _ report: AuditReport, value head: String..., cells: (String) -> [String]
  ) {
    for (title, metrics) in Self.byUnit(report) {
      add(
        Table(
          caption: "\(title) \(caption)", head: ["metric", "name"] + head + ["interval"],
          rows: metrics.map { [report.words.title($0).capitalizedFirst, $0] + cells($0) }.droppingEmptyColumns
        ))
    }
  }

  static func text(_ range: ClosedRange<Double>?, _ metric: String?, _ words: Glossary) -> String {
    guard let range else { return "" }
    func shown(_ value: Double) -> String {
      metric.map { words.value(value, of: $0) } ?? NumberText.plain(value)
    }
    return "\(shown(range.lowerBound)) to \(shown(range.upperBound))"
  }

  /// Notes on missing values, and the provenance of the report.
  mutating func remarks(_ report: AuditReport) {
    let notes = (report.json["notes"]?.array ?? []).compactMap(\.string)
    if !notes.isEmpty {
      add(.heading(level: 2, "Notes"))
      let shown = notes.prefix(50).map { $0 }
      add(
        .bullets(
          shown + (notes.count > shown.count ? ["and \(notes.count - shown.count) more, in the JSON"] : [])))
    }
    let provenance = report.json["provenance"]
    add(.heading(level: 2, "Where this comes from"))
    add(
      Table(
        caption: "Provenance", head: ["what", "value"],
        rows: [
          ("library", "Equipoise \(provenance?["library"]?.string ?? "of an unknown version")"),
          ("data digest", provenance?["data_digest"]?.string ?? ""),
          ("seed", provenance?["seed"]?.int.map(String.init) ?? ""),
          ("batches", provenance?["batches"]?.int.map(String.init) ?? ""),
        ].filter { !$0.1.isEmpty }.map { [$0.0, $0.1] }))
  }
}

extension Array where Element == [String] {
  /// The rows without the last column if it is empty in every row.
  fileprivate var droppingEmptyColumns: [[String]] {
    guard allSatisfy({ $0.last?.isEmpty ?? true }) else { return self }
    return map { row in [String](row.dropLast()) }
  }
}
