import Datasets
import Equipoise
import Formats
import Platform
import Testing

/// A tiny checkpoint of FormatsTests with a head for a task, and transformers' outputs for it.
struct TaskCheckpoint {
  let path: String
  let expected: JSONValue

  init(_ name: String) throws {
    path =
      "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
      + "/FormatsTests/Resources/transformers/tasks/" + name
    let file = try MappedFile(path: path + "/expected.json")
    expected = try withExtendedLifetime(file) { try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self)) }
  }

  func numbers(_ key: String) -> [Double] { (expected[key]?.array ?? []).map { $0.double ?? .nan } }

  /// Sentences of 2 to 6 words, as in make_tasks.py.
  static func rows(_ count: Int) throws -> Dataset {
    let words = (0..<count).map { row in (0..<2 + row % 5).map { 5 + (row * 7 + $0 * 11) % 45 } }
    let names = ["O", "B-PER", "I-PER"]
    let dataset = try Dataset([
      Column(name: "text", texts: words.map { $0.map { "w\($0)" }.joined(separator: " ") }),
      Column(name: "tags", texts: words.map { $0.map { names[$0 % 3] }.joined(separator: " ") }),
      Column(name: "group", texts: (0..<count).map { $0 % 2 == 0 ? "a" : "b" }),
    ])
    for (bit, name) in ["rude", "threat", "insult"].enumerated() {
      try dataset.add(Column(name: name, integers: words.map { Int64($0.count >> bit & 1) }))
    }
    return dataset
  }

  static func strings(_ column: Column) throws -> [String] {
    guard case .text(let texts) = column.values else { return [] }
    return (0..<texts.count).map { texts.string($0) }
  }
}

@Suite("Words are tagged: tuning, prediction, audits, saving")
struct TaggingTests {
  static let data = #""data": {"text": "text", "label": "tags", "sensitive": ["group"]}"#

  @Test("Eight steps with a gap of losses between groups have PyTorch's losses (make_tasks.py)")
  func trajectory() throws {
    let checkpoint = try TaskCheckpoint("bert-tags")
    let rows = try TaskCheckpoint.rows(16)
    let config = try FineTuneConfig(
      json: """
        {\(Self.data), "fairness": [{"objective": "loss_parity", "weight": 0.5}],
         "train": {"epochs": 2, "batch_size": 4, "shuffle": false, "dropout": 0, "trace": true,
                   "optimizer": {"learning_rate": 0.01, "weight_decay": 0.01}}}
        """)
    let (model, report) = try fineTune(
      Model.load(path: checkpoint.path), train: rows, validation: rows, config)
    let losses = (report["steps"]?.array ?? []).map { $0["loss"]?.double ?? .nan }
    let wanted = checkpoint.numbers("losses")
    #expect(losses.count == 8)
    for (loss, wanted) in zip(losses, wanted) {
      #expect(abs(loss - wanted) < 1e-4 * wanted, "\(loss) \(wanted)")
    }
    #expect(report["task"]?.string == "tokens")
    // Three times 2 + 3 + 4 + 5 + 6 words and 2 more.
    #expect(report["after"]?["rows"]?.int == 62)
    #expect(report["after"]?["tokens"]?["overall"]?["f1"]?.double != nil)

    // After saving and loading, it predicts the same tags.
    let directory = try TemporaryDirectory()
    try model.save(path: directory.path + "/tagger")
    let loaded = try Model.load(path: directory.path + "/tagger")
    for name in ["label", "entities"] {
      #expect(
        try TaskCheckpoint.strings(loaded.predict(rows).column(name))
          == TaskCheckpoint.strings(model.predict(rows).column(name)))
    }
    #expect(loaded.describe()["task"]?.string == "tokens")
    // The audit after tuning equals an audit of the model.
    let audit = try audit(loaded, on: rows, AuditConfig(json: "{}"))
    #expect(audit["overall"]?["accuracy"] == report["after"]?["overall"]?["accuracy"])
    #expect(audit["tokens"]?["overall"] == report["after"]?["tokens"]?["overall"])
    #expect(audit["tokens"]?["attributes"]?.array?.count == 1)
  }

  @Test("A word has the tag of its first token, and its position in the text in characters")
  func places() throws {
    let checkpoint = try TaskCheckpoint("bert-tags")
    let model = try Model.load(path: checkpoint.path)
    // The first of the reference's texts, with blanks and a word that is none of the vocabulary's around it.
    let texts = try Dataset([Column(name: "text", texts: [" w5  w9 w33", "é w47\tw47", ""])])
    let found = try model.predict(texts, PredictOptions(json: #"{"text": "text", "keep": ["text"]}"#))
    #expect(try TaskCheckpoint.strings(found.column("start")) == ["1 5 8", "0 2 6", ""])
    #expect(try TaskCheckpoint.strings(found.column("end")) == ["3 7 11", "1 5 9", ""])
    // The largest of transformers' logits for tokens 1 to 3 of the first text.
    #expect(try TaskCheckpoint.strings(found.column("label"))[0] == "O O O")
    #expect(try TaskCheckpoint.strings(found.column("entities"))[2] == "[]")
  }

  @Test(
    "A bare encoder gets a head for the tags of the column, O first; entities are found where they are learnt"
  )
  func freshHead() throws {
    let base = try Model.load(path: resourceBERT)
    let rows = try TaskCheckpoint.rows(80)
    let config = try FineTuneConfig(
      json: """
        {\(Self.data), "task": "tokens",
         "train": {"epochs": 30, "batch_size": 16, "dropout": 0, "optimizer": {"learning_rate": 0.01},
                   "early_stopping": {"metric": "entity_f1", "patience": 30}}}
        """)
    let (model, report) = try fineTune(base, train: rows, validation: rows, config)
    #expect(model.classLabels == ["O", "B-PER", "I-PER"])
    #expect((report["after"]?["tokens"]?["overall"]?["f1"]?.double ?? 0) > 0.95)
    // A tuned model can be tuned again.
    let again = try FineTuneConfig(
      json: #"{\#(Self.data), "train": {"epochs": 1, "optimizer": {"learning_rate": 0}}}"#)
    let (_, same) = try fineTune(model, train: rows, validation: rows, again)
    #expect(same["task"]?.string == "tokens" && same["after"]?["tokens"] == report["after"]?["tokens"])
    let text = try Dataset([Column(name: "text", texts: ["w6 w10 w8 w9"])])
    let found = try model.predict(text)
    #expect(try TaskCheckpoint.strings(found.column("label")) == ["O B-PER I-PER O"])
    let entities = try JSONValue.parse(TaskCheckpoint.strings(found.column("entities"))[0]).array ?? []
    #expect(entities.count == 1)
    #expect(entities.first?["type"]?.string == "PER" && entities.first?["text"]?.string == "w10 w8")
    #expect(entities.first?["start"]?.int == 3 && entities.first?["end"]?.int == 9)
  }

  @Test("Tuning only the head computes frozen layers once, with the losses of the whole network")
  func headAlone() throws {
    let checkpoint = try TaskCheckpoint("bert-tags")
    let rows = try TaskCheckpoint.rows(16)
    func losses(_ freeze: String, rate: String) throws -> [Double] {
      let config = try FineTuneConfig(
        json: """
          {\(Self.data), "train": {"epochs": 3, "batch_size": 4, "dropout": 0, "trace": true, \(freeze),
           "optimizer": {"name": "sgd", "learning_rate": \(rate)}}}
          """)
      let (_, report) = try fineTune(Model.load(path: checkpoint.path), train: rows, validation: rows, config)
      return (report["steps"]?.array ?? []).map { $0["loss"]?.double ?? .nan }
    }
    let kept = try losses(#""freeze": ["embeddings.*", "encoder.*"]"#, rate: "0.2")
    #expect(kept.count == 12 && kept[11] < kept[0])
    let still = try losses(#""freeze": ["embeddings.*", "encoder.*"]"#, rate: "0")
    let whole = try losses(#""freeze": []"#, rate: "0")
    for (a, b) in zip(still, whole) { #expect(abs(a - b) < 1e-6) }
  }

  @Test("Long texts: cut words are O and have no loss; windows tag every word")
  func windows() throws {
    let checkpoint = try TaskCheckpoint("bert-tags")
    let words = (0..<100).map { "w\(5 + $0 * 7 % 45)" }
    let rows = try Dataset([Column(name: "text", texts: [words.joined(separator: " "), "w5"])])
    func tags(_ options: String) throws -> [String] {
      let model = try Model.load(path: checkpoint.path)
      return try TaskCheckpoint.strings(
        model.predict(rows, PredictOptions(json: #"{"text": "text"\#(options)}"#)).column("label")
      )
      .map { $0.split(separator: " ").joined(separator: " ") }
    }
    let cut = try tags("").map { $0.split(separator: " ") }
    #expect(cut.map(\.count) == [100, 1] && cut[0][30...].allSatisfy { $0 == "O" })
    // Windows of 10 words without overlap give the same tags as the ten parts alone.
    let windows = try tags(#", "long_texts": {"method": "windows", "length": 12}"#)
    let parts = try Dataset([
      Column(name: "text", texts: (0..<10).map { words[$0 * 10..<$0 * 10 + 10].joined(separator: " ") })
    ])
    let alone = try TaskCheckpoint.strings(
      Model.load(path: checkpoint.path).predict(parts, PredictOptions(json: #"{"text": "text"}"#)).column(
        "label"))
    #expect(windows[0] == alone.joined(separator: " "))
    let mistake = #expect(throws: Failure.self) {
      _ = try tags(#", "long_texts": {"method": "windows", "length": 12, "stride": 10}"#)
    }
    #expect(mistake?.location == "/data/long_texts/stride")
  }

  @Test("Audits of another system's tags, and what does not fit")
  func audits() throws {
    let rows = try Dataset([
      Column(name: "gold", texts: ["B-PER I-PER O", "O B-LOC"]),
      Column(name: "guess", texts: ["B-PER I-PER O", "O B-PER"]),
      Column(name: "short", texts: ["O O", "O O"]), Column(name: "group", texts: ["a", "b"]),
    ])
    func config(_ prediction: String) throws -> AuditConfig {
      try AuditConfig(
        json: """
          {"task": "tokens", "data": {"label": "gold", "prediction": "\(prediction)", "sensitive": ["group"]}}
          """)
    }
    let report = try audit(nil, on: rows, config("guess"))
    #expect(report["overall"]?["accuracy"]?.double == 0.8)
    #expect(report["tokens"]?["overall"]?["f1"]?.double == 0.5)
    let failure = #expect(throws: Failure.self) { _ = try audit(nil, on: rows, config("short")) }
    #expect(
      failure?.kind == .invalidData && failure?.message.contains("row 0 has 2 tags and 3 words") == true)

    let tagger = try Model.load(path: TaskCheckpoint("bert-tags").path)
    let counterfactual = try FineTuneConfig(
      json:
        #"{\#(Self.data), "fairness": [{"objective": "counterfactual", "weight": 1, "terms": [["w5", "w6"]]}]}"#
    )
    let unsupported = #expect(throws: Failure.self) {
      _ = try fineTune(tagger, train: TaskCheckpoint.rows(8), validation: nil, counterfactual)
    }
    #expect(unsupported?.kind == .unsupported && unsupported?.location == "/fairness/0")
  }
}
