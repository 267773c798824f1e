import Engine
import Formats
import Platform
import Testing

@Suite("Untrusted files")
struct HostileFileTests {
  /// Each file truncated at every length, and with thousands of changed bytes, gives a result or a `Failure`.
  @Test(
    "A truncated or changed ONNX file is read or refused, and never causes a crash",
    arguments: [
      "tabular-script.onnx", "tabular-dynamo.onnx", "shapes-script.onnx", "shapes-dynamo.onnx",
      "sklearn-one-vs-rest.onnx", "sklearn-sgd.onnx", "sklearn-strings.onnx",
      // Written again from their own bytes: an interpreted preparation, an interpreted network, counted words.
      "../../EquipoiseTests/Resources/pipelines/bins.onnx",
      "../../EquipoiseTests/Resources/pipelines/lstm.onnx",
      "../../EquipoiseTests/Resources/pipelines/words-twice.onnx",
      "../../EquipoiseTests/Resources/pipelines/words-present.onnx",
    ])
  func changedBytes(name: String) throws {
    let file = try MappedFile(path: resource(name))
    let original = Array(file.bytes)
    var answered = 0
    func attempt(_ bytes: [UInt8]) throws {
      do {
        let network = try bytes.withUnsafeBytes { try ONNXReader.read(bytes: $0, named: name) }
        guard network.graph.values.allSatisfy({ $0.shape.count < 10_000 }) else { return }
        answered += 1
        try ONNXWriter.write(network, as: "again.onnx", to: MemorySink(archive: false))
        _ = try outputs(network.graph, [[Float](repeating: 0.5, count: network.graph.inputWidth)])
        _ = try GraphDescription.graph(
          from: network.graph.json,
          tensors: Dictionary(network.graph.parameters.map { ($0.name, $0) }, uniquingKeysWith: { $1 }))
      } catch is Failure {}
    }
    for count in stride(from: 0, to: original.count, by: 7) { try attempt(Array(original[..<count])) }
    var random = RandomStream(seed: 1, purpose: name)
    for _ in 0..<3000 {
      var bytes = original
      for _ in 0..<(1 + Int(random.uniform() * 3)) {
        bytes[Int(random.uniform() * Double(bytes.count))] = UInt8(random.uniform() * 255.999)
      }
      try attempt(bytes)
    }
    #expect(answered > 0)
  }

  @Test("Truncated input is located")
  func truncated() throws {
    let file = try MappedFile(path: resource("tabular-script.onnx"))
    let half = UnsafeRawBufferPointer(rebasing: file.bytes[..<(file.bytes.count / 2)])
    #expect {
      try ONNXReader.read(bytes: half, named: "half.onnx")
    } throws: {
      let failure = $0 as? Failure
      return failure?.kind == .invalidModel && failure?.location.hasPrefix("half.onnx:") == true
    }
  }
}
