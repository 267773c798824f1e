import Engine
import Platform

/// What the writers of trees' own formats, and those who grow trees, see of a network: one ensemble, and what is made
/// of its sums.
public struct TreeModel {
  public let trees: DecisionTrees
  /// One for each leaf.
  public let values: [Float]
  /// One for each output.
  public let bias: [Float]
  /// Before the link; 1 where there is none.
  public let scale: Float
  /// What the outputs are of the scaled sums.
  public let ending: TreeEnding

  init(_ network: Network, for format: String) throws {
    try self.init(network) { what in
      "\(format) cannot hold this model: \(what); \"onnx\" and the library's own format can"
    }
  }

  /// - Parameter refusal: the sentence that refuses a network, given what is in the way.
  /// - Throws: `unsupported` for a network that is more, or other, than such an ensemble.
  public init(_ network: Network, refusal: (String) -> String) throws {
    let graph = network.graph
    func unsupported(_ what: String) -> Failure { .unsupported(refusal(what)) }
    guard let (place, ensemble) = graph.soleEnsemble, place == 0 else {
      throw unsupported("it is not trees alone")
    }
    let node = graph.nodes[place]
    func parameter(_ index: Int) -> [Float]? {
      guard node.inputs.indices.contains(index), case .parameter(let place) = graph[node.inputs[index]].source
      else { return nil }
      return graph.parameters[place].values.array
    }
    guard ensemble.sums.aggregate == .sum, let all = parameter(1), all.count == ensemble.trees.leafCount
    else {
      throw unsupported("its leaves are not one number each that is added")
    }
    guard let end = TreeEnding.read(graph.nodes.dropFirst(), of: graph) else {
      throw unsupported("something follows its trees")
    }
    trees = ensemble.trees
    // A mean is a sum of shares.
    values = all.map { $0 * ensemble.sums.factor }
    bias = parameter(2) ?? Array(repeating: 0, count: trees.outputs)
    (ending, scale) = end
  }

  /// The values of the leaves with what `outputs` are to get besides, added in the first tree of each output.
  ///
  /// - Throws: `unsupported` when an output has no tree.
  func values(adding outputs: [Float]) throws -> [Float] {
    var result = values
    for (output, added) in outputs.enumerated() where added != 0 {
      guard let tree = trees.trees.first(where: { $0.output == output }) else {
        throw Failure.unsupported("output \(output) has no tree that could take its base value")
      }
      for leaf in tree.firstLeaf..<(tree.firstLeaf + tree.leafCount) { result[leaf] += added }
    }
    return result
  }
}
