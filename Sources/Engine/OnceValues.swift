import Platform

extension Graph {
  /// The same network for prediction, with what is computed once for all texts in the place of what it was computed
  /// from: between runs it does not change.
  func withOnceValuesComputed() throws -> Graph {
    let texts = nodes.filter { self[$0.output].lines != .once }
    let read = Set(texts.flatMap(\.inputs).filter { self[$0].lines == .once }).sorted { $0.index < $1.index }
    guard !read.isEmpty else { return self }
    let results = try read.map { try Buffer<Float>(count: self[$0].shape.count, for: "values of all texts") }
    let failures = FirstFailure()
    WorkerPool.run(shards: read.count) { place in
      failures.catching {
        var lower = self
        lower.output = read[place]
        lower = try lower.pruned()
        let workspace = try Workspace(
          lower, capacity: Capacity(rows: 1), parameters: lower.parameters.map(\.values.pointer))
        withExtendedLifetime(workspace) {
          workspace.forward(rows: 1)
          results[place].pointer.update(from: workspace.output, count: results[place].count)
        }
      }
    }
    try failures.rethrow()
    var computed: [ValueID: Tensor] = [:]
    for (id, values) in zip(read, results) {
      computed[id] = try Tensor(name: self[id].name, shape: self[id].shape, values: values)
    }
    return try rewritten { builder, node, _ in computed[node.output].map { builder.parameter($0) } }.pruned()
  }
}
