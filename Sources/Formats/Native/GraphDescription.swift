import Engine
import Platform

/// A graph as JSON without its weights, which are in a safetensors file; used by the library's own format.
///
///     {"version": 1,
///      "values": [
///        {"name": "x", "shape": [100], "input": true},
///        {"name": "0.weight", "shape": [64, 100], "parameter": true},
///        {"name": "/0/Gemm", "shape": [64], "kind": "Linear", "inputs": [0, 1], "layer": 0,
///         "weight_is_input_major": false},
///        {"name": "flat", "shape": [8, 8], "reshaped": 2}],
///      "output": 3}
///
/// Each value comes after the values that it depends on; references are indices. Parameters are found by name
/// among the tensors. `layer` is the number of the layer that a computed value belongs to, if it belongs to one.
public enum GraphDescription {
  static let version = 1
  /// The maximum number of floats per row of a value, and the maximum number of values, because a few bytes
  /// of a description could request any amount of memory.
  static let maximumWidth = 1 << 24
  static let maximumValues = 1 << 20

  static func json(_ graph: Graph) -> JSONValue {
    // Indices count only the values that are written; fusion may leave a value with no producer.
    var places: [Int: Int] = [:]
    var values: [JSONValue] = []
    func reference(_ id: Graph.ValueID) -> JSONValue { .integer(places[id.index] ?? 0) }
    for (index, value) in graph.values.enumerated() {
      var members: [JSONValue.Member] = [
        .init("name", .string(value.name)),
        .init("shape", .array(value.shape.dimensions.map { .integer($0) })),
      ]
      switch value.source {
      case .input: members.append(.init("input", true))
      case .parameter: members.append(.init("parameter", true))
      case .reshaped(let original): members.append(.init("reshaped", reference(original)))
      case .node(let place):
        guard graph.nodes.indices.contains(place), graph.nodes[place].output.index == index else { continue }
        let node = graph.nodes[place]
        members.append(.init("kind", .string(type(of: node.operation).kind)))
        members.append(.init("inputs", .array(node.inputs.map(reference))))
        if let layer = node.layer { members.append(.init("layer", .integer(layer))) }
        members += node.operation.attributes
      }
      places[index] = values.count
      values.append(.object(members))
    }
    return ["version": .integer(version), "values": .array(values), "output": reference(graph.output)]
  }

  /// The graph for a description and tensors; neither is trusted.
  ///
  /// - Parameter tensors: the weights by name; additional tensors are ignored.
  /// - Throws: `invalidModel` with the JSON pointer as location; `unsupported` for a newer version or an
  ///   unknown operator.
  public static func graph(from json: JSONValue, tensors: [String: Tensor]) throws -> Graph {
    guard let version = json["version"]?.int else { throw invalid("has no version", "/version") }
    guard version == Self.version else {
      throw Failure.unsupported(
        "the graph's description has version \(version); this library reads version \(Self.version)",
        at: "/version")
    }
    guard let values = json["values"]?.array, values.count <= maximumValues else {
      throw invalid("has no list of values", "/values")
    }
    var builder = GraphBuilder()
    var ids: [Graph.ValueID] = []
    for (index, value) in values.enumerated() {
      let pointer = "/values/\(index)"
      do {
        let id = try add(value, to: &builder, ids, tensors, pointer)
        let shape = builder.shape(of: id)
        guard (1...maximumWidth).contains(shape.count) || !builder.hasRows(id) else {
          throw invalid("has \(shape.count) values a row", "\(pointer)/shape")
        }
        guard let wanted = dimensions(value), wanted == shape.dimensions else {
          throw invalid("has the shape \(shape), which is not the one described", "\(pointer)/shape")
        }
        ids.append(id)
      } catch let failure as Failure where !failure.location.hasPrefix("/") {
        throw Failure(failure.kind, "\(pointer): \(failure.message)", at: pointer)
      }
    }
    return try builder.finish(output: reference(json["output"], ids, "/output"))
  }

  private static func add(
    _ value: JSONValue, to builder: inout GraphBuilder, _ ids: [Graph.ValueID], _ tensors: [String: Tensor],
    _ pointer: String
  ) throws -> Graph.ValueID {
    guard let name = value["name"]?.string else { throw invalid("has no name", "\(pointer)/name") }
    if value["input"]?.bool == true {
      guard let dimensions = dimensions(value), dimensions.allSatisfy({ $0 > 0 }) else {
        throw invalid("has no shape", "\(pointer)/shape")
      }
      return builder.input(name, try Shape(dimensions))
    }
    if value["parameter"]?.bool == true {
      guard let tensor = tensors[name] else { throw invalid("its tensor \"\(name)\" is missing", pointer) }
      return builder.parameter(tensor)
    }
    if let original = value["reshaped"] {
      guard let dimensions = dimensions(value) else { throw invalid("has no shape", "\(pointer)/shape") }
      return try builder.reshape(
        reference(original, ids, "\(pointer)/reshaped"), to: Shape(dimensions), name: name)
    }
    guard let kind = value["kind"]?.string else {
      throw invalid("is neither an input nor a parameter, nor reshaped, nor computed", pointer)
    }
    guard let decode = OperatorDescription.decoders[kind] else {
      throw Failure.unsupported(
        "\(pointer)/kind: \"\(kind)\" is not an operator of this library"
          + Suggestion.phrase(for: kind, among: OperatorDescription.decoders.keys.sorted()),
        at: "\(pointer)/kind")
    }
    guard let inputs = value["inputs"]?.array else { throw invalid("has no inputs", "\(pointer)/inputs") }
    let operands = try inputs.enumerated().map {
      try reference($0.element, ids, "\(pointer)/inputs/\($0.offset)")
    }
    builder.layer = try value["layer"].map { layer in
      guard let number = layer.int, (0..<maximumValues).contains(number) else {
        throw invalid("is not the number of a layer: \(layer.text())", "\(pointer)/layer")
      }
      return number
    }
    return try builder.apply(decode(.init(json: value, pointer: pointer)), to: operands, name: name)
  }

  private static func dimensions(_ value: JSONValue) -> [Int]? {
    guard let list = value["shape"]?.array, list.count <= 16 else { return nil }
    let dimensions = list.compactMap(\.int)
    return dimensions.count == list.count ? dimensions : nil
  }

  private static func reference(
    _ json: JSONValue?, _ ids: [Graph.ValueID], _ pointer: String
  ) throws -> Graph.ValueID {
    guard let place = json?.int, ids.indices.contains(place) else {
      throw invalid("names no value before it: \(json?.text() ?? "nothing")", pointer)
    }
    return ids[place]
  }

  static func invalid(_ message: String, _ pointer: String) -> Failure {
    Failure(.invalidModel, "\(pointer): \(message)", at: pointer)
  }
}

extension Graph {
  /// The graph without its weights; read by `GraphDescription.graph(from:tensors:)`.
  public var json: JSONValue { GraphDescription.json(self) }
}
