import Equipoise
import Platform
import Testing

/// Generated rows, with the predictions of the tools that made the models
/// (Tests/Resources/make_made_rows.py).
enum MadeRows {
  static let json = Result { try SharedData.json("reference/tabular/made-rows.json") }

  static func of(_ model: String) throws -> [[Float]] {
    let json = try json.get()
    return TreeModelTests.matrix(json["models"]?[model]?["rows"] ?? json["rows"])
  }
}

@Suite("Models of other tools, on made-up rows")
struct MadeRowsTests {
  @Test(
    "scikit-learn's through onnxruntime, XGBoost's and LightGBM's own give the same probabilities",
    arguments: [
      "adult-logistic.onnx", "adult-mlp.onnx", "adult-tree.onnx", "adult-forest.onnx", "adult-boosting.onnx",
      "adult-xgboost.json", "adult-xgboost.ubj", "adult-lightgbm.txt",
    ])
  func probabilities(name: String) throws {
    let model = try TreeModelTests.model("reference/tabular/" + name)
    let expected = try #require(MadeRows.json.get()["models"]?[name])
    var rows = try MadeRows.of(name)
    #expect(rows.count == 120)
    let isNetwork = name == "adult-logistic.onnx" || name == "adult-mlp.onnx"
    let bound: Float = isNetwork ? 1e-5 : 1e-6
    let found = try TreeModelTests.scores(model, rows)
    #expect(
      TreeModelTests.worst(found, TreeModelTests.matrix(expected["probability_of_class_1"])) < bound)
    guard let missing = expected["probability_with_missing"] else { return }
    for row in stride(from: 0, to: rows.count, by: 7) { rows[row][1] = .nan }
    #expect(
      try TreeModelTests.worst(TreeModelTests.scores(model, rows), TreeModelTests.matrix(missing)) < bound)
  }
}
