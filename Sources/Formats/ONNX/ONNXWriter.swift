import Engine
import Platform

/// Writes networks as ONNX files (IR version 8, operator set 17) for any runtime.
public enum ONNXWriter {
  static let opset = 17
  static let producer = "equipoise"
  /// The location of errors for a decision that a file cannot express.
  public static let decisionPlace = "decision"

  /// The error for a decision that a file cannot make, although it can have the network's scores.
  public static func inexpressible(_ reason: String) -> Failure { .unsupported(reason, at: decisionPlace) }

  /// Writes graph, link, names, classes and metadata; the row dimension is named "rows".
  ///
  /// Weights are initializers. Parameters that are not weights are Constant nodes, so that the reader can
  /// distinguish them. Integer inputs keep their type.
  ///
  /// - Parameters:
  ///   - columns: the inputs of the file in place of the network's, which are encoded in the order of the
  ///     network's inputs; empty: the network's inputs.
  ///   - decision: how the label is computed, which is then an output; nil: as in the network's original
  ///     file.
  ///   - firstPosition: the position number of a text's first token, for networks that read texts.
  ///   - checkpoint: `config.json` of the checkpoint whose network this is; nil: it is no transformer's.
  /// - Throws: `io`, and the old file is then unchanged. `unsupported` for an operator without a counterpart
  ///   in the format.
  public static func write(
    _ network: Network, columns: [ONNXColumn] = [], decision: ONNXDecision? = nil, firstPosition: Int = 0,
    checkpoint: JSONValue? = nil, to path: String
  ) throws {
    let (sink, name) = DirectorySink.nextTo(path)
    try write(
      network, columns: columns, decision: decision, firstPosition: firstPosition, checkpoint: checkpoint,
      as: name, to: sink)
  }

  /// The same to any destination.
  public static func write(
    _ network: Network, columns: [ONNXColumn] = [], decision: ONNXDecision? = nil, firstPosition: Int = 0,
    checkpoint: JSONValue? = nil, as name: String, to sink: any FileSink
  ) throws {
    if network.interpretedBecause != nil, let original = network.original {
      let revised = try ONNXRevision.file(of: network, original)
      return try sink.write(name) { write in
        try withExtendedLifetime(original) { try revised.write(write) }
      }
    }
    let model = try message(
      network, columns: columns, decision: decision, firstPosition: firstPosition, checkpoint: checkpoint)
    // The format's readers accept at most 2 GB in a message.
    guard model.count < Int(Int32.max) else {
      throw Failure.unsupported("an ONNX file holds less than 2 GB; the network takes \(model.count) bytes")
    }
    try sink.write(name) { write in try model.write(write) }
  }

  static func message(
    _ network: Network, columns: [ONNXColumn] = [], decision: ONNXDecision? = nil, firstPosition: Int = 0,
    checkpoint: JSONValue? = nil
  ) throws -> ProtobufMessage {
    let graph = network.graph
    if let node = graph.nodes.first(where: { ($0.operation as? Interpretation)?.isPreparation == true }) {
      return try merged(network, behind: node, columns: columns, decision: decision)
    }
    guard network.inputs.count == graph.inputs.count else {
      throw Failure.internal("\(network.inputs.count) input names for \(graph.inputs.count) inputs")
    }
    var writing = ONNXGraphWriting(
      network, columns: columns, decision: decision, firstPosition: firstPosition)
    try writing.writeInputs()
    for node in graph.nodes { try writing.write(node) }
    try writing.writeOutputs()

    var model = ProtobufMessage()
    model.append(1, 8)
    model.append(2, producer)
    model.append(7, writing.message())
    var imported = ProtobufMessage()
    imported.append(1, "")
    imported.append(2, opset)
    model.append(8, imported)
    if let version = writing.classicalVersion {
      var classical = ProtobufMessage()
      classical.append(1, "ai.onnx.ml")
      classical.append(2, version)
      model.append(8, classical)
    }
    if writing.usesContributed {
      var contributed = ProtobufMessage()
      contributed.append(1, "com.microsoft")
      contributed.append(2, 1)
      model.append(8, contributed)
    }
    let ofCheckpoint = try checkpoint.map { [try ONNXCheckpoint.metadata($0, writing.nodes)] } ?? []
    let further = writing.encodedMetadata + writing.decisionMetadata + ofCheckpoint
    for entry in network.metadataOfFile + further {
      var property = ProtobufMessage()
      property.append(1, entry.key)
      property.append(2, entry.value)
      model.append(14, property)
    }
    return model
  }
}

extension ONNXWriter {
  /// The original file's preparation of columns, then the network's other nodes.
  private static func merged(
    _ network: Network, behind node: Graph.Node, columns: [ONNXColumn], decision: ONNXDecision?
  ) throws -> ProtobufMessage {
    guard let original = network.original, let preparation = node.operation as? Interpretation else {
      throw Failure.unsupported(
        "the file has weights in other files, of types that are not written", at: node.name)
    }
    guard columns.isEmpty else {
      throw Failure.unsupported(
        "the network prepares its columns itself; \"inputs\": \"encoded\" keeps the inputs of its file",
        at: node.name)
    }
    return try withExtendedLifetime(original) {
      let file = try ONNXMergedFile(
        UnsafeRawBufferPointer(original.elements), endingWith: preparation.output, inputs: network.inputNames)
      var writing = ONNXGraphWriting(network, decision: decision, reserved: file.names)
      writing.names[node.output.index] =
        preparation.givesFloats
        ? preparation.output
        : writing.add("Cast", [preparation.output], like: "prepared", [("to", .integer(1))])
      for other in network.graph.nodes where !(other.operation is Interpretation) { try writing.write(other) }
      try writing.writeOutputs()
      return try file.message(appending: writing, metadata: network.metadataOfFile + writing.decisionMetadata)
    }
  }
}

/// The format's messages for nodes, tensors and types.
enum ONNXMessage {
  enum Attribute {
    case integer(Int)
    case float(Float)
    case integers([Int])
    case floats([Float])
    case text(String)
    case texts([String])
    case tensor(ProtobufMessage)
  }

  static func node(
    _ kind: String, _ inputs: [String], _ outputs: [String], name: String, domain: String? = nil,
    _ attributes: [(String, Attribute)]
  ) -> ProtobufMessage {
    var node = ProtobufMessage()
    for input in inputs { node.append(1, input) }
    for output in outputs { node.append(2, output) }
    node.append(3, name)
    node.append(4, kind)
    for (name, value) in attributes { node.append(5, attribute(name, value)) }
    if let domain { node.append(7, domain) }
    return node
  }

  private static func attribute(_ name: String, _ value: Attribute) -> ProtobufMessage {
    var attribute = ProtobufMessage()
    attribute.append(1, name)
    switch value {
    case .float(let number):
      attribute.append(2, number)
      attribute.append(20, 1)
    case .integer(let number):
      attribute.append(3, number)
      attribute.append(20, 2)
    case .text(let text):
      attribute.append(4, text)
      attribute.append(20, 3)
    case .tensor(let tensor):
      attribute.append(5, tensor)
      attribute.append(20, 4)
    case .floats(let numbers):
      for number in numbers { attribute.append(7, number) }
      attribute.append(20, 6)
    case .texts(let texts):
      for text in texts { attribute.append(9, text) }
      attribute.append(20, 8)
    case .integers(let numbers):
      for number in numbers { attribute.append(8, number) }
      attribute.append(20, 7)
    }
    return attribute
  }

  static func tensor(_ tensor: Tensor, name: String) throws -> ProtobufMessage {
    var message = ProtobufMessage()
    for dimension in tensor.shape.dimensions { message.append(1, dimension) }
    switch tensor.storage {
    case .float16: message.append(2, 10)
    case .bfloat16: message.append(2, 16)
    case .float32, .int8: message.append(2, 1)
    }
    message.append(8, name)
    switch tensor.storage {
    case .float16(let values), .bfloat16(let values): message.append(9, values)
    case .float32, .int8: message.append(9, try tensor.values)
    }
    return message
  }

  static func tensor(_ values: [Int], dimensions: [Int]? = nil, name: String) -> ProtobufMessage {
    var message = ProtobufMessage()
    for dimension in dimensions ?? [values.count] { message.append(1, dimension) }
    message.append(2, 7)
    message.append(7, packed: values)
    message.append(8, name)
    return message
  }

  static func floats(_ values: [Float], name: String) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.append(1, values.count)
    message.append(2, 1)
    for value in values { message.append(4, value) }
    message.append(8, name)
    return message
  }

  static func doubles(_ values: [Double], dimensions: [Int]? = nil, name: String) -> ProtobufMessage {
    var message = ProtobufMessage()
    for dimension in dimensions ?? [values.count] { message.append(1, dimension) }
    message.append(2, 11)
    message.append(8, name)
    message.append(10, values)
    return message
  }

  /// Numbers from 0 to 255.
  static func bytes(_ values: [Int], name: String) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.append(1, values.count)
    message.append(2, 2)
    message.append(5, packed: values)
    message.append(8, name)
    return message
  }

  static func tensor(_ values: [String], name: String) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.append(1, values.count)
    message.append(2, 8)
    for value in values { message.append(6, value) }
    message.append(8, name)
    return message
  }

  /// A scalar.
  static func scalar(_ value: Float) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.append(2, 1)
    var values = ProtobufMessage()
    values.appendRaw(value)
    message.append(9, values)
    return message
  }

  /// A tensor of `rows` × `dimensions`, or `rows` × `tokens` × `dimensions`.
  static func port(_ name: String, element: Int, _ dimensions: [Int], ofTokens: Bool = false)
    -> ProtobufMessage
  {
    var shape = ProtobufMessage()
    for open in ofTokens ? ["rows", "tokens"] : ["rows"] {
      var dimension = ProtobufMessage()
      dimension.append(2, open)
      shape.append(1, dimension)
    }
    for size in dimensions {
      var dimension = ProtobufMessage()
      dimension.append(1, size)
      shape.append(1, dimension)
    }
    var tensor = ProtobufMessage()
    tensor.append(1, element)
    tensor.append(2, shape)
    var type = ProtobufMessage()
    type.append(1, tensor)
    var info = ProtobufMessage()
    info.append(1, name)
    info.append(2, type)
    return info
  }

  /// A list of maps from a class, a whole number or a text, to a float.
  static func maps(_ name: String, fromTexts: Bool) -> ProtobufMessage {
    func nested(_ field: Int, _ inner: ProtobufMessage) -> ProtobufMessage {
      var outer = ProtobufMessage()
      outer.append(field, inner)
      return outer
    }
    var float = ProtobufMessage()
    float.append(1, 1)
    var map = ProtobufMessage()
    map.append(1, fromTexts ? 8 : 7)
    map.append(2, nested(1, float))
    var info = ProtobufMessage()
    info.append(1, name)
    info.append(2, nested(4, nested(1, nested(5, map))))
    return info
  }
}
