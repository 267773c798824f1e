import Configurations
import Engine
import Formats
import Platform
import Tokenizers

extension Model {
  /// Loads an adapter's directory with its base checkpoint, whose directory is named by the options or by the
  /// adapter.
  ///
  /// - Throws: `invalidConfig` if the base's directory is unknown; the errors of loading the base.
  static func loadAdapter(_ files: FileSet, _ options: LoadOptions) throws -> Model {
    let directory = files.location
    let adapter = try AdapterDirectory(files: files)
    let base = options.base ?? adapter.base ?? ""
    try FileBounds.require(base, at: "/base")
    guard MappedFile.exists(base + "/config.json") else {
      throw Failure.invalidConfig(
        base.isEmpty
          ? "\(directory) does not say what it is an adapter of; \"base\" names the checkpoint's directory"
          : "\(directory) is an adapter of \"\(base)\", which is not the directory of a checkpoint here; \"base\" names one",
        at: "/base")
    }
    let transformer = try Transformer(directory: base).replacing(parameters: adapter.replacements())
    return try model(
      of: transformer, Tokenizer.load(transformer.files), record: RecordedModel.json(files), at: directory,
      options
    ) { plain in
      let graph = try adapter.applied(to: plain, prefix: transformer.prefix)
      if let prefixes = graph.prefixAdapter, prefixes.tokens > transformer.longestText - 2 {
        throw Failure.invalidModel(
          "\(directory): prefixes of \(prefixes.tokens) tokens leave the texts no positions: the base has "
            + "\(transformer.longestText)", at: directory)
      }
      return graph
    }
  }

  /// Writes the model's adapter in PEFT's format, together with this library's record.
  func saveAdapter(_ text: TextModel, base: String?, to sink: any FileSink, overwrites: Bool) throws {
    guard text.layers == nil else {
      throw Failure.unsupported(
        "an adapter's format cannot hold layers on top; \"huggingface\" can, with the adapters merged",
        at: "/format")
    }
    let (network, _) = try requireNetwork()
    try sink.prepare(marks: [RecordedModel.fileName], overwrites: overwrites) { _ in false }
    try AdapterDirectory.write(network.graph, of: text.transformer, base: base, to: sink)
    try sink.write(RecordedModel.fileName, RecordedModel.json(of: self).text(indented: true) + "\n")
  }
}
