import Datasets
import Equipoise
import Platform
import Testing

/// Rows of two groups: in each, `selected` of `rows` are selected, and every label equals the decision.
private func table(_ groups: [(name: String, rows: Int, selected: Int)]) throws -> Dataset {
  var text = "g,y,d,s,x\n"
  for (name, rows, selected) in groups {
    for row in 0..<rows {
      let decision = row < selected ? 1 : 0
      text += "\(name),\((row + decision) % 2),\(decision),\(Double(row) / Double(rows)),\(row % 7)\n"
    }
  }
  return try SyntheticTable.csv(text)
}

private func report(_ table: Dataset, _ more: String) throws -> JSONValue {
  try audit(
    nil, on: table,
    AuditConfig(
      json:
        #"{"data": {"label": "y", "prediction": "d", "score": "s", "positive": "1", "sensitive": ["g"]}\#(more)}"#
    ))
}

@Suite("Intervals, verdicts, comparison and drift in a report")
struct VerdictTests {
  @Test("Every metric, gap and measure of a report has an interval around it, or null")
  func intervals() throws {
    let found = try report(
      table([("a", 300, 120), ("b", 200, 40)]), #", "intervals": {"replicates": 200}, "tests": {}"#)
    let overall = try #require(found["overall_intervals"])
    // statsmodels 0.15: proportion_confint(160, 500, method="wilson")
    #expect(abs(try #require(overall["selection_rate"]?[0]?.double) - 0.28061775068949024) < 1e-9)
    #expect(abs(try #require(overall["selection_rate"]?[1]?.double) - 0.3621270118766686) < 1e-9)
    let own = try #require(found["attributes"]?[0])
    for (values, intervals) in [("fairness", "fairness_intervals")] {
      for member in try #require(own[values]?.members) {
        guard let value = member.value.double, let limits = own[intervals]?[member.key], limits != .null
        else { continue }
        let (low, high) = (try #require(limits[0]?.double), try #require(limits[1]?.double))
        #expect(low <= value + 1e-9 && value <= high + 1e-9, "\(member.key): \(low) \(value) \(high)")
      }
    }
    #expect(own["gap_intervals"]?["selection_rate"]?["difference"]?[0]?.double != nil)
    #expect(own["gap_intervals"]?["auc"]?["difference"]?[1]?.double != nil)
    #expect(own["groups"]?[1]?["intervals"]?["auc"]?[0]?.double != nil)
    let test = try #require(own["tests"]?.array?.first { $0["metric"] == "selection_rate" })
    // scipy: chi2_contingency([[120, 180], [40, 160]], correction=False)
    #expect(test["method"] == "chi_square")
    #expect(abs(try #require(test["statistic"]?.double) - 22.058823529411764) < 1e-9)
    #expect(try report(table([("a", 30, 12), ("b", 20, 4)]), "")["overall_intervals"] == nil)
  }

  @Test("Groups of one row, and groups in which all rows agree, break nothing")
  func degenerate() throws {
    let found = try report(
      table([("a", 1, 1), ("b", 20, 20), ("c", 3, 0)]),
      #", "intervals": {"replicates": 100, "method": "auto"}, "tests": {"permutations": 50}"#)
    let limits = try #require(found["attributes"]?[0]?["groups"]?[1]?["intervals"]?["selection_rate"])
    // Wilson's interval of 20 in 20, not [1, 1].
    #expect(abs(try #require(limits[0]?.double) - 0.8388748419471808) < 1e-9)
    #expect(limits[1]?.double == 1)
    for method in ["exact", "percentile", "bca"] {
      _ = try report(
        table([("a", 1, 1), ("b", 20, 20)]), #", "intervals": {"replicates": 50, "method": "\#(method)"}"#)
    }
  }

  @Test("Weighted rows: weights of 1 give about the intervals of no weights")
  func weighted() throws {
    let rows = try table([("a", 300, 120), ("b", 200, 40)])
    let weighted = try Dataset(
      rows.columns + [try Column(name: "w", numbers: [Double](repeating: 1, count: rows.rows))])
    let config =
      #"{"data": {"label": "y", "prediction": "d", "score": "s", "positive": "1", "sensitive": ["g"], "weight": "w"}, "intervals": {}, "tests": {}}"#
    let first = try report(rows, #", "intervals": {}"#)
    let second = try audit(nil, on: weighted, AuditConfig(json: config))
    for name in ["selection_rate", "accuracy", "auc", "f1", "brier"] {
      for end in 0...1 {
        let (a, b) = (
          try #require(first["overall_intervals"]?[name]?[end]?.double),
          try #require(second["overall_intervals"]?[name]?[end]?.double)
        )
        #expect(abs(a - b) < 0.02 * max(1, abs(a)), "\(name) \(a) \(b)")
      }
    }
  }

  @Test("Four fifths: 20% against 40% fails, 38% against 40% passes, ten rows are not enough")
  func fourFifths() throws {
    let policy = #", "policy": {"require": [{"rule": "four_fifths", "confidence": 0.95}]}"#
    for (groups, expected) in [
      ([("a", 200, 80), ("b", 200, 40)], "fail"), ([("a", 800, 320), ("b", 800, 320)], "pass"),
      ([("a", 10, 4), ("b", 10, 3)], "not_enough_data"),
    ] {
      let verdict = try #require(try report(table(groups), policy)["verdict"])
      #expect(verdict["result"]?.string == expected)
      #expect(verdict["rules"]?[0]?["metric"] == "four_fifths")
    }
    // Without a confidence, the ratio alone determines the verdict.
    let plain = try report(table([("a", 10, 4), ("b", 10, 3)]), #", "policy": {"require": ["four_fifths"]}"#)
    #expect(plain["verdict"]?["result"] == "fail")
    let significance = #", "policy": {"require": ["statistical_significance"]}"#
    #expect(try report(table([("a", 10, 4), ("b", 10, 3)]), significance)["verdict"]?["result"] == "pass")
    #expect(
      try report(table([("a", 200, 80), ("b", 200, 40)]), significance)["verdict"]?["result"] == "fail")
  }

  @Test("Bounds on measures, gaps, groups' metrics and all rows; groups that are too small; unknown names")
  func bounds() throws {
    let rows = try table([("a", 100, 40), ("b", 100, 20)])
    func results(_ rules: String) throws -> [String] {
      let found = try report(rows, #", "policy": {"require": [\#(rules)]}"#)
      return (found["verdict"]?["rules"]?.array ?? []).compactMap { $0["result"]?.string }
    }
    #expect(
      try results(#"{"metric": "demographic_parity_difference", "attribute": "g", "at_most": 0.25}"#) == [
        "pass"
      ])
    #expect(try results(#"{"metric": "demographic_parity_difference", "at_most": 0.1}"#) == ["fail"])
    #expect(
      try results(#"{"metric": "selection_rate_difference", "at_most": 0.25, "confidence": 0.95}"#)
        == ["not_enough_data"])
    #expect(
      try results(#"{"metric": "selection_rate", "attribute": "g", "at_least": 0.3}"#) == ["pass", "fail"])
    #expect(try results(#"{"metric": "selection_rate", "at_least": 0.3}"#) == ["pass"])
    #expect(try results(#"{"metric": "statistical_parity_difference", "at_most": 0.1}"#) == ["fail"])
    #expect(
      try results(#"{"metric": "demographic_parity_difference", "at_most": 0.25, "minimum_count": 101}"#)
        == ["not_enough_data"])
    #expect(throws: Failure.self) {
      try results(#"{"metric": "demografic_parity_difference", "at_most": 1}"#)
    }
    #expect(throws: Failure.self) { try results(#"{"metric": "accuracy"}"#) }
  }

  @Test("A comparison has the change of every number, and the two-proportion test of rates")
  func comparison() throws {
    let before = try report(table([("a", 300, 120), ("b", 200, 80)]), "")
    let directory = try TemporaryDirectory()
    try AtomicFile.write(before.text(), to: directory.path + "/report.json")
    let after = try report(
      table([("a", 300, 120), ("b", 200, 40)]), #", "baseline": {"path": "\#(directory.path)/report.json"}"#)
    let changes = try #require(after["changes"]?.array)
    let change = try #require(
      changes.first { $0["metric"] == "selection_rate" && $0["group"] == "b" })
    #expect(abs(try #require(change["change"]?.double) + 0.2) < 1e-12)
    // statsmodels 0.15: proportions_ztest([40, 80], [200, 200])
    #expect(abs(try #require(change["p_value"]?.double) - 1.2749674921097029e-05) < 1e-9)
    #expect(try #require(change["adjusted_p_value"]?.double) >= 1.2749674921097029e-05)
    #expect(try #require(change["interval"]?[1]?.double) < 0)
    let same = try #require(changes.first { $0["metric"] == "selection_rate" && $0["group"] == "a" })
    #expect(same["p_value"]?.double == 1)
    #expect(throws: Failure.self) { try report(table([("a", 3, 1)]), #", "baseline": {"kind": "finetune"}"#) }
  }

  @Test("Scores and inputs that stay have no drift; scores that move do")
  func drift() throws {
    let before = try report(table([("a", 300, 120), ("b", 200, 80)]), #", "profile": true"#)
    let column = try #require(before["profile"]?["columns"]?[0])
    #expect(column["name"] == "(score)")
    #expect(column["edges"]?.array?.count == 9)
    #expect((column["counts"]?.array ?? []).compactMap(\.int).reduce(0, +) == 500)
    let same = try report(
      table([("a", 300, 120), ("b", 200, 80)]), #", "profile": true, "baseline": \#(before.text())"#)
    #expect(same["drift"]?[0]?["overall"]?["psi"]?.double == 0)
    #expect(same["drift"]?[0]?["overall"]?["ks"]?.double == 0)
    // Half of the rows of b are removed; its distributions of scores and x do not change.
    let fewer = try report(
      table([("a", 300, 120), ("b", 100, 40)]), #", "profile": true, "baseline": \#(before.text())"#)
    let entry = try #require(fewer["drift"]?.array?.first { $0["column"] == "(score)" })
    #expect(try #require(entry["groups"]?["g"]?["b"]?["psi"]?.double) < 0.02)
    #expect(fewer["drift"]?.array?.contains { $0["column"] == "x" } == true)
  }
}

@Suite("Intervals of other tasks")
struct OtherIntervalTests {
  @Test("Regression draws blocks of rows: with fewer than 1,024 rows the ordinary bootstrap of a mean")
  func regression() throws {
    var text = "g,y,p\n"
    for row in 0..<400 {
      text += "\(row % 2 == 0 ? "a" : "b"),\(row % 10),\(Double(row % 10) + Double(row * 7 % 13) / 13)\n"
    }
    let found = try audit(
      nil, on: SyntheticTable.csv(text),
      AuditConfig(
        json:
          #"{"task": "regression", "data": {"label": "y", "prediction": "p", "sensitive": ["g"]}, "intervals": {}, "tests": {}}"#
      ))
    let errors = (0..<400).map { Double($0 * 7 % 13) / 13 }
    let mean = errors.reduce(0, +) / 400
    let deviation = (errors.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 400).squareRoot()
    let half = 1.96 * deviation / 20
    let limits = try #require(found["overall_intervals"]?["mae"])
    #expect(abs(try #require(limits[0]?.double) - (mean - half)) < 0.12 * half)
    #expect(abs(try #require(limits[1]?.double) - (mean + half)) < 0.12 * half)
    #expect(found["attributes"]?[0]?["tests"]?[0]?["method"] == "wald")
    #expect(found["attributes"]?[0]?["gap_intervals"]?["mae"]?["difference"]?[0]?.double == 0)
  }

  @Test("Several classes: each class's rate has Wilson's interval, macro F1 the bootstrap's")
  func multiclass() throws {
    var text = "g,y,d\n"
    let names = ["x", "y", "z"]
    for row in 0..<300 {
      text +=
        "\(row % 2 == 0 ? "a" : "b"),\(names[row % 3]),\(names[row % 5 == 0 ? (row + 1) % 3 : row % 3])\n"
    }
    let found = try audit(
      nil, on: SyntheticTable.csv(text),
      AuditConfig(json: #"{"data": {"label": "y", "prediction": "d", "sensitive": ["g"]}, "intervals": {}}"#))
    // statsmodels 0.15: proportion_confint(240, 300, method="wilson")
    #expect(
      abs(try #require(found["overall_intervals"]?["accuracy"]?[0]?.double) - 0.7510710762322137) < 1e-9)
    #expect(found["overall_intervals"]?["tpr[x]"]?[0]?.double != nil)
    #expect(found["overall_intervals"]?["macro_f1"]?[0]?.double != nil)
    let parity = found["attributes"]?[0]?["fairness_intervals"]?["demographic_parity_difference"]
    #expect(parity?[1]?.double != nil)
  }

  @Test("The same seed gives the same report, whatever the number of threads")
  func deterministic() throws {
    var text = "g,y,d,s\n"
    for row in 0..<200 {
      text += "\(row % 3),\(row % 2),\(row % 5 < 2 ? 1 : 0),\(Double(row * 37 % 101) / 101)\n"
    }
    let table = try SyntheticTable.csv(text)
    func run() throws -> JSONValue? {
      try audit(
        nil, on: table,
        AuditConfig(
          json:
            #"{"data": {"label": "y", "prediction": "d", "score": "s", "sensitive": ["g"]}, "intervals": {"replicates": 300, "method": "bca"}, "tests": {"permutations": 100}}"#
        ))["attributes"]
    }
    let before = WorkerPool.threads
    try WorkerPool.setThreads(1)
    let alone = try run()
    try WorkerPool.setThreads(2)
    let together = try run()
    try WorkerPool.setThreads(Int32(before))
    #expect(alone == together)
  }
}
