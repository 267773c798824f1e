import Platform

/// A network prepared for prediction. Any number of threads may run it at the same time.
///
/// Each run borrows a workspace from a list, which grows to the maximum number of concurrent runs; further
/// runs allocate nothing. The initializer rearranges the weights for prediction. For networks that read texts
/// the first run does it: such a model is large, lies in a mapped file, and may have been loaded only for
/// tuning.
public final class Predictor: @unchecked Sendable {
  public let graph: Graph
  /// The maximum number of rows of one run of a workspace: enough for efficient products, and few enough for
  /// the activations to stay in the cache.
  public let chunk: Int
  /// Whether it is faster for workers to share the computations of a few rows than to compute different rows.
  public let sharesRows: Bool
  private let minimumShard: Int
  private let capacity: Capacity
  /// The maximum numbers of elements of a run in the further sequences.
  private let furtherCapacities: [Int]

  private static let tokensAtOnce = 512

  /// The graph that runs, and each node's rearranged weights.
  struct Prepared {
    let graph: Graph
    let weights: [Buffer<Float>?]
    let parameters: RunParameters
    var addresses: [UnsafePointer<Float>?] { weights.map { $0.map { UnsafePointer($0.pointer) } } }
  }
  /// nil before the weights are rearranged.
  private var prepared: Prepared?
  private let preparing = Lock()
  private let lock = Lock()
  private var idle: [Workspace] = []
  private var made = 0
  private var idleRuns: [RunMemory] = []

  /// What a run over several workers needs besides workspaces; later runs reuse it.
  private final class RunMemory {
    let failures = FirstFailure()
    /// The rows of each worker.
    var shards: [Range<Int>] = []
  }

  /// - Parameters:
  ///   - longestText: for a network that reads texts, the maximum number of tokens of one.
  ///   - further: the maximum number of elements of one row in each of the network's further sequences; see
  ///     `Graph.sequences`.
  public init(_ graph: Graph, longestText: Int = 0, further: [Axis: Int] = [:]) throws {
    let graph = try graph.withUnusedPositionsPruned().fused(for: .prediction)
    self.graph = graph
    let widest = graph.values.filter(\.hasRows).map(\.shape.count).max() ?? 1
    if graph.readsTokens {
      let tokens = max(Self.tokensAtOnce, longestText)
      chunk = Self.tokensAtOnce
      sharesRows = false
      minimumShard = chunk
      capacity = Capacity(
        rows: chunk, tokens: tokens, longest: longestText,
        further: further.mapValues { SequenceCapacity(tokens: max(Self.tokensAtOnce, $0), longest: $0) })
    } else {
      // Rows with much arithmetic are worth a thread each. A few of them together avoid reading the weights
      // again.
      let isHeavy = graph.nodes.reduce(0) { $0 + $1.operation.work } > 10_000_000
      chunk =
        isHeavy
        ? min(max(1 << 22 / max(widest, 1), 1), 4) : min(max(32_768 / max(widest, 1), 8), 256)
      minimumShard = isHeavy ? 1 : chunk
      sharesRows = isHeavy && graph.nodes.contains { $0.operation.sharing == .itself }
      capacity = Capacity(rows: chunk)
    }
    furtherCapacities = graph.sequences.dropFirst().map { [capacity] in capacity.lines(.sequence($0)) }
    prepared = graph.readsTokens ? nil : try Self.prepared(graph)
    idle.reserveCapacity(64)
    idleRuns.reserveCapacity(64)
  }

  /// Each node's rearranged weights, computed by all workers.
  private static func prepared(_ graph: Graph) throws -> Prepared {
    let graph = try graph.withConstantsFolded()
    let prepared = try graph.nodes.map { node -> Buffer<Float>? in
      let count = node.operation.preparedCount
      return count > 0 ? try Buffer<Float>(count: count, for: "prepared weights") : nil
    }
    // Start at the end, where networks have their largest weights, so that the last tasks are short.
    let places: [Int] = prepared.indices.reversed().filter { prepared[$0] != nil }
    let failures = FirstFailure()
    WorkerPool.run(shards: places.count) { shard in
      failures.catching {
        let node = graph.nodes[places[shard]]
        guard let buffer = prepared[places[shard]] else { return }
        // Lives until the operator has read it.
        var widened: [Buffer<Float>] = []
        let operands = try node.inputs.enumerated().map { position, id -> WeightNumbers? in
          guard case .parameter(let index) = graph[id].source else { return nil }
          let tensor = graph.parameters[index]
          if node.operation.reads(tensor.element, asOperand: position) { return tensor.storage.numbers }
          let values = try tensor.values
          widened.append(values)
          return .float32(UnsafePointer(values.pointer))
        }
        try withExtendedLifetime(widened) {
          try Backend.onThisThread { try node.operation.prepare(operands, into: buffer.pointer) }
        }
      }
    }
    try failures.rethrow()
    return Prepared(
      graph: graph, weights: prepared,
      parameters: try RunParameters(graph) { prepared[$0] != nil })
  }

  /// Runs `body` with a workspace that no other call uses.
  ///
  /// - Throws: the error of `body`; for a row without an output, an error that names the row.
  @inline(__always)
  public func withWorkspace<Result>(_ body: (Workspace) throws -> Result) throws -> Result {
    let workspace = try lock.withLock { idle.popLast() } ?? makeWorkspace()
    defer { lock.withLock { idle.append(workspace) } }
    do { return try body(workspace) } catch let failure as RowFailure { throw failure.failure() }
  }

  /// Creates the workspaces for `count` concurrent threads in advance, so that later runs allocate nothing
  /// however they overlap.
  public func prepareWorkspaces(_ count: Int) throws {
    while lock.withLock({ made < count }) {
      let workspace = try makeWorkspace()
      lock.withLock { idle.append(workspace) }
    }
  }

  /// The graph and weights for runs, which the first call makes for networks that read texts.
  func preparedWeights() throws -> Prepared {
    try preparing.withLock {
      if let prepared = self.prepared { return prepared }
      let made = try Self.prepared(graph)
      // Weights that are incomplete because memory ran out must not be stored.
      try Memory.check()
      self.prepared = made
      return made
    }
  }

  private func makeWorkspace() throws -> Workspace {
    let prepared = try preparedWeights()
    let workspace = try Workspace(
      prepared.graph, capacity: capacity, parameters: prepared.parameters.pointers,
      prepared: prepared.addresses)
    lock.withLock { made += 1 }
    return workspace
  }

  /// Computes the network's outputs. `fill(range, inputs)` writes the rows of the range to the blocks of the
  /// inputs, and `take(range, outputs)` receives their outputs (range, output width).
  ///
  /// If `parallel`, chunks run on the threads of the work's budget.
  ///
  /// - Parameters:
  ///   - lengths: for a network that reads texts, the number of tokens of each row's text, at most the initializer's
  ///     `longestText`.
  ///   - further: the same for the network's further sequences; see `Graph.sequences`.
  public func run(
    rows: Int, lengths: UnsafePointer<Int32>? = nil, further: [UnsafePointer<Int32>] = [],
    parallel: Bool = true, fill: (Range<Int>, [UnsafeMutablePointer<Float>]) -> Void,
    take: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
  ) throws {
    try run(rows: rows, lengths: lengths, further: further, parallel: parallel, fill: fill) {
      range, workspace in
      take(range, workspace.output)
    }
  }

  /// The same for all outputs: `read(range, workspace)` reads them in the workspace, `hidden` among them.
  public func run(
    rows: Int, lengths: UnsafePointer<Int32>? = nil, further: [UnsafePointer<Int32>] = [],
    parallel: Bool = true, fill: (Range<Int>, [UnsafeMutablePointer<Float>]) -> Void,
    read: (Range<Int>, Workspace) -> Void
  ) throws {
    if let lengths, parallel,
      try runShared(rows: rows, lengths: lengths, further, fill: fill, read: read)
    {
      return
    }
    let memory = lock.withLock { idleRuns.popLast() } ?? RunMemory()
    defer { lock.withLock { idleRuns.append(memory) } }
    memory.failures.clear()
    memory.shards.removeAll(keepingCapacity: true)
    divide(rows, lengths, amongWorkers: parallel, into: &memory.shards)
    let (shards, failures) = (memory.shards, memory.failures)
    try prepareWorkspaces(shards.count)
    let cancel = HostCall.cancelFlag
    WorkerPool.run(shards: shards.count) { shard in
      failures.catching {
        try withWorkspace { workspace in
          var start = shards[shard].lowerBound
          while start < shards[shard].upperBound {
            if cancel?.isRequested == true { throw HostCall.cancelled }
            // The shards advance at about the same rate, so the calling thread's shard is reported for all.
            try HostCall.report("predict", start - shards[shard].lowerBound, of: shards[shard].count)
            let range = next(from: start, in: shards[shard], lengths, further)
            setTexts(workspace, range, lengths, further)
            fill(range, workspace.inputs)
            try workspace.forward(rows: range.count, firstRow: start)
            read(range, workspace)
            start = range.upperBound
          }
        }
      }
    }
    try failures.rethrow()
    try HostCall.report("predict", rows, of: rows)
  }

  /// All workers together compute a few texts, which are too few to give each worker whole texts.
  private func runShared(
    rows: Int, lengths: UnsafePointer<Int32>, _ further: [UnsafePointer<Int32>],
    fill: (Range<Int>, [UnsafeMutablePointer<Float>]) -> Void, read: (Range<Int>, Workspace) -> Void
  ) throws -> Bool {
    let parts = WorkerPool.threads
    guard parts > 1, rows > 0, next(from: 0, in: 0..<rows, lengths, further).count == rows else {
      return false
    }
    var tokens = 0
    for row in 0..<rows { tokens += Int(lengths[row]) }
    guard tokens >= 8 * parts else { return false }
    return try withWorkspace { workspace in
      setTexts(workspace, 0..<rows, lengths, further)
      fill(0..<rows, workspace.inputs)
      guard try workspace.forwardShared(rows: rows, parts: parts) else { return false }
      read(0..<rows, workspace)
      return true
    }
  }

  private func setTexts(
    _ workspace: Workspace, _ rows: Range<Int>, _ lengths: UnsafePointer<Int32>?,
    _ further: [UnsafePointer<Int32>]
  ) {
    if let lengths { workspace.setTexts(lengths + rows.lowerBound, count: rows.count) }
    for (place, lengths) in further.enumerated() {
      workspace.setTexts(lengths + rows.lowerBound, count: rows.count, sequence: place + 1)
    }
  }

  /// The rows of the next run of a workspace.
  private func next(
    from start: Int, in shard: Range<Int>, _ lengths: UnsafePointer<Int32>?,
    _ further: [UnsafePointer<Int32>]
  ) -> Range<Int> {
    var end = min(start + chunk, shard.upperBound)
    func fit(_ lengths: UnsafePointer<Int32>, _ most: Int) {
      var tokens = 0
      for row in start..<end {
        tokens += Int(lengths[row])
        if tokens > most {
          end = max(row, start + 1)
          break
        }
      }
    }
    if let lengths { fit(lengths, capacity.tokens) }
    for (lengths, most) in zip(further, furtherCapacities) { fit(lengths, most) }
    return start..<end
  }

  /// Appends the rows of each worker to `shards`. Texts are divided by their numbers of tokens.
  private func divide(
    _ rows: Int, _ lengths: UnsafePointer<Int32>?, amongWorkers: Bool, into shards: inout [Range<Int>]
  ) {
    guard amongWorkers, let lengths else {
      let parts = amongWorkers ? max(1, min(WorkerPool.threads, rows / max(minimumShard, 1))) : 1
      for part in 0..<parts { shards.append(rows * part / parts..<rows * (part + 1) / parts) }
      return
    }
    var total = 0
    for row in 0..<rows { total += Int(lengths[row]) }
    let parts = max(1, min(WorkerPool.threads, total / Self.tokensAtOnce))
    var (start, before) = (0, 0)
    for row in 0..<rows {
      before += Int(lengths[row])
      if before >= total * (shards.count + 1) / parts, shards.count < parts - 1 {
        shards.append(start..<row + 1)
        start = row + 1
      }
    }
    shards.append(start..<rows)
  }
}
