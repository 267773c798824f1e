import Configurations
import Engine
import Formats
import Platform

extension Model {
  /// Saves the model atomically: if the process stops at any time, the path has the old model or the new one.
  ///
  /// The format follows from the path: .onnx: an ONNX file for any runtime; .json and .ubj: XGBoost; .txt:
  /// LightGBM; otherwise a directory with `equipoise.json` and the weights as safetensors.
  public func save(path: String, options: SaveOptions = SaveOptions()) throws {
    let format = try savingFormat(options.format, path: path)
    if format.isDirectory {
      try save(as: format, options, named: "", to: DirectorySink(path))
    } else {
      let (sink, name) = DirectorySink.nextTo(path)
      try save(as: format, options, named: name, to: sink)
    }
  }

  /// The model as the bytes of a file; for formats with several files, of a tar archive of the directory.
  ///
  /// - Returns: memory that the caller must free.
  public func saved(options: SaveOptions = SaveOptions()) throws -> (
    pointer: UnsafeMutableRawPointer, count: Int
  ) {
    let format = try savingFormat(options.format, path: "memory")
    let sink = MemorySink(archive: format.isDirectory)
    try save(as: format, options, named: "memory", to: sink)
    return try sink.take()
  }

  /// The format in which the model is saved.
  ///
  /// - Throws: `refused` (location: the rule) if the policy forbids saving; `unsupported` for a format that
  ///   cannot store such a model.
  private func savingFormat(_ asked: LoadOptions.Format, path: String) throws -> LoadOptions.Format {
    if let refusal = try PolicyGate.refusal(.save, policy: policy, verdict: verdict) { throw refusal }
    if asked == .auto { try Self.requireKnownEnding(path) }
    let format = try reader.format(asked, path: path, of: self)
    guard adjustments.isEmpty || format.content != .network else {
      throw Failure.unsupported(
        "a file of the format \(format.rawValue) holds the network alone, without the adjusted decision; .onnx and "
          + "directories (a name without an ending) hold both", at: asked == .auto ? path : "/format")
    }
    guard format.storesInt8 || !scorer.networks.contains(where: \.graph.hasInt8Weights) else {
      throw Failure.unsupported(
        "a file of the format \(format.rawValue) holds float32 weights, and these are int8; .safetensors and "
          + "directories (a name without an ending) hold them, or load the model with \"precision\": \"f32\"",
        at: asked == .auto ? path : "/format")
    }
    if let network = try? scorer.soleNetwork().network, network.needsItsFile,
      format != .onnx || network.original == nil || network.interpretedBecause != nil && !adjustments.isEmpty
    {
      throw Failure.unsupported(
        "the network is interpreted from its ONNX file; the format \"onnx\", without an adjusted decision, keeps that file "
          + "with its weights, if it is one file with weights of common types",
        at: path)
    }
    return format
  }

  private func save(
    as format: LoadOptions.Format, _ options: SaveOptions, named name: String, to sink: any FileSink
  ) throws {
    try reader.write(self, as: format, options, named: name, to: sink)
  }

  /// Writes the network in a format that stores no information about inputs other than numbers.
  func writeNetwork(
    as format: LoadOptions.Format, _ options: SaveOptions, named name: String, to sink: any FileSink
  ) throws {
    switch format {
    case .network(let format): try format.write(requireNetwork().network, name, sink)
    case .safetensors: try Safetensors.write(requireNetwork().network.graph.parameters, as: name, to: sink)
    case .onnx:
      var (network, _) = try requireNetwork()
      network.metadata.removeAll { $0.key == RecordedModel.key }
      network.metadata.append((RecordedModel.key, RecordedModel.json(of: self).text()))
      if task != nil, network.classLabels == nil, !classLabels.isEmpty { network.classLabels = classLabels }
      try writeONNX(network, columns: reader.onnxColumns(options.inputs, of: self), as: name, to: sink)
    case .auto, .equipoise: try saveNative(to: sink, overwrites: options.overwrite)
    case .huggingface, .peft: throw Failure.internal("a transformers' directory of numbers")
    }
  }

  /// Writes the network and, as far as the format can express it, the decision; a warning says what is left out.
  ///
  /// - Parameters:
  ///   - firstPosition: for a network that reads texts, the number of the first token's position.
  ///   - checkpoint: for a transformer, its `config.json`.
  func writeONNX(
    _ network: Network, columns: [ONNXColumn] = [], decides: Bool = true, firstPosition: Int = 0,
    checkpoint: JSONValue? = nil, as name: String, to sink: any FileSink
  ) throws {
    do {
      try ONNXWriter.write(
        network, columns: columns, decision: decides ? onnxDecision() : nil, firstPosition: firstPosition,
        checkpoint: checkpoint, as: name, to: sink)
      if let omission = onnxOmission {
        Log.write(
          .warning, "the ONNX file does not have the whole decision, which is in its metadata: \(omission)")
      }
    } catch let failure as Failure where failure.location == ONNXWriter.decisionPlace {
      // Its label would disagree with the adjusted decision.
      var network = network
      network.output.label = nil
      try ONNXWriter.write(
        network, columns: columns, firstPosition: firstPosition, checkpoint: checkpoint, as: name, to: sink)
      Log.write(
        .warning,
        "the ONNX file gives the network's scores, and its decision is in its metadata, which this library reads: "
          + failure.message)
    }
  }

  /// The format for a path's ending, if that format can store the model; otherwise the path is a directory.
  package func format(forPath path: String) -> LoadOptions.Format {
    if path.hasSuffix(".onnx") { return .onnx }
    if path.hasSuffix(".safetensors") { return .safetensors }
    let network = (try? scorer.soleNetwork())?.network
    return NetworkFormat.forPath(path, kind: kind, network).map(LoadOptions.Format.network) ?? .equipoise
  }

  /// Endings of formats that cannot be written: a directory with such a name would be mistaken for a file of
  /// the format.
  private static let foreignEndings: Set<String> = [
    "pkl", "pickle", "joblib", "h5", "hdf5", "keras", "pt", "pth", "ckpt", "bin", "pb", "tflite", "mlmodel",
    "mlpackage", "npy", "npz", "msgpack", "gguf", "ggml", "pmml", "rds", "cbm", "zip", "gz", "tar", "csv",
    "tsv",
    "parquet", "jsonl",
  ]

  private static func requireKnownEnding(_ path: String) throws {
    let name = path.split(separator: "/").last ?? ""
    guard
      let ending = name.split(separator: ".", omittingEmptySubsequences: false).dropFirst().last?
        .lowercased(),
      foreignEndings.contains(ending)
    else { return }
    throw Failure.unsupported(
      "\(path): files of type .\(ending) are not written; .onnx, .safetensors, "
        + NetworkFormat.all.map { "\($0.title) (\($0.endings.joined(separator: ", ")))" }.joined(
          separator: ", ")
        + " and directories (a name without an ending) are accepted, or name the \"format\"", at: path)
  }

  /// Whether a file name has the form of the names that `saveNative` gives to weights.
  private static func isOwnWeights(_ name: String) -> Bool {
    name.hasPrefix("model-") && name.hasSuffix(".safetensors") && name.utf8.count == 34
  }

  /// The weights are written to new files with unique names; then `equipoise.json`, which refers to them, is
  /// replaced atomically; then older weights are deleted.
  private func saveNative(to sink: any FileSink, overwrites: Bool) throws {
    // A model without networks is saved by its kind (`ScoresReader.write`).
    if isTrained, scorer.networks.isEmpty { _ = try requireNetwork() }
    try sink.prepare(marks: [RecordedModel.fileName], overwrites: overwrites, isOwn: Self.isOwnWeights)
    var members = RecordedModel.json(of: self).members ?? []
    let written = try scorer.networks.map { network in
      (graph: network.graph.json, weights: try Self.writeWeights(of: network, to: sink))
    }
    members += scorer.recorded(written.map { ["graph": $0.graph, "weights": .string($0.weights)] })
    try sink.write(RecordedModel.fileName, JSONValue.object(members).text(indented: true) + "\n")
    let weights = Set(written.map(\.weights))
    for name in sink.names where Self.isOwnWeights(name) && !weights.contains(name) { sink.remove(name) }
  }

  /// - Returns: the name of the file.
  private static func writeWeights(of network: Network, to sink: any FileSink) throws -> String {
    let digest = Digest()
    for tensor in network.graph.parameters {
      let values = try tensor.values
      withExtendedLifetime(values) { digest.update(UnsafeRawBufferPointer(values.elements)) }
    }
    let name = "model-\(digest.finish().dropFirst("blake2b:".count).prefix(16)).safetensors"
    try Safetensors.write(network.graph.parameters, metadata: [("format", "equipoise")], as: name, to: sink)
    return name
  }
}

extension LoadOptions.Format {
  /// Whether int8 weights stay so in the format.
  fileprivate var storesInt8: Bool {
    switch self {
    case .equipoise, .huggingface, .safetensors, .peft, .auto: true
    case .onnx, .network: false
    }
  }

  /// What a saved model of the format consists of.
  fileprivate enum Content {
    /// A file with the network alone.
    case network
    /// A file with the network and the record: columns, classes, decision, policy.
    case recordedNetwork
    /// Several files, the record among them.
    case directory
  }

  fileprivate var content: Content {
    switch self {
    case .network, .safetensors: .network
    case .onnx: .recordedNetwork
    case .auto, .equipoise, .huggingface, .peft: .directory
    }
  }

  fileprivate var isDirectory: Bool { content == .directory }
}
