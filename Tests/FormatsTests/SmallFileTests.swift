import Foundation
import Platform
import Testing

@testable import Formats

/// What a file of some kilobytes can ask for has bounds.
@Suite("Small files that ask for much")
struct SmallFileTests {
  /// A message's field of bytes, or of a number.
  private func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    varint(Int(number) << 3 | 2) + varint(bytes.count) + bytes
  }
  private func field(_ number: UInt8, _ value: Int) -> [UInt8] { varint(Int(number) << 3) + varint(value) }
  private func varint(_ value: Int) -> [UInt8] {
    value < 128 ? [UInt8(value)] : [UInt8(value & 127) | 128] + varint(value >> 7)
  }

  /// Operators that each take the one before twice, after a constant of two numbers.
  private func chain(_ kind: String, _ length: Int, attributes: [UInt8]) -> [UInt8] {
    var graph: [UInt8] = []
    for step in 0..<length {
      let operands = field(1, Array("c\(step)".utf8)) + field(1, Array("c\(step)".utf8))
      graph += field(
        1, operands + field(2, Array("c\(step + 1)".utf8)) + field(4, Array(kind.utf8)) + attributes)
    }
    let tensor =
      field(1, 2) + field(2, 1) + field(8, Array("c0".utf8)) + field(9, [0, 0, 128, 63, 0, 0, 128, 63])
    graph += field(2, Array("g".utf8)) + field(5, tensor) + field(12, field(1, Array("c\(length)".utf8)))
    return field(1, 8) + field(7, graph) + field(8, field(2, 17))
  }

  private func failure(of bytes: [UInt8]) -> Failure? {
    do {
      _ = try bytes.withUnsafeBytes { try ONNXReader.read(bytes: $0, named: "small.onnx") }
      return nil
    } catch { return error as? Failure }
  }

  @Test("A constant that doubles with every Concat is refused, naming the node and the bound")
  func doubling() {
    let axis = field(5, field(1, Array("axis".utf8)) + field(3, 0) + field(20, 2))
    let found = failure(of: chain("Concat", 40, attributes: axis))
    #expect(found?.kind == .unsupported)
    #expect(found?.message.contains("elements") == true, "\(found?.message ?? "none")")
    #expect(found?.message.contains("Concat") == true)
  }

  @Test("Constants that many operators make together are refused, each of them within its own bound")
  func together() {
    // 21 doublings make 4 million elements; forty sums of those would be a gigabyte.
    let axis = field(5, field(1, Array("axis".utf8)) + field(3, 0) + field(20, 2))
    var graph: [UInt8] = []
    for step in 0..<60 {
      let kind = step < 20 ? "Concat" : "Add"
      let operands = field(1, Array("c\(step)".utf8)) + field(1, Array("c\(step)".utf8))
      graph += field(
        1,
        operands + field(2, Array("c\(step + 1)".utf8)) + field(4, Array(kind.utf8)) + (step < 20 ? axis : [])
      )
    }
    let tensor =
      field(1, 2) + field(2, 1) + field(8, Array("c0".utf8)) + field(9, [0, 0, 128, 63, 0, 0, 128, 63])
    graph += field(2, Array("g".utf8)) + field(5, tensor) + field(12, field(1, Array("c60".utf8)))
    let found = failure(of: field(1, 8) + field(7, graph) + field(8, field(2, 17)))
    #expect(found?.kind == .unsupported)
    #expect(found?.message.contains("constants made of constants") == true, "\(found?.message ?? "none")")
  }
}
