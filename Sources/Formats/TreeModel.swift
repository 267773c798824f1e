import Engine
import Platform

/// A network as a single ensemble with an ending, for the writers of tree formats and for growing trees.
public struct TreeModel {
  public let trees: DecisionTrees
  /// One per leaf.
  public let values: [Float]
  /// One per output.
  public let bias: [Float]
  /// The factor before the link; 1 if there is none.
  public let scale: Float
  /// The function from scaled sums to outputs.
  public let ending: TreeEnding

  init(_ network: Network, for format: String) throws {
    try self.init(network) { what in
      "\(format) cannot hold this model: \(what); \"onnx\" and the library's own format can"
    }
  }

  /// - Parameter refusal: makes the error's sentence from the name of the obstacle.
  /// - Throws: `unsupported` for a network that is not such an ensemble.
  public init(_ network: Network, refusal: (String) -> String) throws {
    let graph = network.graph
    func unsupported(_ what: String) -> Failure { .unsupported(refusal(what)) }
    guard let (place, ensemble) = graph.soleEnsemble, place == 0 else {
      throw unsupported("it does not consist of trees alone")
    }
    let node = graph.nodes[place]
    func parameter(_ index: Int) -> [Float]? {
      guard node.inputs.indices.contains(index), case .parameter(let place) = graph[node.inputs[index]].source
      else { return nil }
      return try? graph.parameters[place].values.array
    }
    guard ensemble.sums.aggregate == .sum, let all = parameter(1), all.count == ensemble.trees.leafCount
    else {
      throw unsupported("its leaves are not one number each that is added")
    }
    guard let end = TreeEnding.read(graph.nodes.dropFirst(), of: graph) else {
      throw unsupported("something follows its trees")
    }
    trees = ensemble.trees
    // A mean is a sum with a factor.
    values = all.map { $0 * ensemble.sums.factor }
    bias = parameter(2) ?? Array(repeating: 0, count: trees.outputs)
    (ending, scale) = end
  }

  /// The values of the leaves, with `outputs` added in the first tree of each output.
  ///
  /// - Throws: `unsupported` if an output has no tree.
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
