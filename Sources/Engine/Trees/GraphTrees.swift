import Platform

// Networks that begin with an ensemble of decision trees.
extension Graph {
  /// The network after its trees, for training that does not change the splits. Its input is the leaf of each
  /// tree. It has the same parameters in the same order. nil if one ensemble is not the only reader of the
  /// input.
  public func routed() throws -> Graph? {
    guard let (place, ensemble) = soleEnsemble else { return nil }
    var result = self
    let node = nodes[place]
    var operation = RoutedTrees(ensemble)
    let input = inputs[0]
    result.values[input.index] = Value(
      name: self[input].name, shape: Shape(width: ensemble.trees.trees.count), source: .input, lines: .rows)
    _ = try operation.resolve(node.inputs.map { result.operand($0) })
    result.nodes[place] = node.with(operation)
    return result
  }

  /// The ensemble that is the only reader of the network's only input, and the index of its node.
  public var soleEnsemble: (place: Int, ensemble: TreeEnsemble)? {
    guard inputs.count == 1, let input = inputs.first else { return nil }
    let readers = nodes.indices.filter { nodes[$0].inputs.contains { storage(of: $0) == input } }
    guard readers.count == 1, let ensemble = nodes[readers[0]].operation.role.trees,
      nodes[readers[0]].inputs.first == input
    else { return nil }
    return (readers[0], ensemble)
  }

  /// Whether numbers of a row may be missing (NaN): only operators that accept missing numbers (trees) read
  /// the inputs.
  public var takesMissing: Bool {
    let ends = Set(inputs)
    return nodes.allSatisfy { node in
      node.operation.acceptsMissing || !node.inputs.contains { ends.contains(storage(of: $0)) }
    } && !ends.contains(storage(of: output))
  }

  /// The same network with other splits in its ensemble. The values of the new leaves are copied from the old
  /// leaves.
  ///
  /// - Parameter leaves: for each new leaf, the old leaf whose value it takes.
  public func replacing(_ trees: DecisionTrees, leaves: [Int]) throws -> Graph {
    guard let (place, old) = soleEnsemble, case .parameter(let index) = self[nodes[place].inputs[1]].source
    else { throw Failure.internal("trees of another network") }
    let before = parameters[index]
    let width = before.shape.dimensions.count == 1 ? 1 : old.trees.outputs
    let known = try before.values
    let values = try Buffer<Float>(count: leaves.count * width, for: "leaves")
    for (leaf, source) in leaves.enumerated() where (0..<old.trees.leafCount).contains(source) {
      for output in 0..<width {
        values.pointer[leaf * width + output] = known.pointer[source * width + output]
      }
    }
    var result = self
    result.parameters[index] = try Tensor(
      name: before.name, shape: Shape([leaves.count] + before.shape.dimensions.dropFirst()), values: values)
    for (place, value) in self.values.enumerated() where value.source == .parameter(index) {
      result.values[place] = Value(
        name: value.name, shape: result.parameters[index].shape, source: value.source, lines: value.lines)
    }
    var operation = TreeEnsemble(try TreeLayout(trees), old.sums.aggregate, factor: old.sums.factor)
    let node = nodes[place]
    _ = try operation.resolve(node.inputs.map { result.operand($0) })
    result.nodes[place] = node.with(operation)
    return result
  }
}
