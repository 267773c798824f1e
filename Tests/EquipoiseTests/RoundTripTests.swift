import Datasets
import Platform
import Testing

@testable import Equipoise
@testable import Models

@Suite("A tuned model takes the same raw columns after it was saved and loaded")
struct RoundTripTests {
  static let data = #""data": {"label": "y", "sensitive": ["sex", "race"]}"#

  @Test(
    "mlp, logistic; native and ONNX; one-hot and embedded categories, pieces, normalization",
    arguments: [
      (#"{"kind": "logistic"}"#, "{}"),
      (
        #"{"hidden": [8, 4], "activation": "gelu", "dropout": 0.1}"#,
        #"{"max_one_hot": 10, "unseen": "own_slot"}"#
      ),
      (#"{"hidden": [6], "normalization": "batch"}"#, #"{"scale": "piecewise", "pieces": 6}"#),
      (
        #"{"hidden": [6], "normalization": "layer", "embedding": 3}"#,
        #"{"max_one_hot": 10, "impute": "median"}"#
      ),
      (
        #"{"hidden": [5], "activation": "silu"}"#,
        #"{"scale": "minmax", "impute": "mode", "min_frequency": 14}"#
      ),
    ], ["model.onnx", "model"])
  func roundTrip(kind: (model: String, encoding: String), file: String) throws {
    let table = try SyntheticTable.biased()
    let (tuned, _) = try Model.make(kind.model).tuned(
      on: table, #"{\#(Self.data), "encoding": \#(kind.encoding), "train": {"epochs": 3, "batch_size": 64}}"#)
    let folder = try TemporaryDirectory()
    let path = folder.path + "/" + file
    try tuned.save(path: path)
    let loaded = try Model.load(path: path)
    let inputs = try table.selecting(columns: ["x1", "x2", "job", "town"])
    let expected = try tuned.predicted(on: inputs)
    #expect(expected.allSatisfy { $0 > 0 && $0 < 1 })
    #expect(Set(expected).count > 100)
    #expect(largestDifference(try loaded.predicted(on: inputs), expected) <= 1e-6)

    // Rows unlike those of training: an unseen town, and only missing values.
    let strange = try Dataset([
      Column(name: "x1", numbers: [0.5, .nan]), Column(name: "x2", numbers: [1e6, .nan]),
      Column(name: "job", texts: ["astronaut", nil]), Column(name: "town", texts: ["nowhere", nil]),
    ])
    let first = try tuned.predicted(on: strange)
    #expect(first.allSatisfy { $0.isFinite })
    #expect(largestDifference(try loaded.predicted(on: strange), first) <= 1e-6)
    #expect(try loaded.predicted("label", on: inputs) == tuned.predicted("label", on: inputs))
    // A loaded model is written again with the same bytes.
    try loaded.save(path: path + ".again.onnx")
    #expect(
      largestDifference(try Model.load(path: path + ".again.onnx").predicted(on: inputs), expected) <= 1e-6)
  }

  @Test("An unseen category and a missing one are the same by table and by features")
  func features() throws {
    let table = try SyntheticTable.biased()
    let (tuned, _) = try Model.make(#"{"hidden": [4]}"#).tuned(
      on: table, #"{\#(Self.data), "encoding": {"max_one_hot": 10}, "train": {"epochs": 2}}"#)
    let strange = try Dataset([
      Column(name: "x1", numbers: [0.5, 0.25]), Column(name: "x2", numbers: [3, .nan]),
      Column(name: "job", texts: ["astronaut", nil]), Column(name: "town", texts: ["town 3", "nowhere"]),
    ])
    let towns = try #require((tuned.reader as? TableReader)?.encoder.slot(of: "town").categories)
    let place = try #require(towns.firstIndex(of: "town 3"))
    let rows: [Float] = [0.5, 3, 99, Float(place), 0.25, .nan, .nan, 1e9]
    var scores: [Float] = [0, 0]
    try tuned.predict(features: rows, rows: 2, columns: 4, scores: &scores, scoreCount: 2)
    #expect(largestDifference(scores, try tuned.predicted(on: strange)) < 1e-6)
  }

  @Test("Encoders learn from training rows only: a validation outlier does not move the mean")
  func encoderRows() throws {
    let table = try SyntheticTable.biased()
    let outlier = try Dataset([
      Column(name: "x1", numbers: [1e6, 0]), Column(name: "x2", numbers: [1, 2]),
      Column(name: "job", texts: ["smith", "clerk"]), Column(name: "town", texts: ["far away", "town 1"]),
      Column(name: "sex", texts: ["m", "f"]), Column(name: "race", texts: ["a", "b"]),
      Column(name: "y", integers: [0, 1]),
    ])
    let config = #"{\#(Self.data), "train": {"epochs": 1}}"#
    let (plain, _) = try Model.make(#"{"hidden": [4]}"#).tuned(on: table, validation: table, config)
    let (other, _) = try Model.make(#"{"hidden": [4]}"#).tuned(on: table, validation: outlier, config)
    func encoder(_ model: Model) throws -> TableEncoder {
      try #require(model.reader as? TableReader).encoder
    }
    #expect(try encoder(plain).json == encoder(other).json)
    #expect(!(try encoder(other).slot(of: "town").categories.contains("far away")))
  }

  @Test("An untrained model is saved and loaded, and says that it cannot predict")
  func untrained() throws {
    let folder = try TemporaryDirectory()
    try Model.make(#"{"hidden": [7]}"#).save(path: folder.path + "/new")
    let loaded = try Model.load(path: folder.path + "/new")
    #expect(loaded.describe()["architecture"]?["hidden"] == [7])
    #expect(throws: Failure.self) { try loaded.predict(SyntheticTable.biased(rows: 5)) }
    #expect(throws: Failure.self) { try loaded.save(path: folder.path + "/new.onnx") }
  }
}
