import Datasets
import Engine
import Models
import Platform

extension Model {
  /// The values of a hidden layer for every row, as a tensor column `layer`. Values with a vector for each token
  /// are averaged over a text's tokens, and those of a text read in windows over its windows.
  ///
  /// - Throws: `invalidConfig` at /layer for a layer that the network does not have; `unsupported` for a model
  ///   that is not a single network.
  func layerColumn(_ name: String, _ inputs: NetworkInputs) throws -> Column {
    if inputs.tokens != nil, try reader.requireTexts().text.measuresLikelihood {
      throw Failure.unsupported("a model that computes likelihoods has no vector for each text", at: "/layer")
    }
    let graph: Graph
    do {
      graph = try scorer.soleNetwork().network.graph.ending(at: name)
    } catch let failure as Failure where failure.kind == .invalidArgument {
      throw Failure.invalidConfig(failure.message, at: "/layer")
    }
    var values = try inputs.outputs(Predictor(graph, longestText: reader.longestText))
    if let tokens = inputs.tokens { values = try tokens.combined(values, areShares: false) }
    let shape = graph[graph.output].shape.dimensions
    return try Column(name: "layer", values: .tensor(values, shape: shape.isEmpty ? [1] : shape))
  }
}
