import Platform
import Testing

@testable import Fairness

@Suite("Measures that other libraries have, against their values and by hand")
struct PeerMeasureTests {
  private func audit(
    labels: [Int32], decisions: [Int32], groups: [Int32], _ options: AuditOptions
  ) throws -> AuditResult {
    try Audit.run(
      AuditRows(
        count: labels.count, labels: CodeColumn(copying: labels), decisions: CodeColumn(copying: decisions),
        groupings: [Grouping(attribute: "g", groupNames: ["a", "b"], codes: CodeColumn(copying: groups))]),
      options
    )
  }

  // a: positive 2 of 6, selected 1; b: positive 3 of 4, selected 4.
  private let labels: [Int32] = [1, 1, 0, 0, 0, 0, 1, 1, 1, 0]
  private let decisions: [Int32] = [1, 0, 0, 0, 0, 0, 1, 1, 1, 1]
  private let groups: [Int32] = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1]

  @Test("Decisions that enlarge the differences of the labels, by hand")
  func amplification() throws {
    let result = try audit(
      labels: labels, decisions: decisions, groups: groups,
      AuditOptions(metrics: ["bias_amplification", "directional_bias_amplification"]))
    // Outcome 1 leans to b: its share of the positives is 3/5, of the selected 4/5. Outcome 0 leans to a: 4/5, 5/5.
    let shares = try #require(result.value(metric: "bias_amplification", attribute: "g"))
    #expect(abs(shares - 0.2) < 1e-12)
    // a: 1/6 − 2/6 away from outcome 1, which it has less than expected; b: 4/4 − 3/4 towards it.
    let directed = try #require(result.value(metric: "directional_bias_amplification", attribute: "g"))
    #expect(abs(directed - (1.0 / 6 + 1.0 / 4) / 2) < 1e-12)
  }

  @Test("z scores as holisticai 1.0.14 has them: 2 of 6 against 3 of 4")
  func zScores() throws {
    let result = try audit(
      labels: labels, decisions: labels, groups: groups,
      AuditOptions(
        metrics: ["z_score_difference", "z_score_ratio"], referenceGroups: ["g": "b"]))
    let difference = try #require(result.value(metric: "z_score_difference", attribute: "g"))
    let ratio = try #require(result.value(metric: "z_score_ratio", attribute: "g"))
    #expect(abs(difference - -1.2909944487358058) < 1e-12)
    #expect(abs(ratio - -1.2562876889368884) < 1e-12)
  }

  @Test("Jaccard's index of three classes as scikit-learn has it")
  func jaccard() throws {
    let result = try Audit.run(
      AuditRows(
        count: 6, task: .multiclass(classes: ["a", "b", "c"]),
        labels: CodeColumn(copying: [0, 0, 0, 1, 1, 2]),
        decisions: CodeColumn(copying: [0, 0, 1, 1, 2, 2]), groupings: []),
      AuditOptions(metrics: ["macro_jaccard", "weighted_jaccard", "micro_jaccard", "micro_f1"]))
    for (name, expected) in [
      ("macro_jaccard", 0.5), ("weighted_jaccard", 0.5277777777777778), ("micro_jaccard", 0.5),
      ("micro_f1", 4.0 / 6),
    ] {
      #expect(abs(try #require(result.value(metric: name)) - expected) < 1e-12, "\(name)")
    }
  }

  @Test(
    "The expected cost by a matrix, by hand: 1 for each of 1 false alarm, 5 for each of 1 miss, of 10 rows")
  func costs() throws {
    var options = AuditOptions()
    options.costs = [[0, 1], [5, 0]]
    let result = try audit(labels: labels, decisions: decisions, groups: groups, options)
    // a: 1 positive of 6 is rejected; b: 1 negative of 4 is selected.
    #expect(result.value(metric: "expected_cost") == 0.6)
    #expect(abs(result.value(metric: "expected_cost", attribute: "g", group: "a")! - 5.0 / 6) < 1e-15)
    #expect(result.value(metric: "expected_cost", attribute: "g", group: "b") == 0.25)
    options.costs = [[0, 1]]
    #expect(throws: Failure.self) { try audit(labels: labels, decisions: decisions, groups: groups, options) }
    #expect(throws: Failure.self) {
      try audit(
        labels: labels, decisions: decisions, groups: groups, AuditOptions(metrics: ["expected_cost"]))
    }
  }

  /// Scores 0.1 to 1.0; group a has 5 rows, b 3, c 2.
  private func scored(_ options: AuditOptions) throws -> AuditResult {
    try Audit.run(
      AuditRows(
        count: 10, labels: CodeColumn(copying: [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]),
        decisions: CodeColumn(copying: [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]),
        scores: RealColumn(copying: (1...10).map { Double($0) / 10 }),
        groupings: [
          Grouping(
            attribute: "g", groupNames: ["a", "b", "c"],
            codes: CodeColumn(copying: [0, 0, 1, 0, 1, 0, 2, 0, 2, 1]))
        ]), options)
  }

  @Test("Scoring rates are shares above the median 0.55 of all scores: a 2 of 5, b 1 of 3, c 2 of 2")
  func scoringRates() throws {
    let result = try scored(AuditOptions(metrics: ["scoring_rate_ratio"]))
    #expect(abs(result.value(metric: "scoring_rate_ratio", attribute: "g")! - 1.0 / 3) < 1e-15)
    let groups = try #require(result.json["attributes"]?[0]?["groups"])
    #expect(groups[0]?["scoring_rate"] == 0.4 && groups[2]?["scoring_impact_ratio"] == 1.0)
    #expect(groups[0]?["scoring_impact_ratio"] == 0.4)
  }

  @Test("Small groups are neither shown nor compared; if there is only one, the next smallest is not either")
  func withheld() throws {
    var options = AuditOptions(metrics: ["selection_rate"])
    options.uncertainty = UncertaintyOptions()
    options.minimumCount = 3
    let alone = try scored(options)
    #expect(alone.attributes[0].frame.names == ["a"])
    #expect(alone.json["attributes"]?[0]?["withheld_groups"] == ["b", "c"])
    #expect(alone.value(metric: "selection_rate_difference", attribute: "g") == nil)
    #expect(alone.value(metric: "selection_rate") == 0.5)
    options.minimumCount = 0
    options.minimumShare = 0.25
    let shares = try scored(options)
    #expect(shares.attributes[0].frame.names == ["a", "b"])
    // 2/5 and 1/3 are selected; c, in which all are selected, is not compared.
    #expect(abs(shares.value(metric: "selection_rate_difference", attribute: "g")! - 1.0 / 15) < 1e-15)
    #expect(!shares.json.text().contains("\"group\": \"c\""))
    let interval = try #require(shares.uncertainties.first?.attributes[0].groups?[0][0])
    #expect(interval.lower < 0.4 && 0.4 < interval.upper)
  }

  @Test("With a ratio of 0 to 0, the other ratio counts by Fairlearn's convention, otherwise neither")
  func emptyRatios() throws {
    // TPR 1 and 1/2; no negative is selected. Fairlearn 0.15: 0.5, also with agg="mean".
    for (convention, expected) in [(ZeroDivision.zero, Double?.some(0.5)), (.undefined, nil)] {
      let result = try audit(
        labels: [1, 1, 0, 1, 1, 0], decisions: [1, 1, 0, 1, 0, 0], groups: [0, 0, 0, 1, 1, 1],
        AuditOptions(zeroDivision: convention))
      #expect(result.value(metric: "equalized_odds_ratio", attribute: "g") == expected)
      #expect(result.value(metric: "equalized_odds_ratio_mean", attribute: "g") == expected)
      #expect(result.value(metric: "equalized_odds_difference", attribute: "g") == 0.5)
    }
  }
}
