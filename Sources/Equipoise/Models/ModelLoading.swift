import Datasets
import Engine
import Fairness
import Formats
import Platform

#if canImport(Glibc)
  import Glibc
#endif

extension Model {
  /// An untrained model of an architecture.
  public static func make(_ architecture: ArchitectureConfig) throws -> Model {
    try Model(.untrained(architecture), kind: architecture.kind.rawValue)
  }

  /// Loads a file of any format that is read, or the directory that `save` wrote.
  ///
  /// - Throws: `io`, `invalidModel` with file and offset, `unsupported` naming what is.
  public static func load(path: String, options: LoadOptions = LoadOptions()) throws -> Model {
    var information = stat()
    guard stat(path, &information) == 0 else { throw Failure.system("open", path) }
    let isDirectory = information.st_mode & S_IFMT == S_IFDIR
    switch options.format {
    case .safetensors: return try loadTensors(path: path, options)
    case .equipoise: return try loadNative(directory: path, options)
    case .onnx: return try loadONNX(path: path, options)
    case .huggingface: return try loadHuggingFace(directory: path, options)
    case .peft: return try loadAdapter(directory: path, options)
    case .xgboost: return try foreign(XGBoostReader.load(path: path), kind: .xgboost, options)
    case .libsvm: return try foreign(LIBSVMReader.load(path: path), kind: .libsvm, options)
    case .lightgbm: return try foreign(LightGBMReader.load(path: path), kind: .lightgbm, options)
    case .auto:
      if isDirectory {
        if AdapterDirectory.isOne(path) { return try loadAdapter(directory: path, options) }
        guard MappedFile.exists(path + "/model.safetensors") || MappedFile.exists(path + "/config.json")
        else {
          return try loadNative(directory: path, options)
        }
        // Without weights the configuration still says what is not supported.
        return try Transformer.isOne(directory: path) || !MappedFile.exists(path + "/model.safetensors")
          ? loadHuggingFace(directory: path, options) : loadTensors(path: path, options)
      }
      if path.lowercased().hasSuffix(".safetensors") { return try loadTensors(path: path, options) }
      if path.lowercased().hasSuffix(".onnx") { return try loadONNX(path: path, options) }
      var found = options
      found.format = try LoadOptions.Format(ofFile: path)
      return try load(path: path, options: found)
    }
  }

  private static func loadONNX(path: String, _ options: LoadOptions) throws -> Model {
    var network: Network
    switch try ONNXReader.open(
      path: path, output: options.outputName, followsLinks: options.followLinks)
    {
    case .network(let read): network = read
    case .transformer(let transformer, let metadata):
      return try model(of: transformer, metadata: metadata, path: path, options)
    }
    let own = network.metadata.first { $0.key == ModelRecord.key }?.value
    network.metadata.removeAll { $0.key == ModelRecord.key }
    guard let own else { return try foreign(network, kind: .onnx, options) }
    let record = try ModelRecord(json: JSONValue.parse(own, failing: .invalidModel), at: path)
    return try record.model(options.applied(to: network))
  }

  /// A convolutional network from its tensors: a .safetensors file, or a directory with config.json beside
  /// model.safetensors.
  private static func loadTensors(path: String, _ options: LoadOptions) throws -> Model {
    let isFile = path.lowercased().hasSuffix(".safetensors")
    let directory = isFile ? path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "." : path
    let tensors = try Safetensors(path: isFile ? path : path + "/model.safetensors").tensors()
    var config: JSONValue?
    if access(directory + "/config.json", R_OK) == 0 {
      config = try JSONValue.read(path: directory + "/config.json")
    }
    let image = options.image.isEmpty ? nil : options.image
    let network =
      VGGNetwork.isOne(tensors)
      ? try VGGNetwork.network(tensors, image: image)
      : try ResidualNetwork.network(tensors, config: config, image: image)
    return try foreign(network, kind: .safetensors, options)
  }

  /// A network that this library did not write: what its outputs mean is read from its last operator.
  private static func foreign(_ network: Network, kind: LoadOptions.Format, _ options: LoadOptions) throws
    -> Model
  {
    var network = network
    switch options.output {
    case .auto: break
    case .logLikelihood:
      throw Failure.unsupported("likelihoods are of language models; this is none", at: "/output")
    case .logits: network.link = .logits
    case .values: network.link = .identity
    case .probabilities:
      guard network.link == .sigmoid || network.link == .softmax else {
        throw Failure.unsupported(
          "the network does not end in a sigmoid or softmax, and probabilities from elsewhere have no logits to "
            + "tune; \"logits\" and \"values\" are accepted", at: "/output")
      }
    }
    let width = network.graph.outputWidth
    var task: Fairness.Task?
    switch network.link {
    // Several values are not a task: they are predicted as they are.
    case _ where network.isRegression: task = width == 1 ? .regression : nil
    case .identity: task = options.output == .values && width == 1 ? .regression : nil
    case .sigmoid: task = width == 1 ? .binary : nil
    case .softmax, .logits: task = width <= 2 ? .binary : .multiclass(classes: width)
    }
    let labels =
      network.classLabels ?? (task == nil || task == .regression ? [] : (0..<max(width, 2)).map(String.init))
    return try Model(
      .network(options.applied(to: network)), kind: kind.rawValue, task: task, classLabels: labels)
  }

  private static func loadNative(directory: String, _ options: LoadOptions) throws -> Model {
    let path = directory + "/" + ModelRecord.fileName
    let json = try JSONValue.read(path: path)
    let record = try ModelRecord(json: json, at: path)
    guard let graphJSON = json["graph"] else {
      return try record.untrained(at: path)
    }
    guard let weights = json["weights"]?.string, !weights.contains("/"), !weights.isEmpty else {
      throw Failure.invalidModel("names no file of weights beside it", at: path)
    }
    let tensors = try Safetensors(path: directory + "/" + weights).tensors()
    let graph = try GraphDescription.graph(from: graphJSON, tensors: tensors)
    return try record.model(options.applied(to: record.network(graph, at: path)))
  }
}
