import Platform
import Testing

@testable import Fairness

@Suite("The documentation of a metric is complete")
struct MetricDirectionTests {
  @Test(
    "Lower losses, error rates and distances are better; biases have no better direction",
    arguments: [
      ("error_rate", Metric.Better.lower), ("fpr", .lower), ("fnr", .lower), ("log_loss", .lower),
      ("rmse", .lower), ("ece", .lower), ("quantile_loss", .lower), ("mean_score_of_negatives", .lower),
      ("mean_error", .near(0)), ("calibration_in_the_large", .near(0)), ("accuracy", .higher),
      ("tpr", .higher),
      ("brier_resolution", .higher), ("selection_rate", .neither),
    ])
  func directions(_ name: String, _ better: Metric.Better) throws {
    let metric = try #require(Metric.all.first { $0.name == name })
    #expect(metric.better == better)
  }

  @Test("A number grows as the metric gets better, also of one class and of a name with a number")
  func merits() {
    #expect(Metric.falsePositiveRate.ofClass(1, named: "no").merit(0.2) == -0.2)
    #expect(Parameterized.metric("ece[15]")?.merit(0.2) == -0.2)
    #expect(Metric.meanError.merit(-0.3) == -0.3)
    #expect(Metric.truePositiveRate.ofClass(1, named: "no").merit(0.2) == 0.2)
  }

  @Test(
    "In 1,000 tables each metric's value is in its range, and shares of rows are from 0 to 1")
  func ranges() {
    var stream = RandomStream(seed: 5)
    for _ in 0..<1_000 {
      let weights = (0..<4).map { _ in (stream.uniform() * 20).rounded(.down) }
      let group = GroupSums(
        rows: Int(weights.reduce(0, +)), confusion: ConfusionSums(classes: 2, weights: weights))
      for metric in Metric.available(for: .binary, scored: false) {
        guard let value = metric.value(group).number(.zero) else { continue }
        #expect(
          metric.range.lowerBound - 1e-12 <= value && value <= metric.range.upperBound + 1e-12,
          "\(metric.name)")
        if metric.isShareOfRows { #expect(metric.range == .share, "\(metric.name)") }
      }
    }
  }

  @Test("A report says itself what its metrics and measures mean, each name once")
  func glossary() throws {
    let result = try Audit.run(
      AuditRows(
        count: 4, task: .multiclass(classes: ["x", "y", "z"]), labels: CodeColumn(copying: [0, 1, 2, 0]),
        decisions: CodeColumn(copying: [0, 1, 0, 2]),
        groupings: [
          Grouping(attribute: "g", groupNames: ["a", "b"], codes: CodeColumn(copying: [0, 0, 1, 1]))
        ]))
    let words = try #require(result.json["glossary"])
    #expect(
      words["tpr"] == [
        "title": "true positive rate",
        "meaning": "of those with a positive outcome, the share with a positive decision", "unit": "share",
        "better": "higher",
      ])
    #expect(words["equalized_odds_ratio"]?["ideal"] == 1.0)
    let names = (words.members ?? []).map(\.key)
    #expect(Set(names).count == names.count && !names.contains { $0.contains("[") })
    let reported = Set(result.metrics.map(\.family) + result.attributes[0].fairness.map(\.name))
    #expect(Set(names) == reported)
  }

  @Test("The counts of a share give its value: TP 37, FN 15, FP 29, TN 119")
  func shares() throws {
    let table = ConfusionSums(classes: 2, weights: [119, 29, 15, 37])
    let group = GroupSums(rows: 200, confusion: table)
    // By hand, successes and trials.
    let expected: [String: (Double, Double)] = [
      "selection_rate": (66, 200), "base_rate": (52, 200), "tpr": (37, 52), "fpr": (29, 148),
      "tnr": (119, 148), "fnr": (15, 52), "precision": (37, 66), "npv": (119, 134),
      "false_discovery_rate": (29, 66), "false_omission_rate": (15, 134), "accuracy": (156, 200),
      "error_rate": (44, 200), "threat_score": (37, 81), "jaccard": (37, 81), "f1": (37, 81),
    ]
    let shares = Metric.available(for: .binary, scored: true).filter { $0.share != nil }
    #expect(Set(shares.map(\.name)) == Set(expected.keys))
    for metric in shares {
      let share = try #require(metric.share)
      let (found, counts) = (try #require(share.counts(group)), try #require(expected[metric.name]))
      #expect(found.successes == counts.0 && found.trials == counts.1, "\(metric.name)")
      let value = try #require(metric.value(group).number(.undefined))
      #expect(abs(value - (share.growth?.value(found.rate) ?? found.rate)) < 1e-15, "\(metric.name)")
    }
  }
}
