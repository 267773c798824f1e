import Datasets
import Equipoise
import Fairness
import Platform
import Testing

@testable import Models

@Suite("Conformal prediction of models")
struct ConformalTests {
  /// y = s + noise, which is three times as large in the second group; "low" and "high" are s - 1 and s + 1.
  private static func values(_ count: Int, seed: UInt64) throws -> Dataset {
    var random = RandomStream(seed: seed)
    var columns: [[Double]] = [[], [], [], []]
    for row in 0..<count {
      let score = 10 * random.uniform()
      columns[0].append(score)
      columns[1].append(score + random.normal() * (row % 3 == 0 ? 3 : 1))
      columns[2].append(score - 1)
      columns[3].append(score + 1)
    }
    return try Dataset(
      zip(["s", "y", "low", "high"], columns).map { try Column(name: $0, numbers: $1) } + [
        Column(name: "g", texts: (0..<count).map { $0 % 3 == 0 ? "b" : "a" })
      ])
  }

  private static func model(_ settings: String, rows: Int = 3000) throws -> Model {
    try AdjustTests.adjusted(
      nil, on: values(rows, seed: 5),
      #"{"data": {"label": "y", "score": "s", "sensitive": ["g"]}, "task": "regression", "adjust": [{"method": "conformal"\#(settings)}]}"#
    ).model
  }

  private static func audited(_ model: Model, _ rows: Dataset) throws -> (
    overall: Double, groups: [Double], widths: [Double]
  ) {
    let section = try #require(audit(model, on: rows, AuditConfig(json: "{}"))["prediction_sets"])
    let groups = section["attributes"]?[0]?["groups"]?.array ?? []
    return (
      try #require(number(section, "coverage")), groups.compactMap { number($0, "coverage") },
      groups.compactMap { number($0, "mean_width") ?? number($0, "mean_size") }
    )
  }

  @Test("Intervals have the coverage that was asked overall, or in every group, for new rows (simulation)")
  func intervals() throws {
    let fresh = try Self.values(6000, seed: 6)
    let all = try Self.audited(try Self.model(#", "coverage": 0.9"#), fresh)
    // Four standard errors of the 3,000 rows and the 6,000 rows together.
    #expect(abs(all.overall - 0.9) < AbstentionTests.fourErrors(0.9, 3000, 6000))
    #expect(all.groups[0] - all.groups[1] > 0.15 && abs(all.widths[0] - all.widths[1]) < 1e-9)
    let each = try Self.audited(try Self.model(#", "coverage": 0.9, "attribute": "g""#), fresh)
    for (coverage, size) in zip(each.groups, [2.0, 1.0]) {
      #expect(abs(coverage - 0.9) < AbstentionTests.fourErrors(0.9, 1000 * size, 2000 * size))
    }
    // ±1.645 standard deviations of normal noise of 1 and 3.
    #expect(abs(each.widths[0] - 2 * 1.645) < 0.25 && abs(each.widths[1] - 6 * 1.645) < 1)
  }

  @Test(
    "Intervals from two columns of predicted quantiles reach the coverage, and need the columns in prediction"
  )
  func quantiles() throws {
    let model = try Self.model(
      #", "coverage": 0.8, "attribute": "g", "lower": "low", "upper": "high""#)
    let fresh = try Self.values(6000, seed: 7)
    for (coverage, size) in zip(try Self.audited(model, fresh).groups, [2.0, 1.0]) {
      #expect(abs(coverage - 0.8) < AbstentionTests.fourErrors(0.8, 1000 * size, 2000 * size))
    }
    let missing = #expect(throws: Failure.self) {
      try model.predict(fresh.selecting(columns: ["s", "g", "low"]))
    }
    #expect(missing?.location == "high")
    let folder = try TemporaryDirectory()
    try model.save(path: folder.path + "/model")
    let loaded = try Model.load(path: folder.path + "/model")
    #expect(loaded.adjustments == model.adjustments)
    for name in ["lower", "upper"] {
      #expect(try loaded.predicted(name, on: fresh) == model.predicted(name, on: fresh))
    }
    // A record of such intervals without both columns is refused.
    for names: JSONValue in [["low"], [1, 2], .null] {
      let decision: JSONValue = [
        "attributes": .array(model.adjustments.attributes.map(\.json)),
        "adjustments": .array(model.adjustments.steps.map(\.json)), "quantiles": names,
      ]
      #expect(throws: Failure.self) { try ModelAdjustments(decision: decision, width: 1) }
    }
  }

  @Test(
    "Sets of classes have the coverage on new rows, and decisions do not change",
    arguments: ["smallest", "adaptive"])
  func classes(kind: String) throws {
    let rows = try SyntheticTable.classes(rows: 1200)
    let (base, _) = try Model.make(#"{"kind": "logistic"}"#).tuned(
      on: rows.selecting(rows: Array(0..<400)),
      #"{"data": {"label": "colour", "include": ["x1", "x2"], "sensitive": ["sex"]}, "train": {"epochs": 1}}"#
    )
    let (model, report) = try AdjustTests.adjusted(
      base, on: rows.selecting(rows: Array(400..<800)),
      #"{"adjust": [{"method": "conformal", "coverage": 0.9, "sets": "\#(kind)"}]}"#)
    let fresh = try rows.selecting(rows: Array(800..<1200))
    let (before, predictions) = (try base.predict(fresh), try model.predict(fresh))
    let truth = try fresh.column("colour").categories()
    let sets = try model.classLabels.map { try predictions.column("set_\($0)").numbers().array }
    let covered = (0..<400).count { row in
      let name = truth.names[Int(truth.codes.pointer[row])]
      return sets[model.classLabels.firstIndex(of: name) ?? 0][row] == 1
    }
    let found = try Self.audited(model, fresh)
    #expect(found.overall == Double(covered) / 400)
    #expect(found.overall > 0.9 - AbstentionTests.fourErrors(0.9, 400, 400))
    #expect(found.widths.allSatisfy { $0 > 0.8 && $0 < 3 })
    let labels = (try before.column("label").categories(), try predictions.column("label").categories())
    #expect(labels.0.names == labels.1.names && labels.0.codes.array == labels.1.codes.array)
    #expect(report["methods"]?[0]?["kind"]?.string == kind)
    #expect(number(report, "decisions_changed", "overall", "changed") == 0)
  }

  @Test("Two classes from one score: 0.9 of new rows have their label in the set")
  func twoClasses() throws {
    let (model, _) = try AdjustTests.adjusted(
      nil, on: AbstentionTests.rows(2000, seed: 8),
      #"{"data": {"label": "y", "score": "s", "sensitive": ["g"]}, "adjust": [{"method": "thresholds", "tolerance": 0.1}, {"method": "conformal", "attribute": "g"}]}"#
    )
    let fresh = try AbstentionTests.rows(4000, seed: 9)
    for coverage in try Self.audited(model, fresh).groups {
      #expect(abs(coverage - 0.9) < AbstentionTests.fourErrors(0.9, 660, 1330))
    }
    #expect(try model.predict(fresh).names.suffix(2) == ["set_0", "set_1"])
  }

  @Test("Rows of numbers are decided by the groups of the decision alone, without those of the sets")
  func flat() throws {
    let (model, _) = try AdjustTests.adjusted(
      nil,
      on: Dataset(
        AbstentionTests.rows(2000, seed: 8).columns + [
          Column(name: "h", texts: (0..<2000).map { $0 % 2 == 0 ? "u" : "v" })
        ]),
      #"{"data": {"label": "y", "score": "s", "sensitive": ["g", "h"]}, "adjust": [{"method": "thresholds", "tolerance": 0.02, "attribute": "g"}, {"method": "conformal", "attribute": "h"}]}"#
    )
    let fresh = try AbstentionTests.rows(300, seed: 9)
    let (values, groups) = (try fresh.column("s").numbers().array, try fresh.column("g").categories())
    let known = model.adjustments.attributes[0].groups
    let codes = groups.codes.array.map { Int32(known.firstIndex(of: groups.names[Int($0)]) ?? -1) }
    var (scores, labels) = ([Float](repeating: 0, count: 300), [Int32](repeating: 9, count: 300))
    try model.decide(
      features: values, rows: 300, columns: 1, groups: codes, scores: &scores, scoreCount: 300,
      labels: &labels, labelCount: 300)
    let table = try Dataset(
      fresh.columns + [Column(name: "h", texts: [String?](repeating: "u", count: 300))])
    #expect(try model.predicted("label", on: table) == labels.map { Float($0) })
  }

  @Test("Too few rows for a coverage, one quantile, and quantiles of classes are refused")
  func refusals() throws {
    let few = #expect(throws: Failure.self) { try Self.model(#", "coverage": 0.99"#, rows: 98) }
    #expect(few?.kind == .invalidData && few?.message.contains("99 rows") == true)
    _ = try Self.model(#", "coverage": 0.99"#, rows: 99)
    let one = #expect(throws: Failure.self) { try Self.model(#", "lower": "low""#) }
    #expect(one?.location == "/adjust/0/upper")
    let unknown = #expect(throws: Failure.self) { try Self.model(#", "lower": "low", "upper": "hihg""#) }
    #expect(unknown?.location == "/adjust/0/upper" && unknown?.message.contains("high") == true)
    let classes = #expect(throws: Failure.self) {
      try AdjustTests.adjusted(
        nil, on: AbstentionTests.rows(300, seed: 1),
        #"{"data": {"label": "y", "score": "s"}, "adjust": [{"method": "conformal", "lower": "s", "upper": "s"}]}"#
      )
    }
    #expect(classes?.location == "/adjust/0/lower")
  }
}
