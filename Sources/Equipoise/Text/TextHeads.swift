import Engine
import Fairness
import Formats
import Platform

extension Model {
  /// Whether the network says something of every word, not of the text.
  var tagsWords: Bool {
    if case .network(let network) = content { network.graph.outputLines == .tokens } else { false }
  }

  /// Whether each output is a label of its own.
  var hasSeveralLabels: Bool {
    if case .network(let network) = content {
      task == nil && network.link == .sigmoid && network.graph.outputWidth > 1
    } else {
      false
    }
  }

  /// What the model is for, in a word; nil until a label tells.
  var taskName: String? {
    tagsWords ? TaskChoice.tokens.rawValue : hasSeveralLabels ? TaskChoice.multilabel.rawValue : task?.name
  }

  /// The class of a word that is not read.
  var outside: Int { classLabels.firstIndex(of: Tags.outside) ?? 0 }

  /// What labels are of, by a configuration's choice or else the model's own.
  ///
  /// - Throws: `unsupported` for the words of a model that reads no texts, `invalidConfig` for the rows of one that
  ///   tags words.
  func labelled(_ choice: TaskChoice, at pointer: String) throws -> LabelledThing {
    switch choice {
    case .tokens:
      guard text != nil else {
        throw Failure.unsupported("the task tokens is for text models", at: pointer)
      }
      return .words
    case .multilabel:
      guard text != nil else {
        throw Failure.unsupported("the task multilabel is for text models", at: pointer)
      }
      return .labels
    case .auto: return tagsWords ? .words : hasSeveralLabels ? .labels : .rows
    case .binary, .multiclass, .regression: return .rows
    }
  }
}

extension TextModel {
  /// The network to tune: with the model's own head where it fits the labels, else with a fresh one; with the
  /// dropouts of training.
  func network(
    for base: Model, _ labelled: LabelledRows, _ config: FineTuneConfig, from transformer: Transformer,
    _ options: TransformerOptions
  ) throws -> Network {
    let (data, layers) = (config.data, config.train.head)
    let (current, _) = try base.requireNetwork()
    let width = current.graph.outputWidth
    let classes = labelled.classes(data)
    let keepsClasses = !base.hasNamedClasses || base.classLabels == classes
    let (fits, head): (Bool, TransformerHead)
    switch (labelled.thing, labelled.labels.task) {
    case (.words, _):
      fits = base.tagsWords && width == classes.count && keepsClasses
      head = .freshTags(outputs: classes.count)
    case (.labels, _):
      fits = base.hasSeveralLabels && width == classes.count && keepsClasses
      head = .fresh(outputs: classes.count)
    case (.rows, .binary):
      fits = !base.tagsWords && (width == 1 || width == 2) && keepsClasses
      head = .fresh(outputs: 2)
    case (.rows, .multiclass(let count)):
      fits = !base.tagsWords && width == count && keepsClasses
      head = .fresh(outputs: count)
    case (.rows, .regression):
      fits = !base.tagsWords && width == 1 && base.classLabels.isEmpty
      head = .fresh(outputs: 1)
    }
    var network: Network
    if let layers, !layers.hidden.isEmpty {
      guard case .fresh(let outputs) = head else {
        throw Failure.unsupported(
          "layers on top are for classes and values of whole texts; words get one layer each",
          at: "/train/head")
      }
      let plain = try transformer.network(head, options)
      network = try layers.fitted(to: plain, outputs: outputs, .logits, seed: config.train.seed)
    } else if layers == nil, fits, self.layers != nil {
      network = try withLayers(transformer.network(.fresh(outputs: width), options), transformer)
    } else {
      network = try transformer.network(
        layers == nil && transformer.hasHead && fits ? .own : head, options)
    }
    network.link =
      switch labelled.thing {
      case .words: .softmax
      case .labels: .sigmoid
      case .rows:
        labelled.labels.task == .regression
          ? .identity : network.graph.outputWidth == 1 ? .sigmoid : .softmax
      }
    network.classLabels = classes.isEmpty ? nil : classes
    return network
  }

  /// A network with a plain head, with the layers that the model has in its place.
  func withLayers(_ plain: Network, _ transformer: Transformer) throws -> Network {
    try layers?.fitted(to: plain, plain.link) { transformer.tensor($0) } ?? plain
  }
}
