import Equipoise
import Platform
import Testing

/// What `config.json` of a saved checkpoint says to transformers of labels and of the type of weights.
@Suite("Configurations of saved checkpoints")
struct CheckpointConfigTests {
  /// The tiny BERT, a classifier of three labels, with members of its configuration changed.
  private static func saved(_ changes: [JSONValue.Member]) throws -> JSONValue {
    let directory = try TemporaryDirectory()
    for file in ["model.safetensors", "vocab.txt", "tokenizer_config.json"] {
      let original = try MappedFile(path: "\(resourceBERT)/\(file)")
      try AtomicFile.write(to: "\(directory.path)/\(file)") { write in try write(original.bytes) }
    }
    let keys = Set(changes.map(\.key))
    let config = try json("\(resourceBERT)/config.json")
    let members = (config.members ?? []).filter { !keys.contains($0.key) } + changes
    try AtomicFile.write(JSONValue.object(members).text(), to: directory.path + "/config.json")
    let model = try Model.load(path: directory.path)
    try model.save(path: directory.path + "/saved")
    return try json(directory.path + "/saved/config.json")
  }

  private static func json(_ path: String) throws -> JSONValue {
    let file = try MappedFile(path: path)
    return try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self))
  }

  @Test("The configuration names the type in which the weights are stored, whatever it said before")
  func types() throws {
    for key in ["dtype", "torch_dtype"] {
      let saved = try Self.saved([.init(key, "bfloat16")])
      #expect(saved[key]?.string == "float32")
    }
  }

  @Test("A head whose task no label tells keeps its labels: transformers makes two where there are none")
  func labels() throws {
    let names: JSONValue = ["0": "low", "1": "middle", "2": "high"]
    let saved = try Self.saved([.init("id2label", names), .init("problem_type", "regression")])
    #expect(saved["id2label"] == names && saved["problem_type"]?.string == "regression")
    #expect(saved["architectures"]?[0]?.string == "BertForSequenceClassification")
  }
}
