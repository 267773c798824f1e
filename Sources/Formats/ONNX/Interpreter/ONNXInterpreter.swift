import Engine
import Platform

/// Computes a file's graph node by node, each operator by its definition. Used for graphs that the engine
/// cannot express, for constant folding, and as the oracle of conformance tests.
public struct ONNXInterpreter: Sendable {
  private let file: ONNXFile
  private let constants: [String: ONNXArray]
  private let order: [Int]
  /// The maximum number of elements of all values in a run: one gigabyte.
  private static let maximumMade = 1 << 27

  /// - Throws: `invalidModel` for a graph with a cycle.
  init(_ file: ONNXFile) throws {
    self.file = file
    constants = try file.initializers.mapValues { try ONNXArray($0) }
    order = try Self.order(file)
  }

  /// The nodes in topological order.
  private static func order(_ file: ONNXFile) throws -> [Int] {
    var producers: [String: Int] = [:]
    for (index, node) in file.nodes.enumerated() {
      for output in node.outputs where !output.isEmpty {
        guard producers.updateValue(index, forKey: output) == nil else {
          throw Failure(.invalidModel, "\"\(output)\" is given more than once", at: node.name)
        }
      }
    }
    var waiting = file.nodes.map { node in Set(node.needs.compactMap { producers[$0] }).count }
    var users: [Int: [Int]] = [:]
    for (index, node) in file.nodes.enumerated() {
      for producer in Set(node.needs.compactMap({ producers[$0] })) {
        users[producer, default: []].append(index)
      }
    }
    var result = waiting.indices.filter { waiting[$0] == 0 }
    var next = 0
    while next < result.count {
      for user in users[result[next]] ?? [] {
        waiting[user] -= 1
        if waiting[user] == 0 { result.append(user) }
      }
      next += 1
    }
    guard result.count == file.nodes.count else {
      let node = waiting.firstIndex { $0 > 0 }.map { file.nodes[$0].name } ?? ""
      throw Failure(.invalidModel, "node \"\(node)\" needs its own output", at: node)
    }
    return result
  }

  /// The graph's operators that the interpreter does not know.
  var unknownOperators: [String] {
    Set(file.nodes.map(\.kind)).subtracting(ONNXInterpreted.table.keys).subtracting(["If", "Scan"]).sorted()
  }

  /// Computes the graph's outputs, in order.
  ///
  /// - Parameters:
  ///   - inputs: the graph's inputs by name, and initializers that are to have other values.
  ///   - tape: records the nodes for gradients.
  func run(_ inputs: [String: ONNXArray], recording tape: ONNXTape? = nil) throws -> [ONNXArray] {
    var values = constants
    values.merge(inputs) { $1 }
    var made = 0
    for index in order {
      try run(file.nodes[index], &values, tape)
      for output in file.nodes[index].outputs { made += values[output]?.count ?? 0 }
      guard made <= Self.maximumMade else {
        throw Failure(
          .unsupported,
          "its values have more than \(Self.maximumMade) elements for one input; fewer rows may do",
          at: file.nodes[index].name)
      }
    }
    return try file.outputs.map { port in
      guard let value = values[port.name] else {
        throw Failure(.invalidModel, "nothing gives the output \"\(port.name)\"", at: port.name)
      }
      return value
    }
  }

  func run(_ node: ONNXNode, _ values: inout [String: ONNXArray], _ tape: ONNXTape? = nil) throws {
    try HostCall.check()
    let operands = try node.inputs.map { name -> ONNXArray? in
      if name.isEmpty { return nil }
      guard let value = values[name] else {
        throw Failure(
          .invalidModel, "node \"\(node.name)\" needs \"\(name)\", which no node, input or initializer gives",
          at: node.name)
      }
      return value
    }
    let results: [ONNXArray]
    do {
      if node.kind == "If" {
        results = try branch(node, operands, &values, tape)
      } else {
        let evaluation = ONNXEvaluation(node: node, inputs: operands, opset: file.opset)
        results =
          try node.kind == "Scan" ? scan(node, operands, values) : ONNXInterpreted.evaluate(evaluation)
        tape?.record(evaluation, results)
      }
    } catch let failure as Failure {
      throw Failure(
        failure.kind, "node \"\(node.name)\" (\(node.kind), opset \(file.opset)): \(failure.message)",
        at: node.name)
    }
    for (name, result) in zip(node.outputs, results) where !name.isEmpty { values[name] = result }
  }

  /// Runs the branch that the condition selects; it can read the values of the enclosing graph.
  private func branch(
    _ node: ONNXNode, _ operands: [ONNXArray?], _ values: inout [String: ONNXArray], _ tape: ONNXTape?
  ) throws -> [ONNXArray] {
    guard let condition = operands.first??.first,
      case .graph(let graph)? = node.attributes[condition != 0 ? "then_branch" : "else_branch"]
    else { throw Failure(.invalidModel, "has no condition or no branch for it") }
    var inner = values
    for (name, tensor) in graph.initializers { inner[name] = try ONNXArray(tensor) }
    for node in graph.nodes { try run(node, &inner, tape) }
    return try graph.outputs.enumerated().map { index, name in
      guard let value = inner[name] else { throw Failure(.invalidModel, "its branch gives no \"\(name)\"") }
      if node.outputs.indices.contains(index) {
        tape?.rename(name, to: node.outputs[index], value, opset: file.opset)
      }
      return value
    }
  }
}
