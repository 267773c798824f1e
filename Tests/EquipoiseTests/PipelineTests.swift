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
      "isotonic", "three-classes", "texts-as-labels", "lstm",
    ])
  func scores(name: String) throws {
    let model = try Model.load(path: Self.path(name))
    let (rows, expected) = try Self.scores(name)
    #expect(rows.count >= 5)
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
}
