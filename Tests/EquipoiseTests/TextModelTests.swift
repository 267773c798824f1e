import Datasets
import Equipoise
import Formats
import Platform
import Testing

/// The tiny BERT of FormatsTests.
let resourceBERT =
  "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
  + "/FormatsTests/Resources/transformers/bert"

/// Texts through the tokenizer and a real checkpoint.
@Suite("Text models", .needsMiniLM)
struct TextModelTests {
  func table(_ rows: Int) throws -> Dataset {
    let reference = try SharedData.json("reference/text-minilm.json")
    let entry = try #require(reference["finetune_full"])
    let texts = (entry["texts"]?.array ?? []).compactMap(\.string)
    let dataset = try Dataset(rows: rows)
    try dataset.add(Column(name: "comment", texts: (0..<rows).map { texts[$0 % texts.count] }))
    try dataset.add(
      Column(
        name: "label", integers: (0..<rows).map { Int64(entry["labels"]?.array?[$0 % texts.count].int ?? 0) })
    )
    try dataset.add(
      Column(
        name: "group",
        texts: (0..<rows).map { entry["groups"]?.array?[$0 % texts.count].int == 0 ? "a" : "b" }))
    return dataset
  }

  @Test("An encoder without a head gives the sentence embeddings of sentence-transformers")
  func embeddings() throws {
    let model = try Model.load(path: try #require(MiniLM.directory))
    let reference = try #require(SharedData.json("reference/text-minilm.json")["embeddings"])
    let texts = (reference["texts"]?.array ?? []).compactMap(\.string)
    let dataset = try Dataset(rows: texts.count)
    try dataset.add(Column(name: "text", texts: texts))
    let result = try model.predict(dataset, PredictOptions(json: #"{"text": "text"}"#))
    guard case .tensor(let values, let shape) = try result.column("embedding").values else {
      Issue.record("no tensor")
      return
    }
    #expect(shape == [384])
    for (row, expected) in (reference["values"]?.array ?? []).enumerated() {
      for (column, value) in (expected.array ?? []).enumerated() {
        #expect(abs(values.elements[row * 384 + column] - Float(value.double ?? .nan)) < 1e-5)
      }
    }
  }

  static let data =
    #""data": {"label": "label", "text": "comment", "sensitive": ["group"]}, "fairness": [{"objective": "demographic_parity", "weight": 1}]"#

  @Test(
    "A new head, adapters or biases are tuned, saved for transformers, and predict the same when loaded again",
    arguments: [
      #""freeze": ["encoder.*", "embeddings.*"]"#, #""adapter": {"kind": "lora"}"#,
      #""adapter": {"kind": "bitfit"}"#,
      #""dropout": 0, "precision": "bf16""#,
      #""dropout": 0"#,
    ])
  func tuned(train: String) throws {
    let base = try Model.load(path: try #require(MiniLM.directory))
    let rows = try table(64)
    let config = try FineTuneConfig(
      json:
        #"{\#(Self.data), "train": {"epochs": 2, "batch_size": 16, "optimizer": {"learning_rate": 1e-4}, \#(train)}}"#
    )
    let (model, report) = try fineTune(base, train: rows, validation: rows, config)
    #expect(report["after"]?["loss"]?.double ?? 9 < report["before"]?["loss"]?.double ?? 0)
    let directory = try TemporaryDirectory()
    try model.save(path: directory.path + "/tuned")
    let loaded = try Model.load(path: directory.path + "/tuned")
    let (a, b) = (try model.predict(rows), try loaded.predict(rows))
    guard case .float32(let first) = try a.column("score").values,
      case .float32(let second) = try b.column("score").values
    else {
      Issue.record("no scores")
      return
    }
    for row in 0..<rows.rows { #expect(abs(first.elements[row] - second.elements[row]) < 1e-6) }
  }

  @Test("Rounded to bfloat16 a model gives nearly the same probabilities, and not the same")
  func rounded() throws {
    let rows = try Dataset(rows: 30)
    try rows.add(Column(name: "text", texts: (0..<30).map { "w\(10 + $0 % 7) w\(20 + $0 % 9) w\(30 + $0)" }))
    let scores = try ["f32", "bf16"].map { precision in
      let model = try Model.load(
        path: resourceBERT, options: LoadOptions(json: #"{"precision": "\#(precision)"}"#))
      let options = try PredictOptions(json: #"{"text": "text"}"#)
      return try model.predict(rows, options).column("score_LABEL_0").numbers()
    }
    let differences = (0..<30).map { abs(scores[0].pointer[$0] - scores[1].pointer[$0]) }
    #expect((differences.max() ?? 0) > 0 && (differences.max() ?? 1) < 0.02, "\(differences)")
  }

  @Test("Penalized term swaps change scores less, and the report says if that is impossible")
  func counterfactual() throws {
    let base = try Model.load(path: resourceBERT)
    func texts(_ terms: [String]) -> [String] {
      (0..<80).map { "w\(10 + $0 % 7) \(terms[$0 % 2]) w\(20 + $0 % 9)" }
    }
    let rows = try Dataset(rows: 80)
    try rows.add(Column(name: "text", texts: texts(["w31", "w32"])))
    try rows.add(Column(name: "group", texts: (0..<80).map { $0 % 2 == 0 ? "a" : "b" }))
    // The term determines the label, except in some rows.
    try rows.add(
      Column(name: "label", integers: (0..<80).map { Int64(($0 + ($0 % 8 == 3 ? 1 : 0)) % 2) }))
    let swapped = try Dataset(rows: 80)
    try swapped.add(Column(name: "text", texts: texts(["w32", "w31"])))
    func change(_ fairness: String, augment: String = "{}") throws -> Double {
      let config = try FineTuneConfig(
        json: """
          {"data": {"text": "text", "label": "label"}, "fairness": [\(fairness)],
           "train": {"augment": \(augment), "epochs": 8, "batch_size": 20, "dropout": 0, "optimizer": {"learning_rate": 0.01}}}
          """)
      let (model, _) = try fineTune(base, train: rows, validation: rows, config)
      let a = try model.predict(rows).column("score").numbers()
      let b = try model.predict(swapped).column("score").numbers()
      return (0..<80).reduce(0) { $0 + abs(Double(a.pointer[$1] - b.pointer[$1])) } / 80
    }
    let free = try change("")
    let held = try change(#"{"objective": "counterfactual", "weight": 5, "terms": [["w31", "w32"]]}"#)
    #expect(free > 0.3 && held < 0.1, "\(free) \(held)")
    // Among three terms "random" meets the other one of these two in half of the rows.
    let drawn = try change(
      #"{"objective": "counterfactual", "weight": 5, "swap": "random", "terms": [["w31", "w33", "w32"]]}"#)
    #expect(drawn < 0.1, "\(drawn)")
    // With each row twice, once with each term and with the same label, the term has no information.
    let augmented = try change("", augment: #"{"terms": [["w31", "w32"]]}"#)
    #expect(augmented < 0.1, "\(augmented)")
    for (entry, augment, place) in [
      (#"{"objective": "counterfactual", "weight": 5}"#, "{}", "/fairness/0/terms"),
      (
        #"{"objective": "counterfactual", "weight": 5, "terms": [["he", "she"]]}"#, "{}",
        "/fairness/0/terms"
      ), ("", #"{"terms": [["he", "she"]]}"#, "/train/augment/terms"),
    ] {
      let failure = #expect(throws: Failure.self) { _ = try change(entry, augment: augment) }
      #expect(failure?.kind == .invalidConfig && failure?.location == place, "\(String(describing: failure))")
    }
  }

  @Test(
    "Invalid input is named: no column of text, a column of numbers, a missing text, too long a limit")
  func mistakes() throws {
    let directory = try #require(MiniLM.directory)
    let model = try Model.load(path: directory)
    let rows = try table(4)
    func failure(_ body: () throws -> Void) -> Failure? {
      do {
        try body()
        return nil
      } catch { return error as? Failure }
    }
    #expect(failure { _ = try model.predict(rows) }?.location == "/data/text")
    #expect(
      failure { _ = try model.predict(rows, PredictOptions(json: #"{"text": "label"}"#)) }?.kind
        == .invalidData)
    try rows.add(Column(name: "gaps", texts: ["a", nil, "c", "d"]))
    let missing = failure { _ = try model.predict(rows, PredictOptions(json: #"{"text": "gaps"}"#)) }
    #expect(missing?.message.contains("row 1") == true)
    let long = failure {
      _ = try Model.load(path: directory, options: LoadOptions(json: #"{"maximum_length": 4096}"#))
    }
    #expect(long?.location == "/maximum_length")
  }
}
