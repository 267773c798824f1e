import Platform

/// How many workers divide a training batch among them, and the maximum sizes of each one's share.
struct ShardPlan {
  /// The number of shards of a full batch.
  let count: Int
  /// The maximum sizes of one shard.
  let capacity: Capacity
  /// The number of rows from which a shard has enough arithmetic to outweigh waking a thread.
  let minimumRows: Int

  /// - Parameter whole: the maximum sizes of the batch.
  init(_ graph: Graph, capacity whole: Capacity) {
    let wholeBatch = graph.nodes.contains { $0.operation.needsWholeBatch }
    minimumRows = wholeBatch ? Int.max : max(min(400_000 / max(graph.work, 1), 4096), 1)
    guard graph.readsTokens else {
      let ranges = WorkerPool.shards(of: whole.rows, minimum: minimumRows)
      count = ranges.count
      capacity = Capacity(rows: max(ranges.map(\.count).max() ?? 1, 1))
      return
    }
    count = wholeBatch ? 1 : max(min(WorkerPool.threads, whole.rows), 1)
    // The bounds of a shard deviate from its exact share by up to half a text, except those of the whole
    // batch.
    let excess = count == 2 ? (whole.longest + 1) / 2 : whole.longest
    capacity = Capacity(
      rows: whole.rows,
      tokens: count == 1 ? whole.tokens : min(whole.tokens, (whole.tokens + count - 1) / count + excess),
      longest: whole.longest,
      // Rows with few tokens may have many elements of another sequence.
      further: whole.further)
  }
}
