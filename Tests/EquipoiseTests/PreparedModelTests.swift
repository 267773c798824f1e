import Datasets
import Equipoise
import Fairness
import Platform
import Testing

@testable import Models

@Suite("Steps that change columns, stored in the model")
struct PreparedModelTests {
  private static let steps = #"""
    [{"name": "imputation", "indicator": true}, {"name": "standardization"},
     {"name": "disparate_impact_remover", "columns": ["x1", "x2"], "level": 0.8},
     {"name": "correlation_remover", "columns": ["x1", "x2"]}, {"name": "reweighing"}]
    """#
  private static let data = #""data": {"label": "y", "sensitive": ["sex"], "exclude": ["race", "town"]}"#
  private static let train = #""train": {"epochs": 3, "seed": 5}"#

  private static func tables() throws -> (train: Dataset, validation: Dataset, test: Dataset) {
    let all = try SyntheticTable.biased(rows: 700)
    func part(_ rows: Range<Int>) throws -> Dataset { try all.selecting(rows: Array(rows)) }
    return (try part(0..<400), try part(400..<550), try part(550..<700))
  }

  private static func prepared() throws -> (model: Model, report: JSONValue) {
    let tables = try tables()
    return try Model.make(#"{"hidden": [6], "seed": 2}"#).tuned(
      on: tables.train, validation: tables.validation, #"{\#(data), "prepare": \#(steps), \#(train)}"#)
  }

  @Test("A model with steps predicts like a model without them on rows that a transform changed")
  func asTransform() throws {
    let tables = try Self.tables()
    let (model, report) = try Self.prepared()
    let fitted = try Transform.fit(
      tables.train, TransformConfig(json: #"{\#(Self.data), "steps": \#(Self.steps), "seed": 5}"#))
    let weighed =
      #""data": {"label": "y", "sensitive": ["sex"], "exclude": ["race", "town"], "weight": "weight"}"#
    // The weights of reweighing are of the training rows alone.
    let changed = try fitted.transform.apply(tables.validation)
    let validation = try Dataset(
      changed.columns.map {
        try $0.name == "weight"
          ? Column(name: "weight", numbers: [Double](repeating: 1, count: changed.rows)) : $0
      })
    let (given, _) = try Model.make(#"{"hidden": [6], "seed": 2}"#).tuned(
      on: fitted.rows, validation: validation, #"{\#(weighed), \#(Self.train)}"#)
    let expected = try given.predicted(on: fitted.transform.apply(tables.test))
    #expect(try model.predicted(on: tables.test) == expected)
    #expect(report["prepare"]?.array?.count == 5)
    #expect(model.inputNames == ["x1", "x2", "job"])
  }

  @Test("Saved and reopened it predicts as before, and its audit is that of its predictions")
  func saving() throws {
    let (tables, (model, report)) = (try Self.tables(), try Self.prepared())
    let folder = try TemporaryDirectory()
    let expected = (try model.predicted(on: tables.test), try model.predicted("label", on: tables.test))
    for path in [folder.path + "/model", folder.path + "/model.onnx"] {
      try model.save(path: path)
      let loaded = try Model.load(path: path)
      #expect(try loaded.predicted(on: tables.test) == expected.0)
      #expect(try loaded.predicted("label", on: tables.test) == expected.1)
      #expect(loaded.inputNames == model.inputNames)
    }
    let rate = Double(expected.1.reduce(0, +)) / Double(expected.1.count)
    let own = try audit(model, on: tables.test, AuditConfig(json: "{}"))
    #expect(abs(try #require(number(own, "overall", "selection_rate")) - rate) < 1e-12)
    // The judge of the tuning reads the rows as prediction does.
    let validated = try model.predicted("label", on: tables.validation)
    let judged = Double(validated.reduce(0, +)) / Double(validated.count)
    #expect(abs(try #require(number(report, "after", "overall", "selection_rate")) - judged) < 1e-12)
  }

  @Test("It is tuned and adjusted again, with the same steps")
  func again() throws {
    let (tables, (model, _)) = (try Self.tables(), try Self.prepared())
    let (tuned, report) = try model.tuned(
      on: tables.train, validation: tables.validation, #"{\#(Self.data), "train": {"epochs": 1}}"#)
    #expect(tuned.inputNames == model.inputNames)
    #expect(number(report, "before", "overall", "accuracy") ?? 0 > 0.6)
    let before = try model.predicted("label", on: tables.validation)
    let rate = Double(before.reduce(0, +)) / Double(before.count)
    #expect(abs(try #require(number(report, "before", "overall", "selection_rate")) - rate) < 1e-12)
    let (adjusted, _) = try adjust(
      tuned, on: tables.validation,
      AdjustConfig(
        json: #"{"adjust": [{"method": "thresholds", "constraint": "equalized_odds", "randomized": true}]}"#))
    #expect(try adjusted.predicted(on: tables.test) == tuned.predicted(on: tables.test))
  }

  @Test("Unsupported uses of a model with steps are errors")
  func refusals() throws {
    let (tables, (model, _)) = (try Self.tables(), try Self.prepared())
    var scores = [Float](repeating: 0, count: 1)
    let flat = #expect(throws: Failure.self) {
      try model.predict(
        features: [Float](repeating: 0, count: model.featureCount), rows: 1, columns: model.featureCount,
        scores: &scores, scoreCount: 1)
    }
    #expect(flat?.kind == .invalidArgument && flat?.message.contains("eqp_predict") == true)
    let names = tables.test.names.filter { $0 != "x2" }
    let missing = #expect(throws: Failure.self) { try model.predict(tables.test.selecting(columns: names)) }
    #expect(missing?.location == "x2")
    let groups = tables.test.names.filter { $0 != "sex" }
    let unknown = #expect(throws: Failure.self) { try model.predict(tables.test.selecting(columns: groups)) }
    #expect(unknown?.kind == .invalidData && unknown?.location == "sex")
    let again = #expect(throws: Failure.self) {
      try model.tuned(
        on: tables.train,
        #"{\#(Self.data), "prepare": [{"name": "standardization"}], "train": {"epochs": 1}}"#)
    }
    #expect(again?.kind == .unsupported && again?.location == "/prepare/0")
    let folder = try TemporaryDirectory()
    let columns = #expect(throws: Failure.self) {
      try model.save(
        path: folder.path + "/prepared.onnx", options: SaveOptions(json: #"{"inputs": "columns"}"#))
    }
    #expect(columns?.location == "/inputs")
  }

  @Test("Steps of a record that are broken are refused")
  func broken() throws {
    let (model, _) = try Self.prepared()
    let folder = try TemporaryDirectory()
    try model.save(path: folder.path + "/model")
    let file = folder.path + "/model/equipoise.json"
    let mapped = try MappedFile(path: file)
    let text = withExtendedLifetime(mapped) { String(decoding: mapped.bytes, as: UTF8.self) }
    let json = try JSONValue.parse(text)
    let bytes = try #require(json["reader"]?["preparation"]?["steps"]?.string)
    for changed in ["", "zz", String(bytes.dropLast(2)), bytes + "00", "ff" + bytes.dropFirst(2)] {
      let members = (json.members ?? []).map { member -> JSONValue.Member in
        guard member.key == "reader" else { return member }
        let inner = (member.value.members ?? []).map { entry -> JSONValue.Member in
          guard entry.key == "preparation" else { return entry }
          let steps = (entry.value.members ?? []).map {
            $0.key == "steps" ? .init("steps", .string(changed)) : $0
          }
          return .init("preparation", .object(steps))
        }
        return .init("reader", .object(inner))
      }
      try AtomicFile.write(JSONValue.object(members).text(), to: file)
      let failure = #expect(throws: Failure.self) { try Model.load(path: folder.path + "/model") }
      #expect(failure?.kind == .invalidModel)
    }
  }
}
