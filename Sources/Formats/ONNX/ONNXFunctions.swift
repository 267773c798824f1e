import COnnx
import Platform

/// Functions that a file defines (IR version 8 and later): every call is replaced by the function's nodes,
/// with unique names.
struct ONNXFunctions {
  private struct Function {
    let inputs: [String]
    let outputs: [String]
    let nodes: [ONNXNode]
    let defaults: [String: ONNXNode.Attribute]
  }

  /// The maximum number of nodes after the replacement, and the maximum depth of calls.
  private static let maximumNodes = 1 << 18
  private static let maximumDepth = 32

  private var functions: [String: Function] = [:]
  private var calls = 0
  private var made = 0

  init(_ model: Onnx__ModelProto, _ decoder: ONNXTensorDecoder) throws {
    for function in ONNXText.messages(model.functions, model.n_functions) {
      let kind = ONNXFile.kind(ONNXText.string(function.domain), ONNXText.string(function.name))
      var defaults: [String: ONNXNode.Attribute] = [:]
      for attribute in ONNXText.messages(function.attribute_proto, function.n_attribute_proto) {
        defaults[ONNXText.string(attribute.name)] = try ONNXFile.attribute(attribute, decoder, 0)
      }
      functions[kind] = Function(
        inputs: ONNXText.strings(UnsafePointer(function.input), function.n_input),
        outputs: ONNXText.strings(UnsafePointer(function.output), function.n_output),
        nodes: try ONNXText.messages(function.node, function.n_node).enumerated().map {
          try ONNXFile.node($0.element, $0.offset, decoder)
        }, defaults: defaults)
    }
  }

  /// The nodes and those of their graphs without calls.
  mutating func expanded(_ nodes: [ONNXNode]) throws -> [ONNXNode] {
    guard !functions.isEmpty else { return nodes }
    var result: [ONNXNode] = []
    for node in nodes { try expand(node, into: &result, depth: 0) }
    return result
  }

  private mutating func expand(_ node: ONNXNode, into result: inout [ONNXNode], depth: Int) throws {
    guard let function = functions[node.kind] else {
      made += 1
      guard made <= Self.maximumNodes else {
        throw Failure.unsupported("its functions make more than \(Self.maximumNodes) nodes", at: node.name)
      }
      var whole = node
      // The branches of If and the bodies of loops call functions, too.
      for (name, attribute) in node.attributes {
        guard case .graph(var graph) = attribute else { continue }
        let inner = graph.nodes
        graph.nodes = []
        for node in inner { try expand(node, into: &graph.nodes, depth: depth) }
        whole.attributes[name] = .graph(graph)
      }
      result.append(whole)
      return
    }
    guard depth < Self.maximumDepth else {
      throw Failure(.invalidModel, "the function \(node.kind) calls itself", at: node.name)
    }
    calls += 1
    // An input that is left out is "" in the function too; other names are made unique for this call.
    var names: [String: String] = ["": ""]
    for (index, name) in function.inputs.enumerated() {
      names[name] = node.inputs.indices.contains(index) ? node.inputs[index] : ""
    }
    for (index, name) in function.outputs.enumerated() where node.outputs.indices.contains(index) {
      if !node.outputs[index].isEmpty { names[name] = node.outputs[index] }
    }
    let prefix = "\(node.name)/\(calls)/"
    func renamed(_ name: String) -> String { names[name] ?? prefix + name }
    // A function's output that is one of its inputs needs a node for its second name.
    for (index, name) in function.outputs.enumerated()
    where function.inputs.contains(name) && node.outputs.indices.contains(index) {
      let given = function.inputs.firstIndex(of: name).flatMap {
        node.inputs.indices.contains($0) ? node.inputs[$0] : nil
      }
      result.append(
        ONNXNode(
          name: prefix + name, kind: "Identity", inputs: [given ?? ""], outputs: [node.outputs[index]],
          attributes: [:]))
    }
    for inner in function.nodes {
      var attributes = inner.attributes
      for case (let name, .reference(let outer)) in inner.attributes {
        attributes[name] = node.attributes[outer] ?? function.defaults[outer]
      }
      let copy = ONNXNode(
        name: prefix + inner.name, kind: inner.kind, inputs: inner.inputs.map(renamed),
        outputs: inner.outputs.map(renamed), attributes: attributes.mapValues { $0.renamed(renamed) })
      try expand(copy, into: &result, depth: depth + 1)
    }
  }
}

extension ONNXNode.Attribute {
  /// The attribute with renamed values that a graph reads from the enclosing graph or defines.
  func renamed(_ name: (String) -> String) -> ONNXNode.Attribute {
    guard case .graph(let graph) = self else { return self }
    return .graph(
      ONNXSubgraph(
        nodes: graph.nodes.map { node in
          ONNXNode(
            name: node.name, kind: node.kind, inputs: node.inputs.map(name), outputs: node.outputs.map(name),
            attributes: node.attributes.mapValues { $0.renamed(name) })
        },
        initializers: Dictionary(
          graph.initializers.map { (name($0.key), $0.value) }, uniquingKeysWith: { $1 }),
        inputs: graph.inputs.map(name), outputs: graph.outputs.map(name)))
  }
}
