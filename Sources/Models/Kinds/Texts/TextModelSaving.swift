import Configurations
import Engine
import Formats
import Platform

extension TextReader {
  package func format(_ asked: LoadOptions.Format, path: String, of model: Model) throws -> LoadOptions.Format
  {
    if asked == .onnx || asked == .auto && path.lowercased().hasSuffix(".onnx") { return .onnx }
    guard [.auto, .huggingface, .peft].contains(asked) else {
      throw Failure.unsupported(
        "a model of texts is saved as a directory that transformers opens or as an ONNX file; \"huggingface\", "
          + "\"onnx\" and, for adapters, \"peft\" are accepted", at: "/format")
    }
    let isApart = graph.prefixAdapter != nil || graph.bottleneckAdapter != nil
    guard asked != .huggingface || !isApart else {
      throw Failure.unsupported(
        "prefixes and bottlenecks cannot be merged into weights; \"peft\" writes them for use with the base",
        at: "/format")
    }
    return asked == .peft || isApart ? .peft : .huggingface
  }

  package func write(
    _ model: Model, as format: LoadOptions.Format, _ options: SaveOptions, named name: String,
    to sink: any FileSink
  ) throws {
    switch format {
    case .peft: try model.saveAdapter(text, base: options.base, to: sink, overwrites: options.overwrite)
    case .huggingface: try model.saveHuggingFace(text, to: sink, overwrites: options.overwrite)
    case .onnx: try model.saveONNX(text, as: name, to: sink)
    default: throw Failure.internal("texts in a format of numbers")
    }
  }
}

extension Model {
  /// Writes a text model as a directory that transformers can open: `config.json`, `model.safetensors`, the
  /// tokenizer's files, and `equipoise.json` with the remaining data. Adapters are merged into their weights.
  ///
  /// Each file is replaced atomically: first the other files, then the weights, and last the record.
  func saveHuggingFace(_ text: TextModel, to sink: any FileSink, overwrites: Bool) throws {
    guard !text.measuresLikelihood else {
      throw Failure.unsupported(
        "the model computes likelihoods with an unchanged checkpoint; use the checkpoint itself",
        at: sink.location)
    }
    let (network, _) = try requireNetwork()
    let names = Set(text.tokenizer.files.map(\.name))
    try sink.prepare(marks: [RecordedModel.fileName], overwrites: overwrites) { names.contains($0) }
    for file in text.tokenizer.files {
      try sink.write(file.name) { write in
        try withExtendedLifetime(file.bytes) { try write(UnsafeRawBufferPointer(file.bytes.elements)) }
      }
    }
    let merged = try network.graph.mergingLowRankAdapters()
    try sink.write(
      "config.json",
      text.transformer.configuration(for: network, task: taskName, labels: classLabels).text(indented: true)
        + "\n")
    try Safetensors.write(merged.parameters, metadata: [("format", "pt")], as: "model.safetensors", to: sink)
    AdapterDirectory.remove(from: sink)
    try sink.write(RecordedModel.fileName, RecordedModel.json(of: self).text(indented: true) + "\n")
  }

  /// Writes a text model as an ONNX file whose inputs are tokens and a mask; adapters are merged into its
  /// weights. The tokenizer's files are stored in the metadata, so that this library can open the file alone.
  func saveONNX(_ text: TextModel, as name: String, to sink: any FileSink) throws {
    var (network, _) = try requireNetwork()
    guard !text.measuresLikelihood, text.layers == nil, network.graph.prefixAdapter == nil,
      network.graph.bottleneckAdapter == nil
    else {
      throw Failure.unsupported(
        "likelihoods, layers on top, prefixes and bottlenecks have no place in an ONNX file; \"huggingface\" and \"peft\" are "
          + "accepted", at: "/format")
    }
    network.graph = try network.graph.mergingLowRankAdapters()
    let files = text.tokenizer.files.map {
      JSONValue.Member($0.name, .string(String(decoding: $0.bytes.elements, as: UTF8.self)))
    }
    network.metadata = [
      (RecordedModel.key, RecordedModel.json(of: self).text()),
      (TextModel.tokenizerKey, JSONValue.object(files).text()),
    ]
    if task != nil, network.classLabels == nil, !classLabels.isEmpty { network.classLabels = classLabels }
    network.output.name =
      text.embeds
      ? "sentence_embedding"
      : network.link == .sigmoid || network.link == .softmax ? "probabilities" : "logits"
    try writeONNX(
      network, decides: answer != .words, firstPosition: text.transformer.firstPosition,
      checkpoint: text.transformer.configuration(for: network, task: taskName, labels: classLabels), as: name,
      to: sink)
  }
}
