import Datasets
import Engine
import Formats
import Platform
import Testing

import Equipoise

/// New layers on top of a text model, on the tiny BERT and the rows of AdapterTuningTests.
@Suite("Layers on top of a text model")
struct TextLayersTests {
  private func names(_ model: Model) throws -> [String] {
    try model.requireNetwork().network.graph.parameters.map(\.name)
  }

  private func config(_ train: String) -> String {
    AdapterTuningTests.config(
      #""epochs": 8, "dropout": 0, "optimizer": {"learning_rate": 1e-2}, \#(train)"#,
      fairness: AdapterTuningTests.constraint)
  }

  @Test(
    "They learn alone, with all weights or with an adapter, predict the same after loading, and can be tuned again",
    arguments: [
      #""head": {"hidden": [12, 8]}, "freeze": ["encoder.*", "embeddings.*", "pooler.*"]"#,
      #""head": {"hidden": [12], "dropout": 0.1}, "layer_decay": 0.9"#,
      #""head": {"hidden": [12]}, "adapter": {"kind": "lora"}"#,
    ])
  func tuned(train: String) throws {
    let base = try Model.load(path: resourceBERT)
    let rows = try AdapterTuningTests.table()
    let (model, report) = try base.tuned(on: rows, validation: rows, config(train))
    let (before, after) = (report["before"]?["loss"]?.double ?? 0, report["after"]?["loss"]?.double ?? 9)
    #expect(after < before, "\(before) \(after)")
    let tensors = try names(model)
    #expect(tensors.contains("head.0.weight") && tensors.contains("head.weight"))
    #expect(!tensors.contains("classifier.weight"))

    let directory = try TemporaryDirectory()
    try model.save(path: directory.path + "/tuned")
    let loaded = try Model.load(path: directory.path + "/tuned")
    let scores = try model.predicted(on: rows)
    for (a, b) in zip(try loaded.predicted(on: rows), scores) { #expect(abs(a - b) < 1e-5) }
    // transformers can open the encoder below them.
    let file = try MappedFile(path: directory.path + "/tuned/config.json")
    let json = try withExtendedLifetime(file) { try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self)) }
    #expect(json["architectures"]?.array?.first?.string == "BertModel")

    // They are kept if the model is tuned again; an empty head replaces them by the family's head.
    let (again, _) = try loaded.tuned(on: rows, validation: rows, config(#""augment": {}"#))
    #expect(try names(again).contains("head.0.weight"))
    let (plain, _) = try loaded.tuned(on: rows, validation: rows, config(#""head": {}"#))
    #expect(try names(plain).contains("classifier.weight"))
    #expect(try !names(plain).contains("head.weight"))
  }

  @Test("Formats that cannot hold them are refused, and so are tags of words")
  func refused() throws {
    let base = try Model.load(path: resourceBERT)
    let rows = try AdapterTuningTests.table()
    let (model, _) = try base.tuned(on: rows, validation: rows, config(#""head": {"hidden": [4]}"#))
    let directory = try TemporaryDirectory()
    for (name, format) in [("a.onnx", "auto"), ("adapter", "peft")] {
      let failure = #expect(throws: Failure.self) {
        try model.save(
          path: directory.path + "/" + name, options: SaveOptions(json: #"{"format": "\#(format)"}"#))
      }
      #expect(failure?.message.contains("layers on top") == true, "\(failure?.message ?? "")")
    }
    let words =
      #"{"task": "tokens", "data": {"text": "text", "label": "tags"}, "train": {"head": {"hidden": [4]}}}"#
    let tagged = try Dataset(rows: 2)
    try tagged.add(Column(name: "text", texts: ["w5 w6", "w7"]))
    try tagged.add(Column(name: "tags", texts: ["B-PER O", "O"]))
    let failure = #expect(throws: Failure.self) { try base.tuned(on: tagged, validation: nil, words) }
    #expect(failure?.location == "/train/head", "\(failure?.message ?? "")")
  }
}
