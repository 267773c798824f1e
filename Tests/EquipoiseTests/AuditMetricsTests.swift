import Datasets
import Equipoise
import Fairness
import Platform
import Testing

@Suite("Requests of an audit's configuration")
struct AuditMetricsTests {
  /// Two departments with equal admission rates for both sexes in each, but women apply where fewer are
  /// admitted.
  static let applicants = """
    sex,department,age,y,d,s
    m,A,20,1,1,0.9
    m,A,21,1,1,0.8
    m,A,22,0,1,0.7
    m,A,23,0,0,0.3
    m,B,24,0,0,0.2
    f,A,30,1,1,0.8
    f,A,31,1,0,0.4
    f,B,32,0,0,0.1
    f,B,33,1,0,0.4
    f,B,34,1,1,0.6
    ,B,35,0,0,0.3
    """

  private func audit(
    _ members: String, table: String = applicants, sensitive: String = #""sex""#, data: String = ""
  )
    throws -> JSONValue
  {
    try Equipoise.audit(
      nil, on: SyntheticTable.csv(table),
      AuditConfig(
        json:
          #"{"data": {"label": "y", "prediction": "d", "score": "s", "sensitive": [\#(sensitive)]\#(data)}, \#(members)}"#
      ))
  }

  @Test("Every metric and measure can be named; a similar name gets a suggestion")
  func names() throws {
    let names =
      (Metric.available(for: .binary, scored: true).map(\.name)
        + FairnessMeasure.available(for: .binary, scored: true).map(\.name))
    let report = try audit(#""metrics": \#(JSONValue.strings(names).text())"#)
    let reported = (report["overall"]?.members ?? []) + (report["attributes"]?[0]?["fairness"]?.members ?? [])
    #expect(Set(reported.map(\.key)) == Set(names))
    #expect { try audit(#""metrics": ["wasserstein_distanse"]"#) } throws: {
      "\($0)".contains("did you mean \\\"wasserstein_distance\\\"")
    }
    #expect { try audit(#""compare_with": ["majorty"]"#) } throws: { "\($0)".contains("majority") }
  }

  @Test("Gaps to the reference, the largest, the smallest and the best group, and means")
  func comparisons() throws {
    let report = try audit(
      #""metrics": ["selection_rate"], "compare_with": ["reference", "minority", "best", "pairs", "overall"], "reference": {"sex": "f"}"#,
      data: #", "weight": null"#)
    // m 3/5, f 2/5, missing 0/1; all 5/11.
    let gaps = try #require(report["attributes"]?[0]?["gaps"]?["selection_rate"])
    func near(_ name: String, _ expected: Double) -> Bool {
      abs((gaps[name]?.double ?? .nan) - expected) < 1e-12
    }
    #expect(near("difference", 0.6) && near("difference_to_reference", -0.4))
    #expect(near("ratio_to_reference", 0) && near("mean_difference_to_reference", 0.3))
    #expect(near("difference_to_minority", 0.6) && gaps["ratio_to_minority"] == .null)
    #expect(near("difference_to_best", -0.6) && near("mean_difference", (0.2 + 0.6 + 0.4) / 3))
    #expect(near("mean_ratio", (2.0 / 3) / 3))
    #expect(near("mean_difference_to_overall", (0.6 - 5.0 / 11 + 5.0 / 11 - 0.4 + 5.0 / 11) / 3))
  }

  @Test("Conditional on the department; rows without a sex left out")
  func conditional() throws {
    let report = try audit(
      #""metrics": ["selection_rate", "demographic_disparity"], "conditional_on": ["department"], "reference": {"sex": "m"}"#,
      sensitive: #"{"name": "sex", "missing": "drop"}"#)
    let attribute = try #require(report["attributes"]?[0])
    #expect(attribute["groups"]?.array?.map { $0["group"]?.string } == ["f", "m"])
    #expect(report["rows"] == 11)
    let fairness = try #require(attribute["fairness"])
    func near(_ name: String, _ expected: Double) -> Bool {
      abs((fairness[name]?.double ?? .nan) - expected) < 1e-12
    }
    // All: f 3 of 5 rejected, 2 of 5 selected. A: 1 of 2 and 1 of 4; B: 2 of 3 and 1 of 1.
    #expect(near("demographic_disparity", 3.0 / 5 - 2.0 / 5))
    #expect(near("conditional_demographic_disparity", (6 * (1.0 / 2 - 1.0 / 4) + 4 * (2.0 / 3 - 1)) / 10))
    // A: 3/4 against 1/2; B: 0/1 against 1/3.
    #expect(near("conditional_demographic_parity_difference", (6 * 0.25 + 4.0 / 3) / 10))
  }

  @Test("Numbers cut at quantiles: groups of as many rows")
  func quantiles() throws {
    let report = try audit(
      #""metrics": ["count"]"#, sensitive: #"{"name": "age", "quantiles": 2}"#)
    let groups = try #require(report["attributes"]?[0]?["groups"]?.array)
    #expect(groups.map { $0["group"]?.string } == ["<30", ">=30"])
    #expect(groups.map { $0["count"] } == [5, 6])
    #expect(throws: Failure.self) {
      try audit(#""by": []"#, sensitive: #"{"name": "age", "quantiles": 2, "bins": [3]}"#)
    }
  }

  @Test("Curves: from (0, 0) to (1, 1), with every row in the bins")
  func curves() throws {
    let report = try audit(#""curves": true, "metrics": ["accuracy"]"#)
    let curves = try #require(report["attributes"]?[0]?["groups"]?[1]?["curves"])
    // m: positives 0.9, 0.8; negatives 0.7, 0.3, 0.2.
    let roc = try #require(curves["roc"]?.array)
    #expect(roc.first == .numbers([0, 0]) && roc.last == .numbers([1, 1]))
    #expect(roc.dropFirst(2).first == .numbers([0, 1]))
    #expect(curves["calibration"]?.array?.reduce(0) { $0 + $1["count"]!.double! } == 5)
    #expect(curves["scores"]?["edges"]?.array?.count == 21)
    #expect(curves["scores"]?["positives"]?.array?.reduce(0) { $0 + $1.double! } == 2)
    #expect(report["curves"]?["scores"]?["negatives"]?.array?.reduce(0) { $0 + $1.double! } == 5)
    #expect(try audit(#""metrics": ["accuracy"]"#)["curves"] == nil)
  }

  @Test("Dependence of scores and errors on age")
  func continuous() throws {
    let report = try audit(#""metrics": ["accuracy"], "continuous": {"columns": ["age"], "sample": 5}"#)
    let column = try #require(report["continuous"]?["columns"]?[0])
    #expect(column["rows"] == 11 && column["sampled"] == 5)
    for what in ["score", "decision", "label"] {
      for coefficient in ["pearson", "spearman", "distance_correlation", "maximal_correlation"] {
        #expect(column[what]?[coefficient] != nil)
      }
    }
    // Of the 11 ages and decisions, by SciPy 1.17.1.
    #expect(
      abs(number(report, "continuous", "columns", "0", "decision", "pearson")! + 0.388951760296169) < 1e-12)
    let regression = try Equipoise.audit(
      nil, on: SyntheticTable.csv("age,y,p\n1,2,2\n2,3,4\n3,1,4\n4,7,11\n,1,1\n"),
      AuditConfig(
        json:
          #"{"task": "regression", "data": {"label": "y", "prediction": "p"}, "continuous": {"columns": ["age"]}}"#
      ))
    // The errors are 0, 1, 3, 4 at the ages 1 to 4; the row without an age is left out.
    #expect(number(regression, "continuous", "columns", "0", "rows") == 4)
    #expect(number(regression, "continuous", "columns", "0", "error", "spearman")! > 1 - 1e-12)
  }

  @Test("Several labels: an audit of each, their aggregates, and rows with all of them right")
  func multilabel() throws {
    let table = """
      g,a,b,pa,pb
      x,1,0,1,0
      x,1,1,1,1
      x,0,1,1,1
      x,0,0,0,1
      y,1,0,0,0
      y,1,1,1,0
      y,0,0,0,0
      y,0,1,0,1
      """
    let report = try Equipoise.audit(
      nil, on: SyntheticTable.csv(table),
      AuditConfig(
        json:
          #"{"data": {"sensitive": ["g"]}, "multilabel": {"labels": ["a", "b"], "predictions": ["pa", "pb"]}}"#
      ))
    let found = try #require(report["multilabel"])
    // a: right in 6 of 8 rows, b: in 6 of 8.
    #expect(found["overall"]?["accuracy"] == ["mean": 0.75, "min": 0.75, "max": 0.75])
    // Selected: a x 3/4, y 1/4; b x 3/4, y 1/4.
    #expect(number(found, "attributes", "0", "fairness", "demographic_parity_difference", "max") == 0.5)
    #expect(number(found, "labels", "1", "overall", "selection_rate") == 0.5)
    // x: all right in rows 1 and 2, two wrong of eight; y: in rows 3 and 4, two wrong of eight.
    #expect(number(found, "attributes", "0", "groups", "0", "subset_accuracy") == 0.5)
    #expect(number(found, "attributes", "0", "groups", "1", "hamming_loss") == 0.25)
    #expect(number(found, "attributes", "0", "hamming_loss", "difference") == 0)
    #expect(throws: Failure.self) {
      try AuditConfig(json: #"{"multilabel": {"labels": ["a", "b"], "predictions": ["pa"]}}"#)
    }
  }

  @Test("An auditor of batches, saved in between, gives the same within strata, without the missing")
  func auditor() throws {
    let configuration =
      #"{"data": {"label": "y", "prediction": "d", "score": "s", "sensitive": [{"name": "sex", "missing": "drop"}]}, "metrics": ["selection_rate", "conditional_demographic_disparity"], "conditional_on": ["department"], "compare_with": ["majority"], "curves": true, "reference": {"sex": "m"}}"#
    let lines = Self.applicants.split(separator: "\n")
    let whole = try Equipoise.audit(
      nil, on: SyntheticTable.csv(Self.applicants), AuditConfig(json: configuration))
    var auditor = try Auditor(AuditConfig(json: configuration))
    for batch in [lines[1...4], lines[5...7], lines[8...]] {
      try auditor.update(SyntheticTable.csv(([lines[0]] + batch).joined(separator: "\n")))
      auditor = try auditor.save().withUnsafeBytes { try Auditor(restoring: $0) }
    }
    let report = try auditor.report()
    #expect(report["attributes"]?[0]?["gaps"] == whole["attributes"]?[0]?["gaps"])
    for name in ["conditional_demographic_disparity", "conditional_demographic_parity_difference"] {
      let (one, other) = (
        number(report, "attributes", "0", "fairness", name),
        number(whole, "attributes", "0", "fairness", name)
      )
      #expect(one != nil && one == other)
    }
    #expect(report["attributes"]?[0]?["groups"]?.array?.map { $0["group"]?.string } == ["f", "m"])
    #expect(
      report["attributes"]?[0]?["groups"]?[0]?["curves"]?["scores"]
        == whole["attributes"]?[0]?["groups"]?[0]?["curves"]?["scores"])
    #expect {
      try Auditor(
        AuditConfig(
          json:
            #"{"data": {"label": "y", "prediction": "d", "sensitive": [{"name": "age", "quantiles": 4}]}}"#))
    } throws: { "\($0)".contains("quantiles") }
  }
}
