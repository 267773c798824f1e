import Engine
import Fairness
import Formats
import Platform

extension TextModel {
  /// The network to tune, with training's dropout rates: with the model's head if it fits the labels,
  /// otherwise with a new one.
  package func network(
    for base: Model, _ labelled: LabelledRows, _ request: TuningRequest, from transformer: Transformer,
    _ options: TransformerOptions
  ) throws -> Network {
    let layers = request.head
    let (current, _) = try base.requireNetwork()
    let width = current.graph.outputWidth
    let classes = labelled.classes(request.data)
    let (answer, head) = Self.freshHead(labelled, classes)
    // The model's head is kept if it gives the same kind of answer for the same classes.
    let fits =
      (answer == .rows ? base.answer != .words : base.answer == answer)
      && (labelled.task.map { $0.fits(outputs: width) } ?? (width == classes.count))
      && (labelled.task == .regression
        ? base.classLabels.isEmpty : !base.hasNamedClasses || base.classLabels == classes)
    var network: Network
    if let layers, !layers.hidden.isEmpty {
      guard case .fresh(let outputs) = head else {
        throw Failure.unsupported(
          "layers on top are for classes and values of whole texts; words get one layer each",
          at: "/train/head")
      }
      let plain = try transformer.network(head, options)
      network = try layers.fitted(to: plain, outputs: outputs, .logits, seed: request.seed)
    } else if layers == nil, fits, self.layers != nil {
      network = try withLayers(transformer.network(.fresh(outputs: width), options), transformer)
    } else {
      network = try transformer.network(
        layers == nil && transformer.hasHead && fits ? .own : head, options)
    }
    network.link =
      switch labelled.unit {
      case .words: .softmax
      case .labels: .sigmoid
      case .rows:
        labelled.labels.task == .regression
          ? .identity : network.graph.outputWidth == 1 ? .sigmoid : .softmax
      }
    network.classLabels = classes.isEmpty ? nil : classes
    return network
  }

  /// A new head for the labels.
  private static func freshHead(_ labelled: LabelledRows, _ classes: [String]) -> (
    ModelAnswer, TransformerHead
  ) {
    switch labelled.unit {
    case .words: return (.words, .freshTags(outputs: classes.count))
    case .labels: return (.labels, .fresh(outputs: classes.count))
    case .rows:
      // Two classes get two logits, as in published checkpoints.
      let outputs = labelled.labels.task == .binary ? 2 : labelled.labels.task.newOutputs.count
      return (.rows, .fresh(outputs: outputs))
    }
  }

  /// The network with the head's hidden layers in place of its plain head, if the model has such layers.
  func withLayers(_ plain: Network, _ transformer: Transformer) throws -> Network {
    try layers?.fitted(to: plain, plain.link) { transformer.tensor($0) } ?? plain
  }
}
