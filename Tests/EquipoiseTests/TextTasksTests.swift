import Datasets
import Equipoise
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Texts with several labels, their likelihoods, long texts, and groups that they mention")
struct TextTasksTests {
  /// Scores of texts without a dataset.
  static func scores(_ model: Model, _ texts: [String]) throws -> [Float] {
    let pointers = texts.map { UnsafePointer<CChar>(strdup($0)) }
    defer { for pointer in pointers { free(UnsafeMutablePointer(mutating: pointer)) } }
    var scores = [Float](repeating: .nan, count: texts.count * model.scoreCount)
    try model.predict(texts: pointers, rows: texts.count, scores: &scores, scoreCount: scores.count)
    return scores
  }

  /// The reference's texts without their special tokens; token 3 is the mask.
  static func words(_ checkpoint: TaskCheckpoint) -> [String] {
    (checkpoint.expected["texts"]?.array ?? []).map(words)
  }

  static func words(_ text: JSONValue) -> String {
    (text.array ?? []).dropFirst().dropLast().compactMap(\.int)
      .map { $0 == 3 ? "[MASK]" : "w\($0)" }.joined(separator: " ")
  }

  @Test(
    "Likelihoods of words among the others, and of words after others, are transformers' to 1e-4",
    arguments: [
      "bert", "roberta", "xlm-roberta", "albert", "distilbert", "gpt2", "deberta-v2", "deberta-v2-legacy",
    ])
  func likelihoods(family: String) throws {
    let checkpoint = try TaskCheckpoint("\(family)-likelihood")
    let model = try Model.load(
      path: checkpoint.path, options: LoadOptions(json: #"{"output": "log_likelihood"}"#))
    #expect(model.scoreCount == 1)
    for (score, wanted) in zip(
      try Self.scores(model, Self.words(checkpoint)), checkpoint.numbers("likelihoods"))
    {
      #expect(abs(Double(score) - wanted) < 1e-4, "\(score) \(wanted)")
    }
    let table = try Dataset([Column(name: "t", texts: Self.words(checkpoint) + [""])])
    let column = try model.predict(table, PredictOptions(json: #"{"text": "t"}"#)).column("score").numbers()
    #expect(
      column.elements[3] == 0 && abs(Double(column.elements[0]) - checkpoint.numbers("likelihoods")[0]) < 1e-4
    )
  }

  @Test(
    "Likelihoods of the tokens that two texts share are the sums that CrowS-Pairs compares, to 1e-4",
    arguments: ["bert", "roberta", "albert"])
  func sharedLikelihoods(family: String) throws {
    let checkpoint = try TaskCheckpoint("\(family)-likelihood")
    let options = try LoadOptions(json: #"{"output": "log_likelihood"}"#)
    let model = try Model.load(path: checkpoint.path, options: options)
    let pairs = (checkpoint.expected["pairs"]?.array ?? []).map { ($0.array ?? []).map(Self.words) }
    let wanted = (checkpoint.expected["shared"]?.array ?? []).map { ($0.array ?? []).compactMap(\.double) }
    let table = try Dataset(
      (0..<2).map { side in try Column(name: "\(side)", texts: pairs.map { $0[side] }) })
    for side in 0..<2 {
      let options = try PredictOptions(json: #"{"text": "\#(side)", "text_pair": "\#(1 - side)"}"#)
      let scores = try model.predict(table, options).column("score").numbers().array
      #expect(scores.count == 4 && scores[3] == 0)
      for (score, wanted) in zip(scores, wanted) {
        #expect(abs(Double(score) - wanted[side]) < 1e-4, "\(score) \(wanted[side])")
      }
    }
    let causal = try Model.load(path: TaskCheckpoint("gpt2-likelihood").path, options: options)
    let refused = #expect(throws: Failure.self) {
      _ = try causal.predict(table, PredictOptions(json: #"{"text": "0", "text_pair": "1"}"#))
    }
    #expect(refused?.kind == .unsupported && refused?.location == "/data/text_pair")
  }

  @Test("A checkpoint without the head of a language model says so; one with it is not saved")
  func noLanguageModel() throws {
    let options = try LoadOptions(json: #"{"output": "log_likelihood"}"#)
    let missing = #expect(throws: Failure.self) { _ = try Model.load(path: resourceBERT, options: options) }
    #expect(missing?.kind == .unsupported && missing?.message.contains("cls.predictions") == true)
    let model = try Model.load(path: TaskCheckpoint("bert-likelihood").path, options: options)
    let directory = try TemporaryDirectory()
    let refused = #expect(throws: Failure.self) { try model.save(path: directory.path + "/model") }
    #expect(refused?.kind == .unsupported)
  }

  static let several =
    #""data": {"text": "text", "labels": ["rude", "threat", "insult"], "sensitive": ["group"]}"#

  @Test("Several labels: transformers' scores, PyTorch's eight losses, an audit of each, the same when saved")
  func severalLabels() throws {
    let checkpoint = try TaskCheckpoint("bert-labels")
    let base = try Model.load(path: checkpoint.path)
    #expect(
      base.describe()["task"]?.string == "multilabel" && base.classLabels == ["rude", "threat", "insult"])
    func expect(_ model: Model, _ key: String, within tolerance: Double) throws {
      let wanted = (checkpoint.expected[key]?.array ?? []).flatMap { $0.array ?? [] }.map {
        $0.double ?? .nan
      }
      #expect(wanted.count == 9)
      for (score, wanted) in zip(try Self.scores(model, Self.words(checkpoint)), wanted) {
        #expect(abs(Double(score) - wanted) < tolerance, "\(score) \(wanted)")
      }
    }
    try expect(base, "scores", within: 1e-5)
    let rows = try TaskCheckpoint.rows(16)
    let config = try FineTuneConfig(
      json: """
        {\(Self.several), "task": "multilabel",
         "train": {"epochs": 2, "batch_size": 4, "shuffle": false, "dropout": 0, "trace": true,
                   "optimizer": {"learning_rate": 0.01, "weight_decay": 0.01}}}
        """)
    let (model, report) = try fineTune(base, train: rows, validation: rows, config)
    for (step, wanted) in zip(report["steps"]?.array ?? [], checkpoint.numbers("losses")) {
      let loss = step["loss"]?.double ?? .nan
      #expect(abs(loss - wanted) < 1e-4 * wanted, "\(loss) \(wanted)")
    }
    #expect(report["steps"]?.array?.count == 8)
    let directory = try TemporaryDirectory()
    try model.save(path: directory.path + "/labels")
    let loaded = try Model.load(path: directory.path + "/labels")
    try expect(loaded, "tuned", within: 1e-4)
    let found = try loaded.predict(rows)
    #expect(
      found.names == [
        "score_rude", "score_threat", "score_insult", "label_rude", "label_threat", "label_insult",
      ])
    let audited = try audit(loaded, on: rows, AuditConfig(json: "{}"))
    #expect(
      audited["multilabel"]?["labels"]?.array?.map { $0["label"]?.string } == ["rude", "threat", "insult"])
    #expect(audited["multilabel"] == report["after"]?["multilabel"])
    // The numbers of all labels together are the means over the labels.
    let each = (audited["multilabel"]?["labels"]?.array ?? []).map {
      $0["overall"]?["accuracy"]?.double ?? .nan
    }
    let all = audited["overall"]?["accuracy"]?.double ?? .nan
    #expect(abs(each.reduce(0, +) / 3 - all) < 1e-9 && audited["rows"]?.int == 48)
  }

  @Test("A penalized gap becomes smaller for each of several labels, and each has its name")
  func fairLabels() throws {
    let base = try Model.load(path: resourceBERT)
    // One word determines the group, and the group nearly determines the labels.
    let rows = try Dataset([
      Column(name: "text", texts: (0..<120).map { "w\($0 % 2 == 0 ? 31 : 32) w\(5 + $0 % 13)" }),
      Column(name: "group", texts: (0..<120).map { $0 % 2 == 0 ? "a" : "b" }),
      Column(name: "rude", integers: (0..<120).map { Int64(($0 % 2 + ($0 % 12 == 3 ? 1 : 0)) % 2) }),
      Column(name: "threat", integers: (0..<120).map { Int64(($0 % 2 + ($0 % 10 == 4 ? 1 : 0)) % 2) }),
    ])
    func gaps(_ fairness: String) throws -> [Double] {
      let config = try FineTuneConfig(
        json: """
          {"task": "multilabel", "data": {"text": "text", "labels": ["rude", "threat"], "sensitive": ["group"]},
           "fairness": [\(fairness)],
           "train": {"epochs": 10, "batch_size": 30, "dropout": 0, "optimizer": {"learning_rate": 0.01}}}
          """)
      let (_, report) = try fineTune(base, train: rows, validation: rows, config)
      if !fairness.isEmpty {
        let names = report["history"]?.array?.last?["gaps"]?.members?.map(\.key)
        #expect(names == ["demographic_parity(group)[rude]", "demographic_parity(group)[threat]"])
      }
      return (report["after"]?["multilabel"]?["labels"]?.array ?? []).map {
        $0["attributes"]?.array?.first?["fairness"]?["demographic_parity_difference"]?.double ?? .nan
      }
    }
    let (free, held) = (try gaps(""), try gaps(#"{"objective": "demographic_parity", "weight": 5}"#))
    #expect(free.count == 2 && free.allSatisfy { $0 > 0.6 }, "\(free)")
    #expect(held.count == 2 && held.allSatisfy { $0 < 0.3 }, "\(held)")
  }

  @Test("Windows of a long text are averaged, or the largest counts; cut at the end is the first of them")
  func windows() throws {
    let path = try TaskCheckpoint("bert-labels").path
    let words = (0..<60).map { "w\(5 + $0 * 7 % 45)" }
    let parts = (0..<6).map { words[$0 * 10..<$0 * 10 + 10].joined(separator: " ") }
    let texts = [words.joined(separator: " "), parts[1]]
    let alone = try Self.scores(Model.load(path: path), parts)
    func scores(_ options: String) throws -> [Float] {
      try Self.scores(Model.load(path: path, options: LoadOptions(json: options)), texts)
    }
    let mean = try scores(#"{"long_texts": {"method": "windows", "length": 12}}"#)
    let most = try scores(#"{"long_texts": {"method": "windows", "length": 12, "combine": "maximum"}}"#)
    let first = try scores(#"{"long_texts": {"length": 12}}"#)
    for label in 0..<3 {
      let column = (0..<6).map { alone[$0 * 3 + label] }
      #expect(abs(mean[label] - column.reduce(0, +) / 6) < 1e-6)
      #expect(abs(most[label] - (column.max() ?? 0)) < 1e-6)
      #expect(abs(first[label] - column[0]) < 1e-6)
      #expect(abs(mean[3 + label] - column[1]) < 1e-6)
    }
    // The same with a table and options, for a model that was loaded without them.
    let table = try Dataset([Column(name: "text", texts: texts)])
    let options = #"{"text": "text", "long_texts": {"method": "windows", "length": 12}}"#
    let found = try Model.load(path: path).predict(table, PredictOptions(json: options))
    #expect(abs(try found.column("score_threat").numbers().elements[0] - mean[1]) < 1e-6)
    let mistake = #expect(throws: Failure.self) { _ = try scores(#"{"long_texts": {"length": 64}}"#) }
    #expect(mistake?.location == "/data/long_texts/length")
  }

  @Test("The audit after a tuning reads long texts in windows as an audit of the tuned model does")
  func windowsInTuning() throws {
    let rows = try Dataset([
      Column(
        name: "text",
        texts: (0..<30).map { row in
          (0..<40 + row).map { "w\(5 + ($0 * 7 + row) % 45)" }.joined(separator: " ")
        }),
      Column(name: "y", integers: (0..<30).map { Int64($0 % 3) }),
      Column(name: "group", texts: (0..<30).map { $0 % 2 == 0 ? "a" : "b" }),
    ])
    let config = try FineTuneConfig(
      json: """
        {"data": {"text": "text", "label": "y", "sensitive": ["group"],
                  "long_texts": {"method": "windows", "length": 16, "stride": 4, "combine": "maximum"}},
         "train": {"epochs": 1, "batch_size": 10, "optimizer": {"learning_rate": 0.01}}}
        """)
    let (model, report) = try fineTune(
      Model.load(path: resourceBERT), train: rows, validation: nil, config)
    #expect(report["rows"]?["train"]?.int == 24)
    let (_, whole) = try fineTune(
      model, train: rows, validation: rows,
      FineTuneConfig(json: #"{"train": {"epochs": 1, "optimizer": {"learning_rate": 0}}}"#))
    let audited = try audit(model, on: rows, AuditConfig(json: "{}"))
    #expect(audited["overall"] == whole["after"]?["overall"] && audited["rows"]?.int == 30)
    // With more than two classes, the maxima of each class are normalized again.
    let scores = try Self.scores(model, TaskCheckpoint.strings(rows.column("text")))
    for row in 0..<30 { #expect(abs(scores[row * 3..<row * 3 + 3].reduce(0, +) - 1) < 1e-5) }
  }

  @Test("Groups are those whose terms a text has, of several or of none too, in tuning and audits")
  func lexicons() throws {
    let directory = try TemporaryDirectory()
    let file = directory.path + "/terms.txt"
    try AtomicFile.write("christian\nchurch goer\n", to: file)
    let rows = try Dataset([
      Column(name: "text", texts: ["A Muslim man", "church  goer", "muslims", "islamic christian", nil]),
      Column(name: "y", integers: [1, 0, 1, 0, 1]), Column(name: "p", integers: [1, 1, 1, 0, 1]),
    ])
    let attribute =
      #"{"name": "religion", "lexicon": {"muslim": ["muslim", "islamic"], "christian": "\#(file)"}}"#
    func report(_ attribute: String) throws -> JSONValue {
      try audit(
        nil, on: rows,
        AuditConfig(
          json: #"{"data": {"text": "text", "label": "y", "prediction": "p", "sensitive": [\#(attribute)]}}"#)
      )
    }
    let groups = try report(attribute)["attributes"]?.array?.first?["groups"]?.array ?? []
    // "muslims" and "muslim" are different words; missing texts form a separate group.
    #expect(
      Set(groups.compactMap { $0["group"]?.string }) == [
        "muslim", "christian", "muslim+christian", "(none)", "(missing)",
      ])
    for mistake in [
      (#"{"name": "y", "lexicon": {"muslim": ["muslim"]}}"#, "/data/sensitive/0/name"),
      (#"{"name": "religion", "lexicon": {"muslim": []}}"#, "/data/sensitive/0/lexicon/muslim"),
      (#"{"name": "religion", "lexicon": {"muslim": ["a"]}, "bins": [1]}"#, "/data/sensitive/0"),
    ] {
      let failure = #expect(throws: Failure.self) { _ = try report(mistake.0) }
      #expect(failure?.location == mistake.1)
    }

    // A tuned model stores the terms, not the file.
    let texts = try Dataset([
      Column(name: "text", texts: (0..<40).map { "w\(5 + $0 % 9) w\($0 % 3 == 0 ? 31 : 32)" }),
      Column(name: "y", integers: (0..<40).map { Int64($0 % 2) }),
    ])
    try AtomicFile.write(#"["w31"]"#, to: file)
    let config = try FineTuneConfig(
      json: """
        {"data": {"text": "text", "label": "y", "sensitive": [{"name": "term", "lexicon": {"it": "\(file)"}}]},
         "fairness": [{"objective": "demographic_parity", "weight": 1}], "train": {"epochs": 1}}
        """)
    let (model, tuned) = try fineTune(Model.load(path: resourceBERT), train: texts, validation: nil, config)
    #expect(tuned["after"]?["attributes"]?.array?.first?["groups"]?.array?.count == 2)
    try model.save(path: directory.path + "/model")
    unlink(file)
    let loaded = try Model.load(path: directory.path + "/model")
    let after = try audit(loaded, on: texts, AuditConfig(json: "{}"))
    let counts = (after["attributes"]?.array?.first?["groups"]?.array ?? []).map { $0["count"]?.int }
    #expect(Set(counts) == [26, 14])
  }
}
