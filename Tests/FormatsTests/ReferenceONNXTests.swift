import CZlib
import Engine
import Formats
import Platform
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// The first rows of UCI Adult's test file: the five numeric columns that the reference models take.
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
  static let isThere = access(sharedRoot + "/reference/tabular/models.json", R_OK) == 0

  @Test(
    "scikit-learn's pipelines give the probabilities that scikit-learn's own runtime gave, to 1e-5",
    .enabled(if: isThere, "no reference data beside the package"),
    arguments: ["adult-logistic.onnx", "adult-mlp.onnx"])
  func scikitLearn(name: String) throws {
    let network = try ONNXReader.load(path: sharedRoot + "/reference/tabular/" + name)
    #expect(network.link == .sigmoid)
    #expect(network.graph.outputWidth == 1)
    #expect(network.classLabels == ["0", "1"])
    #expect(network.labelsAreIntegers)
    #expect(network.inputNames == ["X"] && network.inputWidths == [5])
    #expect(network.output.name == "probabilities" && network.output.label == "label")
    #expect(network.fixedParameters.contains("Scaler.offset"))
    #expect(!network.trainable.allSatisfy { !$0 })
    let reference = try json(sharedRoot + "/reference/tabular/models.json")
    let expected = matrix(reference["models"]?[name]?["probability_of_class_1"]).map { [1 - $0[0], $0[0]] }
    let found = try predictions(network, adultRows(200))
    #expect(expected.count == 200)
    #expect(worstDifference(found, expected) < 1e-5)

    let path = "/tmp/equipoise-\(getpid())-\(name)"
    defer { unlink(path) }
    try ONNXWriter.write(network, to: path)
    let again = try ONNXReader.load(path: path)
    #expect(try worstDifference(predictions(again, adultRows(200)), found) < 1e-6)
    #expect(again.fixedParameters == network.fixedParameters)
    #expect(again.graph.parameters.map(\.name) == network.graph.parameters.map(\.name))
    #expect(again.classLabels == network.classLabels && again.output == network.output)
  }
}
