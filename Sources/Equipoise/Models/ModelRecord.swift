import Datasets
import Engine
import Fairness
import Formats
import Platform

/// What a model is beside its network: encoders, labels, threshold, what the data mean, where it came
/// from. It is kept in `equipoise.json`, or in an ONNX file's metadata.
struct ModelRecord {
  static let fileName = "equipoise.json"
  static let key = "equipoise"
  static let version = 1

  var kind: String
  var task: Fairness.Task?
  var link: Network.Link
  var classLabels: [String]
  var encoder: TableEncoder?
  var data: DataConfig?
  var threshold: Double
  var policy: JSONValue
  var verdict: JSONValue
  var provenance: JSONValue
  var architecture: ArchitectureConfig?
  /// Of a model that gives a text's vector: how tokens become one, and whether it is brought to length 1.
  var embedding: (pooling: LoadOptions.Pooling, normalizes: Bool)?
  /// Of a text model: layers on top that the checkpoint's own format has no place for.
  var layers: HeadConfig?
  var fixedParameters: Set<String>
  /// Of the network's sole input.
  var columns: [String]
  /// What the file said that is for its own format alone.
  var metadata: [(key: String, value: String)]

  init(_ model: Model) {
    kind = model.kind
    task = model.task
    classLabels = model.classLabels
    encoder = model.encoder
    data = model.data
    threshold = model.threshold
    policy = model.policy
    verdict = model.verdict
    provenance = model.provenance
    layers = model.text?.layers
    embedding = model.text.flatMap { text in
      model.pooling.map { ($0, text.normalizes) }
    }
    switch model.content {
    case .untrained(let architecture):
      self.architecture = architecture
      link = .identity
      fixedParameters = []
      columns = []
      metadata = []
    case .network(let network):
      link = network.link
      fixedParameters = network.fixedParameters
      columns = network.columns
      metadata = network.metadata.filter { $0.key != Self.key }
    }
  }

  var json: JSONValue {
    [
      "format": "equipoise", "version": .integer(Self.version), "library": .string(libraryVersion),
      "kind": .string(kind), "task": task.map { .string($0.name) } ?? .null, "link": .string(link.rawValue),
      "classes": .strings(classLabels), "threshold": .number(threshold), "encoder": encoder?.json ?? .null,
      "data": data?.encoded ?? .null, "policy": policy, "verdict": verdict, "provenance": provenance,
      "architecture": architecture?.encoded ?? .null,
      "layers": layers?.encoded ?? .null,
      "embedding": embedding.map {
        ["pooling": .string($0.pooling.rawValue), "normalizes": .bool($0.normalizes)]
      } ?? .null,
      "fixed_parameters": .strings(fixedParameters.sorted()), "columns": .strings(columns),
      "metadata": .object(metadata.map { .init($0.key, .string($0.value)) }),
    ]
  }

  /// The record that lies among files; nil where there is none.
  static func json(_ files: FileSet) throws -> JSONValue? {
    guard files.contains(fileName) else { return JSONValue?.none }
    return try files.json(fileName)
  }

  /// - Throws: `invalidModel` at `path` for a record that is broken or of a later version.
  init(json: JSONValue, at path: String) throws {
    func broken(_ reason: String) -> Failure { .invalidModel("its record \(reason)", at: path) }
    guard json["format"]?.string == "equipoise" else { throw broken("is not one of this library") }
    guard let version = json["version"]?.int, version <= Self.version else {
      throw Failure.unsupported("\(path) was written by a later version of this library", at: path)
    }
    kind = json["kind"]?.string ?? "onnx"
    classLabels = (json["classes"]?.array ?? []).compactMap(\.string)
    switch json["task"]?.string {
    case nil: task = nil
    case "binary"?: task = .binary
    case "regression"?: task = .regression
    case "multiclass"?: task = .multiclass(classes: classLabels.count)
    case let other?: throw broken("has the task \"\(other)\"")
    }
    guard let link = Network.Link(rawValue: json["link"]?.string ?? "identity") else {
      throw broken("has an unknown link")
    }
    self.link = link
    guard let threshold = json["threshold"]?.double, (0...1).contains(threshold) else {
      throw broken("has no threshold")
    }
    self.threshold = threshold
    do {
      encoder = try json["encoder"].flatMap { $0 == .null ? nil : try TableEncoder(json: $0) }
      data = try json["data"].flatMap { $0 == .null ? nil : try DataConfig.decoded($0, at: "/data") }
      layers = try json["layers"].flatMap { $0 == .null ? nil : try HeadConfig.decoded($0, at: "/layers") }
      architecture = try json["architecture"].flatMap {
        $0 == .null ? nil : try ArchitectureConfig.decoded($0, at: "/architecture")
      }
    } catch let failure as Failure {
      throw broken("is malformed: \(failure.message)")
    }
    embedding = json["embedding"]?["pooling"]?.string.flatMap(LoadOptions.Pooling.init).map {
      ($0, json["embedding"]?["normalizes"]?.bool ?? false)
    }
    policy = json["policy"] ?? .null
    verdict = json["verdict"] ?? .null
    provenance = json["provenance"] ?? .null
    fixedParameters = Set((json["fixed_parameters"]?.array ?? []).compactMap(\.string))
    columns = (json["columns"]?.array ?? []).compactMap(\.string)
    metadata = (json["metadata"]?.members ?? []).compactMap { member in
      member.value.string.map { (member.key, $0) }
    }
  }

  /// The network of a graph that the library's own format keeps.
  func network(_ graph: Graph, at path: String) throws -> Network {
    var network = Network(graph: graph, link: link)
    network.fixedParameters = fixedParameters
    network.classLabels = classLabels.isEmpty ? nil : classLabels
    network.metadata = metadata
    return network
  }

  func model(_ network: Network, text: TextModel? = nil) throws -> Model {
    if let task {
      let width = network.graph.outputWidth
      let fits =
        switch task {
        case .binary: width <= 2 && classLabels.count == 2
        case .multiclass(let classes): width == classes && classes > 0
        case .regression: width == 1
        }
      guard fits else {
        throw Failure.invalidModel("its record (\(task.name)) does not fit a network of \(width) outputs")
      }
    }
    var network = network
    network.link = link
    network.fixedParameters.formUnion(fixedParameters)
    if columns.count == network.graph.inputWidth, Set(columns).count == columns.count {
      network.columns = columns
    }
    let model = try Model(
      .network(network), kind: kind, encoder: encoder, data: data, task: task, classLabels: classLabels,
      threshold: threshold, policy: policy, provenance: provenance, text: text)
    try model.judge(verdict)
    return model
  }

  func untrained(at path: String) throws -> Model {
    guard let architecture else { throw Failure.invalidModel("holds no network", at: path) }
    return try Model.make(architecture)
  }
}
