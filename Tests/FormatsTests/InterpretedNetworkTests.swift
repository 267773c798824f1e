import Engine
import Formats
import Platform
import Testing

/// Networks that the engine cannot express, with PyTorch's outputs and gradients (Resources/interpreted/make.py).
@Suite("Networks that are interpreted")
struct InterpretedNetworkTests {
  static let names = ["gru", "lstm", "ft-transformer", "tabnet", "3-d-convolution"]

  struct Expected {
    let rows: [[Float]]
    let outputs: [Float]
    let outputGradients: [Float]
    let gradients: [(name: String, values: [Float])]

    init(_ name: String) throws {
      let file = try MappedFile(path: resource("interpreted/\(name).json"))
      let json = try JSONValue.parse(String(decoding: file.bytes, as: UTF8.self))
      func floats(_ value: JSONValue?) -> [Float] {
        (value?.array ?? []).compactMap { $0.double.map { Float($0) } }
      }
      rows = (json["rows"]?.array ?? []).map { floats($0) }
      (outputs, outputGradients) = (floats(json["outputs"]), floats(json["output_gradients"]))
      gradients = (json["gradients"]?.members ?? []).map { ($0.key, floats($0.value)) }
    }
  }

  @Test("Outputs and gradients of all weights equal PyTorch's to 1e-5", arguments: names)
  func gradients(name: String) throws {
    let expected = try Expected(name)
    let network = try ONNXReader.load(path: resource("interpreted/\(name).onnx"))
    #expect(network.interpretedBecause != nil && network.untunableBecause == nil)
    #expect(Set(network.graph.parameters.map(\.name)) == Set(expected.gradients.map(\.name)))
    let trainer = try Trainer(network.graph, trainable: network.trainable, capacity: expected.rows.count)
    let width = network.graph.inputWidth
    try trainer.forward(rows: expected.rows.count, seed: 0) { range, inputs in
      for (line, row) in range.enumerated() {
        for column in 0..<width { inputs[0][line * width + column] = expected.rows[row][column] }
      }
    }
    for (index, wanted) in expected.outputs.enumerated() {
      #expect(abs(trainer.outputs.pointer[index] - wanted) < 1e-5)
      trainer.outputGradients.pointer[index] = expected.outputGradients[index]
    }
    try trainer.backward(seed: 0)
    for (name, wanted) in expected.gradients {
      let place = try #require(network.graph.parameters.firstIndex { $0.name == name })
      let offset = try #require(trainer.offset(ofParameter: place))
      let worst = wanted.indices.map { abs(trainer.gradients.pointer[offset + $0] - wanted[$0]) }.max() ?? 0
      #expect(worst < 1e-5 * max(1, wanted.map(abs).max() ?? 0), "\(name): \(worst)")
    }
  }

  @Test("A changed network is saved as its own file with other weights, and as it was without a change")
  func saving() throws {
    let expected = try Expected("gru")
    let network = try ONNXReader.load(path: resource("interpreted/gru.onnx"))
    let path = temporaryPath("onnx")
    try ONNXWriter.write(network, to: path)
    #expect(
      try outputs(ONNXReader.load(path: path).graph, expected.rows) == outputs(network.graph, expected.rows))
    var changed = network
    changed.graph = try network.graph.replacing(
      parameters: network.graph.parameters.map { tensor in
        try Tensor(
          name: tensor.name, dimensions: tensor.shape.dimensions,
          values: tensor.values.array.map { 0.5 * $0 + 0.01 })
      })
    changed.metadata.append(("note", "changed"))
    try ONNXWriter.write(changed, to: path)
    let read = try ONNXReader.load(path: path)
    #expect(read.metadata.contains { $0.key == "note" && $0.value == "changed" })
    let now = try outputs(changed.graph, expected.rows)
    #expect(try outputs(read.graph, expected.rows) == now)
    #expect(worstDifference(now, try outputs(network.graph, expected.rows)) > 1e-3)
  }
}
