import Configurations
import Datasets
import Engine
import Fairness
import Formats
import Platform

/// A model's record as stored in files: in `equipoise.json`, or in an ONNX file's metadata.
struct RecordedModel {
  static let fileName = "equipoise.json"
  static let key = "equipoise"
  static let version = 2

  var record: ModelRecord
  /// The kind of the reader, found by its name in `ModelKinds`.
  let kind: any ModelKind.Type
  /// The data of the kind.
  let reader: JSONValue
  let verdict: JSONValue
  private let link: Network.Link
  private let fixedParameters: Set<String>
  /// The columns of the network's only input.
  private let columns: [String]
  /// The metadata of the original file that only its own format uses.
  private let metadata: [(key: String, value: String)]

  private static let keys: Set<String> = [
    "format", "version", "library", "kind", "task", "link", "classes", "decision", "reader", "data", "policy",
    "verdict", "provenance", "fixed_parameters", "columns", "metadata",
    // Used by the library's own format only.
    "graph", "weights", "mixture",
  ]

  // MARK: Writing

  /// The record of a model.
  static func json(of model: Model) -> JSONValue {
    let record = model.record
    let network = model.scorer.networks.first
    return [
      "format": "equipoise", "version": .integer(version), "library": .string(libraryVersion),
      "kind": .string(record.kind), "task": record.task.map { .string($0.name) } ?? .null,
      "link": .string((network?.link ?? .identity).rawValue), "classes": .strings(record.classLabels),
      "decision": .object([.init("threshold", .number(record.threshold))] + record.adjustments.members),
      "reader": .object(
        [.init("kind", .string(type(of: model.reader).name))] + model.reader.recorded),
      "data": record.data?.encoded ?? .null, "policy": record.policy, "verdict": model.verdict,
      "provenance": model.provenance,
      "fixed_parameters": .strings((network?.fixedParameters ?? []).sorted()),
      "columns": .strings(network?.columns ?? []),
      "metadata": .object(
        (network?.metadata ?? []).filter { $0.key != key }.map { .init($0.key, .string($0.value)) }),
    ]
  }

  // MARK: Reading

  /// The record among the files; nil if there is none.
  static func json(_ files: FileSet) throws -> JSONValue? {
    guard files.contains(fileName) else { return JSONValue?.none }
    return try files.json(fileName)
  }

  /// - Throws: `invalidModel` at `path` for a damaged record, `unsupported` for a later version.
  init(json: JSONValue, at path: String) throws {
    func broken(_ reason: String) -> Failure { .invalidModel("its record \(reason)", at: path) }
    guard json["format"]?.string == "equipoise" else { throw broken("is not one of this library") }
    guard let version = json["version"]?.int, version <= Self.version else {
      throw Failure.unsupported("\(path) was written by a later version of this library", at: path)
    }
    let json = version < 2 ? try Self.upgraded(json, broken) : json
    try Self.require(json.members ?? [], among: Self.keys, broken)
    let classLabels = (json["classes"]?.array ?? []).compactMap(\.string)
    var record = ModelRecord(kind: json["kind"]?.string ?? "onnx", classLabels: classLabels)
    switch json["task"]?.string {
    case nil: record.task = nil
    case "binary"?: record.task = .binary
    case "regression"?: record.task = .regression
    case "multiclass"?: record.task = .multiclass(classes: classLabels.count)
    case let other?: throw broken("has the task \"\(other)\"")
    }
    guard let link = Network.Link(rawValue: json["link"]?.string ?? "identity") else {
      throw broken("has an unknown link")
    }
    self.link = link
    try Self.require(
      json["decision"]?.members ?? [], among: ModelAdjustments.keys.union(["threshold"]), broken)
    guard let threshold = json["decision"]?["threshold"]?.double, (0...1).contains(threshold) else {
      throw broken("has no threshold")
    }
    record.threshold = threshold
    do {
      record.adjustments = try ModelAdjustments(decision: json["decision"], width: record.task?.scoreCount)
    } catch let failure as Failure {
      throw Failure.invalidModel(failure.message, at: path)
    }
    reader = json["reader"] ?? .null
    guard let kind = (reader["kind"]?.string).flatMap(ModelKinds.named) else {
      throw broken("is of a model of an unknown kind")
    }
    self.kind = kind
    try Self.require(reader.members ?? [], among: kind.recordedKeys.union(["kind"]), broken)
    do {
      record.data = try json["data"].flatMap {
        $0 == .null ? nil : try DataConfig.decoded($0, at: "/data")
      }
    } catch let failure as Failure {
      throw broken("is malformed: \(failure.message)")
    }
    record.policy = json["policy"] ?? .null
    record.provenance = json["provenance"] ?? .null
    self.record = record
    verdict = json["verdict"] ?? .null
    fixedParameters = Set((json["fixed_parameters"]?.array ?? []).compactMap(\.string))
    columns = (json["columns"]?.array ?? []).compactMap(\.string)
    metadata = (json["metadata"]?.members ?? []).compactMap { member in
      member.value.string.map { (member.key, $0) }
    }
  }

  private static func require(
    _ members: [JSONValue.Member], among keys: Set<String>, _ broken: (String) -> Failure
  ) throws {
    if let stranger = members.first(where: { !keys.contains($0.key) }) {
      throw broken(
        "has the unknown member \"\(stranger.key)\""
          + Suggestion.phrase(for: stranger.key, among: keys.sorted()))
    }
  }

  /// Converts a record of version 1, in which the members of all kinds were side by side, to version 2.
  private static func upgraded(_ json: JSONValue, _ broken: (String) -> Failure) throws -> JSONValue {
    let kinds = ["encoder", "architecture", "layers", "embedding"]
    let old = keys.subtracting(["decision", "reader"]).union(kinds + ["threshold"])
    try require(json.members ?? [], among: old, broken)
    var members = (json.members ?? []).filter { !kinds.contains($0.key) && $0.key != "threshold" }
    func has(_ key: String) -> Bool { (json[key] ?? .null) != .null }
    func member(_ key: String) -> JSONValue.Member { .init(key, json[key] ?? .null) }
    let (kind, own): (any ModelKind.Type, [JSONValue.Member]) =
      if has("architecture") {
        (NewReader.self, [member("architecture")])
      } else if has("layers") || has("embedding") {
        (TextReader.self, [member("layers"), member("embedding")])
      } else if has("encoder") {
        (TableReader.self, [member("encoder")])
      } else {
        (PlainReader.self, [])
      }
    members.append(.init("reader", .object([.init("kind", .string(kind.name))] + own)))
    members.append(.init("decision", .object(has("threshold") ? [member("threshold")] : [])))
    return .object(members)
  }

  // MARK: Models

  /// The network of a graph in the library's own format.
  func network(_ graph: Graph) -> Network {
    var network = Network(graph: graph, link: link)
    network.fixedParameters = fixedParameters
    network.classLabels = record.classLabels.isEmpty ? nil : record.classLabels
    network.metadata = metadata
    return network
  }

  /// The network with the data of the record applied.
  ///
  /// - Throws: `invalidModel` if the network does not fit the record.
  func described(_ network: Network) throws -> Network {
    if let task = record.task {
      let width = network.graph.outputWidth
      guard task.fits(outputs: width), task != .binary || record.classLabels.count == 2 else {
        throw Failure.invalidModel("its record (\(task.name)) does not fit a network of \(width) outputs")
      }
    }
    // A file cannot show whether a final sigmoid gives values or probabilities; the record decides.
    var network = link == .identity ? try network.withLinkAsValue() : network
    network.link = link
    network.fixedParameters.formUnion(fixedParameters)
    if columns.count == network.graph.inputWidth, Set(columns).count == columns.count {
      network.columns = columns
    }
    return network
  }

  /// The model with a network.
  ///
  /// - Throws: `invalidModel` if the network does not fit the record.
  func model(_ network: Network, at path: String) throws -> Model {
    let network = try described(network)
    let reader: any ModelKind
    do {
      reader = try kind.restored(self.reader, network, record.data)
    } catch let failure as Failure {
      throw Failure.invalidModel("its record is malformed: \(failure.message)", at: path)
    }
    return try model(network, reader: reader)
  }

  /// The model of several networks.
  ///
  /// - Throws: `invalidModel` if the networks do not fit the record.
  func model(_ networks: [Network], _ mixture: RecordedMixture, at path: String) throws -> Model {
    let networks = try networks.map(described)
    let reader: any ModelKind
    do {
      reader = try kind.restored(self.reader, networks[0], record.data)
    } catch let failure as Failure {
      throw Failure.invalidModel("its record is malformed: \(failure.message)", at: path)
    }
    let model = try Model(
      NetworkMixture(networks, weights: mixture.weights, mixture.combination, rule: mixture.rule),
      reader: reader, record)
    try model.judge(verdict)
    return model
  }

  /// - Parameter network: the result of `described`.
  func model(_ network: Network, reader: any ModelKind) throws -> Model {
    let model = try Model(network, reader: reader, record)
    try model.judge(verdict)
    return model
  }

  /// The model of a record without a network.
  func modelWithoutNetwork(at path: String) throws -> Model {
    let model: Model?
    do {
      model = try kind.restored(reader, record)
    } catch let failure as Failure {
      throw Failure.invalidModel("its record is malformed: \(failure.message)", at: path)
    }
    guard let model else { throw Failure.invalidModel("holds no network", at: path) }
    try model.judge(verdict)
    return model
  }
}
