import Datasets
import Equipoise
import Fairness
import Platform
import Glibc
import Testing

@testable import Models

@Suite("Scores and decisions adjusted after training")
struct AdjustTests {
  /// The rows of `PostprocessingTests`: sixty pairs of u / 1009 from the recurrence u' = (137 u + 187) mod
  /// 1009, starting at 5.
  static func ruledRows() throws -> Dataset {
    var state = 5
    let values = (0..<120).map { _ -> Double in
      state = (137 * state + 187) % 1009
      return Double(state) / 1009
    }
    let groups = (0..<60).map { $0 % 3 == 0 ? "small" : "large" }
    let scores = (0..<60).map { values[2 * $0] }
    let labels = (0..<60).map { row -> Int64 in
      let share: Double = groups[row] == "small" ? 0.2 + 0.6 * scores[row] : scores[row]
      return values[2 * row + 1] < share ? 1 : 0
    }
    return try Dataset([
      Column(name: "id", integers: (0..<60).map { Int64($0 * 7) }), Column(name: "s", numbers: scores),
      Column(name: "y", integers: labels), Column(name: "g", texts: groups),
    ])
  }

  static func adjusted(_ base: Model?, on rows: Dataset, _ json: String) throws -> (
    model: Model, report: JSONValue
  ) {
    try adjust(base, on: rows, AdjustConfig(json: json))
  }

  static func given(_ methods: String) throws -> (model: Model, report: JSONValue) {
    try adjusted(
      nil, on: ruledRows(),
      #"{"data": {"label": "y", "score": "s", "sensitive": ["g"]}, "adjust": [\#(methods)]}"#)
  }

  @Test(
    "Thresholds for another system's scores are as accurate as Fairlearn's ThresholdOptimizer (0.15.0, finest grid)",
    arguments: [
      ("demographic_parity", 0.883332778), ("equal_opportunity", 0.883333),
      ("predictive_equality", 0.883332583), ("equalized_odds", 0.85),
    ])
  func fairlearn(constraint: String, accuracy: Double) throws {
    let (model, report) = try Self.given(
      #"{"method": "thresholds", "constraint": "\#(constraint)", "randomized": true, "key": "id", "minimum_count": 1}"#
    )
    let expected = try #require(report["methods"]?[0]?["expected"])
    func rate(_ name: String, _ group: String) throws -> Double {
      try #require(number(expected, group, name))
    }
    let found = (try 40 * rate("accuracy", "large") + 20 * rate("accuracy", "small")) / 60
    #expect(found >= accuracy - 1e-9 && found < accuracy + 1e-5)
    let rates =
      [
        "demographic_parity": ["selection_rate"], "equal_opportunity": ["tpr"],
        "predictive_equality": ["fpr"],
      ][
        constraint] ?? ["tpr", "fpr"]
    for name in rates { #expect(abs(try rate(name, "large") - rate(name, "small")) < 1e-9) }
    #expect(report["before"]?["kind"] == "audit" && report["after"]?["kind"] == "audit")
    #expect(model.kind == "scores" && model.inputNames == ["s"])
  }

  @Test("Drawn decisions come as often as they should, and the same row gets the same one")
  func draws() throws {
    let (model, _) = try Self.given(
      #"{"method": "thresholds", "constraint": "equalized_odds", "randomized": true, "key": "id", "minimum_count": 1}"#
    )
    let rule = model.decision
    #expect(rule.draws)
    guard case .thresholds(let thresholds) = rule.adjustments[0].change else { return }
    // A score whose decision is random.
    let scores = try Self.ruledRows().column("s").numbers().array
    for group in 0...1 {
      let decision = try #require(thresholds.groups[group])
      guard let score = scores.first(where: { (0.05...0.95).contains(decision.probability($0)) }) else {
        continue
      }
      let people = 20_000
      let rows = try Dataset([
        Column(name: "id", integers: (0..<people).map { Int64($0) }),
        Column(name: "s", values: .float32(Buffer(copying: [Float](repeating: score, count: people)))),
        Column(name: "g", texts: [String](repeating: group == 0 ? "large" : "small", count: people)),
      ])
      let labels = try model.predicted("label", on: rows)
      let share = Double(labels.reduce(0, +)) / Double(people)
      let p = decision.probability(score)
      // Four standard errors.
      #expect(abs(share - p) < 4 * (p * (1 - p) / Double(people)).squareRoot())
      let reversed = Array((0..<people).reversed())
      #expect(try model.predicted("label", on: rows.selecting(rows: reversed)) == labels.reversed())
    }
  }

  // MARK: Agreement

  /// Methods for which all parts of the library must decide alike, for a model with two classes.
  static let methods: [String] = [
    #"{"method": "thresholds", "constraint": "demographic_parity", "tolerance": 0.02}"#,
    #"{"method": "thresholds", "constraint": "equal_opportunity", "tolerance": 0.05, "objective": "balanced_accuracy"}"#,
    #"{"method": "thresholds", "constraint": "predictive_parity", "tolerance": 0.1}"#,
    #"{"method": "thresholds", "constraint": "equalized_odds", "randomized": true, "seed": 3}"#,
    #"{"method": "thresholds", "constraint": "equalized_odds", "tolerance": 0.04}"#,
    #"{"method": "thresholds", "constraint": "equalized_odds", "tolerance": 0.04, "randomized": true, "attribute": ["sex", "race"]}"#,
    #"{"method": "thresholds", "constraint": "none", "objective": "cost", "costs": [[0, 1], [4, 0]]}"#,
    #"{"method": "thresholds", "constraint": "equal_opportunity", "tolerance": 0.05, "objective": "precision_at_k", "selected": 0.2}"#,
    #"{"method": "minimum_rates", "rate": "tpr", "minimum": 0.85}"#,
    #"{"method": "reject_option", "constraint": "demographic_parity", "tolerance": 0.05}"#,
    #"{"method": "calibration", "kind": "platt"}"#,
    #"{"method": "calibration", "kind": "isotonic", "attribute": "sex"}"#,
    #"{"method": "calibration", "kind": "beta"}, {"method": "thresholds", "constraint": "accuracy_parity", "tolerance": 0.05}"#,
    #"{"method": "calibration", "kind": "venn_abers", "attribute": "sex"}"#,
    #"{"method": "calibration", "kind": "histogram"}"#,
    #"{"method": "score_repair", "strength": 0.7}, {"method": "calibration", "kind": "temperature"}"#,
    #"{"method": "calibration", "kind": "platt", "attribute": "sex"}, {"method": "calibrated_equalized_odds", "cost": "fpr", "seed": 5}"#,
    #"{"method": "thresholds", "tolerance": 0.05}, {"method": "conformal", "attribute": "sex", "sets": "adaptive"}, {"method": "reranking", "query": "town", "algorithm": "fa_ir", "protected": ["f"]}"#,
    #"{"method": "score_repair"}, {"method": "thresholds", "constraint": "false_omission_parity", "tolerance": 0.1}"#,
  ]

  static let base: (model: Model, rows: Dataset)? = {
    guard let rows = try? SyntheticTable.biased(rows: 500),
      let model = try? Model.make(#"{"kind": "logistic"}"#).tuned(
        on: rows,
        #"{"data": {"label": "y", "sensitive": ["sex", "race"], "exclude": ["town"]}, "train": {"epochs": 2}}"#
      ).model
    else { return nil }
    return (model, rows)
  }()

  @Test(
    "An adjusted model's labels, its audit, its analyses, an auditor and the audit of its predictions agree",
    arguments: methods)
  func agreement(methods: String) throws {
    let (base, rows) = try #require(Self.base)
    let (model, report) = try Self.adjusted(base, on: rows, #"{"adjust": [\#(methods)]}"#)
    var options = PredictOptions()
    options.keep = ["y", "sex"]
    let predictions = try model.predict(rows, options)
    let labels = try predictions.column("label").numbers().array
    let expected = Double(labels.reduce(0, +)) / Double(labels.count)
    #expect(expected > 0.05 && expected < 0.95)
    let own = try audit(
      model, on: rows,
      AuditConfig(json: #"{"by": ["sex"], "subgroups": {}, "metrics": ["selection_rate", "auc"]}"#))
    let ofPredictions = try audit(
      nil, on: predictions,
      AuditConfig(
        json:
          #"{"data": {"label": "y", "prediction": "label", "score": "score", "sensitive": ["sex"]}, "metrics": ["selection_rate", "auc"], "subgroups": {}}"#
      ))
    #expect(own["attributes"] == ofPredictions["attributes"] && own["overall"] == ofPredictions["overall"])
    #expect(own["subgroups"]?["intersections"]?[0] == ofPredictions["subgroups"]?["intersections"]?[0])
    let auditor = try Auditor(
      AuditConfig(json: #"{"data": {"label": "y", "sensitive": ["sex"]}, "metrics": ["selection_rate"]}"#))
    for part in [0..<200, 200..<500] {
      try auditor.update(rows.selecting(rows: Array(part)), decidedBy: model)
    }
    for found in [own, ofPredictions, try auditor.report(), try #require(report["after"])] {
      #expect(abs(try #require(number(found, "overall", "selection_rate")) - expected) < 1e-12)
    }
  }

  @Test("A saved and reopened model decides as before: directory, memory, ONNX", arguments: methods)
  func saving(methods: String) throws {
    let (base, rows) = try #require(Self.base)
    let (model, _) = try Self.adjusted(base, on: rows, #"{"adjust": [\#(methods)]}"#)
    let folder = try TemporaryDirectory()
    let (scores, labels) = (try model.predicted(on: rows), try model.predicted("label", on: rows))
    for path in [folder.path + "/model", folder.path + "/model.onnx"] {
      try model.save(path: path)
      let loaded = try Model.load(path: path)
      #expect(try loaded.predicted("label", on: rows) == labels)
      #expect(try loaded.predicted(on: rows) == scores)
      #expect(loaded.adjustments == model.adjustments)
      for further in try model.predict(rows).names where further == "rank" || further.hasPrefix("set_") {
        #expect(try loaded.predicted(further, on: rows) == model.predicted(further, on: rows))
      }
    }
    let (pointer, count) = try model.saved()
    defer { pointer.deallocate() }
    let loaded = try Model.load(bytes: UnsafeRawBufferPointer(start: pointer, count: count))
    #expect(try loaded.predicted("label", on: rows) == labels)
  }

  @Test("Adjustments replace the model's earlier ones, and no weight changes")
  func again() throws {
    let (base, rows) = try #require(Self.base)
    let first = try Self.adjusted(base, on: rows, #"{"adjust": [\#(Self.methods[0])]}"#).model
    let second = try Self.adjusted(first, on: rows, #"{"adjust": [\#(Self.methods[9])]}"#).model
    let alone = try Self.adjusted(base, on: rows, #"{"adjust": [\#(Self.methods[9])]}"#).model
    #expect(try second.predicted(on: rows) == alone.predicted(on: rows))
    #expect(second.adjustments == alone.adjustments && first.adjustments != second.adjustments)
    #expect(try second.weights() == base.weights() && base.adjustments.isEmpty)
  }

  // MARK: Groups and keys

  @Test("Rows of unknown groups are decided by the pooled rule, or refused; a missing column is an error")
  func unknownGroups() throws {
    let data = #""data": {"label": "y", "score": "s", "sensitive": ["g"]}"#
    func model(_ choice: String) throws -> Model {
      try Self.adjusted(
        nil, on: Self.ruledRows(),
        #"{\#(data), "adjust": [{"method": "thresholds", "tolerance": 0.1, "minimum_count": 10, "unknown_group": "\#(choice)"}]}"#
      ).model
    }
    let rows = try Dataset([
      Column(name: "s", numbers: [0.05, 0.5, 0.99]), Column(name: "g", texts: ["new", nil, "new"]),
    ])
    let pooled = try model("pooled")
    guard case .thresholds(let thresholds) = pooled.decision.adjustments[0].change else { return }
    let threshold = thresholds.pooled.thresholds.first
    let expected: [Float] = [0.05, 0.5, 0.99].map { (score: Float) in score >= threshold ? 1 : 0 }
    #expect(try pooled.predicted("label", on: rows) == expected)
    let refusal = #expect(throws: Failure.self) { try model("refuse").predict(rows) }
    #expect(refusal?.location == "g" && refusal?.message.contains("\"new\"") == true)
    let missing = #expect(throws: Failure.self) { try pooled.predict(rows.selecting(columns: ["s"])) }
    #expect(missing?.kind == .invalidData && missing?.location == "g")
  }

  @Test("A group of too few rows is treated like an unknown one, and the report says so")
  func smallGroups() throws {
    let (model, report) = try Self.given(#"{"method": "thresholds", "tolerance": 0.1, "minimum_count": 25}"#)
    guard case .thresholds(let thresholds) = model.decision.adjustments[0].change else { return }
    #expect(thresholds.groups[0] != nil && thresholds.groups[1] == nil)
    #expect(report["methods"]?[0]?["groups"]?[1]?["unknown_because"]?.string?.contains("20 rows") == true)
    #expect(report["notes"]?.array?.contains { $0.string?.contains("\"small\"") == true } == true)
  }

  @Test(
    "Rows of numbers with groups and keys are decided like a dataset's rows; without them there is an error")
  func flat() throws {
    let (base, rows) = try #require(Self.base)
    // Numbers that 32-bit floats represent exactly, because flat rows have this type.
    let columnsOfRows = try rows.columns.map { column -> Column in
      guard case .float64 = column.values else { return column }
      return try Column(name: column.name, values: .float32(column.numbers()))
    }
    let ids = try Dataset(
      columnsOfRows + [Column(name: "id", integers: (0..<500).map { Int64($0 * 31 - 7) })])
    let (model, _) = try Self.adjusted(
      base, on: ids,
      #"{"adjust": [{"method": "score_repair", "strength": 0.5}, {"method": "thresholds", "constraint": "equalized_odds", "randomized": true, "key": "id"}]}"#
    )
    let expected = (try model.predicted(on: ids), try model.predicted("label", on: ids))
    let known = model.adjustments.attributes[0].groups
    let sexes = try ids.column("sex").categories()
    let groups = sexes.codes.array.map { Int32(known.firstIndex(of: sexes.names[Int($0)]) ?? -1) }
    let keys = (0..<500).map { UInt64(bitPattern: Int64($0 * 31 - 7)) }
    // The columns of the model's inputs as numbers.
    let names = model.inputNames
    var features: [Float] = []
    let columns = try names.map { name -> [Float] in
      let column = try ids.column(name)
      return column.isNumeric
        ? try column.numbers().array : try column.categories().codes.array.map { $0 < 0 ? .nan : Float($0) }
    }
    for row in 0..<500 { for column in columns { features.append(column[row]) } }
    var (scores, labels) = ([Float](repeating: 0, count: 500), [Int32](repeating: 9, count: 500))
    try model.decide(
      features: features, rows: 500, columns: names.count, groups: groups, keys: keys, scores: &scores,
      scoreCount: 500, labels: &labels, labelCount: 500)
    #expect(scores == expected.0 && labels.map { Float($0) } == expected.1)
    for (own, given, place) in [(nil, keys, "groups"), (groups, nil, "keys")]
      as [([Int32]?, [UInt64]?, String)]
    {
      let failure = #expect(throws: Failure.self) {
        try model.decide(
          features: features, rows: 1, columns: names.count, groups: own, keys: given, scores: &scores,
          scoreCount: 1, labels: &labels, labelCount: 1)
      }
      #expect(failure?.kind == .invalidArgument && failure?.location == place)
    }
    let failure = #expect(throws: Failure.self) {
      try model.predict(features: features, rows: 1, columns: names.count, scores: &scores, scoreCount: 1)
    }
    #expect(failure?.kind == .invalidArgument && failure?.message.contains("eqp_decide_f32") == true)
  }

  // MARK: Scores

  @Test(
    "Several classes are calibrated: shares add up to 1, the loss falls, a temperature keeps the decisions")
  func severalClasses() throws {
    let rows = try SyntheticTable.classes(rows: 600)
    let (base, _) = try Model.make(#"{"kind": "logistic"}"#).tuned(
      on: rows,
      #"{"data": {"label": "colour", "include": ["x1", "x2"], "sensitive": ["sex"]}, "train": {"epochs": 1}}"#
    )
    func loss(_ model: Model) throws -> Double {
      let predictions = try model.predict(rows)
      let names = try rows.column("colour").categories()
      return try (0..<600).reduce(0) { sum, row in
        let name = names.names[Int(names.codes.pointer[row])]
        return sum - log(max(1e-6, Double(try predictions.column("score_\(name)").numbers().array[row])))
          / 600
      }
    }
    let before = try loss(base)
    for kind in ["temperature", "platt", "isotonic", "venn_abers"] {
      let (model, report) = try Self.adjusted(
        base, on: rows, #"{"adjust": [{"method": "calibration", "kind": "\#(kind)", "attribute": "sex"}]}"#)
      let predictions = try model.predict(rows)
      let columns = try ["red", "green", "blue"].map { try predictions.column("score_\($0)").numbers().array }
      for row in 0..<600 { #expect(abs(columns[0][row] + columns[1][row] + columns[2][row] - 1) < 1e-5) }
      #expect(try loss(model) < before)
      if kind == "temperature" {
        #expect(
          try predictions.column("label").categories().codes.array
            == base.predict(rows).column("label").categories().codes.array)
      }
      #expect(number(report, "decisions_changed", "overall", "rows") == 600)
    }
    let failure = #expect(throws: Failure.self) {
      try Self.adjusted(base, on: rows, #"{"adjust": [{"method": "thresholds"}]}"#)
    }
    #expect(failure?.kind == .unsupported && failure?.location == "/adjust/0")
  }

  @Test("The values of a regression are moved to one distribution in all groups")
  func regression() throws {
    var random = RandomStream(seed: 4)
    let groups = (0..<900).map { $0 % 3 == 0 ? "a" : "b" }
    let values = groups.map { group -> Double in
      let draw: Double = random.uniform()
      return group == "a" ? 3 + draw : 2 * draw
    }
    let rows = try Dataset([
      Column(name: "v", numbers: values), Column(name: "g", texts: groups),
      Column(name: "y", numbers: values.map { $0 + 0.1 }),
    ])
    let (model, report) = try Self.adjusted(
      nil, on: rows,
      #"{"task": "regression", "data": {"label": "y", "score": "v", "sensitive": ["g"]}, "adjust": [{"method": "score_repair"}]}"#
    )
    let moved = try model.predicted(on: rows)
    for share in [0.1, 0.5, 0.9] {
      let quantiles = ["a", "b"].map { group -> Float in
        let own = zip(moved, groups).filter { $0.1 == group }.map(\.0).sorted()
        return own[Int(share * Double(own.count - 1))]
      }
      // The mean of the quantiles, weighted by the groups' shares: 1/3 (3 + q) + 2/3 · 2 q.
      #expect(abs(quantiles[0] - quantiles[1]) < 0.02)
      let target: Double = (3 + share) / 3 + 4 * share / 3
      #expect(abs(Double(quantiles[0]) - target) < 0.1)
    }
    #expect(report["task"] == "regression" && report["decisions_changed"] == .null)
    let unlabelled = try Self.adjusted(
      nil, on: rows.selecting(columns: ["v", "g"]),
      #"{"task": "regression", "data": {"score": "v", "sensitive": ["g"]}, "adjust": [{"method": "score_repair"}]}"#
    )
    #expect(try unlabelled.model.predicted(on: rows) == moved)
  }

  // MARK: After a tuning

  @Test("\"after\" of a tuning adjusts by the validation rows, as eqp_model_adjust does of the tuned model")
  func afterTuning() throws {
    let rows = try SyntheticTable.biased(rows: 600)
    let (train, held) = (
      try rows.selecting(rows: Array(0..<400)), try rows.selecting(rows: Array(400..<600))
    )
    let shared =
      #""data": {"label": "y", "sensitive": ["sex"], "exclude": ["race", "town"]}, "train": {"epochs": 3, "seed": 4}"#
    let methods =
      #"[{"method": "calibration", "kind": "platt"}, {"method": "thresholds", "tolerance": 0.02}]"#
    let fresh = try Model.make(#"{"kind": "logistic"}"#)
    let (model, report) = try fresh.tuned(on: train, validation: held, #"{\#(shared), "after": \#(methods)}"#)
    let (plain, plainReport) = try fresh.tuned(on: train, validation: held, #"{\#(shared)}"#)
    let (adjusted, adjustment) = try Self.adjusted(plain, on: held, #"{"adjust": \#(methods)}"#)
    #expect(model.adjustments == adjusted.adjustments)
    #expect(try model.predicted(on: rows) == adjusted.predicted(on: rows))
    #expect(report["before"] == plainReport["before"])
    #expect(report["adjusted"]?["decisions_changed"] == adjustment["decisions_changed"])
    #expect(report["after"]?["attributes"] == adjustment["after"]?["attributes"])
    #expect(report["after"]?["overall"] != plainReport["after"]?["overall"])
    #expect(
      try #require(number(report, "after", "attributes", "0", "fairness", "demographic_parity_difference"))
        <= 0.02)

    // A tenth is set aside; of fewer than 20 rows nothing is.
    let (own, _) = try fresh.tuned(
      on: rows, #"{\#(shared), "after": [{"method": "thresholds", "minimum_count": 5}]}"#)
    #expect(!own.adjustments.isEmpty)
    let few = #expect(throws: Failure.self) {
      try fresh.tuned(on: rows.selecting(rows: Array(0..<15)), #"{\#(shared), "after": \#(methods)}"#)
    }
    #expect(few?.location == "/after")
    let wrong = #expect(throws: Failure.self) {
      try fresh.tuned(on: rows, #"{\#(shared), "after": [{"method": "thresholds", "attribute": "x1"}]}"#)
    }
    #expect(wrong?.location == "/after/0/attribute")
  }
}
