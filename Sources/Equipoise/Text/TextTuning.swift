import Engine
import Fairness
import Formats
import Platform

extension Model {
  /// Whether somebody named the classes: a checkpoint that says nothing of them has LABEL_0, LABEL_1 …
  var hasNamedClasses: Bool { !classLabels.elementsEqual(classLabels.indices.map { "LABEL_\($0)" }) }
}

extension TextModel {
  /// The network to tune (`network(for:…)`), with adapters where they are asked for.
  ///
  /// - Throws: `invalidConfig` when an adapter does not fit.
  func tunable(_ base: Model, _ config: FineTuneConfig, _ labelled: LabelledRows) throws -> Network {
    let (current, _) = try base.requireNetwork()
    let (transformer, carry) = try carrying(current.graph, into: config.train.adapter)
    let options = TransformerOptions(dropout: config.train.dropout.map(Float.init), seed: config.train.seed)
    var network = try network(for: base, labelled, config, from: transformer, options)
    network.graph = try carry(network.graph)
    if let adapter = config.train.adapter {
      network.graph = try adding(adapter, to: network.graph, seed: config.train.seed)
    }
    network.graph = network.graph.withPrecision(current.graph.precision)
    return network
  }
}
