import Datasets
import Equipoise
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Text models from ONNX files: the graph from the file, the tokenizer from its folder.
@Suite("Text models in ONNX files")
struct ONNXTextModelTests {
  /// A directory in the layout of exporters: the graph in a folder below the tokenizer and `config.json`.
  func exported(_ name: String, config: String? = nil, tokenizer: Bool = true) throws
    -> TemporaryDirectory
  {
    let directory = try TemporaryDirectory()
    let root = directory.path
    mkdir(root + "/onnx", 0o777)
    let resource =
      resourceBERT.split(separator: "/").dropLast(2).joined(separator: "/")
      + "/onnx-transformers/\(name).onnx"
    try copy("/" + resource, to: root + "/onnx/model.onnx")
    if tokenizer {
      let words = ["[PAD]", "[UNK]", "[SEP]", "[MASK]", "[CLS]"] + (5..<40).map { "w\($0)" }
      try write(words.joined(separator: "\n") + "\n", to: root + "/vocab.txt")
      try write(#"{"tokenizer_class": "BertTokenizer"}"#, to: root + "/tokenizer_config.json")
    }
    if let config { try write(config, to: root + "/config.json") }
    return directory
  }

  private func write(_ text: String, to path: String) throws { try AtomicFile.write(text, to: path) }

  private func copy(_ path: String, to target: String) throws {
    let file = try MappedFile(path: path)
    try withExtendedLifetime(file) { try AtomicFile.write(to: target) { try $0(file.bytes) } }
  }

  private func scores(_ model: Model, _ column: String) throws -> [Float] {
    let dataset = try Dataset(rows: 3)
    try dataset.add(Column(name: "text", texts: ["w9 w33 w14", "w7", "w30 w31 w32 w33 w34"]))
    let result = try model.predict(dataset, PredictOptions(json: #"{"text": "text"}"#))
    switch try result.column(column).values {
    case .tensor(let values, _): return Array(values.elements)
    case .float32(let values): return Array(values.elements)
    default: return []
    }
  }

  @Test("The tokenizer and the names of classes come from the directory above")
  func layout() throws {
    let config = #"{"model_type": "bert", "id2label": {"0": "low", "1": "middle", "2": "high"}}"#
    let directory = try exported("bert-dynamo", config: config)
    let model = try Model.load(path: directory.path + "/onnx/model.onnx")
    #expect(model.classLabels == ["low", "middle", "high"])
    let before = try scores(model, "score_high")
    #expect(Set(before).count == 3)
    // Each saved form can be opened by itself, with the tokenizer, and gives the same scores.
    for name in ["saved.onnx", "saved"] {
      try model.save(path: directory.path + "/" + name)
      let again = try Model.load(path: directory.path + "/" + name)
      #expect(again.classLabels == model.classLabels)
      #expect(try scores(again, "score_high") == before)
    }
  }

  @Test("An encoder keeps its pooling when it is saved", arguments: ["saved.onnx", "saved"])
  func encoder(name: String) throws {
    let directory = try exported("bert-encoder")
    let model = try Model.load(
      path: directory.path + "/onnx/model.onnx", options: LoadOptions(json: #"{"pooling": "maximum"}"#))
    let before = try scores(model, "embedding")
    #expect(before.count == 48)
    try model.save(path: directory.path + "/" + name)
    #expect(try scores(Model.load(path: directory.path + "/" + name), "embedding") == before)
  }

  @Test("Without a tokenizer the file is not read, and the error says what is needed")
  func withoutTokenizer() throws {
    let directory = try exported("bert-dynamo", tokenizer: false)
    let failure = #expect(throws: Failure.self) { try Model.load(path: directory.path + "/onnx/model.onnx") }
    #expect(failure?.kind == .invalidModel)
    #expect(failure?.message.contains("there is no tokenizer") == true)
  }
}
