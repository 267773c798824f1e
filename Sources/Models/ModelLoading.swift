import Configurations
import Datasets
import Engine
import Fairness
import Formats
import Platform

#if canImport(Glibc)
  import Glibc
#endif

extension Model {
  /// An untrained model with an architecture.
  public static func make(_ architecture: ArchitectureConfig) throws -> Model {
    try Model(
      reader: NewReader(architecture), scorer: Untrained(architecture),
      ModelRecord(kind: architecture.kind.rawValue))
  }

  /// Loads a file of any supported format, or a directory written by `save`.
  ///
  /// - Throws: `io`, `invalidModel` with file and offset, `unsupported` with the name of the unsupported
  ///   feature.
  public static func load(path: String, options: LoadOptions = LoadOptions()) throws -> Model {
    var information = stat()
    guard stat(path, &information) == 0 else { throw Failure.system("open", path) }
    let isDirectory = information.st_mode & S_IFMT == S_IFDIR
    // A directory's path may end with a slash.
    var path = path
    while isDirectory, path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return isDirectory
      ? try load(.directory(path), file: nil, options)
      : try load(FileSet.nextTo(path).files, file: FileSet.nextTo(path).name, options)
  }

  /// Loads the bytes of a file, or of a tar archive of a directory.
  ///
  /// - Throws: the errors of `load(path:)`; locations begin with "memory".
  public static func load(bytes: UnsafeRawBufferPointer, options: LoadOptions = LoadOptions()) throws -> Model
  {
    let copy = try Buffer<UInt8>(count: bytes.count, for: "a model's bytes")
    UnsafeMutableRawBufferPointer(copy.elements).copyMemory(from: bytes)
    let own = UnsafeRawBufferPointer(copy.elements)
    guard !TarArchive.isOne(own) else {
      return try load(
        .memory(TarArchive.files(own, owner: copy, named: "memory"), named: "memory"), file: nil, options)
    }
    let file = MemoryFile(own, named: "memory", owner: copy)
    return try load(.memory(["memory": file], named: ""), file: "memory", options)
  }

  /// - Parameter file: the model's file; nil: the files are those of a directory.
  private static func load(_ files: FileSet, file: String?, _ options: LoadOptions) throws -> Model {
    let opened = OpenedFiles()
    let model = try read(files.remembering(opened), file: file, options)
    model.files = opened.all
    return model
  }

  private static func read(_ files: FileSet, file: String?, _ options: LoadOptions) throws -> Model {
    // Formats with several files use fixed file names; in a single file they are reported as absent.
    let name = file ?? ""
    switch options.format {
    case .safetensors: return try loadTensors(files, file, options)
    case .equipoise: return try loadNative(files, options)
    case .onnx: return try loadONNX(files, name, options)
    case .huggingface: return try loadHuggingFace(files, options)
    case .peft: return try loadAdapter(files, options)
    case .network(let format):
      return try foreign(format.read(files, name, options.choices), kind: options.format, options)
    case .auto:
      guard let file else {
        if AdapterDirectory.isOne(files) { return try loadAdapter(files, options) }
        guard files.contains("model.safetensors") || files.contains("config.json") else {
          return try loadNative(files, options)
        }
        // Without weights, the configuration still determines whether the checkpoint is supported.
        return try Transformer.isOne(files) || !files.contains("model.safetensors")
          ? loadHuggingFace(files, options) : loadTensors(files, nil, options)
      }
      if file.lowercased().hasSuffix(".safetensors") { return try loadTensors(files, file, options) }
      if file.lowercased().hasSuffix(".onnx") { return try loadONNX(files, file, options) }
      var found = options
      found.format = try LoadOptions.Format(of: files.open(file))
      return try read(files, file: file, found)
    }
  }

  private static func loadONNX(_ files: FileSet, _ name: String, _ options: LoadOptions) throws -> Model {
    let path = files.path(of: name)
    var network: Network
    switch try ONNXReader.open(
      files, name, output: options.outputName, followsLinks: options.followLinks)
    {
    case .network(let read): network = read
    case .transformer(let transformer, let metadata):
      return try model(of: transformer, metadata: metadata, path: path, options)
    }
    let own = network.metadata.first { $0.key == RecordedModel.key }?.value
    network.metadata.removeAll { $0.key == RecordedModel.key }
    guard let own else { return try foreign(network, kind: .onnx, options) }
    let recorded = try RecordedModel(json: JSONValue.parse(own, failing: .invalidModel), at: path)
    return try recorded.model(options.applied(to: network), at: path)
  }

  /// A convolutional network from its tensors: a .safetensors file, or a directory with config.json and
  /// model.safetensors.
  private static func loadTensors(_ files: FileSet, _ file: String?, _ options: LoadOptions) throws -> Model {
    let tensors = try Safetensors(files, file ?? "model.safetensors").tensors()
    var config: JSONValue?
    if files.contains("config.json") { config = try files.json("config.json") }
    let image = options.image.isEmpty ? nil : options.image
    let network =
      VGGNetwork.isOne(tensors)
      ? try VGGNetwork.network(tensors, image: image)
      : try ResidualNetwork.network(tensors, config: config, image: image)
    return try foreign(network, kind: .safetensors, options)
  }

  /// A network that another tool wrote; the meaning of its outputs is derived from its last operator.
  private static func foreign(_ network: Network, kind: LoadOptions.Format, _ options: LoadOptions) throws
    -> Model
  {
    var network = network
    switch options.output {
    case .auto: break
    case .logLikelihood:
      throw Failure.unsupported("likelihoods need a language model; this is not one", at: "/output")
    case .logits: network.link = .logits
    case .values: network.link = .identity
    case .probabilities:
      guard network.link == .sigmoid || network.link == .softmax else {
        throw Failure.unsupported(
          "the network does not end in a sigmoid or softmax, so its probabilities have no logits to "
            + "tune; \"logits\" and \"values\" are accepted", at: "/output")
      }
    }
    let width = network.graph.outputWidth
    // Several values have no task; they are predicted without conversion.
    let task =
      network.isRegression
      ? (width == 1 ? Fairness.Task.regression : nil)
      : Fairness.Task(
        outputs: width, link: network.link, isRegression: options.output == .values && width == 1)
    let labels =
      network.classLabels ?? (task == nil || task == .regression ? [] : (0..<max(width, 2)).map(String.init))
    network = try options.applied(to: network)
    return try Model(
      network, reader: ModelKinds.reader(of: network, include: []),
      ModelRecord(kind: kind.rawValue, task: task, classLabels: labels))
  }

  private static func loadNative(_ files: FileSet, _ options: LoadOptions) throws -> Model {
    let path = files.path(of: RecordedModel.fileName)
    let json = try files.json(RecordedModel.fileName)
    let recorded = try RecordedModel(json: json, at: path)
    func network(_ json: JSONValue, _ graph: JSONValue) throws -> Network {
      guard let weights = json["weights"]?.string, !weights.contains("/"), !weights.isEmpty else {
        throw Failure.invalidModel("names no file of weights next to it", at: path)
      }
      let tensors = try Safetensors(files, weights).tensors()
      return try options.applied(to: recorded.network(GraphDescription.graph(from: graph, tensors: tensors)))
    }
    if let mixture = json["mixture"] {
      let recordedMixture = try RecordedMixture(json: mixture, at: path)
      let networks = try recordedMixture.networks.map { try network($0, $0["graph"] ?? .null) }
      return try recorded.model(networks, recordedMixture, at: path)
    }
    guard let graph = json["graph"] else { return try recorded.modelWithoutNetwork(at: path) }
    return try recorded.model(network(json, graph), at: path)
  }
}

extension LoadOptions {
  fileprivate var choices: ReadingChoices {
    switch rounds {
    case .auto: ReadingChoices(rounds: .automatic)
    case .best: ReadingChoices(rounds: .best)
    case .all: ReadingChoices(rounds: .all)
    }
  }

  /// The network with the options applied.
  ///
  /// - Throws: `unsupported` at /precision.
  func applied(to network: Network) throws -> Network {
    var copy = network
    do {
      switch precision {
      case .float32: copy.graph = network.graph.withPrecision(.float32)
      case .bfloat16:
        guard !network.graph.hasInt8Weights else {
          throw Failure.unsupported(
            "the weights are stored as int8; f32 (which keeps them) and int8 are accepted")
        }
        copy.graph = network.graph.withPrecision(.bfloat16)
      case .int8: copy.graph = try network.graph.withInt8Weights()
      }
    } catch let failure as Failure where failure.kind == .unsupported {
      throw Failure(failure.kind, "/precision: \(failure.message)", at: "/precision")
    }
    return copy
  }
}
