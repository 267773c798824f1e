import Platform

/// A network ready to predict: any number of threads may run it at the same time.
///
/// Each run borrows a workspace from a list that grows to the number of threads that may meet, and
/// then allocates nothing.
public final class Predictor: @unchecked Sendable {
  public let graph: Graph
  /// Rows a workspace takes at once: enough for the products to be efficient, few enough for the
  /// activations to stay in the cache.
  public let chunk: Int
  private let minimumShard: Int

  private let prepared: [Buffer<Float>?]
  private let lock = Lock()
  private var idle: [Workspace] = []
  private var made = 0

  public init(_ graph: Graph) throws {
    let graph = graph.fused(for: .prediction)
    self.graph = graph
    let widest = graph.values.filter(\.hasRows).map(\.shape.count).max() ?? 1
    // Rows of much arithmetic are worth a thread each; a few together spare reading the weights again.
    let work = graph.work
    chunk =
      work > 10_000_000
      ? min(max(1 << 22 / max(widest, 1), 1), 4) : min(max(32_768 / max(widest, 1), 8), 256)
    minimumShard = work > 10_000_000 ? 1 : chunk
    var prepared: [Buffer<Float>?] = []
    for node in graph.nodes {
      let count = node.operation.preparedCount
      guard count > 0 else {
        prepared.append(nil)
        continue
      }
      let buffer = try Buffer<Float>(count: count, for: "prepared weights")
      try node.operation.prepare(
        node.inputs.map { id in
          guard case .parameter(let index) = graph[id].source else { return nil }
          return UnsafePointer(graph.parameters[index].values.pointer)
        }, into: buffer.pointer)
      prepared.append(buffer)
    }
    self.prepared = prepared
    idle.reserveCapacity(64)
  }

  /// Runs `body` with a workspace that is this call's alone.
  @inline(__always)
  public func withWorkspace<Result>(_ body: (Workspace) throws -> Result) throws -> Result {
    let workspace = try lock.withLock { idle.popLast() } ?? makeWorkspace()
    defer { lock.withLock { idle.append(workspace) } }
    return try body(workspace)
  }

  /// Makes what `count` threads at once need, so that which of them met in earlier runs does not
  /// decide when the last workspace is made.
  public func prepareWorkspaces(_ count: Int) throws {
    while lock.withLock({ made < count }) {
      let workspace = try makeWorkspace()
      lock.withLock { idle.append(workspace) }
    }
  }

  private func makeWorkspace() throws -> Workspace {
    let workspace = try Workspace(
      graph, capacity: chunk, parameters: graph.parameters.map(\.values.pointer),
      prepared: prepared.map { $0.map { UnsafePointer($0.pointer) } })
    lock.withLock { made += 1 }
    return workspace
  }

  /// The network's outputs for rows that `fill` writes: `fill(range, inputs)` puts the rows of the
  /// range into the blocks of the inputs, and `take(range, outputs)` receives (range, output width).
  ///
  /// Chunks run on as many threads as are set when `parallel`.
  public func run(
    rows: Int, parallel: Bool = true, fill: (Range<Int>, [UnsafeMutablePointer<Float>]) -> Void,
    take: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
  ) throws {
    let shards = parallel ? WorkerPool.shards(of: rows, minimum: minimumShard) : [0..<rows]
    let failures = FirstFailure()
    try prepareWorkspaces(shards.count)
    WorkerPool.run(shards: shards.count) { shard in
      failures.catching {
        try withWorkspace { workspace in
          var start = shards[shard].lowerBound
          while start < shards[shard].upperBound {
            let range = start..<min(start + chunk, shards[shard].upperBound)
            fill(range, workspace.inputs)
            workspace.forward(rows: range.count, firstRow: start)
            take(range, workspace.output)
            start = range.upperBound
          }
        }
      }
    }
    try failures.rethrow()
  }
}
