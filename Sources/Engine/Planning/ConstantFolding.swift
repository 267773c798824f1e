import Platform

extension Graph {
  /// The same network for prediction with constant folding: values that are computed once for all texts, from
  /// parameters alone, become parameters.
  func withConstantsFolded() throws -> Graph {
    let read = values.indices.filter { index in
      values[index].lines == .once
        && nodes.contains { node in
          self[node.output].lines != .once && node.inputs.contains { $0.index == index }
        }
    }
    guard !read.isEmpty else { return self }
    let results = try read.map {
      try Buffer<Float>(count: values[$0].shape.count, for: "values of all texts")
    }
    let failures = FirstFailure()
    WorkerPool.run(shards: read.count) { place in
      failures.catching {
        var lower = self
        lower.output = ValueID(index: read[place])
        lower.hidden = []
        lower = try lower.pruned().resolvingTypes(inFloat32: true)
        let parameters = try RunParameters(lower)
        let workspace = try Workspace(lower, capacity: Capacity(rows: 1), parameters: parameters.pointers)
        try withExtendedLifetime((parameters, workspace)) {
          try workspace.forward(rows: 1)
          results[place].pointer.update(from: workspace.output, count: results[place].count)
        }
      }
    }
    try failures.rethrow()
    var copy = self
    copy.nodes = nodes.filter { self[$0.output].lines != .once }
    for (place, node) in copy.nodes.enumerated() { copy.values[node.output.index].source = .node(place) }
    for (index, result) in zip(read, results) {
      copy.values[index].source = .parameter(copy.parameters.count)
      copy.values[index].lines = .one
      copy.parameters.append(try Tensor(name: values[index].name, shape: values[index].shape, values: result))
    }
    return copy
  }
}
