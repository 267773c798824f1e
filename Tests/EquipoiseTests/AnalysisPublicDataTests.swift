import Datasets
import Equipoise
import Platform
import Testing

private func entry(_ array: JSONValue?, _ key: String, _ name: String) throws -> JSONValue {
  try #require(array?.array?.first { $0[key]?.string == name }, "no \(key) \(name)")
}

private func expectNear(_ json: JSONValue, _ key: String, _ expected: Double) {
  #expect(abs((json[key]?.double ?? .nan) - expected) < 1e-9, "\(key): \(json[key]?.text() ?? "none")")
}

@Suite("Analyses of public data", .needsSharedData)
struct AnalysisPublicDataTests {
  @Test("German credit before any model, by sex and age (pandas, scipy and scikit-learn)")
  func germanData() throws {
    let rows = try Dataset.open(path: SharedData.path("data/german_credit/german_data_credit.csv.gz"))
    let report = try audit(
      nil, on: rows,
      AuditConfig(
        json:
          #"{"data": {"label": "class-label", "sensitive": ["sex", {"name": "age", "bins": [25]}]}, "data_checks": {"population": {"sex": {"female": 0.51, "male": 0.49}}}}"#
      ))
    let sex = try entry(report["data_checks"]?["attributes"], "attribute", "sex")
    let women = try entry(sex["groups"], "group", "female")
    #expect(women["count"]?.int == 310)
    expectNear(women, "base_rate", 201.0 / 310)
    expectNear(women, "class_imbalance", 0.38)
    expectNear(women, "difference_in_proportions_of_labels", 499.0 / 690 - 201.0 / 310)
    expectNear(try #require(sex["representation"]), "chi_square", 160.0640256102441)
    let age = try entry(report["data_checks"]?["attributes"], "attribute", "age")
    expectNear(try entry(age["groups"], "group", "<25"), "base_rate", 88.0 / 149)
    // Sorted: among the categorical columns, marital-status contains the most information about sex.
    let columns = sex["proxies"]?["columns"]
    expectNear(
      try entry(columns, "column", "marital-status"), "normalized_mutual_information", 0.07815553890282856)
    expectNear(try entry(columns, "column", "job"), "normalized_mutual_information", 0.004953785613603358)
    let order = try #require(columns?.array).compactMap { $0["normalized_mutual_information"]?.double }
    #expect(order == order.sorted(by: >) && order.count == 19)
    // All inputs together predict sex better than chance, and better than most single columns.
    let area = try #require(sex["proxies"]?["model_auc"]?.double)
    #expect(area > 0.65 && area < 0.95, "\(area)")
    #expect(sex["proxies"]?["sentence"]?.string?.contains("predicts sex") == true)
    #expect(sex["missing"]?.array?.isEmpty == true)
  }

  @Test("German credit, loans of up to 24 months granted: people and subgroups (numpy and pandas)")
  func germanDecisions() throws {
    let file = try Dataset.open(path: SharedData.path("data/german_credit/german_data_credit.csv.gz"))
    let granted = try file.column("duration").doubles().array.map { $0 <= 24 ? Int64(1) : 0 }
    let rows = try Dataset(file.columns + [Column(name: "granted", integers: granted)])
    let report = try audit(
      nil, on: rows,
      AuditConfig(
        json:
          #"{"data": {"label": "class-label", "prediction": "granted", "sensitive": ["sex", {"name": "age", "bins": [25]}]}, "individual": {}, "subgroups": {"minimum": 70, "scan": {"attributes": ["sex", "age", "housing"], "replicates": 19}}}"#
      ))
    let inequality = try #require(report["individual"]?["inequality"])
    expectNear(inequality, "theil", 0.1888705884436977)
    expectNear(try #require(inequality["generalized_entropy"]?[2]), "value", 0.14023058782426415)
    let bySex = try entry(inequality["attributes"], "attribute", "sex")
    expectNear(try #require(bySex["generalized_entropy"]?[2]), "between_groups", 0.0021300838962601777)
    let subgroups = try #require(report["subgroups"])
    let both = try entry(subgroups["intersections"], "attributes", "sex,age")
    let young = try entry(both["groups"], "group", "male,<25")
    #expect(young["count"]?.int == 65 && young["small"] == true)
    expectNear(try #require(young["metrics"]), "selection_rate", 48.0 / 65)
    expectNear(try #require(young["difference_to_overall"]), "selection_rate", 48.0 / 65 - 0.77)
    expectNear(
      try #require(both["fairness"]), "smoothed_empirical_differential_fairness", 0.4410487459668308)
    let gamma = try #require(subgroups["unfairness"])
    expectNear(try #require(gamma["statistical_parity"]), "gamma", 0.0163)
    #expect(gamma["statistical_parity"]?["group"]?.string == "male")
    expectNear(try #require(gamma["false_positive"]), "gamma", 0.00706)
    #expect(report["notes"]?.array?.contains { $0.string?.contains("fewer than 70 rows") == true } == true)
    // People who live for free have the longest loans: half of them are granted, of the others four in five.
    let fewer = try #require(subgroups["scan"]?["fewer"])
    #expect(fewer["subgroup"]?["housing"]?.array?.contains("for free") == true)
    #expect(try #require(fewer["p_value"]?.double) <= 0.05)
  }

  /// Scores by a rule that is unfair to two terms: 0.4 for a bad text, a number of 0 to 1 by the row
  /// (7919 · row mod 1000 / 1000), 0.25 for "gay" and 0.125 for "muslim". Areas: scikit-learn 1.9.1.
  @Test("Toxicity madlibs by identity term")
  func madlibs() throws {
    let file = try Dataset.open(path: SharedData.path("data/unintended_bias_madlibs/bias_madlibs_77k.csv.gz"))
    let (texts, labels) = (try file.column("Text").categories(), try file.column("Label").categories())
    func words(_ name: String) -> [String.SubSequence] {
      name.lowercased().split { !$0.isLetter && !$0.isNumber }
    }
    let terms = texts.names.map { name -> (gay: Bool, muslim: Bool) in
      let words = words(name)
      return (words.contains("gay"), words.contains("muslim"))
    }
    let bad = labels.index(of: "BAD")
    let scores = (0..<file.rows).map { row -> Double in
      let mentioned = terms[Int(texts.codes.pointer[row])]
      let base = (Int(labels.codes.pointer[row]) == bad ? 0.4 : 0) + Double(row * 7919 % 1000) / 1000
      return base + (mentioned.gay ? 0.25 : 0) + (mentioned.muslim ? 0.125 : 0)
    }
    let rows = try Dataset(file.columns + [Column(name: "score", numbers: scores)])
    let report = try audit(
      nil, on: rows,
      AuditConfig(
        json:
          #"{"data": {"label": "Label", "positive": "BAD", "score": "score", "text": "Text"}, "threshold": 0.5, "identity_terms": {"terms": ["gay", "muslim", "straight", "christian", "black"]}}"#
      ))
    let section = try #require(report["identity_terms"])
    expectNear(section, "auc", 0.8193371091498833)
    for (term, subgroup, bpsn, bnsp) in [
      ("gay", 0.8172669352882563, 0.6436568487587874, 0.9360438175518391),
      ("muslim", 0.8307579282050924, 0.7359062606434987, 0.8966306566208173),
      ("straight", 0.8142794071711144, 0.8064143763250744, 0.826630683023295),
      ("christian", 0.8201253295965965, 0.8285542443302879, 0.811159482405829),
      ("black", 0.8096349526829294, 0.8279350358237618, 0.8003610978854255),
    ] {
      let own = try entry(section["terms"], "term", term)
      #expect(own["count"]?.int == 1514 && own["positives"]?.int == 757)
      expectNear(own, "subgroup_auc", subgroup)
      expectNear(own, "bpsn_auc", bpsn)
      expectNear(own, "bnsp_auc", bnsp)
    }
    let means = try #require(section["power_mean"])
    expectNear(means, "subgroup_auc", 0.8182314058916715)
    expectNear(means, "bpsn_auc", 0.7452595419954299)
    expectNear(means, "bnsp_auc", 0.8450824067497968)
  }
}
