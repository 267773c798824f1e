import Datasets
import Equipoise
import Platform
import Testing

/// Networks that scikit-learn trained on Adult and exported, with the probabilities that it computed
/// (reference/tabular/models.json), for the first 200 rows of adult.test.
@Suite("Pretrained ONNX networks", .needsSharedData)
struct PretrainedNetworkTests {
  static let inputs = ["age", "education-num", "capital-gain", "capital-loss", "hours-per-week"]
  static let names = [
    "age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation",
    "relationship",
    "race", "sex", "capital-gain", "capital-loss", "hours-per-week", "native-country", "income",
  ]

  static func adultTest() throws -> Dataset {
    var options = OpenOptions()
    options.header = false
    options.columnNames = names
    options.comment = "|"
    options.format = .csv
    return try Dataset.open(path: SharedData.path("data/adult/adult.test.gz"), options: options)
  }

  static func expected(_ name: String) throws -> [Float] {
    let reference = try SharedData.json("reference/tabular/models.json")
    return try #require(reference["models"]?[name]?["probability_of_class_1"]?.array).compactMap { $0.double }
      .map(Float.init)
  }

  @Test(
    "give scikit-learn's probabilities to 1e-5, by table and by features",
    arguments: [
      "adult-logistic.onnx", "adult-mlp.onnx",
    ])
  func probabilities(name: String) throws {
    let model = try Model.load(path: SharedData.path("reference/tabular/\(name)"))
    let expected = try Self.expected(name)
    let table = try Self.adultTest().selecting(rows: Array(0..<expected.count))
    let raw = try table.selecting(columns: Self.inputs)
    // A table of just the five columns, in the network's order.
    #expect(largestDifference(try model.predicted(on: raw), expected) < 1e-5)
    // With more columns, the network does not determine which ones to read.
    #expect(throws: Failure.self) { try model.predict(table) }

    var features: [Float] = []
    let columns = try Self.inputs.map { try raw.column($0).numbers() }
    for row in 0..<raw.rows { for column in columns { features.append(column.elements[row]) } }
    var scores = [Float](repeating: 0, count: raw.rows)
    try model.predict(
      features: features, rows: raw.rows, columns: 5, scores: &scores, scoreCount: scores.count)
    #expect(largestDifference(scores, expected) < 1e-5)
  }

  @Test(
    "are tuned under demographic parity, saved as ONNX, and loaded again with the same predictions",
    arguments: [
      "adult-logistic.onnx", "adult-mlp.onnx",
    ])
  func tuning(name: String) throws {
    let base = try Model.load(path: SharedData.path("reference/tabular/\(name)"))
    let table = try Self.adultTest().selecting(rows: Array(0..<3000))
    let data =
      #""data": {"label": "income", "positive": ">50K.", "sensitive": ["sex"], "include": \#(JSONValue.strings(Self.inputs).text())}"#
    func config(epochs: Int, weight: Double) -> String {
      #"{\#(data), "train": {"epochs": \#(epochs), "batch_size": 250, "optimizer": {"learning_rate": 0.003}}, "#
        + #""fairness": [{"objective": "demographic_parity", "weight": \#(weight)}]}"#
    }
    // Without a step, a new encoder alone changes nothing.
    let (same, _) = try base.tuned(on: table, config(epochs: 0, weight: 1))
    let expected = try Self.expected(name)
    #expect(largestDifference(Array(try same.predicted(on: table).prefix(200)), expected) < 1e-5)

    let (tuned, report) = try base.tuned(on: table, config(epochs: 8, weight: 3))
    let before = try #require(number(report, "before", "attributes", "0", "gaps", "mean_score", "difference"))
    let after = try #require(number(report, "after", "attributes", "0", "gaps", "mean_score", "difference"))
    #expect(after < before)

    let folder = try TemporaryDirectory()
    try tuned.save(path: folder.path + "/tuned.onnx")
    let loaded = try Model.load(path: folder.path + "/tuned.onnx")
    let predictions = try tuned.predicted(on: table)
    #expect(largestDifference(try loaded.predicted(on: table), predictions) <= 1e-6)
    var features: [Float] = []
    let columns = try Self.inputs.map { try table.column($0).numbers() }
    for row in 0..<50 { for column in columns { features.append(column.elements[row]) } }
    var scores = [Float](repeating: 0, count: 50)
    try loaded.predict(features: features, rows: 50, columns: 5, scores: &scores, scoreCount: 50)
    #expect(largestDifference(scores, Array(predictions.prefix(50))) <= 1e-6)
    // The base model is unchanged.
    #expect(try base.weights() == Model.load(path: SharedData.path("reference/tabular/\(name)")).weights())
  }
}
