import Engine
import Formats
import Platform

#if canImport(Glibc)
  import Glibc
#endif

extension Model {
  /// Writes the model, atomically: whenever the process stops, the path holds the old model or the new.
  ///
  /// A path that ends in .onnx becomes an ONNX file that any runtime runs, .json and .ubj one of XGBoost, .txt one of
  /// LightGBM; another path a directory with `equipoise.json` and the weights as safetensors.
  public func save(path: String, options: SaveOptions = SaveOptions()) throws {
    if case .network(let network) = content, network.interpretedBecause != nil {
      throw Failure.unsupported(
        "the network is only interpreted and was not changed; its own file is what can be kept", at: path)
    }
    if options.format == .auto { try Self.requireKnownEnding(path) }
    if let text {
      if options.format == .onnx || options.format == .auto && path.lowercased().hasSuffix(".onnx") {
        return try saveONNX(text, to: path)
      }
      guard [.auto, .huggingface, .peft].contains(options.format) else {
        throw Failure.unsupported(
          "a model of texts is saved as a directory that transformers opens or as an ONNX file; \"huggingface\", "
            + "\"onnx\" and, for adapters, \"peft\" are accepted", at: "/format")
      }
      let graph = try requireNetwork().network.graph
      let isApart = graph.prefixAdapter != nil || graph.bottleneckAdapter != nil
      if options.format == .peft || options.format == .auto && isApart {
        return try saveAdapter(text, base: options.base, directory: path, overwrites: options.overwrite)
      }
      guard !isApart else {
        throw Failure.unsupported(
          "prefixes and bottlenecks cannot be merged into weights; \"peft\" writes them beside the base",
          at: "/format")
      }
      return try saveHuggingFace(text, directory: path, overwrites: options.overwrite)
    }
    switch options.format == .auto ? format(forPath: path.lowercased()) : options.format {
    case .xgboost: try XGBoostWriter.write(requireNetwork().network, to: path)
    case .lightgbm: try LightGBMWriter.write(requireNetwork().network, to: path)
    case .libsvm: try LIBSVMWriter.write(requireNetwork().network, to: path)
    case .safetensors: try Safetensors.write(requireNetwork().network.graph.parameters, to: path)
    case .huggingface, .peft:
      throw Failure.unsupported("only models of texts are saved as transformers' directories", at: "/format")
    case .onnx:
      var (network, _) = try requireNetwork()
      network.metadata.removeAll { $0.key == ModelRecord.key }
      network.metadata.append((ModelRecord.key, ModelRecord(self).json.text()))
      if task != nil, network.classLabels == nil, !classLabels.isEmpty { network.classLabels = classLabels }
      try ONNXWriter.write(
        network, columns: onnxColumns(options.inputs), decision: onnxDecision, to: path)
    case .auto, .equipoise: try saveNative(directory: path, overwrites: options.overwrite)
    }
  }

  /// A path's ending is a format's only for a model that the format may hold: else it names a directory.
  private func format(forPath path: String) -> LoadOptions.Format {
    if path.hasSuffix(".onnx") { return .onnx }
    if path.hasSuffix(".safetensors") { return .safetensors }
    if path.hasSuffix(".json") || path.hasSuffix(".ubj") { return .xgboost }
    if path.hasSuffix(".txt") || path.hasSuffix(".model") {
      if kind == LoadOptions.Format.libsvm.rawValue { return .libsvm }
      if case .network(let network) = content, network.graph.soleEnsemble != nil { return .lightgbm }
    }
    return .equipoise
  }

  /// Endings of formats that are not written: a directory of such a name would be taken for a file of the format.
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
      "\(path): files of type .\(ending) are not written; .onnx, .safetensors, XGBoost's .json and .ubj, LightGBM's .txt "
        + "and directories (a name without an ending) are accepted, or name the \"format\"", at: path)
  }

  /// The weights go to a file of a name of their own; then `equipoise.json`, which names it, is replaced
  /// in one step; then older weights go.
  private func saveNative(directory: String, overwrites: Bool) throws {
    try SaveDirectory.prepare(
      directory, marks: [ModelRecord.fileName], overwrites: overwrites, isOwn: Self.isOwnWeights)
    var members = ModelRecord(self).json.members ?? []
    var weights: String?
    if case .network(let network) = content {
      let digest = Digest()
      for tensor in network.graph.parameters { digest.update(UnsafeRawBufferPointer(tensor.values.elements)) }
      let name = "model-\(digest.finish().dropFirst("blake2b:".count).prefix(16)).safetensors"
      try Safetensors.write(
        network.graph.parameters, metadata: [("format", "equipoise")], to: directory + "/" + name)
      members.append(.init("graph", network.graph.json))
      members.append(.init("weights", .string(name)))
      weights = name
    }
    try AtomicFile.write(
      JSONValue.object(members).text(indented: true) + "\n", to: directory + "/" + ModelRecord.fileName)
    Self.removeOldWeights(in: directory, except: weights)
  }

  private static func removeOldWeights(in directory: String, except current: String?) {
    for name in (try? SaveDirectory.entries(directory)) ?? [] where isOwnWeights(name) && name != current {
      unlink(directory + "/" + name)
    }
  }

  /// Whether a file of this name is one that `saveNative` makes.
  private static func isOwnWeights(_ name: String) -> Bool {
    name.hasPrefix("model-") && name.hasSuffix(".safetensors") && name.utf8.count == 34
  }
}
