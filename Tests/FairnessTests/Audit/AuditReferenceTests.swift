@testable import Fairness
import Platform
import Testing

/// Values of independent libraries on the same rows, to 1e-9.
@Suite(
  "Audit against Fairlearn, AIF360 and scikit-learn")
struct AuditReferenceTests {
  let reference: ReferenceRows
  init() throws { reference = try #require(ReferenceRows.loaded) }

  static let frames = [
    ("sex", "sex", false), ("sex_weighted", "sex", true), ("race", "race", false),
    ("race_weighted", "race", true), ("sex_x_race", "sex,race", false),
    ("sex_x_race_weighted", "sex,race", true),
  ]

  @Test("Every group, gap and measure equals Fairlearn's", arguments: frames)
  func fairlearn(block: String, attribute: String, weighted: Bool) throws {
    let expected = reference.json["fairlearn"]![block]!
    var options = AuditOptions()
    options.zeroDivision = .zero
    let result = try Audit.run(reference.rows(weighted: weighted), options)
    var compared = 0
    func check(_ actual: Double?, _ expected: JSONValue, _ what: String) {
      #expect(abs((actual ?? .nan) - expected.double!) <= 1e-9, "\(what)")
      compared += 1
    }
    for (group, metrics) in expected["by_group"]!.members!.map({ ($0.key, $0.value) }) {
      let name = group.split(separator: "|").joined(separator: ",")
      for metric in metrics.members! {
        check(
          result.value(metric: metric.key, attribute: attribute, group: name), metric.value,
          "\(name) \(metric.key)")
      }
    }
    for gap in [
      "difference_between_groups", "ratio_between_groups", "difference_to_overall", "ratio_to_overall",
    ] {
      for metric in expected[gap]!.members! {
        let own = gap.split(separator: "_").first! + (gap.hasSuffix("to_overall") ? "_to_overall" : "")
        check(
          result.value(metric: "\(metric.key)_\(own)", attribute: attribute), metric.value,
          "\(metric.key) \(gap)")
      }
    }
    for metric in expected["overall"]!.members! {
      check(result.value(metric: metric.key), metric.value, "overall \(metric.key)")
    }
    for measure in expected.members! where measure.value.double != nil {
      // "..._between_groups" is the default, and "worst_case" too.
      let own = measure.key.replacing("_between_groups", with: "").replacing("_worst_case", with: "")
      check(result.value(metric: own, attribute: attribute), measure.value, measure.key)
    }
    #expect(compared >= 9 * (2 + 4 + 1) + 16)
  }

  @Test("The signed measures equal AIF360's, sex 1 being the reference group")
  func aif360() throws {
    let expected = reference.json["aif360_privileged_sex_1"]!
    var options = AuditOptions()
    options.referenceGroups = ["sex": "1"]
    options.metrics = ["theil_index", "coefficient_of_variation", "generalized_entropy_index", "tpr"]
    let result = try Audit.run(reference.rows(), options)
    let ours = [
      "statistical_parity_difference", "disparate_impact", "average_odds_difference",
      "average_abs_odds_difference", "error_rate_difference", "error_rate_ratio",
      "false_discovery_rate_difference", "false_omission_rate_difference", "between_group_theil_index",
      "generalized_equalized_odds_difference",
    ]
    for name in ours {
      let value = result.value(metric: name, attribute: "sex") ?? .nan
      #expect(abs(value - expected[name]!.double!) <= 1e-9, "\(name)")
    }
    // AIF360's equal_opportunity_difference is signed; Fairlearn's and this library's are not.
    let signed = result.value(metric: "true_positive_rate_difference", attribute: "sex") ?? .nan
    #expect(abs(signed - expected["equal_opportunity_difference"]!.double!) <= 1e-9)
    for (name, theirs) in [
      ("theil_index", "theil_index"), ("theil_index", "generalized_entropy_index_alpha_1"),
      ("coefficient_of_variation", "coefficient_of_variation"),
      ("generalized_entropy_index", "generalized_entropy_index_alpha_2"),
    ] {
      #expect(abs((result.value(metric: name) ?? .nan) - expected[theirs]!.double!) <= 1e-9, "\(name)")
    }
    let joint = result.attributes[2].fairness
    for (name, theirs) in [
      (
        "smoothed_empirical_differential_fairness",
        "smoothed_empirical_differential_fairness_sex_x_race_of_predictions"
      ),
      ("differential_fairness_bias_amplification", "differential_fairness_bias_amplification"),
    ] {
      let value = joint.first { $0.name == name }?.value ?? .nan
      #expect(abs(value - expected[theirs]!.double!) <= 1e-9, "\(name)")
    }
  }

  @Test("The score metrics equal scikit-learn's")
  func scikitLearn() throws {
    let expected = reference.json["sklearn"]!
    let result = try Audit.run(reference.rows())
    for (name, theirs) in [
      ("auc", "roc_auc"), ("brier", "brier"), ("log_loss", "log_loss"),
      ("average_precision", "average_precision"),
    ] {
      #expect(abs((result.value(metric: name) ?? .nan) - expected[theirs]!.double!) <= 1e-9, "\(name)")
    }
    for (group, auc) in ["0", "1"].enumerated().map({ ($1, expected["roc_auc_by_sex"]![$0]!.double!) }) {
      #expect(abs((result.value(metric: "auc", attribute: "sex", group: group) ?? .nan) - auc) <= 1e-9)
    }
  }
}
