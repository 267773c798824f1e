import Datasets
import Engine
import Equipoise
import Formats
import Platform
import Testing

/// Text models whose weights are stored in other types than float32.
@Suite("Models with weights of 16 or 8 bits")
struct StoredWeightsTests {
  private static func table() throws -> Dataset {
    let rows = try Dataset(rows: 30)
    try rows.add(Column(name: "text", texts: (0..<30).map { "w\(10 + $0 % 7) w\(20 + $0 % 9) w\(30 + $0)" }))
    try rows.add(Column(name: "label", integers: (0..<30).map { Int64($0 % 2) }))
    return rows
  }

  private static func scores(_ model: Model) throws -> [Float] {
    try model.predict(table(), PredictOptions(json: #"{"text": "text"}"#)).column("score_LABEL_0").numbers()
      .array
  }

  /// A copy of the tiny BERT's directory with its weights in another type.
  private static func converted(to element: ElementType, in directory: String) throws {
    let sink = DirectorySink(directory)
    try sink.prepare(marks: [], overwrites: true) { _ in true }
    for name in ["config.json", "vocab.txt", "tokenizer.json", "tokenizer_config.json"] {
      guard MappedFile.exists(resourceBERT + "/" + name) else { continue }
      let file = try MappedFile(path: resourceBERT + "/" + name)
      try sink.write(name) { try $0(file.bytes) }
    }
    let file = try Safetensors(path: resourceBERT + "/model.safetensors")
    try Safetensors.write(
      try file.entries.map { entry in
        let tensor = try file.tensor(entry.name)
        let bits = try tensor.values.array.map {
          element == .bfloat16 ? UInt16($0.bitPattern >> 16) : Float16($0).bitPattern
        }
        let buffer = try Buffer(copying: bits)
        return try Tensor(
          name: tensor.name, shape: tensor.shape,
          storage: element == .bfloat16 ? .bfloat16(buffer) : .float16(buffer))
      }, as: "model.safetensors", to: sink)
  }

  @Test(
    "A checkpoint of 16 bits keeps its type in memory and in the saved model, and is tuned in float32",
    arguments: [ElementType.bfloat16, .float16])
  func halves(element: ElementType) throws {
    let directory = try TemporaryDirectory()
    try Self.converted(to: element, in: directory.path + "/half")
    let model = try Model.load(path: directory.path + "/half")
    let graph = try model.requireNetwork().network.graph
    #expect(graph.parameters.allSatisfy { $0.element == element })
    let wide = try graph.replacing(
      parameters: graph.parameters.map { try Tensor(name: $0.name, shape: $0.shape, values: $0.values) })
    #expect(wide.parameters.allSatisfy { $0.element == .float32 })
    let names = Dictionary(uniqueKeysWithValues: wide.parameters.map { ($0.name, $0) })
    let whole = try model.replacing(parameters: wide.parameters.map { ($0.name, try $0.values) })
    #expect(try Self.scores(model) == Self.scores(whole) && names.count == graph.parameters.count)

    try model.save(path: directory.path + "/saved")
    let again = try Model.load(path: directory.path + "/saved")
    #expect(try again.requireNetwork().network.graph.parameters.allSatisfy { $0.element == element })
    #expect(try Self.scores(again) == Self.scores(model))
    let written = try MappedFile(path: directory.path + "/saved/config.json")
    let config = try withExtendedLifetime(written) {
      try JSONValue.parse(written.bytes.bindMemory(to: UInt8.self))
    }
    #expect([nil, element == .bfloat16 ? "bfloat16" : "float16"].contains(config["dtype"]?.string))

    // An ONNX file, too.
    try model.save(path: directory.path + "/saved.onnx")
    let exchanged = try Model.load(path: directory.path + "/saved.onnx")
    #expect(try exchanged.requireNetwork().network.graph.parameters.allSatisfy { $0.element == element })
    #expect(zip(try Self.scores(exchanged), try Self.scores(model)).allSatisfy { abs($0 - $1) < 1e-5 })

    let (tuned, _) = try fineTune(
      model, train: Self.table(), validation: Self.table(),
      FineTuneConfig(
        json: #"{"data": {"text": "text", "label": "label"}, "train": {"epochs": 1, "freeze": ["bert.*"]}}"#))
    let types = try tuned.requireNetwork().network.graph.parameters.map { ($0.name, $0.element) }
    #expect(types.allSatisfy { $0.1 == ($0.0.hasPrefix("bert.") ? element : .float32) })
  }

  @Test("Int8 is asked for in the load options, stays in the saved model, and says where it is not available")
  func int8() throws {
    let exact = try Self.scores(Model.load(path: resourceBERT))
    let model = try Model.load(path: resourceBERT, options: LoadOptions(json: #"{"precision": "int8"}"#))
    let scores = try Self.scores(model)
    let difference = zip(scores, exact).map { abs($0 - $1) }.max() ?? 1
    #expect(difference > 0 && difference < 0.02)

    let directory = try TemporaryDirectory()
    try model.save(path: directory.path + "/whole")
    let again = try Model.load(path: directory.path + "/whole")
    #expect(try Self.scores(again) == scores)
    #expect(try again.requireNetwork().network.graph.hasInt8Weights)
    func refused(_ location: String, _ body: () throws -> Void) {
      #expect { try body() } throws: {
        ($0 as? Failure)?.kind == .unsupported && ($0 as? Failure)?.location == location
      }
    }
    refused("/precision") {
      _ = try Model.load(
        path: directory.path + "/whole", options: LoadOptions(json: #"{"precision": "bf16"}"#))
    }
    refused(directory.path + "/x.onnx") { try model.save(path: directory.path + "/x.onnx") }
    refused("bert.encoder.layer.0.attention.self.query.weight") {
      _ = try fineTune(
        again, train: Self.table(), validation: Self.table(),
        FineTuneConfig(json: #"{"data": {"text": "text", "label": "label"}, "train": {"epochs": 1}}"#))
    }
    // The checkpoint's own weights are tuned.
    let (tuned, _) = try fineTune(
      model, train: Self.table(), validation: Self.table(),
      FineTuneConfig(json: #"{"data": {"text": "text", "label": "label"}, "train": {"epochs": 1}}"#))
    #expect(try !tuned.requireNetwork().network.graph.hasInt8Weights)
  }
}
