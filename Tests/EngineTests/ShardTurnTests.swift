import Platform
import Testing

@testable import Engine

#if canImport(Glibc)
  import Glibc
#endif

/// Shards that add to one array of gradients do so in their order, and not in the order in which they get ready.
@Suite("Turns of shards", .serialized)
struct ShardTurnTests {
  /// y = x + 1, whose backward takes 30 ms for the batch's first row.
  struct SlowForTheFirstRow: Operator {
    static let kind = "SlowForTheFirstRow"
    var attributes: [JSONValue.Member] { [] }
    var dependence: Dependence { .line }
    var rowGradients: RowGradients { .none }
    /// So much that each row gets a shard.
    var work: Int { 1 << 24 }

    mutating func resolve(_ operands: [Operand]) throws -> Shape { operands[0].shape }
    func forward(_ run: Execution) {
      for row in 0..<run.rows { run.output[row] = run.input(0)[row] + 1 }
    }
    func backward(_ run: Execution) {
      if run.firstRow == 0 { usleep(30_000) }
      for row in 0..<run.rows { run.inputGradient(0)?[row] = run.outputGradient[row] }
    }
  }

  // By hand, with z = w x + 1 and y = w z for w = 1: a row adds ∂y · z at the second layer and then ∂y · x at the first.
  // Row 0 (∂y = 0.5, x = 1) adds 1 and 0.5, row 1 (∂y = 2²⁵, x = −0.5) adds 2²⁴ and −2²⁴. In this order the sum is
  // (1.5 + 2²⁴) − 2²⁴ = 2, since 1.5 + 2²⁴ rounds to 2 + 2²⁴. If row 1 came between the two numbers of row 0,
  // 1 + 2²⁴ would round to 2²⁴, and the sum would be 0.
  @Test("A shard adds to a weight that a layer reads twice after the previous shard has added both times")
  func order() throws {
    try WorkerPool.setThreads(2)
    defer { try? WorkerPool.setThreads(0) }
    var builder = GraphBuilder()
    builder.layer = 0
    let x = builder.input("x", Shape(width: 1))
    let w = builder.parameter(try Tensor(name: "w", dimensions: [1, 1], values: [1]))
    var y = try builder.apply(Linear(), to: [x, w], name: "first")
    y = try builder.apply(SlowForTheFirstRow(), to: [y], name: "slow")
    y = try builder.apply(Linear(), to: [y, w], name: "second")
    let trainer = try Trainer(
      builder.finish(output: y), trainable: [true], capacity: Capacity(rows: 2), sharedGradientsFrom: 0)
    let (inputs, gradients): ([Float], [Float]) = ([1, -0.5], [0.5, 33_554_432])
    for _ in 0..<5 {
      try trainer.forward(rows: 2, seed: 1) { range, blocks in
        for (place, row) in range.enumerated() { blocks[0][place] = inputs[row] }
      }
      trainer.outputGradients.pointer.update(from: gradients, count: 2)
      try trainer.backward(seed: 1)
      #expect(trainer.gradients.pointer[0] == 2)
    }
  }
}
