import Testing

@testable import Fairness

@Suite("What is known of a metric stands with it")
struct MetricDirectionTests {
  @Test(
    "Of losses, error rates and distances less is better, of biases nothing is",
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
    #expect(Metric.merit(of: "fpr[no]", value: 0.2) == -0.2)
    #expect(Metric.merit(of: "ece[15]", value: 0.2) == -0.2)
    #expect(Metric.merit(of: "mean_error", value: -0.3) == -0.3)
    #expect(Metric.merit(of: "tpr[no]", value: 0.2) == 0.2)
  }

  @Test("A share's counts give its value: TP 37, FN 15, FP 29, TN 119")
  func shares() throws {
    let table = ConfusionSums(classes: 2, weights: [119, 29, 15, 37])
    let group = GroupSums(rows: 200, confusion: table)
    // By hand, successes and trials.
    let expected: [String: (Double, Double)] = [
      "selection_rate": (66, 200), "base_rate": (52, 200), "tpr": (37, 52), "fpr": (29, 148),
      "tnr": (119, 148), "fnr": (15, 52), "precision": (37, 66), "npv": (119, 134),
      "false_discovery_rate": (29, 66), "false_omission_rate": (15, 134), "accuracy": (156, 200),
      "error_rate": (44, 200), "threat_score": (37, 81), "f1": (37, 81),
    ]
    #expect(Set(Metric.all.filter { $0.share != nil }.map(\.name)) == Set(expected.keys))
    for (name, counts) in expected {
      let found = try #require(RateCounts.reading(of: name, classes: [])?(group))
      #expect(found.successes == counts.0 && found.trials == counts.1, "\(name)")
      let value = try #require(Metric.all.first { $0.name == name }).value(group).number(.undefined)
      #expect(abs(try #require(value) - RateCounts.transform(name)(found.rate)) < 1e-15, "\(name)")
    }
  }
}
