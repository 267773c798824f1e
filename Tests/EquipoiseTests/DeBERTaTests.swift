import Datasets
import Engine
import Formats
import Platform
import Testing

import Equipoise

/// From the configuration to the saved directory, on the tiny DeBERTa of FormatsTests, with the tokenizer that
/// transformers writes for it.
@Suite("DeBERTa")
struct DeBERTaTests {
  static let directory = resourceBERT + "/../deberta-v2"

  @Test(
    "All weights, some, adapters or biases learn, and predict the same saved and loaded",
    arguments: [
      #""dropout": 0"#, #""dropout": 0, "precision": "bf16""#, #""recompute": true"#,
      #""freeze": ["deberta.*"]"#, #""freeze": ["*embeddings.*", "*layer.0.*"]"#,
      #""adapter": {"kind": "lora", "rank": 4, "dropout": 0.1}"#,
      #""adapter": {"kind": "adalora", "rank": 2, "targets": ["*query_proj.weight", "*dense.weight"]}"#,
      #""adapter": {"kind": "bottleneck", "reduction": 4, "after_attention": true}"#,
      #""adapter": {"kind": "bitfit"}"#,
    ])
  func tuned(train: String) throws {
    let base = try Model.load(path: Self.directory)
    let rows = try AdapterTuningTests.table()
    let (model, report) = try base.tuned(
      on: rows, validation: rows,
      AdapterTuningTests.config(
        #""epochs": 12, "optimizer": {"learning_rate": 1e-2}, \#(train)"#,
        fairness: AdapterTuningTests.constraint))
    let (before, after) = (report["before"]?["loss"]?.double ?? 0, report["after"]?["loss"]?.double ?? 9)
    #expect(after < 0.95 * before, "\(before) \(after)")
    let directory = try TemporaryDirectory()
    try model.save(path: directory.path + "/tuned")
    let loaded = try Model.load(path: directory.path + "/tuned")
    let scores = try model.predicted(on: rows)
    for (a, b) in zip(try loaded.predicted(on: rows), scores) { #expect(abs(a - b) < 1e-5) }
    #expect(Set(scores).count > 10 && loaded.task == model.task)
  }

  @Test("Saved as ONNX, it is read again as the checkpoint it was, unless its operators are others")
  func savedAsONNX() throws {
    let rows = try AdapterTuningTests.table()
    let (model, _) = try Model.load(path: Self.directory).tuned(
      on: rows, AdapterTuningTests.config(#""epochs": 1"#))
    let directory = try TemporaryDirectory()
    try model.save(path: directory.path + "/saved.onnx")
    let again = try Model.load(path: directory.path + "/saved.onnx")
    #expect(again.kind == "deberta-v2" && again.classLabels == model.classLabels)
    for (a, b) in zip(try again.predicted(on: rows), try model.predicted(on: rows)) {
      #expect(abs(a - b) < 1e-6)
    }
    // The same file with another function in the place of one.
    let file = try MappedFile(path: directory.path + "/saved.onnx")
    var bytes = Array(file.bytes)
    let place = try #require((3..<bytes.count).last { bytes[($0 - 3)..<$0].elementsEqual("Erf".utf8) })
    bytes.replaceSubrange(place - 3..<place, with: Array("Exp".utf8))
    try AtomicFile.write(to: directory.path + "/other.onnx") { write in
      try bytes.withUnsafeBytes { try write($0) }
    }
    let failure = #expect(throws: Failure.self) { try Model.load(path: directory.path + "/other.onnx") }
    #expect(failure?.kind == .unsupported)
  }

  @Test("Layers of attention that read distances take no prefixes, and say so")
  func prefixes() throws {
    let failure = #expect(throws: Failure.self) {
      _ = try Model.load(path: Self.directory).tuned(
        on: AdapterTuningTests.table(), AdapterTuningTests.config(#""adapter": {"kind": "prefix"}"#))
    }
    #expect(failure?.kind == .unsupported && failure?.message.contains("prefixes") == true)
  }
}
