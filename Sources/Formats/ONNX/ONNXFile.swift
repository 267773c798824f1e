import COnnx
import Engine
import Platform

/// One operator of a file, unchanged.
struct ONNXNode: Sendable {
  enum Attribute {
    case float(Float)
    case integer(Int64)
    case string(String)
    case tensor(ONNXTensor)
    case floats([Float])
    case integers([Int64])
    case strings([String])
    /// The graph of If, Loop and Scan.
    case graph(ONNXSubgraph)
    /// Inside a function: a reference to an attribute of its call.
    case reference(String)
    case other
  }

  let name: String
  /// `Gemm`, or `ai.onnx.ml.Scaler` for an operator of another domain.
  let kind: String
  /// An optional input that is left out is "".
  let inputs: [String]
  let outputs: [String]
  var attributes: [String: Attribute]

  /// The names of values on which it depends: its inputs, and values of the enclosing graph that its graphs
  /// read.
  var needs: [String] {
    var all = inputs.filter { !$0.isEmpty }
    for case .graph(let graph) in attributes.values { all += graph.needs }
    return all
  }
}

/// A graph inside an attribute.
struct ONNXSubgraph: Sendable {
  var nodes: [ONNXNode]
  var initializers: [String: ONNXTensor]
  var inputs: [String]
  var outputs: [String]

  /// Names that it uses but does not define.
  var needs: [String] {
    let own = Set(nodes.flatMap(\.outputs)).union(initializers.keys).union(inputs)
    return (nodes.flatMap(\.needs) + outputs).filter { !own.contains($0) }
  }
}

/// A file's content in this library's types, before it is interpreted.
struct ONNXFile: Sendable {
  struct Port {
    let name: String
    /// The number of the element type in the format; 0 for a sequence or a map.
    let element: Int
    /// An element is nil if the file leaves the dimension open; the list is nil if the file states no shape.
    let dimensions: [Int?]?
  }

  var nodes: [ONNXNode] = []
  var initializers: [String: ONNXTensor] = [:]
  /// Without the initializers, which older files include in the inputs.
  var inputs: [Port] = []
  var outputs: [Port] = []
  var opset = 0
  var metadata: [(key: String, value: String)] = []
  /// Inputs of texts behind whose encoders a file of this library is read: nodes read codes.
  var readsCodes = Set<String>()
  var producer = ""
  /// Inputs of texts that are read as the counts of their words; see `beginBehindWords`.
  var words: [String: [WordCounts]] = [:]

  /// - Parameters:
  ///   - name: the path, for messages.
  ///   - external: reads weights from another file.
  /// - Throws: `invalidModel` at `name:offset` for bytes that are not an ONNX file.
  init(_ bytes: UnsafeRawBufferPointer, named name: String, tensors decoder: ONNXTensorDecoder) throws {
    let base = bytes.bindMemory(to: UInt8.self).baseAddress
    guard !bytes.isEmpty, let model = onnx__model_proto__unpack(&onnx_allocator, bytes.count, base) else {
      try Memory.check()
      let offset = ProtobufWire.firstFault(bytes, within: 7)  // the graph
      throw Failure.invalidModel("not an ONNX file, or one that was cut off", at: "\(name):\(offset)")
    }
    defer { onnx__model_proto__free_unpacked(model, &onnx_allocator) }
    guard let graph = model.pointee.graph?.pointee else {
      throw Failure.invalidModel("no graph is in the file: not an ONNX model", at: "\(name):0")
    }
    do {
      try read(model.pointee, graph, decoder)
    } catch let failure as Failure {
      throw Failure(failure.kind, "\(name): \(failure.message)", at: failure.location)
    }
  }

  private mutating func read(
    _ model: Onnx__ModelProto, _ graph: Onnx__GraphProto, _ decoder: ONNXTensorDecoder
  ) throws {
    let version = ONNXText.string(model.producer_version)
    producer = ONNXText.string(model.producer_name) + (version.isEmpty ? "" : " \(version)")
    for imported in ONNXText.messages(model.opset_import, model.n_opset_import)
    where Self.isMainDomain(ONNXText.string(imported.domain)) {
      opset = Int(exactly: imported.version) ?? 0
    }
    metadata = ONNXText.messages(model.metadata_props, model.n_metadata_props).map {
      (ONNXText.string($0.key), ONNXText.string($0.value))
    }
    guard graph.n_sparse_initializer == 0 else {
      throw Failure.unsupported("sparse initializers are not read; save the model with dense weights")
    }
    for tensor in ONNXText.messages(graph.initializer, graph.n_initializer) {
      let name = ONNXText.string(tensor.name)
      var decoded = try decoder.decode(tensor)
      decoded.weight = name
      guard initializers.updateValue(decoded, forKey: name) == nil else {
        throw Failure(.invalidModel, "two initializers are named \"\(name)\"", at: name)
      }
    }
    inputs = ONNXText.messages(graph.input, graph.n_input).map(Self.port).filter {
      initializers[$0.name] == nil
    }
    outputs = ONNXText.messages(graph.output, graph.n_output).map(Self.port)
    for (index, node) in ONNXText.messages(graph.node, graph.n_node).enumerated() {
      nodes.append(try Self.node(node, index, decoder))
    }
    var functions = try ONNXFunctions(model, decoder)
    nodes = try ONNXFused.expanded(functions.expanded(nodes))
    unstackRows()
  }

  /// The metadata key of the encoded values in a file of this library, and of their dimensions.
  static let encodedKey = "equipoise_encoded"

  /// Makes the encoded values the inputs of the file; the encoders are in the library's record.
  ///
  /// - Throws: `invalidModel` for values that the file does not have.
  mutating func beginBehindEncoders(named name: String) throws {
    guard let entry = metadata.first(where: { $0.key == Self.encodedKey }) else { return }
    metadata.removeAll { $0.key == Self.encodedKey }
    let described = try JSONValue.parse(entry.value, failing: .invalidModel).array ?? []
    if try beginAtInput(described, named: name) { return }
    let ports = described.compactMap { value -> Port? in
      guard let name = value["name"]?.string, let dimensions = value["dimensions"]?.array else { return nil }
      return Port(name: name, element: 1, dimensions: [nil] + dimensions.map(\.int))
    }
    let names = Set(ports.map(\.name))
    let given = Set(nodes.flatMap(\.outputs))
    guard !ports.isEmpty, ports.count == described.count, names.count == ports.count,
      names.isSubset(of: given)
    else {
      throw Failure.invalidModel("its \(Self.encodedKey) names no values of the graph", at: name)
    }
    nodes.removeAll { !names.isDisjoint(with: $0.outputs) }
    inputs = ports
  }

  /// The same for encoders whose result replaces the file's input in all nodes.
  ///
  /// - Returns: whether the file has this form.
  private mutating func beginAtInput(_ described: [JSONValue], named name: String) throws -> Bool {
    guard !described.isEmpty, described.allSatisfy({ $0["input"]?.string != nil }) else { return false }
    for entry in described {
      guard let value = entry["name"]?.string, let input = entry["input"]?.string,
        let port = inputs.first(where: { $0.name == input }),
        nodes.contains(where: { $0.outputs.contains(value) })
      else { throw Failure.invalidModel("its \(Self.encodedKey) names no values of the graph", at: name) }
      if port.element == Network.Input.Element.string.rawValue { readsCodes.insert(input) }
      nodes = nodes.filter { !$0.outputs.contains(value) }.map { node in
        ONNXNode(
          name: node.name, kind: node.kind, inputs: node.inputs.map { $0 == value ? input : $0 },
          outputs: node.outputs, attributes: node.attributes)
      }
    }
    return true
  }

  /// An operator's name, with its domain unless that is the default domain.
  static func kind(_ domain: String, _ name: String) -> String {
    isMainDomain(domain) ? name : "\(domain).\(name)"
  }

  private static func isMainDomain(_ domain: String) -> Bool { domain.isEmpty || domain == "ai.onnx" }

  private static func port(_ info: Onnx__ValueInfoProto) -> Port {
    let tensor = info.type?.pointee.tensor_type?.pointee
    let dimensions = tensor?.shape.map { shape in
      ONNXText.messages(shape.pointee.dim, shape.pointee.n_dim).map { dimension -> Int? in
        dimension.has_dim_value != 0 ? Int(exactly: dimension.dim_value) : nil
      }
    }
    return Port(
      name: ONNXText.string(info.name), element: Int(tensor?.elem_type ?? 0), dimensions: dimensions)
  }

  /// A graph inside an attribute, which the schema stores as bytes; this limits the depth of nested graphs.
  private static func subgraph(
    _ bytes: ProtobufCBinaryData, _ decoder: ONNXTensorDecoder, depth: Int
  ) throws -> ONNXSubgraph {
    guard depth <= 8 else { throw Failure.unsupported("its graphs are nested more than 8 deep") }
    guard let pointer = onnx__graph_proto__unpack(&onnx_allocator, bytes.len, bytes.data) else {
      try Memory.check()
      throw Failure.invalidModel("a graph within an attribute is broken")
    }
    defer { onnx__graph_proto__free_unpacked(pointer, &onnx_allocator) }
    let graph = pointer.pointee
    var initializers: [String: ONNXTensor] = [:]
    for tensor in ONNXText.messages(graph.initializer, graph.n_initializer) {
      let name = ONNXText.string(tensor.name)
      var decoded = try decoder.decode(tensor)
      decoded.weight = name
      initializers[name] = decoded
    }
    return ONNXSubgraph(
      nodes: try ONNXText.messages(graph.node, graph.n_node).enumerated().map {
        try node($0.element, $0.offset, decoder, depth: depth)
      }, initializers: initializers,
      inputs: ONNXText.messages(graph.input, graph.n_input).map { ONNXText.string($0.name) },
      outputs: ONNXText.messages(graph.output, graph.n_output).map { ONNXText.string($0.name) })
  }

  static func node(
    _ node: Onnx__NodeProto, _ index: Int, _ decoder: ONNXTensorDecoder, depth: Int = 0
  ) throws -> ONNXNode {
    let (domain, kind) = (ONNXText.string(node.domain), ONNXText.string(node.op_type))
    let outputs = ONNXText.strings(UnsafePointer(node.output), node.n_output)
    let given = ONNXText.string(node.name)
    let name = given.isEmpty ? outputs.first ?? "\(kind)_\(index)" : given
    var attributes: [String: ONNXNode.Attribute] = [:]
    for attribute in ONNXText.messages(node.attribute, node.n_attribute) {
      attributes[ONNXText.string(attribute.name)] = try Self.attribute(attribute, decoder, depth)
    }
    return ONNXNode(
      name: name, kind: Self.kind(domain, kind),
      inputs: ONNXText.strings(UnsafePointer(node.input), node.n_input), outputs: outputs,
      attributes: attributes)
  }

  static func attribute(
    _ attribute: Onnx__AttributeProto, _ decoder: ONNXTensorDecoder, _ depth: Int
  ) throws -> ONNXNode.Attribute {
    if let name = attribute.ref_attr_name, name.pointee != 0 { return .reference(ONNXText.string(name)) }
    // The numbers of AttributeProto.AttributeType.
    switch attribute.type {
    case 1: return .float(attribute.f)
    case 2: return .integer(attribute.i)
    case 3: return .string(ONNXText.string(attribute.s))
    case 4:
      guard let tensor = attribute.t?.pointee else { return .other }
      return .tensor(try decoder.decode(tensor))
    case 5: return try .graph(Self.subgraph(attribute.g, decoder, depth: depth + 1))
    case 6: return .floats(ONNXText.list(attribute.floats, attribute.n_floats))
    case 7: return .integers(ONNXText.list(attribute.ints, attribute.n_ints))
    case 8: return .strings(ONNXText.strings(UnsafePointer(attribute.strings), attribute.n_strings))
    default: return .other
    }
  }
}
