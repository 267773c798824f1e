@testable import Fairness
import Platform
import Testing

/// Small audits that a reader can redo by hand.
@Suite("Audit, worked by hand")
struct AuditWorkedExampleTests {
  private func audit(
    labels: [Int32], decisions: [Int32], scores: [Double]? = nil, groups: [Int32],
    names: [String] = ["a", "b"],
    _ options: AuditOptions = AuditOptions()
  ) throws -> AuditResult {
    try Audit.run(
      AuditRows(
        count: labels.count, labels: CodeColumn(copying: labels), decisions: CodeColumn(copying: decisions),
        scores: scores.map { try RealColumn(copying: $0) },
        groupings: [Grouping(attribute: "g", groupNames: names, codes: CodeColumn(copying: groups))]), options
    )
  }

  @Test("Equalized odds is the larger of the TPR and FPR gaps (worked example: 8 rows, docs/metrics.md)")
  func equalizedOdds() throws {
    let result = try audit(
      labels: [1, 1, 0, 0, 1, 1, 0, 0],
      decisions: [1, 1, 1, 0, 1, 0, 0, 0],
      groups: [0, 0, 0, 0, 1, 1, 1, 1])
    // a: selected 3/4, TPR 2/2, FPR 1/2; b: selected 1/4, TPR 1/2, FPR 0/2; all: 4/8, 3/4, 1/4
    func value(_ name: String) -> Double? { result.value(metric: name, attribute: "g") }
    #expect(value("equalized_odds_difference") == 0.5)
    #expect(value("equalized_odds_difference_mean") == 0.5)
    #expect(value("equal_opportunity_difference") == 0.5)
    #expect(value("equal_opportunity_ratio") == 0.5)
    #expect(value("equalized_odds_ratio") == 0)
    #expect(value("demographic_parity_difference") == 0.5)
    #expect(value("demographic_parity_ratio") == 1.0 / 3)
    #expect(value("demographic_parity_difference_to_overall") == 0.25)
    #expect(value("demographic_parity_ratio_to_overall") == 0.5)  // b: (1/4) / (1/2); a: (1/2) / (3/4)
    // The groups are equally large, so the first is the reference: b − a.
    #expect(value("statistical_parity_difference") == -0.5)
    #expect(value("disparate_impact") == 1.0 / 3)
    #expect(value("average_odds_difference") == -0.5)
    #expect(value("average_abs_odds_difference") == 0.5)
    #expect(value("predictive_parity_difference") == 1 - 2.0 / 3)  // b: 1/1, a: 2/3
    #expect(result.notes.isEmpty)
  }

  @Test("The impact ratio of a group is its selection rate over the highest; predictive values by hand")
  func impact() throws {
    // a: selected 3 of 4, of them right 2, of the rejected 0 of 1 positive; b: 1 of 4, right 1, 1 of 3.
    let result = try audit(
      labels: [1, 1, 0, 0, 1, 1, 0, 0], decisions: [1, 1, 1, 0, 1, 0, 0, 0],
      groups: [0, 0, 0, 0, 1, 1, 1, 1],
      AuditOptions(metrics: ["selection_rate", "average_predictive_value_difference"]))
    let groups = try #require(result.json["attributes"]?[0]?["groups"])
    #expect(groups[0]?["impact_ratio"] == 1.0 && groups[1]?["impact_ratio"]?.double == 1.0 / 3)
    // The reference group is a, the first of equals: (1 − 2/3 + 1/3 − 0) / 2.
    let found = try #require(result.value(metric: "average_predictive_value_difference", attribute: "g"))
    #expect(abs(found - 1.0 / 3) < 1e-12)
  }

  @Test("AUC counts pairs in the right order, ties half: (1 + ½ + 1 + 0) / 4")
  func areaUnderCurve() throws {
    let result = try audit(
      labels: [1, 1, 0, 0], decisions: [1, 0, 0, 0], scores: [0.7, 0.2, 0.2, 0.3].map { $0 },
      groups: [0, 0, 0, 0])
    // 0.7 beats 0.2 and 0.3; 0.2 ties with 0.2 and loses to 0.3: 2.5 of 4 pairs.
    #expect(result.value(metric: "auc") == 2.5 / 4)
    // Thresholds 0.7 (precision 1/1), 0.2 (2/4): ½ · 1 + ½ · ½.
    #expect(result.value(metric: "average_precision") == 0.75)
  }

  @Test("Missing values are a separate group, the last one")
  func missing() throws {
    let result = try audit(
      labels: [1, 0, 1], decisions: [1, 0, 0], groups: [-1, 0, 1])
    #expect(result.attributes[0].frame.names == ["a", "b", "(missing)"])
    #expect(result.value(metric: "selection_rate", attribute: "g", group: "(missing)") == 1)
  }

  @Test("An empty denominator is null with a reason, or 0 if asked for; never a trap")
  func undefined() throws {
    let result = try audit(
      labels: [1, 0, 0], decisions: [1, 0, 0], scores: [0.9, .nan, 1.5], groups: [0, 0, 1])
    #expect(result.value(metric: "tpr", attribute: "g", group: "b") == nil)
    #expect(result.notes.contains("g: group \"b\": tpr is undefined: no positive labels"))
    #expect(result.notes.contains("g: group \"a\": auc is undefined: 1 score is not finite"))
    #expect(result.notes.contains("g: group \"b\": brier is undefined: 1 score is outside 0 to 1"))
    #expect(result.json["attributes"]![0]!["groups"]![1]!["metrics"]!["tpr"] == .null)
    // Only a has a TPR: nothing to compare, so no gap.
    #expect(result.value(metric: "equal_opportunity_difference", attribute: "g") == nil)

    var options = AuditOptions()
    options.zeroDivision = .zero
    let zero = try audit(labels: [1, 0, 0], decisions: [1, 0, 0], groups: [0, 0, 1], options)
    #expect(zero.value(metric: "tpr", attribute: "g", group: "b") == 0)
    #expect(zero.value(metric: "equal_opportunity_difference", attribute: "g") == 1)
  }

  @Test("No rows, one row, one group, constant labels: a report with its gaps in words")
  func degenerate() throws {
    let none = try audit(labels: [], decisions: [], scores: [], groups: [])
    #expect(none.rows == 0 && none.value(metric: "accuracy") == nil && !none.notes.isEmpty)
    let one = try audit(labels: [1], decisions: [1], scores: [0.5], groups: [0])
    #expect(one.value(metric: "accuracy_difference", attribute: "g") == nil)
    #expect(one.value(metric: "statistical_parity_difference", attribute: "g") == nil)
    let constant = try audit(labels: [1, 1], decisions: [0, 0], scores: [0.5, 0.5], groups: [0, 1])
    #expect(constant.value(metric: "auc") == nil && constant.value(metric: "tpr") == 0)
  }

  @Test("Only combinations that occur are groups of an intersection")
  func intersection() throws {
    let sex = Grouping(
      attribute: "sex", groupNames: ["Male", "Female"], codes: try CodeColumn(copying: [0, 0, 1, 1]))
    let race = Grouping(
      attribute: "race", groupNames: ["White", "Black"], codes: try CodeColumn(copying: [0, 1, 1, -1]))
    let codes = try CodeColumn(copying: [0, 1, 0, 1])
    let result = try Audit.run(
      AuditRows(count: 4, labels: codes, decisions: codes, groupings: [.intersection([sex, race])]))
    #expect(result.attributes[0].frame.attribute == "sex,race")
    #expect(
      result.attributes[0].frame.names == ["Male,White", "Male,Black", "Female,Black", "Female,(missing)"])
  }

  @Test("Three classes: each against the rest, the worst class is the measure")
  func multiclass() throws {
    let codes = try [[0, 1, 2, 0, 1, 2], [0, 1, 2, 0, 0, 0], [0, 0, 0, 1, 1, 1]].map {
      try CodeColumn(copying: $0.map { Int32($0) })
    }
    let result = try Audit.run(
      AuditRows(
        count: 6, task: .multiclass(classes: ["x", "y", "z"]), labels: codes[0], decisions: codes[1],
        groupings: [Grouping(attribute: "g", groupNames: ["a", "b"], codes: codes[2])]),
      AuditOptions(metrics: ["accuracy", "selection_rate", "tpr[x]", "macro_f1", "balanced_accuracy"]))
    #expect(result.metrics.map(\.name).contains("selection_rate[z]"))
    #expect(result.value(metric: "accuracy") == 4.0 / 6)
    // x is selected 1/3 of a and 3/3 of b.
    #expect(abs(result.value(metric: "demographic_parity_difference", attribute: "g")! - 2.0 / 3) < 1e-15)
    #expect(result.value(metric: "balanced_accuracy") == (1.0 + 0.5 + 0.5) / 3)
    #expect(result.value(metric: "tpr[x]", attribute: "g", group: "b") == 1)
    #expect(result.value(metric: "accuracy_difference", attribute: "g") == 1 - 1.0 / 3)
  }

  @Test("Regression by group: errors 1, −1 in a; 2, 0 in b")
  func regression() throws {
    let rows = AuditRows(
      count: 4, labels: try RealColumn(copying: [1e9, 1e9 + 4, 3, 5]),
      predictions: try RealColumn(copying: [1e9 + 1, 1e9 + 3, 5, 5]),
      groupings: [
        Grouping(attribute: "g", groupNames: ["a", "b"], codes: try CodeColumn(copying: [0, 0, 1, 1]))
      ])
    let result = try Audit.run(rows)
    func value(_ metric: String, _ group: String) -> Double? {
      result.value(metric: metric, attribute: "g", group: group)
    }
    #expect(value("mae", "a") == 1 && value("mae", "b") == 1)
    #expect(value("mse", "a") == 1 && value("mse", "b") == 2)
    #expect(value("mean_error", "a") == 0 && value("mean_error", "b") == 1)
    #expect(value("r2", "a") == 1 - 2.0 / 8)  // labels ±2 around their mean
    #expect(value("r2", "b") == 1 - 4.0 / 2)  // labels ±1
    #expect(result.value(metric: "bounded_group_loss", attribute: "g") == 2)
    #expect(result.value(metric: "mse_ratio", attribute: "g") == 0.5)
    #expect(result.value(metric: "mean_error_ratio", attribute: "g") == nil)
  }

  @Test("Rows and names that cannot be audited are refused with the row or the nearest name")
  func refusals() throws {
    func expectFailure(_ part: String, _ body: () throws -> AuditResult) {
      #expect { _ = try body() } throws: { "\($0)".contains(part) }
    }
    expectFailure("row 1: label 2 is not one of 0 to 1") {
      try audit(labels: [1, 2], decisions: [1, 1], groups: [0, 0])
    }
    expectFailure("row 1: decision is missing") {
      try audit(labels: [1, 1], decisions: [1, -1], groups: [0, 0])
    }
    expectFailure("row 0: group 7 of") { try audit(labels: [1], decisions: [1], groups: [7]) }
    expectFailure("did you mean \\\"selection_rate\\\"") {
      try audit(labels: [1], decisions: [1], groups: [0], AuditOptions(metrics: ["selektion_rate"]))
    }
    expectFailure("needs scores") {
      try audit(labels: [1], decisions: [1], groups: [0], AuditOptions(metrics: ["auc"]))
    }
    expectFailure("not a group of") {
      try audit(labels: [1], decisions: [1], groups: [0], AuditOptions(referenceGroups: ["g": "zebra"]))
    }
    let codes = try CodeColumn(copying: [0, 1])
    let weights = [1.0, -1.0]
    weights.withUnsafeBufferPointer { weights in
      let rows = AuditRows(
        count: 2, labels: codes, decisions: codes, weights: weights.baseAddress, groupings: [])
      expectFailure("row 1: weight -1.0 is not") { try Audit.run(rows) }
    }
  }

  @Test("The report has the shape of the contract")
  func shape() throws {
    let report = try audit(
      labels: [1, 0], decisions: [1, 0], groups: [0, 1], AuditOptions(metrics: ["accuracy"])
    ).json
    #expect(report["kind"] == "audit" && report["version"] == 1 && report["rows"] == 2)
    #expect(report["overall"] == ["accuracy": 1.0])
    let attribute = report["attributes"]![0]!
    #expect(attribute["attribute"] == "g")
    #expect(attribute["groups"]![0]! == ["group": "a", "count": 1, "metrics": ["accuracy": 1.0]])
    #expect(
      attribute["gaps"]!["accuracy"]!
        == ["difference": 0.0, "ratio": 1.0, "difference_to_overall": 0.0, "ratio_to_overall": 1.0])
    #expect(attribute["fairness"]!["demographic_parity_difference"] == 1.0)
  }
}

@Suite("The metrics' page")
struct MetricsPageTests {
  @Test("Averages over three classes of 3, 2 and 1 rows, as scikit-learn has them")
  func classAverages() throws {
    // Precision 1, 1/2, 1/2; recall 2/3, 1/2, 1; F1 0.8, 0.5, 2/3.
    let result = try Audit.run(
      AuditRows(
        count: 6, task: .multiclass(classes: ["a", "b", "c"]),
        labels: CodeColumn(copying: [0, 0, 0, 1, 1, 2]),
        decisions: CodeColumn(copying: [0, 0, 1, 1, 2, 2]), groupings: []),
      AuditOptions(metrics: [
        "macro_precision", "macro_recall", "weighted_precision", "weighted_recall", "weighted_f1",
      ]))
    for (name, expected) in [
      ("macro_precision", 2.0 / 3), ("macro_recall", 13.0 / 18), ("weighted_precision", 0.75),
      ("weighted_recall", 2.0 / 3), ("weighted_f1", (3 * 0.8 + 2 * 0.5 + 2.0 / 3) / 6),
    ] {
      #expect(abs(try #require(result.value(metric: name)) - expected) < 1e-12, "\(name)")
    }
  }

  @Test("docs/metrics.md names every metric and measure")
  func complete() throws {
    let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let page = try #require(ReferenceRows.read("\(root)/docs/metrics.md"))
    for name in Metric.all.map(\.name) + FairnessMeasure.all.map(\.name) {
      #expect(page.contains("`\(name)`"), "\(name)")
    }
  }
}
