import Datasets
import Equipoise
import Fairness
import Platform
import Testing

@Suite("Intervals of audits in parts, within strata, and of gaps that were asked for")
struct UncertainAuditTests {
  @Test("Intervals hold their number and lie where it can be, whatever the table (40 random ones)")
  func rangesOfIntervals() throws {
    var random = RandomStream(seed: 21)
    for trial in 0..<40 {
      var text = "g,y,p,s\n"
      for row in 0..<(8 + random.below(40)) {
        let group = ["a", "b", "c"][row < 3 ? row : random.below(trial % 2 == 0 ? 2 : 3)]
        let rate = trial % 3 == 0 ? 0.05 : group == "a" ? 0.9 : 0.2
        let (label, decision) = (random.uniform() < 0.5 ? 1 : 0, random.uniform() < rate ? 1 : 0)
        text += "\(group),\(label),\(decision),\(random.uniform())\n"
      }
      let report = try Equipoise.audit(
        nil, on: SyntheticTable.csv(text),
        AuditConfig(
          json:
            #"{"data": {"label": "y", "prediction": "p", "score": "s", "sensitive": ["g"], "positive": 1}, "intervals": {"replicates": 100}}"#
        ))
      let own = try #require(report["attributes"]?[0])
      func check(_ values: JSONValue?, _ intervals: JSONValue?, _ place: String) {
        for member in values?.members ?? [] {
          guard let value = member.value.double, let low = intervals?[member.key]?[0]?.double,
            let high = intervals?[member.key]?[1]?.double
          else { continue }
          #expect(low <= value && value <= high, "\(trial) \(place) \(member.key): \(low) \(value) \(high)")
          guard !member.key.hasPrefix("cohens"), !member.key.contains("fairness"),
            !place.hasSuffix("log_loss")
          else {
            continue
          }
          if member.key.contains("difference") { #expect(low >= -1 && high <= 1, "\(place) \(member.key)") }
          if member.key.contains("ratio") { #expect(low >= 0, "\(place) \(member.key)") }
        }
      }
      check(own["fairness"], own["fairness_intervals"], "fairness")
      let rates = [
        "selection_rate", "tpr", "fpr", "precision", "accuracy", "auc", "brier", "balanced_accuracy",
      ]
      for metric in rates { check(own["gaps"]?[metric], own["gap_intervals"]?[metric], metric) }
      check(report["overall"], report["overall_intervals"], "overall")
    }
  }

  @Test("A threat score has Wilson's interval: 37 hits among 81 rows that are positive or selected")
  func threatScore() throws {
    var text = "y,p\n"
    for (row, count) in [("1,1", 37), ("1,0", 15), ("0,1", 29), ("0,0", 119)] {
      text += String(repeating: row + "\n", count: count)
    }
    let report = try Equipoise.audit(
      nil, on: SyntheticTable.csv(text),
      AuditConfig(
        json:
          #"{"data": {"label": "y", "prediction": "p", "positive": 1}, "metrics": ["threat_score"], "intervals": {"replicates": 0}}"#
      ))
    let interval = try #require(report["overall_intervals"]?["threat_score"])
    // (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n) with p = 37/81, n = 81, z = 1.959964.
    #expect(abs(try #require(interval[0]?.double) - 0.352733326843646) < 1e-9)
    #expect(abs(try #require(interval[1]?.double) - 0.5647598410332293) < 1e-9)
  }

  /// 600 rows: groups a and b; departments A and B with selection rates 0.6 and 0.3, independent of the
  /// group; three quarters of B are in group b. Weights are 1 to 3.
  private static let table: [String] = {
    var stream = RandomStream(seed: 5)
    return (0..<600).map { row in
      let b = row % 2 == 1
      let department = stream.uniform() < (b ? 0.75 : 0.25) ? "B" : "A"
      let y = stream.uniform() < 0.5 ? 1 : 0
      let d = stream.uniform() < (department == "A" ? 0.6 : 0.3) ? 1 : 0
      let value = stream.uniform()
      return
        "\(b ? "b" : "a"),\(department),\(y),\(d),\(1 + row % 3),\(value),\(value + 0.2 * stream.uniform())"
    }
  }()
  private static func dataset(_ rows: ArraySlice<String>) throws -> Dataset {
    try SyntheticTable.csv((["g,department,y,d,w,v,p"] + rows).joined(separator: "\n"))
  }
  private static func audit(_ configuration: String) throws -> JSONValue {
    try Equipoise.audit(nil, on: dataset(table[...]), AuditConfig(json: configuration))
  }

  @Test(
    "Weighted rows and a regression in batches, saved and restored in between: the intervals of the whole",
    arguments: [
      #"{"task": "binary", "data": {"label": "y", "prediction": "d", "positive": "1", "weight": "w", "sensitive": ["g"]}, "metrics": ["selection_rate", "balanced_accuracy"], "intervals": {"replicates": 200}}"#,
      #"{"task": "regression", "data": {"label": "v", "prediction": "p", "sensitive": ["g", "department"]}, "by": ["g", "department", ["g", "department"]], "metrics": ["mae"], "intervals": {"replicates": 200}}"#,
    ])
  func batches(configuration: String) throws {
    let whole = try Self.audit(configuration)
    var auditor = try Auditor(AuditConfig(json: configuration))
    for batch in [Self.table[..<100], Self.table[100..<101], Self.table[101...]] {
      try auditor.update(Self.dataset(batch))
      auditor = try auditor.save().withUnsafeBytes { try Auditor(restoring: $0) }
    }
    let report = try auditor.report()
    let metric = configuration.contains("mae") ? "mae" : "selection_rate"
    for key in ["overall_intervals", "gap_intervals"] {
      let (one, other) =
        key == "overall_intervals"
        ? (report[key]?[metric], whole[key]?[metric])
        : (
          report["attributes"]?[0]?[key]?[metric]?["difference"],
          whole["attributes"]?[0]?[key]?[metric]?["difference"]
        )
      for end in 0...1 {
        let (a, b) = (try #require(one?[end]?.double), try #require(other?[end]?.double))
        #expect(abs(a - b) < 1e-9, "\(key) \(end): \(a) \(b)")
      }
    }
  }

  @Test("Auditors of parts that were merged have intervals as wide as those of the whole, within a quarter")
  func merged() throws {
    let configuration =
      #"{"task": "regression", "data": {"label": "v", "prediction": "p", "sensitive": ["g"]}, "metrics": ["mae"], "intervals": {}}"#
    let whole = try Self.audit(configuration)
    let parts = try [Self.table[..<300], Self.table[300...]].map { rows in
      let auditor = try Auditor(AuditConfig(json: configuration))
      try auditor.update(Self.dataset(rows))
      return try auditor.save().withUnsafeBytes { try Auditor(restoring: $0) }
    }
    try parts[0].merge(parts[1])
    func width(_ report: JSONValue) throws -> Double {
      let interval = try #require(report["overall_intervals"]?["mae"])
      return try #require(interval[1]?.double) - #require(interval[0]?.double)
    }
    let ratio = try width(parts[0].report()) / width(whole)
    #expect(ratio > 0.75 && ratio < 1.25, "\(ratio)")
  }

  @Test("Within departments the groups are alike, over all they are not; every gap has its interval")
  func conditional() throws {
    let report = try Self.audit(
      #"{"task": "binary", "data": {"label": "y", "prediction": "d", "positive": "1", "sensitive": ["g"]}, "metrics": ["selection_rate", "statistical_parity_difference", "demographic_disparity"], "conditional_on": ["department"], "compare_with": ["majority", "pairs", "overall"], "intervals": {}}"#
    )
    let attribute = try #require(report["attributes"]?[0])
    let intervals = try #require(attribute["fairness_intervals"])
    func interval(_ name: String) throws -> (Double, Double) {
      (try #require(intervals[name]?[0]?.double), try #require(intervals[name]?[1]?.double))
    }
    let conditional = try interval("conditional_demographic_disparity")
    #expect(conditional.0 < 0 && conditional.1 > 0)
    #expect(try interval("demographic_disparity").0 > 0)
    #expect(try interval("conditional_demographic_parity_difference").1 < 0.3)
    let value = try #require(attribute["fairness"]?["conditional_demographic_disparity"]?.double)
    #expect(conditional.0 < value && value < conditional.1)
    let gaps = try #require(attribute["gaps"]?["selection_rate"]?.members)
    for gap in gaps {
      let limits = try #require(attribute["gap_intervals"]?["selection_rate"]?[gap.key])
      let (low, high) = (try #require(limits[0]?.double), try #require(limits[1]?.double))
      #expect(low <= gap.value.double! && gap.value.double! <= high, "\(gap.key)")
    }
    #expect(gaps.count == 10)
    #expect(report["notes"]?.array?.isEmpty == true)
  }

  @Test("Without draws the note says that, and not that too few rows vary")
  func note() throws {
    let report = try Self.audit(
      #"{"task": "binary", "data": {"label": "y", "prediction": "d", "positive": "1", "sensitive": ["g"]}, "metrics": ["selection_rate", "demographic_disparity"], "conditional_on": ["department"], "intervals": {"replicates": 0}}"#
    )
    let note = try #require(
      report["notes"]?.array?.compactMap(\.string).first { $0.contains("conditional_demographic_disparity") })
    #expect(note.contains("\"replicates\" is 0") && !note.contains("vary"))
  }

  @Test("A fine-tuning tests what changed for the same rows; weighted rows have no such test")
  func fineTuning() throws {
    func report(_ weight: String) throws -> JSONValue {
      let table = try Self.dataset(Self.table[...])
      return
        try Model.make(#"{"hidden": [8]}"#).tuned(
          on: table, validation: table,
          #"{"data": {"label": "y", "sensitive": ["g"]\#(weight)}, "train": {"epochs": 5}}"#
        ).report
    }
    let tuned = try report("")
    for change in try #require(tuned["changes"]?.array) {
      let metric = try #require(change["metric"]?.string)
      for when in ["before", "after"] {
        let audit = tuned[when]
        let values =
          change["group"] == .null
          ? audit?["overall"]
          : audit?["attributes"]?[0]?["groups"]?.array?.first { $0["group"] == change["group"] }?["metrics"]
        let value = try #require(values?[metric]?.double)
        #expect(abs(value - change[when]!.double!) < 1e-12, "\(metric) \(when)")
      }
      #expect(change["adjusted_p_value"]!.double! >= change["p_value"]!.double!)
    }
    #expect(tuned["changes"]?.array?.count == 12)
    #expect(try report(#", "weight": "w""#)["changes"] == .null)
  }
}
