import Datasets
import Equipoise
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Small models of scikit-learn 1.9 and PyTorch, exported by the exporters' defaults, with onnxruntime's scores
/// (Resources/make_pipelines.py).
@Suite("Pipelines of scikit-learn, and recurrent networks with open batches")
struct PipelineTests {
  static let folder =
    "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/") + "/Resources"
  static let expected = Result {
    let file = try MappedFile(path: folder + "/pipelines.json")
    return try JSONValue.parse(file.bytes.bindMemory(to: UInt8.self))
  }

  static func path(_ name: String) -> String { "\(folder)/pipelines/\(name).onnx" }

  /// Of two classes the score is the second's.
  static func scores(_ name: String) throws -> (rows: [[Float]], expected: [[Float]]) {
    let entry = try #require(expected.get()[name])
    let expected = TreeModelTests.matrix(entry["expected"]).map { $0.count == 2 ? [$0[1]] : $0 }
    return (TreeModelTests.matrix(entry["rows"]), expected)
  }

  @Test(
    "A file gives onnxruntime's scores to 1e-6, also after it is saved as ONNX",
    arguments: [
      "svc-probability", "imputer", "polynomial", "binarizer", "bins", "quantiles", "bagging", "adaboost",
      "isotonic", "three-classes", "texts-as-labels", "lstm", "fused-gemm", "fused-convolution", "quick-gelu",
    ])
  func scores(name: String) throws {
    let model = try Model.load(path: Self.path(name))
    let (rows, expected) = try Self.scores(name)
    #expect(rows.count >= 4)
    #expect(try TreeModelTests.worst(TreeModelTests.scores(model, rows), expected) < 1e-6)
    let directory = try TemporaryDirectory()
    try model.save(path: directory.path + "/saved.onnx")
    let again = try Model.load(path: directory.path + "/saved.onnx")
    #expect(try TreeModelTests.worst(TreeModelTests.scores(again, rows), expected) < 1e-6)
    #expect(again.classLabels == model.classLabels)
  }

  @Test("A linear classifier without probabilities scores by the sigmoid of its margin")
  func margins() throws {
    let model = try Model.load(path: Self.path("margins"))
    let (rows, expected) = try Self.scores("margins")
    #expect(model.task == .binary)
    let found = try TreeModelTests.scores(model, rows)
    #expect(
      zip(found, expected).allSatisfy { score, margin in
        abs(score[0] - Float(1 / (1 + exp(-Double(margin[0]))))) < 1e-6
      })
  }

  @Test(
    "Scores that are maps from class to score stay maps when a model is saved",
    arguments: [("three-classes", "classlabels_int64s"), ("texts-as-labels", "classlabels_strings")])
  func maps(name: String, attribute: String) throws {
    let directory = try TemporaryDirectory()
    try Model.load(path: Self.path(name)).save(path: directory.path + "/saved.onnx")
    let file = try MappedFile(path: directory.path + "/saved.onnx")
    let text = String(decoding: file.bytes, as: UTF8.self)
    #expect(text.contains("ZipMap") && text.contains(attribute) && text.contains("output_probability"))
  }

  @Test(
    "onnxruntime's own operators are taken apart, so that the network can be tuned",
    arguments: ["fused-gemm", "fused-convolution", "quick-gelu"])
  func optimized(name: String) throws {
    let file = try MappedFile(path: Self.path(name))
    #expect(String(decoding: file.bytes, as: UTF8.self).contains("com.microsoft"))
    let operators = try Model.load(path: Self.path(name)).describe()["operators"]?.array?.compactMap(\.string)
    #expect(operators?.contains("Linear") == true && operators?.contains("Interpretation") == false)
  }

  @Test(
    "Products of columns, and values in the place of missing ones, are the engine's",
    arguments: ["polynomial", "imputer", "binarizer"])
  func engineOperators(name: String) throws {
    let operators = try Model.load(path: Self.path(name)).describe()["operators"]?.array?.compactMap(\.string)
    #expect(operators?.contains("Linear") == true && operators?.contains("Interpretation") == false)
  }

  @Test(
    "Quantized networks give onnxruntime's values, a row at a time, to 1e-6",
    arguments: ["quantized-around", "quantized-operators", "quantized-weights"])
  func quantized(name: String) throws {
    let model = try Model.load(path: Self.path(name), options: LoadOptions(json: #"{"output": "values"}"#))
    let entry = try #require(Self.expected.get()[name])
    let rows = TreeModelTests.matrix(entry["rows"])
    let expected = TreeModelTests.matrix(entry["expected"])
    #expect(expected.count == 6 && expected[0].count == 2)
    #expect(try TreeModelTests.worst(TreeModelTests.scores(model, rows), expected) < 1e-6)
  }

  // MARK: Columns of texts

  static func table(_ name: String, times: Int = 1) throws -> Dataset {
    let columns = try #require(expected.get()[name]?["table"]?.members)
    let count = columns[0].value.array?.count ?? 0
    let table = try Dataset(rows: count * times)
    for column in columns {
      let cells = (0..<count * times).map { column.value.array?[$0 % count] ?? .null }
      if ["city", "work", "remark"].contains(column.key) {
        try table.add(Column(name: column.key, texts: cells.map(\.string)))
      } else {
        try table.add(Column(name: column.key, numbers: cells.map { $0.double ?? .nan }))
      }
    }
    return table
  }

  static func scores(_ model: Model, _ table: Dataset) throws -> [[Float]] {
    let predicted = try model.predict(table)
    let name = try #require(predicted.names.first { $0.contains("score") || $0.contains("prob") })
    return try predicted.column(name).numbers().array.map { [$0] }
  }

  @Test(
    "Texts and missing numbers of a table go through a ColumnTransformer as in onnxruntime, also after saving",
    arguments: ["columns-logistic", "columns-boosting", "columns-ordinal"])
  func columns(name: String) throws {
    let model = try Model.load(path: Self.path(name))
    let (table, expected) = (try Self.table(name), try Self.scores(name).expected)
    #expect(expected.count == 10)
    #expect(try TreeModelTests.worst(Self.scores(model, table), expected) < 1e-6)
    // Each text of a few rows is looked up; of many, the distinct ones are found first.
    let many = try table.selecting(rows: (0..<200).map { $0 % 10 })
    let repeated = (0..<200).map { expected[$0 % 10] }
    #expect(try TreeModelTests.worst(Self.scores(model, many), repeated) < 1e-6)
    #expect(model.inputNames == ["age", "hours", "city", "work"])
    #expect(model.describe()["inputs"]?[2]?["categories"]?.array?.contains("oslo") == true)
    let directory = try TemporaryDirectory()
    for file in ["saved.onnx", "again.onnx", "own"] {
      let source = file == "again.onnx" ? try Model.load(path: directory.path + "/saved.onnx") : model
      try source.save(path: "\(directory.path)/\(file)")
      let again = try Model.load(path: "\(directory.path)/\(file)")
      #expect(try TreeModelTests.worst(Self.scores(again, table), expected) < 1e-6, "\(file)")
    }
    let saved = try MappedFile(path: directory.path + "/again.onnx")
    #expect(String(decoding: saved.bytes, as: UTF8.self).contains("keys_strings"))
  }

  @Test(
    "The words of a column of texts are counted as in onnxruntime, also after saving",
    arguments: ["words", "words-present", "words-twice"])
  func words(name: String) throws {
    let model = try Model.load(path: Self.path(name))
    let (table, expected) = (try Self.table(name), try Self.scores(name).expected)
    #expect(expected.count == 10 && Set(expected).count > 3)
    #expect(try TreeModelTests.worst(Self.scores(model, table), expected) < 1e-6)
    #expect(model.inputNames == ["age", "hours", "city", "remark"])
    let input = try #require(model.describe()["inputs"]?.array?.last)
    #expect(input["kind"]?.string == "words" && (input["width"]?.int ?? 0) > 4)
    let directory = try TemporaryDirectory()
    for file in ["saved.onnx", "again.onnx", "own"] {
      let source = file == "again.onnx" ? try Model.load(path: directory.path + "/saved.onnx") : model
      try source.save(path: "\(directory.path)/\(file)")
      let again = try Model.load(path: "\(directory.path)/\(file)")
      #expect(try TreeModelTests.worst(Self.scores(again, table), expected) < 1e-6, "\(file)")
    }
  }

  @Test("A column of numbers has no words to count, and the error names it")
  func wordsOfNumbers() throws {
    let model = try Model.load(path: Self.path("words"))
    let table = try Self.table("words")
    let other = try Dataset(rows: table.rows)
    for column in table.columns {
      try other.add(
        column.name == "remark" ? Column(name: "remark", integers: (0..<10).map { Int64($0) }) : column)
    }
    let failure = #expect(throws: Failure.self) { try model.predict(other) }
    #expect(failure?.kind == .invalidData && failure?.message.contains("remark") == true)
  }

  @Test("A text that no category is counts as unseen; a number that no step replaces must be there")
  func unseen() throws {
    let model = try Model.load(path: Self.path("columns-logistic"))
    let unseen = try #require(model.reader.unseenCategories(in: Self.table("columns-logistic")).first)
    #expect(unseen.column == "city" && unseen.rows == 1 && unseen.categories == ["bonn"])
    let plain = try Model.load(path: Self.path("three-classes"))
    let failure = #expect(throws: Failure.self) { try TreeModelTests.scores(plain, [[1, .nan, 0]]) }
    #expect(failure?.kind == .invalidData && failure?.location == "0,1")
  }

  @Test(
    "What stands behind the preparation is tuned on the raw columns, and saved with it",
    arguments: ["columns-logistic", "columns-boosting", "words", "words-present", "words-twice"])
  func tuned(name: String) throws {
    let model = try Model.load(path: Self.path(name))
    let table = try Self.table(name, times: 20)
    let rows = table.rows
    try table.add(Column(name: "y", integers: (0..<rows).map { Int64(($0 % 10) % 3 == 0 ? 1 : 0) }))
    let (tuned, report) = try fineTune(
      model, train: table, validation: table,
      FineTuneConfig(
        json: #"""
          {"data": {"label": "y"}, "train": {"epochs": 20, "batch_size": 50,
           "optimizer": {"name": "adam", "learning_rate": 0.05}}}
          """#))
    let before = try #require(report["before"]?["loss"]?.double)
    let after = try #require(report["after"]?["loss"]?.double)
    #expect(after < before - 0.01, "\(before) \(after)")
    let directory = try TemporaryDirectory()
    let scores = try Self.scores(tuned, table)
    for file in ["tuned.onnx", "tuned"] {
      try tuned.save(path: "\(directory.path)/\(file)")
      let again = try Model.load(path: "\(directory.path)/\(file)")
      #expect(try TreeModelTests.worst(Self.scores(again, table), scores) < 1e-6, "\(file)")
    }
  }
}
