import Datasets
import Equipoise
import Platform
import Testing

/// Invalid inputs of a tuning, an audit or a prediction, with the expected kind of failure, and parts of its
/// message and location.
@Suite("Bad input gets a clear error, or a stated, sensible result")
struct BadInputTests {
  /// Expects a failure whose message or location contains all of the words.
  static func expectFailure(
    _ kind: Failure.Kind, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
  ) {
    do {
      try body()
      Issue.record("no error", sourceLocation: sourceLocation)
    } catch let failure as Failure {
      #expect(failure.kind == kind, "\(failure.message)", sourceLocation: sourceLocation)
      for word in words where !word.isEmpty {
        #expect(
          failure.message.contains(word) || failure.location.contains(word),
          "\(failure.message) (\(failure.location))",
          sourceLocation: sourceLocation)
      }
    } catch {
      Issue.record("not a Failure: \(error)", sourceLocation: sourceLocation)
    }
  }

  static func tune(_ json: String, on table: Dataset? = nil, validation: Dataset? = nil) throws {
    _ = try Model.make(#"{"hidden": [4]}"#).tuned(
      on: table ?? SyntheticTable.biased(rows: 120), validation: validation, json)
  }

  static let data = #""data": {"label": "y", "sensitive": ["sex", "race"]}"#

  @Test(
    "Configurations of tuning that do not fit",
    arguments: [
      (#"{"data": {"label": "yy", "sensitive": ["sex"]}}"#, Failure.Kind.invalidData, "did you mean", "y"),
      (#"{"data": {"lable": "y"}}"#, .invalidConfig, "did you mean \"label\"", "/data/lable"),
      (
        #"{"data": {"label": "y", "sensitive": ["sexx"]}}"#, .invalidConfig, "did you mean \"sex\"",
        "/data/sensitive/0"
      ),
      (
        #"{"data": {"label": "y", "sensitive": ["sex"], "exclude": ["rase"]}}"#, .invalidConfig,
        "did you mean \"race\"", "/data/exclude/0"
      ),
      (
        #"{"data": {"label": "y", "sensitive": ["sex"], "include": ["x3"]}}"#, .invalidConfig, "did you mean",
        "/data/include/0"
      ),
      (
        #"{"data": {"label": "y", "sensitive": ["sex"], "weight": "x9"}}"#, .invalidData, "did you mean", "x9"
      ),
      (#"{"data": {"sensitive": ["sex"]}}"#, .invalidConfig, "label", "/data/label"),
      (
        #"{"data": {"label": "y", "positive": "yes"}}"#, .invalidConfig, "no row has the label",
        "/data/positive"
      ),
      (#"{\#(data), "train": {"epoch": 1}}"#, .invalidConfig, "did you mean \"epochs\"", "/train/epoch"),
      (
        #"{\#(data), "train": {"optimizer": {"name": "adan"}}}"#, .invalidConfig, "did you mean \"adam\"",
        "/train/optimizer/name"
      ),
      (#"{\#(data), "train": {"precision": "f16"}}"#, .invalidConfig, "bf16", "/train/precision"),
      (#"{\#(data), "train": {"adapter": {"kind": "lora"}}}"#, .unsupported, "text models", "/train/adapter"),
      (#"{\#(data), "train": {"batch_size": 0}}"#, .invalidConfig, "out of range", "/train/batch_size"),
      (
        #"{\#(data), "train": {"freeze": ["layer.0.*"]}}"#, .invalidConfig, "no parameter matches",
        "/train/freeze/0"
      ),
      (#"{\#(data), "train": {"freeze": ["*"]}}"#, .invalidConfig, "frozen", "/train/freeze"),
      (#"{\#(data), "train": {"loss": {"name": "huber"}}}"#, .invalidConfig, "does not fit", "/train/loss"),
      (
        #"{\#(data), "train": {"loss": {"class_weights": {"2": 1}}}}"#, .invalidConfig, "not a class",
        "/train/loss/class_weights/2"
      ),
      (
        #"{\#(data), "train": {"loss": {"class_weights": {"1": -1}}}}"#, .invalidConfig, "not a weight",
        "/train/loss/class_weights/1"
      ),
      (
        #"{\#(data), "train": {"loss": {"class_weights": {"0": 0, "1": 0}}}}"#, .invalidData,
        "all weights are 0", ""
      ),
      (
        #"{\#(data), "train": {"early_stopping": {"metric": "acuracy"}}}"#, .invalidConfig, "acuracy",
        "/train/early_stopping/metric"
      ),
      (
        #"{\#(data), "train": {"checkpoint": {"directory": ""}}}"#, .invalidConfig, "directory",
        "/train/checkpoint"
      ),
      (
        #"{"data": {"label": "x1"}, "train": {"optimizer": {"name": "sgd", "learning_rate": 1e6}, "epochs": 40}}"#,
        .invalidConfig, "beyond all bounds", "/train/optimizer/learning_rate"
      ),
      (
        #"{\#(data), "fairness": [{"objective": "demographic_parity", "weight": 1, "tolerance": 0.1}]}"#,
        .invalidConfig, "both", "/fairness/0"
      ),
      (
        #"{\#(data), "fairness": [{"objective": "demographic_parity"}]}"#, .invalidConfig, "neither",
        "/fairness/0"
      ),
      (
        #"{\#(data), "fairness": [{"objective": "demografic_parity", "weight": 1}]}"#, .invalidConfig,
        "did you mean", "/fairness/0/objective"
      ),
      (
        #"{\#(data), "fairness": [{"objective": "demographic_parity", "weight": 1, "attribute": "job"}]}"#,
        .invalidConfig, "sensitive", "/fairness/0/attribute"
      ),
      (
        #"{\#(data), "fairness": [{"objective": "demographic_parity", "weight": 1, "attribute": ["sex", "sex"]}]}"#,
        .invalidConfig, "different", "/fairness/0/attribute"
      ),
      (
        #"{\#(data), "fairness": [{"objective": "counterfactual", "weight": 1}]}"#, .invalidConfig,
        "sensitive_as_input", "/fairness/0/attribute"
      ),
      (
        #"{\#(data), "fairness": [{"objective": "covariance", "weight": 1, "gap": "worst"}]}"#,
        .invalidConfig, "no meaning", "/fairness/0/gap"
      ),
      (
        #"{\#(data), "fairness": [{"objective": "predictive_parity", "weight": 1, "on": "logit"}]}"#,
        .invalidConfig, "logit", "/fairness/0/on"
      ),
      (#"{\#(data), "task": "tokens"}"#, .unsupported, "tokens", "/task"),
      (#"{"task": "regression", "data": {"label": "job", "sensitive": ["sex"]}}"#, .invalidData, "job", ""),
      (#"{"data": {"label": "y", "sensitive": [{"name": "sex", "bins": [1, 2]}]}}"#, .invalidData, "sex", ""),
      (
        #"{"data": {"label": "y", "sensitive": [{"name": "x2", "bins": [2, 1]}]}}"#, .invalidConfig, "ascend",
        "/data/sensitive/0/bins"
      ),
      (
        #"{\#(data), "encoding": {"columns": {"jobb": {"kind": "category"}}}}"#, .invalidConfig,
        "did you mean", "/encoding/columns/jobb"
      ),
      (#"{\#(data), "audit": {"metrics": ["acuracy"]}}"#, .invalidConfig, "did you mean", "metrics/0"),
      (#"{\#(data), "audit": {"by": ["town"]}}"#, .invalidConfig, "sensitive", "by/0"),
      (#"[1]"#, .invalidConfig, "object", ""),
      (#"{"data": "#, .invalidConfig, "", ""),
    ])
  func configurations(json: String, kind: Failure.Kind, word: String, place: String) {
    Self.expectFailure(kind, word, place) { try Self.tune(json) }
  }

  @Test("Tables that do not fit")
  func tables() throws {
    let header = "x,g,y,w\n"
    let config =
      #"{"data": {"label": "y", "sensitive": ["g"], "weight": "w"}, "train": {"epochs": 2}, "fairness": [{"objective": "equalized_odds", "weight": 1}]}"#
    func rows(_ text: String) throws -> Dataset { try SyntheticTable.csv(header + text) }
    Self.expectFailure(.invalidData, "no label", "row 1") {
      try Self.tune(config, on: rows("1,a,0,1\n2,b,,1\n3,a,1,1\n"))
    }
    Self.expectFailure(.invalidData, "not a weight", "row 2") {
      try Self.tune(config, on: rows("1,a,0,1\n2,b,1,1\n3,a,1,-1\n"))
    }
    Self.expectFailure(.invalidData, "not a weight", "w") {
      try Self.tune(config, on: rows("1,a,0,1\n2,b,1,\n3,a,1,1\n"))
    }
    Self.expectFailure(.invalidData, "weights are 0", "w") {
      try Self.tune(config, on: rows("1,a,0,0\n2,b,1,0\n3,a,1,0\n"))
    }
    Self.expectFailure(.invalidData, "") { try Self.tune(config, on: rows("")) }
    Self.expectFailure(.invalidData, "no rows") {
      try Self.tune(
        config,
        on: Dataset(
          ["x", "y", "w"].map { try Column(name: $0, numbers: []) } + [Column(name: "g", texts: [])]))
    }
    // A single value is only one class; a single word cannot be distinguished from any other.
    Self.expectFailure(.invalidData, "every label is \"yes\"", "y") {
      try Self.tune(config, on: rows("1,a,yes,1\n2,b,yes,1\n3,a,yes,1\n"))
    }
    Self.expectFailure(.invalidData, "not finite", "x") {
      try Self.tune(
        config,
        on: Dataset([
          Column(name: "x", numbers: [1, .infinity, 2]), Column(name: "g", texts: ["a", "b", "a"]),
          Column(name: "y", integers: [0, 1, 0]), Column(name: "w", numbers: [1, 1, 1]),
        ]))
    }
    // Validation rows with a label that training does not have.
    Self.expectFailure(.invalidData, "not a class", "y") {
      try Self.tune(
        #"{"task": "multiclass", "data": {"label": "y", "sensitive": ["g"]}}"#,
        on: rows("1,a,0,1\n2,b,1,1\n3,a,2,1\n"),
        validation: rows("1,a,0,1\n2,b,7,1\n"))
    }
    Self.expectFailure(.invalidData, "x") {
      try Self.tune(
        config, on: rows("1,a,0,1\n2,b,1,1\n3,a,1,1\n"), validation: SyntheticTable.csv("g,y,w\na,1,1\n"))
    }
  }

  @Test(
    "Odd tables that make sense are tuned: one row, a group of one row, a group without positives, constant inputs, a label of 0 alone"
  )
  func oddTables() throws {
    let config =
      #"{"data": {"label": "y", "sensitive": ["g"]}, "train": {"epochs": 2}, "fairness": [{"objective": "equalized_odds", "weight": 1}, {"objective": "demographic_parity", "tolerance": 0.1}, {"objective": "predictive_parity", "weight": 1}, {"objective": "f1_parity", "weight": 1}, {"objective": "treatment_equality", "weight": 0.1}, {"objective": "covariance", "weight": 1}, {"objective": "lossparity", "weight": 1}]}"#
      .replacing("lossparity", with: "loss_parity")
    for text in [
      "1,a,1\n", "1,a,0\n2,b,1\n3,a,1\n4,a,0\n", "1,a,0\n2,b,0\n3,a,1\n4,b,0\n", "1,a,0\n1,b,1\n1,a,1\n",
      "1,a,0\n2,b,0\n3,a,0\n", "1,,0\n2,,1\n3,,0\n", ",a,0\n2,b,1\n,b,1\n",
    ] {
      let table = try SyntheticTable.csv("x,g,y\n" + text)
      let (tuned, report) = try Model.make(#"{"hidden": [4]}"#).tuned(on: table, config)
      #expect(try tuned.predicted(on: table).allSatisfy { $0.isFinite }, "\(text)")
      #expect(try JSONValue.parse(report.text()) == report)
      _ = try audit(tuned, on: table, AuditConfig(json: nil))
    }
    // Both kinds of normalization with a batch of one row.
    for normalization in ["batch", "layer"] {
      let (tuned, _) = try Model.make(#"{"hidden": [4], "normalization": "\#(normalization)"}"#).tuned(
        on: SyntheticTable.csv("x,g,y\n1,a,1\n2,b,0\n3,b,1\n"),
        #"{"data": {"label": "y", "sensitive": ["g"]}, "train": {"epochs": 3, "batch_size": 1}}"#)
      #expect(try tuned.weights().allSatisfy { $0.allSatisfy { $0.isFinite } })
    }
  }

  @Test("Predictions and audits that do not fit")
  func uses() throws {
    let table = try SyntheticTable.biased(rows: 120)
    let (model, _) = try Model.make(#"{"hidden": [4]}"#).tuned(
      on: table, #"{\#(Self.data), "train": {"epochs": 1}}"#)
    Self.expectFailure(.invalidData, "column", "x2") {
      _ = try model.predict(table.selecting(columns: ["x1", "job", "town"]))
    }
    let infinite = try Dataset(
      ["x1", "x2", "job", "town"].map {
        $0 == "x1"
          ? try Column(name: "x1", numbers: [1, -.infinity]) : try Column(name: $0, integers: [1, 2])
      })
    Self.expectFailure(.invalidData, "infinite", "x1") { _ = try model.predict(infinite) }
    let words = try Dataset(["x1", "x2", "job", "town"].map { try Column(name: $0, texts: ["a", "b"]) })
    Self.expectFailure(.invalidData, "x1") { _ = try model.predict(words) }
    #expect(
      try model.predict(Dataset(["x1", "x2", "job", "town"].map { try Column(name: $0, numbers: []) })).rows
        == 0)
    Self.expectFailure(.invalidData, "keep_me") {
      var options = PredictOptions()
      options.keep = ["keep_me"]
      _ = try model.predict(table, options)
    }

    var scores: [Float] = [0]
    Self.expectFailure(.invalidArgument, "takes 4") {
      try model.predict(features: [1, 2, 3], rows: 1, columns: 3, scores: &scores, scoreCount: 1)
    }
    Self.expectFailure(.invalidArgument, "scores_count") {
      try model.predict(
        features: [1, 2, 3, 4, 1, 2, 3, 4], rows: 2, columns: 4, scores: &scores, scoreCount: 1)
    }
    Self.expectFailure(.invalidArgument, "scores_count") {
      try model.predict(features: [], rows: -1, columns: 4, scores: &scores, scoreCount: 1)
    }
    Self.expectFailure(.invalidArgument, "scores_count") {
      try model.predict(features: [], rows: Int.max, columns: 4, scores: &scores, scoreCount: 1)
    }
    Self.expectFailure(.invalidData, "infinite", "row 0") {
      try model.predict(features: [.infinity, 2, 0, 0], rows: 1, columns: 4, scores: &scores, scoreCount: 1)
    }

    // A task that does not fit the model's outputs.
    for json in [
      #"{"task": "multiclass", "data": {"label": "job", "sensitive": ["sex"]}}"#,
      #"{"task": "multiclass"}"#, #"{"data": {"label": "job", "positive": "baker", "sensitive": ["sex"]}}"#,
      #"{"data": {"label": "y", "sensitive": ["sex"]}, "by": ["race"]}"#, #"{"metrics": ["tqr"]}"#,
      #"{"data": {"label": "y", "sensitive": ["sex", "race", "x1", "x2", "town"]}, "by": [["sex", "x1", "x2", "town", "race"]], "threshold": 2}"#,
    ] {
      do {
        _ = try audit(model, on: table, AuditConfig(json: json))
        Issue.record("no error for \(json)")
      } catch {
        #expect(error is Failure)
      }
    }
    Self.expectFailure(.invalidConfig, "prediction", "/data") {
      _ = try audit(nil, on: table, AuditConfig(json: #"{\#(Self.data)}"#))
    }
    Self.expectFailure(.invalidConfig, "data", "/data") {
      _ = try audit(nil, on: table, AuditConfig(json: "{}"))
    }
  }

  @Test("Columns of another system's decisions and scores that do not fit")
  func decisions() throws {
    func run(
      _ rows: String,
      _ json: String = #"{"data": {"label": "y", "prediction": "p", "score": "s", "sensitive": ["g"]}}"#
    ) throws -> JSONValue {
      try audit(nil, on: SyntheticTable.csv("y,p,s,g\n" + rows), AuditConfig(json: json))
    }
    #expect(number(try run("1,1,0.5,a\n0,1,0.25,b\n"), "overall", "accuracy") == 0.5)
    Self.expectFailure(.invalidData, "p") { _ = try run("1,,0.5,a\n0,1,0.5,b\n") }
    Self.expectFailure(.invalidData, "p") { _ = try run("1,maybe,0.5,a\n0,1,0.5,b\n") }
    Self.expectFailure(.invalidData, "s") { _ = try run("1,1,,a\n0,1,0.5,b\n") }
    Self.expectFailure(.invalidData, "s") { _ = try run("1,1,high,a\n0,1,low,b\n") }
    Self.expectFailure(.invalidData, "not a class", "y") {
      let (model, _) = try Model.make(#"{"kind": "logistic"}"#).tuned(
        on: SyntheticTable.csv("x,g,y\n1,a,no\n2,b,yes\n3,a,yes\n"),
        #"{"data": {"label": "y", "sensitive": ["g"]}}"#)
      _ = try audit(model, on: SyntheticTable.csv("x,g,y\n1,a,no\n2,b,perhaps\n"), AuditConfig(json: nil))
    }
    // Probabilities outside 0...1, one row, one group, one class: numbers, or null with a note; never a trap.
    for rows in ["1,1,7,a\n0,1,-3,b\n", "1,1,1,a\n", "0,0,0,a\n0,0,0,\n", "1,1,1e308,a\n0,0,-1e308,b\n"] {
      if let report = try? run(rows) { #expect(try JSONValue.parse(report.text()) == report) }
    }
  }

  @Test("A dataset with more rows than memory can hold is refused in advance")
  func hugeDatasets() throws {
    let rows = try Dataset(rows: 1 << 60)
    for options in [#"{"fractions": [0.5, 0.5]}"#, #"{"folds": 3}"#] {
      #expect(throws: Failure.self) { try rows.split(SplitOptions(json: options)) }
    }
    _ = rows.describe()
    _ = try rows.digest()
  }

  @Test("A network whose inputs or outputs do not fit the table")
  func networks() throws {
    let table = try SyntheticTable.biased(rows: 120)
    let network = try Model.load(path: SharedData.path("reference/tabular/network-10-8-4-1.onnx"))
    Self.expectFailure(.invalidConfig, "takes 10", "/data/include") {
      _ = try network.tuned(
        on: table, #"{"data": {"label": "y", "sensitive": ["sex"], "include": ["x1", "x2"]}}"#)
    }
    let wide = try Dataset((0..<10).map { try Column(name: "x\($0)", numbers: (0..<30).map(Double.init)) })
    try wide.add(Column(name: "y", integers: (0..<30).map { Int64($0 % 3) }))
    Self.expectFailure(.invalidConfig, "outputs") {
      _ = try network.tuned(on: wide, #"{"task": "multiclass", "data": {"label": "y"}}"#)
    }
    var options = LoadOptions()
    options.output = .probabilities
    Self.expectFailure(.unsupported, "sigmoid", "/output") {
      _ = try Model.load(path: SharedData.path("reference/tabular/network-10-8-4-1.onnx"), options: options)
    }
  }

  @Test("Model files that are not there, not models, cut off, or at odds with themselves")
  func files() throws {
    let folder = try TemporaryDirectory()
    Self.expectFailure(.io, "nowhere.onnx") { _ = try Model.load(path: folder.path + "/nowhere.onnx") }
    Self.expectFailure(.io, "equipoise.json") { _ = try Model.load(path: folder.path) }
    Self.expectFailure(.unsupported, "model.pt") {
      try AtomicFile.write("?", to: folder.path + "/model.pt")
      _ = try Model.load(path: folder.path + "/model.pt")
    }
    let (model, _) = try Model.make(#"{"hidden": [4]}"#).tuned(
      on: SyntheticTable.biased(rows: 120), #"{\#(Self.data), "train": {"epochs": 1}}"#)
    for name in ["cut.onnx", "native"] {
      try model.save(path: folder.path + "/" + name)
    }
    func bytes(_ path: String) throws -> [UInt8] {
      let file = try MappedFile(path: path)
      return withExtendedLifetime(file) { Array(file.bytes) }
    }
    let whole = try bytes(folder.path + "/cut.onnx")
    for length in stride(from: 0, to: whole.count, by: 97) {
      try AtomicFile.write(to: folder.path + "/short.onnx") { write in
        try whole.withUnsafeBytes { try write(UnsafeRawBufferPointer(rebasing: $0.prefix(length))) }
      }
      do {
        _ = try Model.load(path: folder.path + "/short.onnx")
        Issue.record("\(length) of \(whole.count) bytes make a model")
      } catch {
        #expect(error is Failure)
      }
    }
    let record = folder.path + "/native/equipoise.json"
    let text = String(decoding: try bytes(record), as: UTF8.self)
    for (part, other) in [
      (#""task": "binary""#, #""task": "regression""#), (#""version": 2"#, #""version": 3"#),
      (#""columns""#, #""colums""#),
      (#""link": "sigmoid""#, #""link": "cosine""#), ("model-", "../model-"),
      (#""threshold": 0.5"#, #""threshold": 7"#),
    ] {
      let changed = text.replacing(part, with: other, maxReplacements: 1)
      guard changed != text else {
        Issue.record("\(part) is not in the record")
        continue
      }
      try AtomicFile.write(changed, to: record)
      if part.contains("task") { continue }
      Self.expectFailure(part.contains("version") ? .unsupported : .invalidModel, "") {
        _ = try Model.load(path: folder.path + "/native")
      }
    }
  }
}
