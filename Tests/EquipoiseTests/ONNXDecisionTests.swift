import Datasets
import Equipoise
import Platform
import Testing

@testable import Models

/// Tests/Interchange/decisions.py runs these files in another runtime.
@Suite("Adjusted decisions in ONNX files")
struct ONNXDecisionTests {
  private static func texts() throws -> Dataset {
    let words = (0..<60).map { "w\(5 + $0 * 7 % 35) w\(5 + $0 * 11 % 35)" }
    return try Dataset([
      Column(name: "text", texts: words), Column(name: "group", texts: (0..<60).map { ["a", "b"][$0 % 2] }),
      Column(name: "y", integers: (0..<60).map { Int64($0 * 5 % 3) }),
    ])
  }

  @Test("A text model's file with calibrated classes and missing answers is opened as the same text model")
  func textModel() throws {
    let directory = try ONNXTextModelTests().exported("bert-dynamo")
    let base = try Model.load(path: directory.path + "/onnx/model.onnx")
    let rows = try Self.texts()
    let steps =
      #"[{"method": "calibration", "kind": "platt", "attribute": "group", "minimum_count": 10}, {"method": "abstention", "coverage": 0.7, "minimum_count": 10}]"#
    let config =
      #"{"data": {"text": "text", "label": "y", "sensitive": ["group"]}, "adjust": \#(steps)}"#
    let model = try adjust(base, on: rows, AdjustConfig(json: config)).model
    let labels = try model.predict(rows).column("label")
    #expect(labels.missingCount > 0 && labels.missingCount < rows.rows)
    var path = directory.path + "/first.onnx"
    try model.save(path: path)
    for name in ["second.onnx", "third.onnx"] {
      let again = try Model.load(path: path)
      #expect(again.adjustments == model.adjustments && again.kind == model.kind)
      #expect(
        try again.predict(rows).column("label").categories().codes.array == labels.categories().codes.array)
      path = directory.path + "/" + name
      try again.save(path: path)
    }
  }

  @Test("A file whose decision names inputs that it does not have is broken")
  func brokenDecision() throws {
    let (base, rows) = try #require(AdjustTests.base)
    let model = try AdjustTests.adjusted(base, on: rows, #"{"adjust": [\#(AdjustTests.methods[0])]}"#).model
    let (pointer, count) = try model.saved(options: SaveOptions(json: #"{"format": "onnx"}"#))
    defer { pointer.deallocate() }
    var bytes = Array(UnsafeRawBufferPointer(start: pointer, count: count))
    let (old, new) = (Array(#""inputs":["sex"]"#.utf8), Array(#""inputs":["sox"]"#.utf8))
    let place = try #require(bytes.indices.first { bytes[$0...].starts(with: old) })
    bytes.replaceSubrange(place..<(place + old.count), with: new)
    let failure = #expect(throws: Failure.self) {
      try bytes.withUnsafeBytes { try Model.load(bytes: $0) }
    }
    #expect(failure?.kind == .invalidModel && failure?.message.contains("equipoise_decision") == true)
  }
}
