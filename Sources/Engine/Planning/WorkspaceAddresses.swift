/// Where the values of a graph and their gradients lie in the memory of one workspace.
struct WorkspaceAddresses {
  let graph: Graph
  let layout: WorkspaceLayout
  /// The start of the workspace's memory.
  let base: UnsafeMutablePointer<Float>
  /// The weights, in the graph's order.
  let parameters: [UnsafeMutablePointer<Float>]
  /// nil for prediction.
  let training: Workspace.Training?
  /// The array of all parameters' gradients; only for training.
  let parameterGradients: UnsafeMutablePointer<Float>

  func value(_ id: Graph.ValueID) -> UnsafeMutablePointer<Float> {
    let root = graph.storage(of: id)
    if case .parameter(let index) = graph[root].source { return parameters[index] }
    return base + (layout.values[root.index] ?? 0)
  }

  /// nil for a value that has no gradient.
  func gradient(_ id: Graph.ValueID) -> UnsafeMutablePointer<Float>? {
    let root = graph.storage(of: id)
    if case .parameter(let index) = graph[root].source {
      return training?.offsets[index].map { parameterGradients + $0 }
    }
    return layout.gradients[root.index].map { base + $0 }
  }
}
