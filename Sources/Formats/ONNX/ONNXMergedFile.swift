import Engine
import Platform

/// The preparation of columns in a file, as its bytes, to which the nodes of a model that the library has changed are
/// appended.
struct ONNXMergedFile {
  private let original: UnsafeRawBufferPointer
  private var fields: [ProtobufWire.Field] = []
  private var nodes: [Range<Int>] = []
  private var initializers: [Range<Int>] = []
  private var inputs: [Range<Int>] = []
  /// The names in the preparation, which the model's nodes must not use for other values.
  private(set) var names = Set<String>()

  // The numbers of the format's fields.
  private static let (ofGraph, ofOperators, ofMetadata, ofProducer, ofVersion):
    (UInt64, UInt64, UInt64, UInt64, UInt64) =
      (7, 8, 14, 2, 3)
  private static let (ofNode, ofInitializer, ofInput): (UInt64, UInt64, UInt64) = (1, 5, 11)

  /// - Parameters:
  ///   - value: the value with which the preparation ends.
  ///   - read: the inputs that the network has. A file's decision may have others.
  init(_ original: UnsafeRawBufferPointer, endingWith value: String, inputs read: [String]) throws {
    self.original = original
    fields = try ProtobufWire.fields(original, 0..<original.count)
    guard let graph = fields.first(where: { $0.number == Self.ofGraph })?.content else {
      throw Failure.invalidModel("no graph is in the file: not an ONNX model")
    }
    let parts = try ProtobufWire.fields(original, graph)
    var all: [(range: Range<Int>, outputs: [String], needs: [String])] = []
    var producers: [String: Int] = [:]
    for part in parts where part.number == Self.ofNode {
      guard let content = part.content else { continue }
      let outputs = try texts(content, 2)
      for output in outputs where !output.isEmpty { producers[output] = all.count }
      all.append((part.whole, outputs, try needs(content, depth: 0)))
    }
    var wanted = Set<Int>()
    var waiting = [value]
    names.insert(value)
    while let name = waiting.popLast() {
      guard let index = producers[name], wanted.insert(index).inserted else { continue }
      names.formUnion(all[index].outputs + all[index].needs)
      waiting += all[index].needs
    }
    nodes = wanted.sorted().map { all[$0].range }
    for part in parts {
      guard let content = part.content else { continue }
      switch part.number {
      case Self.ofInitializer:
        if try !names.isDisjoint(with: texts(content, 8)) { initializers.append(part.whole) }
      case Self.ofInput:
        let own = try texts(content, 1)
        guard !Set(read).isDisjoint(with: own) else { continue }
        inputs.append(part.whole)
        names.formUnion(own)
      default: break
      }
    }
  }

  private func texts(_ range: Range<Int>, _ number: UInt64) throws -> [String] {
    try ProtobufWire.fields(original, range).filter { $0.number == number }.compactMap { field in
      field.content.map { String(decoding: original[$0], as: UTF8.self) }
    }
  }

  /// The inputs of a node, and those of the nodes in its graphs.
  private func needs(_ node: Range<Int>, depth: Int) throws -> [String] {
    var result = try texts(node, 1)
    guard depth < 8 else { throw Failure.unsupported("graphs are nested more than 8 deep") }
    for attribute in try ProtobufWire.fields(original, node) where attribute.number == 5 {
      guard let content = attribute.content else { continue }
      for graph in try ProtobufWire.fields(original, content) where graph.number == 6 {
        guard let inner = graph.content else { continue }
        for part in try ProtobufWire.fields(original, inner) {
          guard let content = part.content else { continue }
          if part.number == Self.ofNode { result += try needs(content, depth: depth + 1) }
          // An output of the graph may be a value of the enclosing one.
          if part.number == 12 { result += try texts(content, 1) }
        }
      }
    }
    return result
  }

  /// The file with other nodes, initializers and outputs behind the preparation.
  ///
  /// - Throws: `unsupported` for operator sets in which the appended nodes mean something else.
  func message(appending model: ONNXGraphWriting, metadata: [(key: String, value: String)]) throws
    -> ProtobufMessage
  {
    var graph = ProtobufMessage()
    for range in nodes { append(range, to: &graph) }
    for node in model.nodes { graph.append(Int(Self.ofNode), node) }
    graph.append(2, "network")
    for range in initializers { append(range, to: &graph) }
    for tensor in model.initializers { graph.append(Int(Self.ofInitializer), tensor) }
    for range in inputs { append(range, to: &graph) }
    for port in model.inputs { graph.append(Int(Self.ofInput), port) }
    for port in model.outputs { graph.append(12, port) }

    var result = ProtobufMessage()
    var hasClassical = false
    for field in fields {
      switch field.number {
      case Self.ofGraph: result.append(Int(Self.ofGraph), graph)
      case Self.ofMetadata, Self.ofVersion: break
      case Self.ofProducer: result.append(Int(Self.ofProducer), ONNXWriter.producer)
      case Self.ofOperators:
        guard let content = field.content else { continue }
        let domain = try texts(content, 1).first ?? ""
        let version = try ProtobufWire.number(original, content, 2) ?? 0
        if domain.isEmpty || domain == "ai.onnx", !(13...25).contains(version) {
          throw Failure.unsupported(
            "the file prepares its columns with operator set \(version); a changed model is written from 13 on"
          )
        }
        let isClassical = domain == "ai.onnx.ml"
        hasClassical = hasClassical || isClassical
        append(domain, isClassical ? max(version, model.classicalVersion ?? 0) : version, to: &result)
      default: append(field.whole, to: &result)
      }
    }
    if !hasClassical, let version = model.classicalVersion { append("ai.onnx.ml", version, to: &result) }
    for entry in metadata {
      var property = ProtobufMessage()
      property.append(1, entry.key)
      property.append(2, entry.value)
      result.append(Int(Self.ofMetadata), property)
    }
    return result
  }

  private func append(_ range: Range<Int>, to message: inout ProtobufMessage) {
    message.append(copying: UnsafeRawBufferPointer(rebasing: original[range]))
  }

  private func append(_ domain: String, _ version: Int, to message: inout ProtobufMessage) {
    var imported = ProtobufMessage()
    imported.append(1, domain)
    imported.append(2, version)
    message.append(Int(Self.ofOperators), imported)
  }
}
