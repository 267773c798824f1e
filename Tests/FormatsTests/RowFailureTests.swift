import Engine
import Platform
import Testing

@testable import Formats

/// An invalid row causes an error that names it. It never changes the outputs of other rows.
@Suite("Rows that a network cannot compute")
struct RowFailureTests {
  /// table[x]: elements of a vector, which only the interpreter looks up, or rows of a matrix, which the
  /// engine does.
  private func lookup(_ dimensions: [Int]) throws -> Network {
    var graph = ProtobufMessage()
    graph.append(1, ONNXMessage.node("Cast", ["x"], ["i"], name: "cast", [("to", .integer(7))]))
    graph.append(
      1, ONNXMessage.node("Gather", ["table", "i"], ["y"], name: "gather", [("axis", .integer(0))]))
    let count = dimensions.reduce(1, *)
    let table = try Tensor(name: "table", dimensions: dimensions, values: (1...count).map { Float($0) })
    graph.append(5, try ONNXMessage.tensor(table, name: "table"))
    graph.append(11, ONNXMessage.port("x", element: 1, [1]))
    graph.append(12, ONNXMessage.port("y", element: 1, Array([1] + dimensions.dropFirst())))
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

  private func failure(_ network: Network, _ rows: [[Float]]) -> Failure? {
    do {
      _ = try outputs(network.graph, rows)
      return nil
    } catch { return error as? Failure }
  }

  // onnxruntime: table[-1] is the last element, and an index of 3 is an error of the whole run.
  @Test("Interpreted or not, an index outside the table names the row", arguments: [[3], [3, 2]])
  func index(dimensions: [Int]) throws {
    let network = try lookup(dimensions)
    #expect((network.interpretedBecause != nil) == (dimensions.count == 1))
    let first = try outputs(network.graph, [[0], [1], [-1]]).map { $0[0] }
    #expect(first == (dimensions.count == 1 ? [1, 2, 3] : [1, 3, 5]))
    for (rows, bad): ([[Float]], Int) in [
      ([[0], [1], [9]], 2), ([[3], [1], [0]], 0), ([[0], [-4], [9]], 1),
      ([[Float]](repeating: [1], count: 700) + [[7]], 700),
    ] {
      let failure = failure(network, rows)
      #expect(failure?.kind == .invalidData)
      #expect(failure?.location == "row \(bad)")
    }
  }

  @Test("Workers that share the rows name the row, too, and the next prediction is right")
  func shared() throws {
    let network = try lookup([3, 2])
    let predictor = try Predictor(network.graph)
    func predict(_ bad: Int?) throws {
      try predictor.run(
        rows: 5000,
        fill: { range, inputs in
          for (line, row) in range.enumerated() { inputs[0][line] = row == bad ? 5 : 1 }
        },
        take: { range, values in
          if bad == nil { for line in 0..<range.count { #expect(values[2 * line] == 3) } }
        })
    }
    try predict(nil)
    #expect {
      try predict(4321)
    } throws: { ($0 as? Failure)?.location == "row 4321" }
    try predict(nil)
  }
}
