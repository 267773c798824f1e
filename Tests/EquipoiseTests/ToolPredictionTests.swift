import Datasets
import Equipoise
import Platform
import Prediction
import Testing

/// Small models of XGBoost 3.2 and LightGBM 4.7 with the predictions of these tools
/// (Resources/make_tool_predictions.py).
@Suite("Tools' own predictions")
struct ToolPredictionTests {
  static let resource = Result {
    let folder = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Resources"
    let file = try MappedFile(path: folder + "/tool-predictions.json")
    return try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self))
  }

  static func entry(_ name: String) throws -> JSONValue { try #require(resource.get()[name]) }

  static func model(_ entry: JSONValue, options: String = "{}") throws -> Model {
    let text = try #require(entry["file"]?.string)
    return try Array(text.utf8).withUnsafeBytes {
      try Model.load(bytes: $0, options: LoadOptions(json: options))
    }
  }

  /// Whether predictions agree up to the rounding of XGBoost's sums.
  static func agree(_ found: [[Float]], _ expected: [[Float]]) -> Bool {
    found.count == expected.count
      && zip(found.joined(), expected.joined()).allSatisfy { abs($0 - $1) <= 2e-6 * max(1, abs($1)) }
  }

  @Test(
    "An objective whose prediction is not the margin: the tool's value, also after saving in each format",
    arguments: [
      "xgboost reg:logistic", "xgboost binary:logitraw", "xgboost binary:hinge", "xgboost survival:cox",
      "xgboost survival:aft", "xgboost gblinear", "xgboost multi:softprob gblinear",
      "xgboost multi_output_tree",
      "lightgbm cross_entropy", "lightgbm cross_entropy_lambda", "lightgbm regression sqrt",
    ])
  func objectives(name: String) throws {
    let entry = try Self.entry(name)
    let rows = TreeModelTests.matrix(entry["rows"])
    // A margin is the logit of a score.
    let options = name.hasSuffix("logitraw") ? #"{"output": "values"}"# : "{}"
    let model = try Self.model(entry, options: options)
    let expected = TreeModelTests.matrix(entry["expected"])
    #expect(expected.count == 6)
    #expect(Self.agree(try TreeModelTests.scores(model, rows), expected))
    let isRegression = ["reg:", "survival", "lightgbm"].contains { name.contains($0) } || options != "{}"
    if expected[0].count == 1 { #expect((model.task == .regression) == isRegression) }
    for (ending, format) in [
      (".json", "xgboost"), (".ubj", "xgboost"), (".txt", "lightgbm"), (".onnx", "onnx"), ("", "equipoise"),
    ] where format == model.kind || format == "onnx" || format == "equipoise" {
      #expect(Self.agree(try TreeModelTests.again(model, ending, format, rows), expected), "\(format)")
    }
  }

  @Test(
    "LightGBM's linear trees give its values, also without a feature, after saving, and they are tuned",
    arguments: ["lightgbm linear", "lightgbm linear classes"])
  func linearTrees(name: String) throws {
    let entry = try Self.entry(name)
    let (rows, expected) = (TreeModelTests.matrix(entry["rows"]), TreeModelTests.matrix(entry["expected"]))
    let model = try Self.model(entry)
    #expect(rows.contains { $0.contains(where: \.isNaN) } && expected.count == 6)
    #expect(entry["file"]?.string?.contains("is_linear=1") == true)
    #expect(Self.agree(try TreeModelTests.scores(model, rows), expected))
    for (ending, format) in [(".onnx", "onnx"), ("", "equipoise")] {
      #expect(Self.agree(try TreeModelTests.again(model, ending, format, rows), expected), "\(format)")
    }
    let failure = #expect(throws: Failure.self) { try TreeModelTests.again(model, ".txt", "lightgbm", rows) }
    #expect(failure?.kind == .unsupported && failure?.message.contains("cannot hold") == true)

    let count = rows[0].count
    let table = try Dataset(rows: 60)
    for column in 0..<count {
      try table.add(Column(name: "c\(column)", numbers: (0..<60).map { Double(rows[$0 % 6][column]) }))
    }
    let isRegression = expected[0].count == 1
    try table.add(Column(name: "y", integers: (0..<60).map { Int64($0 % 6 % 3) }))
    let (tuned, report) = try fineTune(
      model, train: table, validation: table,
      FineTuneConfig(
        json: #"""
          {"data": {"label": "y", "include": [\#((0..<count).map { "\"c\($0)\"" }.joined(separator: ","))]},
           "task": "\#(isRegression ? "regression" : "multiclass")",
           "train": {"epochs": 5, "batch_size": 60, "optimizer": {"name": "sgd", "learning_rate": 0.01}}}
          """#))
    let before = try #require(report["before"]?["loss"]?.double)
    #expect(try #require(report["after"]?["loss"]?.double) < before)
    let scores = try TreeModelTests.scores(tuned, rows)
    #expect(Self.agree(try TreeModelTests.again(tuned, ".onnx", "onnx", rows), scores))
  }

  @Test("A prediction that a format has no objective for is refused by its name")
  func withoutObjective() throws {
    let directory = try TemporaryDirectory()
    for (name, file, words) in [
      ("lightgbm regression sqrt", "m.json", "x · |x| of sums"),
      ("lightgbm cross_entropy_lambda", "m.json", "log(1 + e^x) of sums"),
      ("xgboost binary:hinge", "m.txt", "0 or 1 by the signs of sums"),
    ] {
      let model = try Self.model(Self.entry(name))
      let failure = #expect(throws: Failure.self) { try model.save(path: directory.path + "/" + file) }
      #expect(failure?.kind == .unsupported && failure?.message.contains(words) == true, "\(name)")
    }
  }

  @Test(
    "Early stopping: the rounds that the tool which wrote the file predicts by, or as asked; attributes stay")
  func earlyStopping() throws {
    let entry = try Self.entry("xgboost early stopping")
    let rows = TreeModelTests.matrix(entry["rows"])
    let (best, all) = (
      TreeModelTests.matrix(entry["expected"]), TreeModelTests.matrix(entry["all_rounds"])
    )
    #expect(!Self.agree(best, all))
    let wrapped = try Self.model(entry)
    #expect(Self.agree(try TreeModelTests.scores(wrapped, rows), best))
    #expect(wrapped.describe()["notes"]?[0]?.string?.contains("\"rounds\": \"all\"") == true)
    let whole = try Self.model(entry, options: #"{"rounds": "all"}"#)
    #expect(Self.agree(try TreeModelTests.scores(whole, rows), all))
    #expect(whole.describe()["notes"]?.array?.isEmpty == true)
    // Without the wrapper's mark, the file is a Booster's, which predicts with all rounds.
    let text = try #require(entry["file"]?.string)
    let booster: JSONValue = ["file": .string(text.replacing("scikit_learn", with: "somewhere_else"))]
    let plain = try Self.model(booster)
    #expect(Self.agree(try TreeModelTests.scores(plain, rows), all))
    #expect(plain.describe()["notes"]?[0]?.string?.contains("\"rounds\": \"best\"") == true)

    let directory = try TemporaryDirectory()
    for (model, expected) in [(wrapped, best), (whole, all)] {
      try model.save(path: directory.path + "/m.json")
      let file = try MappedFile(path: directory.path + "/m.json")
      let saved = try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self))
      #expect(saved["learner"]?["attributes"]?["best_iteration"]?.string != nil)
      #expect(saved["learner"]?["attributes"]?["scikit_learn"]?.string?.contains("classifier") == true)
      let again = try Model.load(
        path: directory.path + "/m.json", options: LoadOptions(json: #"{"rounds": "all"}"#))
      #expect(Self.agree(try TreeModelTests.scores(again, rows), expected))
    }
  }

  @Test("Attributes and members that the library does not know survive a round trip")
  func unknownMembers() throws {
    let entry = try Self.entry("xgboost reg:logistic")
    let text = try #require(entry["file"]?.string).replacing(
      #""attributes":{}"#, with: #""attributes":{"owner":"me"},"later":[1,{"a":null}]"#)
    #expect(text.contains("later"))
    let directory = try TemporaryDirectory()
    for path in ["m.json", "m.ubj"].map({ directory.path + "/" + $0 }) {
      try Self.model(["file": .string(text)]).save(path: path)
      try Model.load(path: path).save(path: directory.path + "/again.json")
      let file = try MappedFile(path: directory.path + "/again.json")
      let learner = try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self))["learner"]
      #expect(learner?["attributes"]?["owner"]?.string == "me")
      #expect(learner?["later"] == [1, ["a": nil]])
    }
    let lines = try #require(Self.entry("lightgbm cross_entropy")["file"]?.string).replacing(
      "\nfeature_infos=", with: "\nmonotone_constraints=0 1 0\nfeature_infos=")
    try Self.model(["file": .string(lines)]).save(path: directory.path + "/m.txt")
    let file = try MappedFile(path: directory.path + "/m.txt")
    let saved = String(decoding: file.bytes, as: UTF8.self)
    #expect(
      saved.contains("\nmonotone_constraints=0 1 0\n") && saved.contains("\n[objective: cross_entropy]\n"))
  }

  private static func table(_ entry: JSONValue, unknown: Bool = false) throws -> Dataset {
    let rows = entry["rows"]?.array ?? []
    let table = try Dataset(rows: rows.count)
    let colors = rows.enumerated().map { unknown && $0 == 0 ? "mauve" : $1[0]?.string }
    try table.add(Column(name: "c", texts: colors))
    try table.add(Column(name: "n", numbers: rows.compactMap { $0[1]?.double }))
    return table
  }

  private static func scores(_ model: Model, _ table: Dataset) throws -> [[Float]] {
    let predicted = try model.predict(table)
    let name = try #require(predicted.names.first { $0.contains("score") || $0.contains("prob") })
    return try predicted.column(name).numbers().array.map { [$0] }
  }

  @Test(
    "Texts of a table are categories by the names of the file, in every format",
    arguments: ["xgboost named categories", "lightgbm named categories"])
  func namedCategories(name: String) throws {
    let entry = try Self.entry(name)
    let (model, table) = (try Self.model(entry), try Self.table(entry))
    let expected = TreeModelTests.matrix(entry["expected"])
    #expect(Self.agree(try Self.scores(model, table), expected))
    let names = model.describe()["inputs"]?[0]?["categories"]?["c"]
    #expect(names == ["blue", "green", "red"])
    let directory = try TemporaryDirectory()
    for (file, options) in [
      ("m.json", "{}"), ("m.ubj", "{}"), ("m.txt", #"{"format": "lightgbm"}"#), ("m.onnx", "{}"),
      ("columns.onnx", #"{"inputs": "columns"}"#), ("own", "{}"),
    ] {
      let path = directory.path + "/" + file
      try model.save(path: path, options: SaveOptions(json: options))
      #expect(Self.agree(try Self.scores(Model.load(path: path), table), expected), "\(file)")
    }
  }

  @Test("A category that the file does not name is counted and treated as missing")
  func unseenCategory() throws {
    let entry = try Self.entry("lightgbm named categories")
    let model = try Self.model(entry)
    let table = try Self.table(entry, unknown: true)
    let unseen = try #require(model.reader.unseenCategories(in: table).first)
    #expect(unseen.column == "c" && unseen.rows == 1 && unseen.categories == ["mauve"])
    let first = try #require(entry["rows"]?[0]?[1]?.double)
    let missing = try TreeModelTests.scores(model, [[.nan, Float(first)]])
    #expect(try Self.scores(model, table)[0] == missing[0])
  }

  @Test("JSON of other kinds is told by its name")
  func foreignJSON() {
    for (text, words) in [
      (#"{"name": "tree", "feature_names": ["a"], "tree_info": []}"#, "LightGBM's dump"),
      (#"{"oblivious_trees": [], "model_info": {}}"#, "CatBoost's JSON"),
      (#"[{"nodeid": 0, "leaf": 1}]"#, "XGBoost's dump of trees"),
    ] {
      let failure = #expect(throws: Failure.self) { try Self.model(["file": .string(text)]) }
      #expect(failure?.kind == .unsupported && failure?.message.contains(words) == true, "\(words)")
    }
  }

  @Test("A model of hinge is tuned by its sums, as a classifier with probabilities")
  func tunedHinge() throws {
    let entry = try Self.entry("xgboost binary:hinge")
    let model = try Self.model(entry)
    let rows = TreeModelTests.matrix(entry["rows"])
    let table = try Dataset(rows: rows.count * 20)
    for place in 0..<3 {
      let numbers = (0..<rows.count * 20).map { rows[$0 % rows.count][place] }
      try table.add(Column(name: "x\(place)", values: .float32(Buffer(copying: numbers))))
    }
    try table.add(Column(name: "y", integers: (0..<rows.count * 20).map { Int64($0 % rows.count % 2) }))
    let (tuned, report) = try fineTune(
      model, train: table, validation: table,
      FineTuneConfig(
        json: #"{"data": {"label": "y", "include": ["x0", "x1", "x2"]}, "train": {"epochs": 3}}"#))
    #expect(report["after"]?["loss"]?.double ?? .infinity < report["before"]?["loss"]?.double ?? 0)
    let directory = try TemporaryDirectory()
    try tuned.save(path: directory.path + "/m.json")
    let file = try MappedFile(path: directory.path + "/m.json")
    let learner = try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self))["learner"]
    #expect(learner?["objective"]?["name"]?.string == "binary:logistic")
  }

  /// Changed files are read or refused, and never more than that; what is read predicts.
  @Test(
    "Files of the tools with bytes changed are read or refused",
    arguments: [
      "xgboost gblinear", "xgboost multi_output_tree", "xgboost early stopping", "xgboost named categories",
      "lightgbm named categories", "lightgbm regression sqrt",
    ])
  func changedBytes(name: String) throws {
    let original = Array(try #require(Self.entry(name)["file"]?.string).utf8)
    var random = RandomStream(seed: 3, purpose: name)
    var answered = 0
    for _ in 0..<400 {
      var bytes = original
      for _ in 0..<(1 + Int(random.uniform() * 3)) {
        let place = Int(random.uniform() * Double(bytes.count))
        // Digits and the signs of JSON, which leave more files whole than other bytes.
        bytes[place] = Array("0123456789-.[]{},:\"e".utf8)[Int(random.uniform() * 20)]
      }
      do {
        let model = try bytes.withUnsafeBytes { try Model.load(bytes: $0) }
        guard model.featureCount < 100, model.scoreCount < 100 else { continue }
        _ = try TreeModelTests.scores(model, [[Float](repeating: 0.5, count: model.featureCount)])
        answered += 1
      } catch is Failure {}
    }
    #expect(answered > 0)
  }
}
