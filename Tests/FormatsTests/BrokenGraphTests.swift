import Engine
import Platform
import Testing

@testable import Formats

@Suite("Impossible ONNX graphs")
struct BrokenGraphTests {
  /// x (rows, 3) → the nodes → y.
  func read(
    _ nodes: [(kind: String, inputs: [String], outputs: [String])], width: Int = 3,
    attributes: [(String, ONNXMessage.Attribute)] = [], constants: [(String, [Int])] = []
  ) throws -> Network {
    var graph = ProtobufMessage()
    for (index, node) in nodes.enumerated() {
      graph.append(
        1,
        ONNXMessage.node(
          node.kind, node.inputs, node.outputs, name: "n\(index)", index == 0 ? attributes : []))
    }
    for (name, values) in constants { graph.append(5, ONNXMessage.tensor(values, name: name)) }
    graph.append(11, ONNXMessage.port("x", element: 1, [width]))
    graph.append(12, ONNXMessage.port("y", element: 1, [width]))
    var opset = ProtobufMessage()
    opset.append(2, 17)
    var model = ProtobufMessage()
    model.append(1, 8)
    model.append(7, graph)
    model.append(8, opset)
    var bytes: [UInt8] = []
    try model.write { bytes += Array($0) }
    return try bytes.withUnsafeBytes { try ONNXReader.read(bytes: $0, named: "test.onnx") }
  }

  func failure(_ body: () throws -> Network) -> Failure? {
    do {
      _ = try body()
      return nil
    } catch { return error as? Failure }
  }

  @Test("A valid graph is read")
  func sound() throws {
    #expect(try read([("Relu", ["x"], ["y"])]).graph.nodes.count == 1)
  }

  @Test("Cycles, missing values and names given twice are errors at the node")
  func structure() {
    let cycle = failure {
      try read([("Add", ["x", "b"], ["a"]), ("Relu", ["a"], ["b"]), ("Relu", ["b"], ["y"])])
    }
    #expect(cycle?.kind == .invalidModel && ["n0", "n1"].contains(cycle?.location))
    let missing = failure { try read([("Add", ["x", "nowhere"], ["y"])]) }
    #expect(
      missing?.message
        == "test.onnx: node \"n0\" needs \"nowhere\", which no node, input or initializer gives")
    #expect(failure { try read([("Relu", ["x"], ["y"]), ("Tanh", ["x"], ["y"])]) }?.location == "n1")
    #expect(failure { try read([("Relu", ["x"], ["x"])]) }?.kind == .invalidModel)
    #expect(failure { try read([("Relu", ["x"], ["z"])]) }?.kind == .invalidModel)
    #expect(failure { try read([]) }?.kind == .invalidModel)
  }

  @Test("An operator that is not supported is named with its node and operator set")
  func unsupported() {
    let failure = failure { try read([("Loop", ["x", "x"], ["y"])]) }
    #expect(failure?.kind == .unsupported && failure?.location == "n0")
    #expect(failure?.message == "test.onnx: node \"n0\" (Loop, opset 17): this operator is not supported")
  }

  @Test("Sizes beyond any memory are refused before memory is requested")
  func bombs() {
    #expect(failure { try read([("Relu", ["x"], ["y"])], width: 1 << 40) }?.kind == .unsupported)
    #expect(
      failure {
        try read(
          [("ConstantOfShape", ["s"], ["c"]), ("Add", ["x", "c"], ["y"])],
          constants: [("s", [1 << 20, 1 << 19])])
      }?.kind == .unsupported)
    #expect(
      failure {
        try read([("Reshape", ["x", "s"], ["y"])], constants: [("s", [-1, .max, .max, .max])])
      }?.kind == .invalidModel)
    #expect(
      failure { try read([("Reshape", ["x", "s"], ["y"])], constants: [("s", [3, -1])]) }?.kind
        == .unsupported)
  }
}
