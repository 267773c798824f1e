import Configurations
import Datasets
import Equipoise
import Fairness
import Platform
import Testing

@testable import Models

@Suite("Tuning by a reduction")
struct ReductionTuningTests {
  private static let data = #""data": {"label": "y", "sensitive": ["sex"], "exclude": ["town", "race"]}"#

  private static func tuned(
    _ reduction: String, objective: String = #""objective": "demographic_parity", "tolerance": 0.04"#,
    base: String = #"{"kind": "logistic"}"#, rows: Int = 3000,
    data: String = Self.data
  ) throws -> (model: Model, report: JSONValue) {
    try Model.make(base).tuned(
      on: SyntheticTable.biased(rows: rows),
      #"{\#(data), "fairness": [{\#(objective)}], "reduction": \#(reduction)}"#)
  }

  @Test("The leaves of LightGBM's model of Adult keep a tolerance without sex", .needsSharedData)
  func leaves() throws {
    let reference = try TreeTuningTests.reference.get()
    let train = try AdultRows.table("adult.data", by: reference).selecting(rows: Array(0..<8000))
    let base = try TreeModelTests.model("reference/tabular/adult-lightgbm.txt")
    let (model, report) = try base.tuned(
      on: train,
      #"{"data": {"label": "income", "sensitive": ["gender"], "exclude": ["sex"]}, "fairness": [{"objective": "demographic_parity", "tolerance": 0.03}], "reduction": {}}"#
    )
    #expect(try #require(number(report, "constraints", "0", "train", "gap")) <= 0.03 + 1e-6)
    let test = try AdultRows.table("adult.test", by: reference)
    let blind = try Dataset(rows: test.rows)
    for name in test.names where name != "sex" { try blind.add(test.column(name)) }
    let judged = try TreeTuningTests.judge(model, blind)
    #expect(judged.gap < 0.05 && judged.accuracy > 0.83, "\(judged)")
  }

  /// The largest minus the smallest share of positive decisions, by sex.
  private static func gap(_ model: Model, on rows: Dataset) throws -> Double {
    let labels = try model.predict(rows).column("label").numbers().array
    let sexes = try rows.column("sex")
    guard case .text(let texts) = sexes.values else { return .nan }
    func share(_ sex: String) -> Double {
      let own = labels.indices.filter { texts.string($0) == sex }
      return Double(own.filter { labels[$0] == 1 }.count) / Double(own.count)
    }
    return abs(share("m") - share("f"))
  }

  @Test(
    "The gap of decisions comes under the tolerance, on training rows and on new ones",
    arguments: [#"{"kind": "logistic"}"#, #"{"hidden": [16]}"#])
  func tolerance(base: String) throws {
    let (model, report) = try Self.tuned("{}", base: base)
    let constraint = try #require(report["constraints"]?[0])
    let before = try #require(number(constraint, "unconstrained"))
    let after = try #require(number(constraint, "train", "gap"))
    #expect(before > 0.2 && after <= 0.04 + 1e-6, "\(before), \(after)")
    // Two groups of about 1,350 training rows: the standard error of their gap is 0.019.
    let unseen = try SyntheticTable.biased(rows: 20_000, seed: 77)
    #expect(try Self.gap(model, on: unseen) < 0.04 + 2 * 0.019)
    #expect(try #require(number(report, "reduction", "trainings")) > 5)
    // The errors are about as few as those of a training with constraints.
    let (_, other) = try Model.make(base).tuned(
      on: SyntheticTable.biased(rows: 3000),
      #"{\#(Self.data), "fairness": [{"objective": "demographic_parity", "tolerance": 0.04}]}"#)
    let accuracy = try #require(number(report, "after", "overall", "accuracy"))
    let expected = try #require(number(other, "after", "overall", "accuracy"))
    #expect(accuracy > expected - 0.03, "\(accuracy), \(expected)")
  }

  @Test("Without a reduction, a network is about as accurate, where groups differ much")
  func candidates() throws {
    let rows = try SyntheticTable.biased(rows: 3000)
    let unseen = try SyntheticTable.biased(rows: 20_000, seed: 77)
    let config = #""fairness": [{"objective": "demographic_parity", "tolerance": 0.1}]"#
    let audited = #"{"data": {"label": "y", "sensitive": ["sex"]}}"#
    let figures = try ["", #", "reduction": {}"#].map { reduction in
      let (model, report) = try Model.make(#"{"hidden": [16]}"#).tuned(
        on: rows, "{\(Self.data), \(config)\(reduction)}")
      #expect(try #require(number(report, "constraints", "0", "train", "gap")) <= 0.1 + 1e-6)
      // One of the two reports says that a reduction found the weights, and the other has the reduction.
      #expect((report["training"]?["found_by"] == "reduction") == reduction.isEmpty)
      #expect((report["reduction"] != nil) == !reduction.isEmpty && report["kept_epoch"] == nil)
      let unseenReport = try audit(model, on: unseen, AuditConfig(json: audited))
      return try #require(number(unseenReport, "overall", "accuracy"))
    }
    #expect(figures[0] > figures[1] - 0.02, "\(figures)")
  }

  @Test("A mixture is saved and loaded; equal rows get equal decisions, and a key selects the draw")
  func mixture() throws {
    let (model, _) = try Self.tuned("{}")
    let rows = try SyntheticTable.biased(rows: 500, seed: 5)
    let scores = try model.predicted(on: rows)
    // The score is the probability of a positive decision: neither 0 nor 1 for some rows.
    #expect(scores.contains { $0 > 0.01 && $0 < 0.99 } && scores.allSatisfy { (0...1).contains($0) })
    let labels = try model.predicted("label", on: rows)
    #expect(try model.predicted("label", on: rows) == labels)
    let drawn = scores.indices.filter { scores[$0] > 0.01 && scores[$0] < 0.99 }
    #expect(Set(drawn.map { labels[$0] }) == [0, 1], "of the drawn rows, some are positive and some are not")

    let folder = try TemporaryDirectory()
    try model.save(path: folder.path + "/model")
    let loaded = try Model.load(path: folder.path + "/model")
    #expect(try loaded.predicted(on: rows) == scores)
    #expect(try loaded.predicted("label", on: rows) == labels)
    #expect(loaded.describe()["mixture"]?["combination"] == "decisions")
    #expect(loaded.provenance["weights_digest"] == model.provenance["weights_digest"])

    #expect(throws: Failure.self) { try model.save(path: folder.path + "/model.onnx") }
    let failure = #expect(throws: Failure.self) { try model.tuned(on: rows, "{\(Self.data)}") }
    #expect(failure?.kind == .unsupported && failure?.message.contains("mixture") == true)

    let numbered = try SyntheticTable.biased(rows: 400, seed: 6)
    try numbered.add(Column(name: "id", integers: (0..<400).map { Int64($0) }))
    let (keyed, _) = try Model.make(#"{"kind": "logistic"}"#).tuned(
      on: numbered,
      #"{"data": {"label": "y", "sensitive": ["sex"], "include": ["x1", "x2", "job"]}, "fairness": [{"objective": "demographic_parity", "tolerance": 0.02}], "reduction": {"key": "id"}}"#
    )
    #expect(throws: Failure.self, "the rows have no key") { try keyed.predict(rows) }
    #expect(try keyed.predicted("label", on: numbered).count == 400)
  }

  @Test("Rows of numbers get the scores of the dataset's rows, from all networks")
  func features() throws {
    let (model, _) = try Model.make(#"{"hidden": [8]}"#).tuned(
      on: SyntheticTable.biased(rows: 2000),
      #"{"data": {"label": "y", "sensitive": ["sex"], "include": ["x1", "x2"]}, "fairness": [{"objective": "demographic_parity", "tolerance": 0.03}], "reduction": {}}"#
    )
    let rows = try SyntheticTable.biased(rows: 700, seed: 9)
    let (x1, x2) = (try rows.column("x1").numbers(), try rows.column("x2").numbers())
    let numbers = (0..<700).flatMap { [x1.pointer[$0], x2.pointer[$0]] }
    var scores = [Float](repeating: 0, count: 700)
    try model.predict(features: numbers, rows: 700, columns: 2, scores: &scores, scoreCount: 700)
    #expect(largestDifference(scores, try model.predicted(on: rows)) < 1e-6)
  }

  @Test("The best model and the blended score are deterministic")
  func deterministic() throws {
    for result in ["best", "blended"] {
      let (model, report) = try Self.tuned(#"{"result": "\#(result)"}"#)
      let rows = try SyntheticTable.biased(rows: 500, seed: 5)
      let scores = try model.predicted(on: rows)
      let labels = try model.predicted("label", on: rows)
      #expect(zip(scores, labels).allSatisfy { ($0 >= 0.5) == ($1 == 1) })
      // The report's gap on the training rows is that of these decisions.
      let reported = try #require(number(report, "constraints", "0", "train", "gap"))
      let before = try #require(number(report, "constraints", "0", "unconstrained"))
      #expect(reported < before)
    }
    let folder = try TemporaryDirectory()
    let (best, _) = try Self.tuned(#"{"result": "best"}"#)
    try best.save(path: folder.path + "/model.onnx")
    #expect(try Model.load(path: folder.path + "/model.onnx").isTrained)
  }

  @Test("A grid search reports its points and keeps the best one within the tolerance")
  func grid() throws {
    let (_, report) = try Self.tuned(#"{"method": "grid_search", "grid_size": 41}"#)
    let points = try #require(report["reduction"]?["grid"]?.array)
    #expect(points.count >= 41)
    let feasible = points.filter { number($0, "excess").map { $0 <= 0 } ?? false }
    let least = feasible.compactMap { number($0, "error") }.min()
    #expect(least != nil && least == number(report, "reduction", "models", "0", "error"))
  }

  @Test("A ratio, and equalized odds by an intersection, are kept")
  func others() throws {
    let (_, ratio) = try Self.tuned("{}", objective: #""objective": "demographic_parity", "ratio": 0.8"#)
    let shortfall = try #require(number(ratio, "constraints", "0", "train", "gap"))
    #expect(shortfall <= 0.2 + 1e-6, "the smallest rate is at least 0.8 of the largest: \(1 - shortfall)")
    #expect(number(ratio, "constraints", "0", "asked").map { abs($0 - 0.2) < 1e-9 } == true)

    let (_, odds) = try Self.tuned(
      "{}",
      objective:
        #""objective": "equalized_odds", "attribute": ["sex", "race"], "tolerance": 0.1, "minimum_count": 20"#,
      data: #""data": {"label": "y", "sensitive": ["sex", "race"], "exclude": ["town"]}"#)
    for place in ["0", "1"] {
      #expect(try #require(number(odds, "constraints", place, "train", "gap")) <= 0.1 + 1e-6)
    }
  }

  @Test("A bound on the groups' losses works for regression and several classes")
  func losses() throws {
    let table = try SyntheticTable.classes(rows: 600)
    for (label, tolerance) in [("value", 0.05), ("colour", 0.6)] {
      let (model, report) = try Model.make(#"{"kind": "logistic"}"#).tuned(
        on: table,
        #"{"data": {"label": "\#(label)", "sensitive": ["sex"], "include": ["x1", "x2"]}, "fairness": [{"objective": "bounded_group_loss", "tolerance": \#(tolerance)}], "reduction": {}}"#
      )
      #expect(try #require(number(report, "constraints", "0", "train", "gap")) <= tolerance + 1e-6)
      #expect(model.isTrained && model.adjustments.isEmpty)
    }
  }

  @Test(
    "What a reduction cannot keep is refused with its reason",
    arguments: [
      (#""objective": "predictive_parity", "tolerance": 0.1"#, "{}", "denominator of precision"),
      (#""objective": "demographic_parity", "weight": 1"#, "{}", "tolerances"),
      (#""objective": "equalized_odds", "tolerance": 0.1, "no_worse": true"#, "{}", "no_worse"),
      (#""objective": "covariance", "tolerance": 0.1"#, "{}", "covariance"),
      (#""objective": "loss_parity", "tolerance": 0.1"#, "{}", "loss_parity"),
      (#""objective": "demographic_parity", "tolerance": 0.1, "gap": "pairs""#, "{}", "pairs"),
      (#""objective": "demographic_parity", "tolerance": 0.1, "on": "logit""#, "{}", "on"),
      (#""objective": "demographic_parity", "tolerance": 0.1"#, #"{"steps": 0}"#, "steps"),
    ])
  func refusals(objective: String, reduction: String, part: String) throws {
    let failure = #expect(throws: Failure.self) {
      try Self.tuned(reduction, objective: objective, rows: 100)
    }
    #expect(
      failure?.kind == .invalidConfig
        && (failure?.message.contains(part) == true || failure?.location.contains(part) == true),
      "\(String(describing: failure))")
  }

  @Test("Without a reduction, a ratio is refused; with one, so is a table without objectives")
  func configuration() {
    let base = #"{"data": {"label": "y"}"#
    #expect(throws: Failure.self) {
      try FineTuneConfig(json: base + #", "fairness": [{"objective": "demographic_parity", "ratio": 0.8}]}"#)
    }
    #expect(throws: Failure.self) { try FineTuneConfig(json: base + #", "reduction": {}}"#) }
  }

  @Test("More groups than a reduction can bound are refused with one, and trained without one")
  func tooManyGroups() throws {
    let rows = 4200
    let table = try Dataset([
      Column(name: "x", numbers: (0..<rows).map { Double($0 % 7) }),
      Column(name: "g", texts: (0..<rows).map { "g\($0 % 1050)" }),
      Column(name: "y", integers: (0..<rows).map { Int64(($0 % 7 + $0 / 1050) % 2) }),
    ])
    let config = #"""
      "data": {"label": "y", "sensitive": ["g"], "include": ["x"]}, "baseline": false,
      "fairness": [{"objective": "equalized_odds", "tolerance": 0.1, "minimum_count": 1}]
      """#
    let model = try Model.make(#"{"hidden": [4]}"#)
    let failure = #expect(throws: Failure.self) {
      try model.tuned(on: table, "{\(config), \"reduction\": {}}")
    }
    #expect(failure?.kind == .unsupported && failure?.message.contains("constraints") == true)
    #expect(throws: Never.self) { try model.tuned(on: table, "{\(config)}") }
  }
}
