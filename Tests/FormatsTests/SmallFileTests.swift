import Foundation
import Platform
import Testing

@testable import Formats

/// The memory that a file of some kilobytes can request is limited.
@Suite("Small files that request much memory")
struct SmallFileTests {
  private typealias Message = ProtobufBytes

  /// A chain of operators that each use the previous result twice, starting from a constant of two numbers.
  private func chain(_ kind: String, _ length: Int, attributes: [UInt8]) -> [UInt8] {
    var graph: [UInt8] = []
    for step in 0..<length {
      let operands = Message.field(1, Array("c\(step)".utf8)) + Message.field(1, Array("c\(step)".utf8))
      graph += Message.field(
        1,
        operands + Message.field(2, Array("c\(step + 1)".utf8)) + Message.field(4, Array(kind.utf8))
          + attributes)
    }
    let tensor =
      Message.field(1, 2) + Message.field(2, 1) + Message.field(8, Array("c0".utf8))
      + Message.field(9, [0, 0, 128, 63, 0, 0, 128, 63])
    graph +=
      Message.field(2, Array("g".utf8)) + Message.onnxRows + Message.field(5, tensor)
      + Message.field(12, Message.field(1, Array("c\(length)".utf8)))
    return Message.field(1, 8) + Message.field(7, graph) + Message.field(8, Message.field(2, 17))
  }

  private func failure(of bytes: [UInt8]) -> Failure? {
    do {
      _ = try bytes.withUnsafeBytes { try ONNXReader.read(bytes: $0, named: "small.onnx") }
      return nil
    } catch { return error as? Failure }
  }

  @Test("A constant that doubles with every Concat is refused, naming the node and the bound")
  func doubling() {
    let axis = Message.field(
      5, Message.field(1, Array("axis".utf8)) + Message.field(3, 0) + Message.field(20, 2))
    let found = failure(of: chain("Concat", 40, attributes: axis))
    #expect(found?.kind == .unsupported)
    #expect(found?.message.contains("elements") == true, "\(found?.message ?? "none")")
    #expect(found?.message.contains("Concat") == true)
  }

  @Test("Constants that many operators make together are refused, each of them within its own bound")
  func together() {
    // 16 doublings make 131072 elements, of which 44 sums would be as many as 5 million.
    let axis = Message.field(
      5, Message.field(1, Array("axis".utf8)) + Message.field(3, 0) + Message.field(20, 2))
    var graph: [UInt8] = []
    for step in 0..<60 {
      let kind = step < 16 ? "Concat" : "Add"
      let operands = Message.field(1, Array("c\(step)".utf8)) + Message.field(1, Array("c\(step)".utf8))
      graph += Message.field(
        1,
        operands + Message.field(2, Array("c\(step + 1)".utf8)) + Message.field(4, Array(kind.utf8))
          + (step < 16 ? axis : [])
      )
    }
    let tensor =
      Message.field(1, 2) + Message.field(2, 1) + Message.field(8, Array("c0".utf8))
      + Message.field(9, [0, 0, 128, 63, 0, 0, 128, 63])
    graph +=
      Message.field(2, Array("g".utf8)) + Message.onnxRows + Message.field(5, tensor)
      + Message.field(12, Message.field(1, Array("c60".utf8)))
    let found = failure(
      of: Message.field(1, 8) + Message.field(7, graph) + Message.field(8, Message.field(2, 17)))
    #expect(found?.kind == .unsupported)
    #expect(found?.message.contains("constants made of constants") == true, "\(found?.message ?? "none")")
  }
}
