@testable import Fairness
import Platform
import Testing

@Suite("Fairness measures, worked by hand")
struct MeasureWorkedExampleTests {
  private func audit(
    labels: [Int32], decisions: [Int32], scores: [Double]? = nil, groups: [Int32], _ metrics: [String]
  ) throws -> AuditResult {
    try Audit.run(
      AuditRows(
        count: labels.count, labels: CodeColumn(copying: labels), decisions: CodeColumn(copying: decisions),
        scores: scores.map { try RealColumn(copying: $0) },
        groupings: [
          Grouping(attribute: "g", groupNames: ["a", "b"], codes: CodeColumn(copying: groups))
        ]), AuditOptions(metrics: metrics))
  }

  @Test("Decisions of two groups (the 8 rows of docs/metrics.md)")
  func decisions() throws {
    let result = try audit(
      labels: [1, 1, 0, 0, 1, 1, 0, 0], decisions: [1, 1, 1, 0, 1, 0, 0, 0],
      groups: [0, 0, 0, 0, 1, 1, 1, 1],
      [
        "accuracy", "fn_fp_ratio", "predictive_equality_difference", "predictive_equality_ratio",
        "conditional_use_accuracy_difference", "error_parity_difference", "error_parity_ratio",
        "treatment_equality_difference",
      ])
    func value(_ name: String) -> Double? { result.value(metric: name, attribute: "g") }
    // a: TPR 1, FPR 1/2, precision 2/3, NPV 1/1; b: TPR 1/2, FPR 0, precision 1, NPV 2/3.
    #expect(value("equalized_odds_distance") == 0.5.squareRoot())
    #expect(value("predictive_equality_difference") == 0.5 && value("predictive_equality_ratio") == 0)
    #expect(abs(value("conditional_use_accuracy_difference")! - 1.0 / 3) < 1e-15)
    #expect(abs(value("predictive_parity_ratio")! - 2.0 / 3) < 1e-15)
    #expect(value("error_parity_difference") == 0 && value("error_parity_ratio") == 1)
    // b has no false positive: only a, with 0 / 1, has a ratio, and nothing to be compared with.
    #expect(value("treatment_equality_difference") == nil)
    #expect(result.notes.contains("g: group \"b\": fn_fp_ratio is undefined: no false positives"))
    // Rejected: 1 of a, 3 of b; selected: 3 of a, 1 of b.
    #expect(value("demographic_disparity") == 0.5)
  }

  @Test("Scores: KS, Wasserstein and ABROCA of four rows each")
  func scores() throws {
    let result = try audit(
      labels: [0, 1, 0, 1, 1, 0, 1, 0], decisions: [0, 0, 1, 1, 0, 0, 1, 1],
      scores: [0.1, 0.3, 0.6, 0.9, 0.1, 0.3, 0.6, 0.9], groups: [0, 0, 0, 0, 1, 1, 1, 1],
      ["auc", "ks_distance", "wasserstein_distance", "abroca"])
    func value(_ name: String) -> Double? { result.value(metric: name, attribute: "g") }
    #expect(value("ks_distance") == 0 && value("wasserstein_distance") == 0)
    // a: (0,0) (0,½) (½,½) (½,1) (1,1): area ¾; b: (0,0) (½,0) (½,½) (1,½) (1,1): area ¼; a is above b.
    #expect(value("auc_difference") == 0.5 && value("abroca") == 0.5)
  }

  @Test("Curves that cross: the areas are equal, ABROCA is not 0")
  func crossing() throws {
    // a: (0,0) (0,½) (1,½) (1,1); b: the diagonal. ∫ |½ − x| = ¼.
    let a = ScoreDistribution(scores: [0.9, 0.5, 0.1], labels: [1, 0, 1])
    let b = ScoreDistribution(scores: [0.5, 0.5], labels: [0, 1])
    let curves = try (#require(ReceiverCurve(a)), #require(ReceiverCurve(b)))
    #expect(abs(ReceiverCurve.areaBetween(curves.0, curves.1) - 0.25) < 1e-15)
    #expect(a.areaUnderROC == 0.5 && b.areaUnderROC == 0.5)
  }

  @Test("Three classes: the mean over classes, and total variation")
  func classes() throws {
    let codes = try [[0, 1, 2, 0, 1, 2], [0, 1, 2, 0, 0, 0], [0, 0, 0, 1, 1, 1]].map {
      try CodeColumn(copying: $0.map { Int32($0) })
    }
    let result = try Audit.run(
      AuditRows(
        count: 6, task: .multiclass(classes: ["x", "y", "z"]), labels: codes[0], decisions: codes[1],
        groupings: [Grouping(attribute: "g", groupNames: ["a", "b"], codes: codes[2])]),
      AuditOptions(metrics: [
        "demographic_parity_difference_class_mean", "total_variation_parity", "total_variation_parity_mean",
        "cohen_kappa",
      ]))
    // a decides x, y, z once each; b decides x thrice.
    func value(_ name: String) -> Double? { result.value(metric: name, attribute: "g") }
    #expect(abs(value("demographic_parity_difference_class_mean")! - (2.0 + 1 + 1) / 9) < 1e-15)
    #expect(abs(value("total_variation_parity")! - 2.0 / 3) < 1e-15)
    #expect(value("total_variation_parity") == value("total_variation_parity_mean"))
    // Right 4 of 6; by chance (2·4 + 2·1 + 2·1) / 36 = 1/3.
    #expect(abs(result.value(metric: "cohen_kappa")! - 0.5) < 1e-15)
  }

  @Test("A regression: quantile loss, and who is among the highest predictions")
  func regression() throws {
    let rows = AuditRows(
      count: 4, labels: try RealColumn(copying: [3, 5, 2, 7]),
      predictions: try RealColumn(copying: [2.5, 5, 4, 8]),
      groupings: [
        Grouping(attribute: "g", groupNames: ["a", "b"], codes: try CodeColumn(copying: [0, 0, 1, 1]))
      ])
    let result = try Audit.run(
      rows,
      AuditOptions(metrics: [
        "quantile_loss", "quantile_loss[0.9]", "quantile_disparate_impact", "ks_distance",
        "quantile_disparate_impact[0.5]", "wasserstein_distance", "mape",
      ]))
    // (0.5/3 + 0/5 + 2/2 + 1/7) / 4
    #expect(abs(result.value(metric: "mape")! - 0.327_380_952_380_952_4) < 1e-15)
    #expect(abs(result.value(metric: "quantile_loss[0.9]")! - 0.1875) < 1e-15)  // scikit-learn 1.9.1
    func value(_ name: String) -> Double? { result.value(metric: name, attribute: "g") }
    // The 0.5 quantile is 4: 1 of a, 2 of b are at or above it. The 0.8 quantile is 8: none of a.
    #expect(value("quantile_disparate_impact[0.5]") == 0.5 && value("quantile_disparate_impact") == 0)
    // a: 2.5, 5; b: 4, 8.
    #expect(value("ks_distance") == 0.5 && value("wasserstein_distance") == (1.5 + 3) / 2)
  }

  @Test("Metrics without a value have a reason: one group, one label, too many groups")
  func undefined() throws {
    let alone = try audit(
      labels: [1, 1], decisions: [1, 0], scores: [0.2, 0.4], groups: [0, 0],
      ["ks_distance", "abroca", "diagnostic_odds_ratio"])
    #expect(alone.value(metric: "ks_distance", attribute: "g") == nil)
    #expect(alone.notes.contains("g: ks_distance is undefined: there is no second group"))
    let one = try audit(
      labels: [1, 1], decisions: [1, 0], scores: [0.2, 0.4], groups: [0, 1], ["abroca", "abpc"])
    #expect(one.notes.contains("g: abroca is undefined: a group has only one label"))
    #expect(one.value(metric: "abpc", attribute: "g") == nil)
    let outside = try audit(
      labels: [1, 0], decisions: [1, 0], scores: [-3, 4], groups: [0, 1], ["ece", "ks_distance", "abcc"])
    #expect(outside.value(metric: "ks_distance", attribute: "g") == 1)
    #expect(outside.value(metric: "abcc", attribute: "g") == nil && outside.value(metric: "ece") == nil)
  }

  @Test("Names with numbers that are not accepted are refused with the nearest name")
  func names() {
    for name in ["ece[0]", "ece[1.5]", "ece[x]", "jensen_shannon_divergence[-1]", "abrocca"] {
      #expect(throws: Failure.self) {
        try audit(labels: [1], decisions: [1], scores: [0.5], groups: [0], [name])
      }
    }
    #expect { try audit(labels: [1], decisions: [1], scores: [0.5], groups: [0], ["abrocca"]) } throws: {
      "\($0)".contains("abroca")
    }
  }
}
