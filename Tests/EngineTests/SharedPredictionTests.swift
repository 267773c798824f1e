import Platform
import Testing

@testable import Engine

/// A run of one workspace whose operators' lines are divided among workers.
@Suite("Prediction whose lines are shared by workers", .serialized)
struct SharedPredictionTests {
  /// An embedding of 40 rows, and a layer with int8 weights, which rounds each line in working memory.
  private func network() throws -> Graph {
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 1))
    let table = builder.parameter(try randomTensor("table", [40, 512]))
    let weight = builder.parameter(try randomTensor("wide", [256, 512]))
    let value = try builder.apply(Embedding(), to: [x, table], name: "embedding")
    let y = try builder.apply(Linear(), to: [value, weight], name: "wide")
    return try builder.finish(output: y).withInt8Weights()
  }

  private func sharing(_ body: (Workspace) throws -> Void) throws {
    try WorkerPool.setThreads(2)
    defer { try? WorkerPool.setThreads(0) }
    try Predictor(network()).withWorkspace(body)
  }

  @Test("Outputs are those of one worker, bit by bit: each part has its own working memory")
  func outputs() throws {
    try sharing { workspace in
      let rows = workspace.capacity.rows
      #expect(rows > 30)
      for row in 0..<rows { workspace.inputs[0][row] = Float(row * 7 % 40) }
      try workspace.forward(rows: rows)
      let alone = Array(UnsafeBufferPointer(start: workspace.output, count: rows * 256))
      for _ in 0..<20 {
        workspace.output.update(repeating: 0, count: rows * 256)
        #expect(try workspace.forwardShared(rows: rows, parts: 2))
        #expect(Array(UnsafeBufferPointer(start: workspace.output, count: rows * 256)) == alone)
      }
    }
  }

  @Test("A row without an output is counted from the first row of the run", arguments: [3, 28])
  func failures(row: Int) throws {
    try sharing { workspace in
      for place in 0..<31 { workspace.inputs[0][place] = place == row ? 99 : 1 }
      #expect {
        _ = try workspace.forwardShared(rows: 31, firstRow: 1000, parts: 2)
      } throws: {
        ($0 as? RowFailure)?.row == 1000 + row
      }
    }
  }
}
