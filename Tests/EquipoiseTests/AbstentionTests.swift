import Datasets
import Equipoise
import Fairness
import Platform
import Testing

@testable import Models

@Suite("Models that abstain")
struct AbstentionTests {
  /// Scores of two groups; those of the second are nearer to 1/2, so that it gets fewer answers at one threshold.
  static func rows(_ count: Int, seed: UInt64) throws -> Dataset {
    var random = RandomStream(seed: seed)
    var (scores, labels, groups): ([Double], [Int64], [String]) = ([], [], [])
    for row in 0..<count {
      let isFirst = row % 3 != 0
      let score = 0.5 + (random.uniform() - 0.5) * (isFirst ? 1 : 0.6)
      scores.append(score)
      labels.append(random.uniform() < score ? 1 : 0)
      groups.append(isFirst ? "a" : "b")
    }
    return try Dataset([
      Column(name: "s", numbers: scores), Column(name: "y", integers: labels),
      Column(name: "g", texts: groups),
    ])
  }

  /// Four standard errors of a share that varies with several sets of rows.
  static func fourErrors(_ share: Double, _ sizes: Double...) -> Double {
    4 * sizes.reduce(0) { $0 + share * (1 - share) / $1 }.squareRoot()
  }

  private static let data = #""data": {"label": "y", "score": "s", "sensitive": ["g"]}"#

  private static func model(_ methods: String) throws -> (model: Model, report: JSONValue) {
    try AdjustTests.adjusted(nil, on: rows(3000, seed: 1), #"{\#(data), "adjust": [\#(methods)]}"#)
  }

  /// The shares of rows with an answer, by group.
  private static func coverage(_ predictions: Dataset) throws -> [String: Double] {
    let (labels, groups) = (try predictions.column("label"), try predictions.column("g").categories())
    var counts: [String: (answered: Double, all: Double)] = [:]
    for row in 0..<predictions.rows {
      let name = groups.names[Int(groups.codes.pointer[row])]
      counts[name, default: (0, 0)].all += 1
      if !labels.isMissing(row) { counts[name, default: (0, 0)].answered += 1 }
    }
    return counts.mapValues { $0.answered / $0.all }
  }

  private static func predicted(_ model: Model, _ rows: Dataset) throws -> Dataset {
    var options = PredictOptions()
    options.keep = ["y", "g"]
    return try model.predict(rows, options)
  }

  @Test(
    "New rows get the share of answers that was asked: overall with a gap, or in every group (simulation)")
  func coverage() throws {
    let fresh = try Self.rows(6000, seed: 2)
    let overall = try Self.coverage(
      Self.predicted(Self.model(#"{"method": "abstention", "coverage": 0.7}"#).model, fresh))
    let (a, b) = (try #require(overall["a"]), try #require(overall["b"]))
    // Both the 3,000 rows and the 6,000 rows vary: four standard errors.
    let mean = (a * 2 + b) / 3
    #expect(abs(mean - 0.7) < Self.fourErrors(0.7, 3000, 6000))
    #expect(a - b > 0.15)
    let each = try Self.coverage(
      Self.predicted(
        Self.model(#"{"method": "abstention", "coverage": 0.7, "attribute": "g"}"#).model, fresh))
    for (group, size) in [("a", 2.0), ("b", 1.0)] {
      let own = try #require(each[group])
      #expect(abs(own - 0.7) < Self.fourErrors(0.7, 1000 * size, 2000 * size))
    }
  }

  @Test("The audit of a model and of its predictions count the rows without an answer and measure the others")
  func audits() throws {
    let (model, report) = try Self.model(
      #"{"method": "thresholds", "tolerance": 0.05}, {"method": "abstention", "coverage": 0.8}"#)
    let fresh = try Self.rows(1500, seed: 3)
    let predictions = try Self.predicted(model, fresh)
    let labels = try predictions.column("label")
    let answered = (0..<1500).filter { !labels.isMissing($0) }
    let (truth, decided) = (
      try predictions.column("y").numbers().array, try labels.numbers().array
    )
    let right = Double(answered.count { truth[$0] == decided[$0] }) / Double(answered.count)
    let own = try audit(
      model, on: fresh, AuditConfig(json: #"{"metrics": ["accuracy", "selection_rate"], "subgroups": {}}"#))
    #expect(number(own, "rows") == Double(answered.count))
    #expect(abs(try #require(number(own, "overall", "accuracy")) - right) < 1e-12)
    let section = try #require(own["abstention"])
    #expect(number(section, "rows") == 1500 && number(section, "answered") == Double(answered.count))
    #expect(abs(try #require(number(section, "accuracy")) - right) < 1e-12)
    let groups = section["attributes"]?[0]?["groups"]?.array ?? []
    #expect(groups.map { $0["group"]?.string } == ["a", "b"])
    let coverage = try Self.coverage(predictions)
    #expect(groups.map { number($0, "coverage") } == [coverage["a"], coverage["b"]])
    #expect(own["notes"]?.array?.contains { $0.string?.contains("have no answer") == true } == true)

    let json =
      #"{"data": {"label": "y", "prediction": "label", "score": "score", "sensitive": ["g"], "missing_predictions": "abstained"}, "metrics": ["accuracy", "selection_rate"], "subgroups": {}}"#
    let ofPredictions = try audit(nil, on: predictions, AuditConfig(json: json))
    for key in ["overall", "attributes", "abstention", "rows"] { #expect(own[key] == ofPredictions[key]) }
    #expect(own["subgroups"]?["intersections"] == ofPredictions["subgroups"]?["intersections"])
    let refused = #expect(throws: Failure.self) {
      try audit(
        nil, on: predictions,
        AuditConfig(json: #"{"data": {"label": "y", "prediction": "label", "sensitive": ["g"]}}"#))
    }
    #expect(refused?.location == "label")
    #expect(abs(try #require(number(report, "methods", "1", "answered")) - 0.8) < 0.01)
    // The report of the adjustment has the same section, and counts the withheld decisions.
    #expect(number(report, "after", "abstention", "rows") == 3000 && report["changes"] == .null)
    #expect((number(report, "decisions_changed", "overall", "withheld") ?? 0) > 500)
  }

  @Test("With intervals, tests, weights and conditions, an audit is that of the answered rows alone")
  func everything() throws {
    let (model, _) = try Self.model(#"{"method": "abstention", "coverage": 0.7}"#)
    let fresh = try Self.rows(300, seed: 11)
    let weighted = try Dataset(
      fresh.columns + [
        Column(name: "w", numbers: (0..<300).map { Double(1 + $0 % 3) }),
        Column(name: "h", texts: (0..<300).map { $0 % 5 < 2 ? "u" : "v" }),
      ])
    let labels = try model.predict(weighted).column("label")
    let answered = (0..<300).filter { !labels.isMissing($0) }
    for weight in ["", #", "weight": "w""#] {
      let config = try AuditConfig(
        json:
          #"{"data": {"label": "y", "sensitive": ["g"]\#(weight)}, "conditional_on": ["h"], "intervals": {"replicates": 40}, "curves": true, "individual": {"neighbours": 3}, "subgroups": {}, "ranking": {}}"#
      )
      let all = try audit(model, on: weighted, config)
      let own = try audit(model, on: weighted.selecting(rows: answered), config)
      for key in [
        "rows", "overall", "overall_intervals", "attributes", "confusion", "curves", "individual",
        "subgroups",
        "ranking",
      ] {
        #expect(all[key] == own[key] && all[key] != nil, "\(key)")
      }
      #expect(all["abstention"] != nil && own["abstention"] == nil)
    }
  }

  @Test("An auditor counts the rows without an answer, also when it is saved, merged and subtracted from")
  func auditors() throws {
    let (model, _) = try Self.model(#"{"method": "abstention", "coverage": 0.8}"#)
    let fresh = try Self.rows(900, seed: 4)
    let config = #"{"data": {"label": "y", "sensitive": ["g"]}, "metrics": ["accuracy"]}"#
    func auditor(_ parts: [Range<Int>]) throws -> Auditor {
      let own = try Auditor(AuditConfig(json: config))
      for part in parts { try own.update(fresh.selecting(rows: Array(part)), decidedBy: model) }
      return own
    }
    let whole = try audit(model, on: fresh, AuditConfig(json: #"{"metrics": ["accuracy"]}"#))
    let merged = try auditor([0..<400])
    try merged.merge(auditor([400..<900]))
    let bytes = merged.save()
    let restored = try bytes.withUnsafeBytes { try Auditor(restoring: $0) }
    for own in [merged, restored] {
      let report = try own.report()
      #expect(report["overall"] == whole["overall"])
      #expect(number(report, "abstention", "rows") == 900)
      #expect(number(report, "abstention", "answered") == number(whole, "abstention", "answered"))
    }
    // A batch without any answer is counted too.
    let unsure = try Dataset([
      Column(name: "s", numbers: [0.5, 0.5]), Column(name: "y", integers: [0, 1]),
      Column(name: "g", texts: ["a", "b"]),
    ])
    let further = try auditor([0..<400])
    try further.update(unsure, decidedBy: model)
    #expect(try number(further.report(), "abstention", "rows") == 402)
    try merged.subtract(auditor([400..<900]))
    #expect(try number(merged.report(), "abstention", "rows") == 400)
  }

  @Test(
    "A model of several classes abstains; saved and reopened, and with rows of numbers, it answers the same")
  func classes() throws {
    let rows = try SyntheticTable.classes(rows: 600)
    let (base, _) = try Model.make(#"{"kind": "logistic"}"#).tuned(
      on: rows,
      #"{"data": {"label": "colour", "include": ["x1", "x2"], "sensitive": ["sex"]}, "train": {"epochs": 1}}"#
    )
    let (model, _) = try AdjustTests.adjusted(
      base, on: rows, #"{"adjust": [{"method": "abstention", "coverage": 0.6}]}"#)
    let labels = try model.predict(rows).column("label")
    let missing = (0..<600).map { labels.isMissing($0) }
    #expect((200...240).contains(missing.count { $0 }))
    let report = try audit(model, on: rows, AuditConfig(json: #"{"metrics": ["accuracy"]}"#))
    let before = try audit(base, on: rows, AuditConfig(json: #"{"metrics": ["accuracy"]}"#))
    #expect(
      try #require(number(report, "overall", "accuracy")) > #require(number(before, "overall", "accuracy")))
    let folder = try TemporaryDirectory()
    for path in [folder.path + "/model", folder.path + "/model.onnx"] {
      try model.save(path: path)
      let loaded = try Model.load(path: path)
      let again = try loaded.predict(rows).column("label")
      #expect((0..<600).map { again.isMissing($0) } == missing && loaded.adjustments == model.adjustments)
    }
    let columns = try ["x1", "x2"].map { try rows.column($0).numbers().array }
    let features = (0..<600).flatMap { row in columns.map { $0[row] } }
    var (scores, codes) = (
      [Float](repeating: 0, count: 600 * model.scoreCount), [Int32](repeating: 9, count: 600)
    )
    try model.decide(
      features: features, rows: 600, columns: 2, scores: &scores, scoreCount: scores.count, labels: &codes,
      labelCount: 600)
    #expect(codes.map { $0 == -1 } == missing)
    // An explicit threshold or output of logits leaves the number of rows as it is.
    #expect(try base.predict(rows).column("label").missingCount == 0)
  }

  @Test("A fine-tuning learns abstention and prediction sets from its validation rows (\"after\")")
  func afterTuning() throws {
    let rows = try SyntheticTable.biased(rows: 600)
    let (model, report) = try Model.make(#"{"kind": "logistic"}"#).tuned(
      on: rows, validation: SyntheticTable.biased(rows: 400),
      #"{"data": {"label": "y", "sensitive": ["sex"], "exclude": ["town"]}, "train": {"epochs": 2}, "after": [{"method": "abstention", "coverage": 0.75, "attribute": "sex"}, {"method": "conformal", "coverage": 0.9}]}"#
    )
    #expect(report["adjusted"]?["methods"]?.array?.count == 2)
    #expect(number(report, "after", "abstention", "rows") == 400)
    let predictions = try model.predict(rows)
    #expect((100...200).contains(try predictions.column("label").missingCount))
    #expect(predictions.names.suffix(2).allSatisfy { $0.hasPrefix("set_") })
  }

  @Test(
    "Values are not decided; methods in the wrong order are refused; a model without answers is not measured")
  func refusals() throws {
    let values = try Dataset([
      Column(name: "s", numbers: (0..<60).map { Double($0) / 7 }),
      Column(name: "y", numbers: (0..<60).map { Double($0) / 6 + 0.05 }),
    ])
    let failure = #expect(throws: Failure.self) {
      try AdjustTests.adjusted(
        nil, on: values,
        #"{"data": {"label": "y", "score": "s"}, "task": "regression", "adjust": [{"method": "abstention"}]}"#
      )
    }
    #expect(failure?.kind == .unsupported && failure?.location == "/adjust/0")
    let order = #expect(throws: Failure.self) {
      try Self.model(#"{"method": "abstention"}, {"method": "thresholds"}"#)
    }
    #expect(order?.location == "/adjust/0" && order?.message.contains("in this order") == true)
    // Two levels of confidence: 0.9 for a third of the rows, 0.6 for the others, of which all are answered.
    let levels = try Dataset([
      Column(name: "s", numbers: (0..<300).map { $0 % 3 == 0 ? 0.9 : 0.4 }),
      Column(name: "y", integers: (0..<300).map { $0 % 2 == 0 ? 1 : 0 }),
    ])
    let ties = try AdjustTests.adjusted(
      nil, on: levels,
      #"{"data": {"label": "y", "score": "s"}, "adjust": [{"method": "abstention", "coverage": 0.5}]}"#
    ).report
    #expect(number(ties, "methods", "0", "answered") == 1)
    #expect(ties["notes"]?.array?.contains { $0.string?.contains("as confident as") == true } == true)
    // All scores are 1/2, below the confidence that was learnt.
    let (model, _) = try Self.model(#"{"method": "abstention", "coverage": 0.5}"#)
    let unsure = try Dataset([
      Column(name: "s", numbers: [0.5, 0.5]), Column(name: "y", integers: [0, 1]),
      Column(name: "g", texts: ["a", "b"]),
    ])
    #expect(try model.predict(unsure).column("label").missingCount == 2)
    let none = #expect(throws: Failure.self) { try audit(model, on: unsure, AuditConfig(json: "{}")) }
    #expect(none?.kind == .invalidData && none?.message.contains("no row has an answer") == true)
  }
}
