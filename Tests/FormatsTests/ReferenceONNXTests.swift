import CZlib
import Engine
import Formats
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// The first rows of UCI Adult's test file, with the five numeric columns that the reference models read.
func adultRows(_ count: Int) throws -> [[Float]] {
  let path = sharedRoot + "/data/adult/adult.test.gz"
  guard let file = gzopen(path, "rb") else { throw Failure(.io, "no \(path)") }
  defer { gzclose(file) }
  var rows: [[Float]] = []
  var line = [CChar](repeating: 0, count: 4096)
  while rows.count < count, gzgets(file, &line, 4096) != nil {
    let fields = String(cString: line).split(separator: ",").map { $0.drop { $0 == " " } }
    guard fields.count == 15 else { continue }
    rows.append([0, 4, 10, 11, 12].map { Float(fields[$0]) ?? .nan })
  }
  return rows
}

@Suite("ONNX files of the reference models")
struct ReferenceONNXTests {
  static let isThere = access(sharedRoot + "/data/adult/adult.test.gz", R_OK) == 0

  @Test(
    "scikit-learn's pipelines give the probabilities that scikit-learn's own runtime gave, to 1e-5",
    .enabled(if: isThere, "needs ../shared"),
    arguments: ["adult-logistic.onnx", "adult-mlp.onnx"])
  func scikitLearn(name: String) throws {
    let network = try ONNXReader.load(path: referenceRoot + name)
    #expect(network.link == .sigmoid)
    #expect(network.graph.outputWidth == 1)
    #expect(network.classLabels == ["0", "1"])
    #expect(network.labelsAreIntegers)
    #expect(network.inputNames == ["X"] && network.inputWidths == [5])
    #expect(network.output.name == "probabilities" && network.output.label == "label")
    #expect(network.fixedParameters.contains("Scaler.offset"))
    #expect(!network.trainable.allSatisfy { !$0 })
    let reference = try json(referenceRoot + "models.json")
    let expected = matrix(reference["models"]?[name]?["probability_of_class_1"]).map { [1 - $0[0], $0[0]] }
    let found = try predictions(network, adultRows(200))
    #expect(expected.count == 200)
    #expect(worstDifference(found, expected) < 1e-5)

    let path = temporaryPath("onnx")
    defer { unlink(path) }
    try ONNXWriter.write(network, to: path)
    let again = try ONNXReader.load(path: path)
    #expect(try worstDifference(predictions(again, adultRows(200)), found) < 1e-6)
    #expect(again.fixedParameters == network.fixedParameters)
    #expect(again.graph.parameters.map(\.name) == network.graph.parameters.map(\.name))
    #expect(again.classLabels == network.classLabels && again.output == network.output)
  }
}

@Suite("ONNX files as scikit-learn's exporter writes them")
struct ScikitLearnONNXTests {
  /// One-vs-rest (three classifiers, cut, joined and divided by their sum), a guarded division, double
  /// precision, text labels in maps, a perceptron, a pipeline with an input for each column.
  @Test(
    "Probabilities are those of onnxruntime to 1e-6, labels in order, also after writing and reading again")
  func pipelines() throws {
    for entry in try json(resource("sklearn.json")).array ?? [] {
      let file = try #require(entry["file"]?.string)
      let network = try ONNXReader.load(path: resource(file))
      let (rows, expected) = (matrix(entry["rows"]), matrix(entry["expected"]))
      #expect(try worstDifference(predictions(network, rows), expected) < 1e-6, "\(file)")
      #expect(network.link == (file.contains("columns") ? .sigmoid : .softmax), "\(file)")
      #expect(network.classLabels?.count == expected.first?.count, "\(file)")
      if file.contains("strings") {
        #expect(network.classLabels == ["a", "b", "c"] && !network.labelsAreIntegers)
      }
      if file.contains("double") { #expect(network.inputs == [.init(name: "in", element: .float64)]) }
      if file.contains("columns") { #expect(network.inputNames == ["a", "b", "c", "d", "e"]) }

      let path = temporaryPath("onnx")
      defer { unlink(path) }
      try ONNXWriter.write(network, to: path)
      let again = try ONNXReader.load(path: path)
      #expect(try worstDifference(predictions(again, rows), expected) < 1e-6, "\(file)")
      #expect(again.fixedParameters == network.fixedParameters && again.classLabels == network.classLabels)
      #expect(again.inputs == network.inputs && again.output == network.output)
    }
  }
}

@Suite("Classical models as scikit-learn's exporter writes them")
struct ScikitLearnClassicalTests {
  @Test(
    "A machine of three classes, naive Bayes and nearest neighbours give onnxruntime's probabilities to 1e-5")
  func probabilities() throws {
    let entries = try json(resource("sklearn-classical.json")).array ?? []
    #expect(entries.count == 4)
    for entry in entries {
      let file = try #require(entry["file"]?.string)
      let network = try ONNXReader.load(path: resource(file))
      let (rows, expected) = (matrix(entry["rows"]), matrix(entry["expected"]))
      #expect(try worstDifference(predictions(network, rows), expected) < 1e-5, "\(file)")
      #expect(network.link == .softmax && network.classLabels == ["3", "4", "5"], "\(file)")
      guard file != "sklearn-neighbours.onnx" else {
        #expect(network.untunableBecause?.contains("has no gradient") == true)
        continue
      }
      #expect(network.interpretedBecause == nil && network.trainable.contains(true), "\(file)")
      let path = temporaryPath("onnx")
      defer { unlink(path) }
      try ONNXWriter.write(network, to: path)
      let again = try ONNXReader.load(path: path)
      #expect(try worstDifference(predictions(again, rows), expected) < 1e-5)
      guard file == "sklearn-svm.onnx" else { continue }
      #expect(
        again.graph.nodes.map { type(of: $0.operation).kind }
          == network.graph.nodes.map { type(of: $0.operation).kind })
    }
  }
}

@Suite("Trees behind a scaler")
struct ScaledTreesTests {
  /// sklearn-scaled-trees.json has onnxruntime's probabilities for forty rows, and for a hundred with a column at a
  /// threshold or within two floats of it.
  @Test("are trees of the columns themselves, by which every number goes where it went behind the scaler")
  func unscaled() throws {
    let network = try ONNXReader.load(path: resource("sklearn-scaled-trees.onnx"))
    let reference = try json(resource("sklearn-scaled-trees.json"))
    let (rows, expected) = (matrix(reference["rows"]), matrix(reference["probabilities"]))
    #expect(rows.count == 140)
    #expect(try worstDifference(predictions(network, rows), expected) < 1e-6)
    // As such, they can be grown, and saved in the formats of trees.
    #expect(network.graph.soleEnsemble != nil && network.graph.takesMissing)
    #expect(try TreeModel(network) { $0 }.trees.trees.count == 12)
    for ending in ["onnx", "json"] {
      let path = temporaryPath(ending)
      defer { unlink(path) }
      let isONNX = ending == "onnx"
      if isONNX {
        try ONNXWriter.write(network, to: path)
      } else {
        try XGBoostWriter.write(network, to: path)
      }
      let again = isONNX ? try ONNXReader.load(path: path) : try XGBoostReader.load(path: path)
      let found = try predictions(again, rows).map { $0[$0.count - 1] }
      #expect(worstDifference([found], [expected.map { $0[1] }]) < 1e-6, "\(ending)")
    }
  }
}

@Suite("Support vector machines of scikit-learn without probabilities")
struct MarginTests {
  /// Resources/sklearn-svm-scores.json has scikit-learn's decision functions and onnxruntime's labels; the
  /// file's scores of two classes have the opposite sign.
  @Test(
    "give the decision function, larger for the class that is decided for: of two classes tuned and written again"
  )
  func scores() throws {
    for entry in try json(resource("sklearn-svm-scores.json")).array ?? [] {
      let file = try #require(entry["file"]?.string)
      let network = try ONNXReader.load(path: resource(file))
      let (rows, expected) = (matrix(entry["rows"]), matrix(entry["scores"]))
      let labels = (entry["labels"]?.array ?? []).compactMap(\.string)
      let found = try predictions(network, rows)
      #expect(found.count == 12 && worstDifference(found, expected) < 1e-5, "\(file)")
      #expect(network.link == .logits)
      let classes = try #require(network.classLabels)
      for (scores, label) in zip(found, labels) {
        let best =
          scores.count == 1 ? (scores[0] > 0 ? 1 : 0) : scores.indices.max { scores[$0] < scores[$1] } ?? 0
        #expect(classes[best] == label)
      }
      // Votes have no gradient.
      #expect((network.interpretedBecause == nil) == (file == "sklearn-svm-margin.onnx"))
      guard network.interpretedBecause == nil else { continue }
      let path = temporaryPath("onnx")
      defer { unlink(path) }
      try ONNXWriter.write(network, to: path)
      #expect(try worstDifference(predictions(ONNXReader.load(path: path), rows), expected) < 1e-5)
    }
  }
}

@Suite("ONNX files as PyTorch exports them")
struct PyTorchONNXTests {
  /// Embedding, BatchNorm1d, LayerNorm, GELU, SiLU, Dropout, squeeze; products of three dimensions, a
  /// layer norm written out, PReLU, tanh's GELU, log-softmax; by both exporters, with PyTorch's outputs.
  @Test("Both exporters' files give PyTorch's outputs to 1e-5, also after writing and reading again")
  func exporters() throws {
    for entry in try json(resource("pytorch.json")).array ?? [] {
      let file = try #require(entry["file"]?.string)
      let network = try ONNXReader.load(path: resource(file))
      let (rows, expected) = (matrix(entry["rows"]), matrix(entry["expected"]))
      let difference = try worstDifference(predictions(network, rows), expected)
      #expect(difference < 1e-5, "\(file)")
      #expect(network.link == (file.hasPrefix("tabular") ? .sigmoid : .softmax))
      #expect(network.output.isLogarithm == file.hasPrefix("shapes"))
      #expect(
        network.graph.nodes.contains {
          ($0.operation as? Activation)?.function == (file.hasPrefix("tabular") ? .gelu : .geluTanh)
        }, "\(file)")

      let path = temporaryPath("onnx")
      defer { unlink(path) }
      try ONNXWriter.write(network, to: path)
      let again = try ONNXReader.load(path: path)
      #expect(try worstDifference(predictions(again, rows), predictions(network, rows)) < 1e-6, "\(file)")
      #expect(again.fixedParameters == network.fixedParameters, "\(file)")
      #expect(again.inputs == network.inputs && again.output == network.output)
      #expect(
        again.graph.nodes.map { type(of: $0.operation).kind }
          == network.graph.nodes.map { type(of: $0.operation).kind })
    }
  }

  @Test(
    "A network without a final sigmoid outputs values, and its weights have the file's names")
  func plain() throws {
    let network = try ONNXReader.load(path: referenceRoot + "network-10-8-4-1.onnx")
    #expect(network.link == .identity && network.output.name == "logit" && network.inputNames == ["x"])
    #expect(
      network.graph.parameters.map(\.name) == [
        "0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias",
      ])
    #expect(network.fixedParameters.isEmpty && network.producer == "pytorch 2.13.0" && network.opset == 17)
    // Linear(10,8) ReLU Linear(8,4) ReLU Linear(4,1), weight[i][j] = ½ sin(1 + layer + 3i + 7j), bias 0.1.
    var value: [Double] = (0..<10).map { Double($0) / 7 - 0.6 }
    let row = value.map { Float($0) }
    for (layer, outputs) in [(0, 8), (2, 4), (4, 1)] {
      value = (0..<outputs).map { i in
        let sum = value.indices.reduce(0.1) { $0 + 0.5 * sin(Double(1 + layer + 3 * i + 7 * $1)) * value[$1] }
        return layer < 4 ? max(sum, 0) : sum
      }
    }
    #expect(try worstDifference(outputs(network.graph, [row]), [[Float(value[0])]]) < 1e-6)
  }
}
