import Datasets
import Equipoise
import Fairness
import Platform
import Glibc
import Testing

@testable import Models

// What is reported of adjustments, and which are refused.
extension AdjustTests {
  @Test("A gap that is closed by making groups worse is called levelling down (by hand)")
  func levellingDown() throws {
    // 10 rows per group; a: 8 selected, b: 4 selected. False positives cost the most, so no row is selected
    // afterwards.
    let scores = (0..<20).map { $0 < 10 ? ($0 < 8 ? 0.9 : 0.1) : ($0 < 14 ? 0.9 : 0.1) }
    let rows = try Dataset([
      Column(name: "s", numbers: scores), Column(name: "g", texts: (0..<20).map { $0 < 10 ? "a" : "b" }),
      Column(name: "y", integers: (0..<20).map { $0 % 2 == 0 ? 1 : 0 }),
    ])
    let (model, report) = try Self.adjusted(
      nil, on: rows,
      #"{"data": {"label": "y", "score": "s", "sensitive": ["g"]}, "adjust": [{"method": "thresholds", "objective": "cost", "costs": [[0, 9], [1, 0]], "minimum_count": 1}]}"#
    )
    #expect(try model.predicted("label", on: rows).allSatisfy { $0 == 0 })
    #expect(number(report, "decisions_changed", "overall", "lost") == 12)
    #expect(number(report, "decisions_changed", "groups", "g", "a", "lost") == 8)
    #expect(number(report, "decisions_changed", "groups", "g", "b", "gained") == 0)
    let entry = report["levelling_down"]?.array?.first { $0["metric"] == "selection_rate" }
    #expect(number(entry ?? .null, "gap_before").map { abs($0 - 0.4) < 1e-9 } == true)
    #expect(report["notes"]?.array?.contains { $0.string?.hasPrefix("levelling down") == true } == true)
  }

  @Test(
    "Invalid settings are refused at their location",
    arguments: [
      (#""adjust": []"#, "/adjust"), (#""adjust": [{}]"#, "/adjust/0/method"),
      (#""adjust": [{"method": "threshold"}]"#, "/adjust/0/method"),
      (#""adjust": [{"method": "thresholds", "kind": "platt"}]"#, "/adjust/0/kind"),
      (#""adjust": [{"method": "thresholds"}, {"method": "calibration"}]"#, "/adjust/0"),
      (
        #""adjust": [{"method": "thresholds", "constraint": "predictive_parity", "randomized": true}]"#,
        "/adjust/0/randomized"
      ),
      (#""adjust": [{"method": "thresholds", "objective": "cost"}]"#, "/adjust/0/costs"),
      (#""adjust": [{"method": "thresholds", "objective": "precision_at_k"}]"#, "/adjust/0/selected"),
      (#""adjust": [{"method": "thresholds", "selected": 0.5}]"#, "/adjust/0/selected"),
      (
        #""adjust": [{"method": "calibrated_equalized_odds", "cost": "fnr", "costs": [[0, 1], [1, 0]]}]"#,
        "/adjust/0/costs"
      ),
      (
        #""adjust": [{"method": "calibrated_equalized_odds", "costs": [[1, 1], [1, 0]]}]"#, "/adjust/0/costs"
      ),
      (#""adjust": [{"method": "calibrated_equalized_odds", "minimum_count": 30}]"#, "g"),
      (#""adjust": [{"method": "thresholds", "attribute": "h"}]"#, "/adjust/0/attribute"),
      (#""adjust": [{"method": "thresholds", "key": "id"}]"#, "/adjust/0/key"),
      (
        #""adjust": [{"method": "thresholds", "randomized": true, "key": "who", "minimum_count": 1}]"#,
        "/adjust/0/key"
      ),
      (#""adjust": [{"method": "reject_option", "constraint": "none"}]"#, "/adjust/0/constraint"),
      (
        #""adjust": [{"method": "reject_option", "favoured": ["x"], "minimum_count": 1}]"#,
        "/adjust/0/favoured/0"
      ),
      (#""task": "tokens", "adjust": [{"method": "calibration"}]"#, "/task"),
      (#""adjust": [{"method": "thresholds", "minimum_count": 100}]"#, "g"),
    ])
  func refusals(json: String, location: String) throws {
    let failure = #expect(throws: Failure.self) {
      try Self.adjusted(
        nil, on: Self.ruledRows(), #"{"data": {"label": "y", "score": "s", "sensitive": ["g"]}, \#(json)}"#)
    }
    #expect(failure?.location == location)
  }

  @Test("Another system's scores are probabilities, or other numbers that are calibrated first")
  func points() throws {
    let rows = try Self.ruledRows()
    let scaled = try Dataset(
      rows.columns + [
        Column(name: "points", numbers: rows.column("s").doubles().array.map { 300 + 550 * $0 })
      ])
    func model(_ methods: String) throws -> Model {
      try Self.adjusted(
        nil, on: scaled,
        #"{"data": {"label": "y", "score": "points", "sensitive": ["g"]}, "adjust": [\#(methods)]}"#
      ).model
    }
    let failure = #expect(throws: Failure.self) { try model(#"{"method": "thresholds"}"#) }
    #expect(failure?.location == "points")
    let calibrated = try model(#"{"method": "calibration", "kind": "isotonic"}"#)
    let plain = try Self.given(#"{"method": "calibration", "kind": "isotonic"}"#).model
    #expect(largestDifference(try calibrated.predicted(on: scaled), try plain.predicted(on: scaled)) < 1e-6)
    let folder = try TemporaryDirectory()
    #expect(throws: Failure.self) { try calibrated.save(path: folder.path + "/scores.onnx") }
    #expect(throws: Failure.self) {
      try calibrated.tuned(on: scaled, #"{"data": {"label": "y", "score": "points"}}"#)
    }
  }

  @Test("A record whose adjustments are broken is refused, wherever that is")
  func brokenRecords() throws {
    let (model, _) = try Self.given(
      #"{"method": "calibration", "kind": "isotonic"}, {"method": "thresholds", "minimum_count": 1}"#)
    let folder = try TemporaryDirectory()
    try model.save(path: folder.path + "/model")
    let file = folder.path + "/model/equipoise.json"
    let mapped = try MappedFile(path: file)
    let text = withExtendedLifetime(mapped) { String(decoding: mapped.bytes, as: UTF8.self) }
    let json = try JSONValue.parse(text)
    func changed(_ value: JSONValue, _ path: ArraySlice<String>, to new: JSONValue) -> JSONValue {
      guard let key = path.first else { return new }
      let rest = path.dropFirst()
      if let index = Int(key), let elements = value.array {
        return .array(
          elements.enumerated().map { $0.offset == index ? changed($0.element, rest, to: new) : $0.element })
      }
      return .object(
        (value.members ?? []).map { $0.key == key ? .init(key, changed($0.value, rest, to: new)) : $0 })
    }
    let steps = ["decision", "adjustments"]
    let breaks: [([String], JSONValue)] = [
      (steps + ["1", "attribute"], 7), (steps + ["1", "attribute"], .null),
      (steps + ["1", "method"], "other"),
      (steps + ["1", "groups"], []), (steps + ["1", "pooled", "share"], 2),
      (steps + ["1", "pooled", "thresholds"], []),
      (steps + ["0", "pooled"], []), (steps + ["0", "pooled", "0", "kind"], "x"),
      (steps + ["0", "pooled", "0", "scores"], [1, 0]),
      (steps + ["0", "pooled", "0", "probabilities"], [0.5]),
      (["decision", "attributes", "0", "groups"], ["a", "a"]),
      (["decision", "attributes", "0", "columns"], []),
      (["reader", "column"], ""), (["task"], .null),
    ]
    for (path, value) in breaks {
      try AtomicFile.write(changed(json, path[...], to: value).text(), to: file)
      let failure = #expect(throws: Failure.self, "\(path)") { try Model.load(path: folder.path + "/model") }
      #expect(failure?.kind == .invalidModel, "\(path): \(String(describing: failure))")
    }
    try AtomicFile.write(text, to: file)
    #expect(
      try Model.load(path: folder.path + "/model").predicted("label", on: Self.ruledRows())
        == model.predicted("label", on: Self.ruledRows()))
  }
}
