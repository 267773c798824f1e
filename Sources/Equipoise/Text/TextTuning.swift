import Engine
import Fairness
import Formats
import Platform

extension Model {
  /// Whether somebody named the classes: a checkpoint that says nothing of them has LABEL_0, LABEL_1 …
  var hasNamedClasses: Bool { !classLabels.elementsEqual(classLabels.indices.map { "LABEL_\($0)" }) }
}

extension TextModel {
  /// The network to tune: with the model's own head where it fits the labels, else with a fresh one; with
  /// the dropouts of training; with adapters where they are asked for.
  ///
  /// - Throws: `invalidConfig` when an adapter does not fit.
  func tunable(_ base: Model, _ config: FineTuneConfig, _ labels: Labels) throws -> Network {
    let (current, _) = try base.requireNetwork()
    let (transformer, carry) = try carrying(current.graph, into: config.train.adapter)
    let options = TransformerOptions(dropout: config.train.dropout.map(Float.init), seed: config.train.seed)
    let width = current.graph.outputWidth
    let keepsClasses = !base.hasNamedClasses || base.classLabels == labels.classes
    let fits =
      switch labels.task {
      case .binary: (width == 1 || width == 2) && keepsClasses
      case .multiclass(let classes): width == classes && keepsClasses
      case .regression: width == 1 && base.classLabels.isEmpty
      }
    let outputs =
      switch labels.task {
      case .binary: 2
      case .multiclass(let classes): classes
      case .regression: 1
      }
    var network =
      transformer.hasHead && fits
      ? try transformer.network(.own, options) : try transformer.network(.fresh(outputs: outputs), options)
    network.link =
      labels.task == .regression ? .identity : network.graph.outputWidth == 1 ? .sigmoid : .softmax
    network.classLabels = labels.classes.isEmpty ? nil : labels.classes
    network.graph = try carry(network.graph)
    if let adapter = config.train.adapter {
      network.graph = try adding(adapter, to: network.graph, seed: config.train.seed)
    }
    network.graph = network.graph.withPrecision(current.graph.precision)
    return network
  }
}
