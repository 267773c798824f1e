import Engine
import Platform

/// What a name in a file stands for while its graph is read.
enum ONNXSymbol {
  /// Known before any row is seen.
  case constant(ONNXTensor)
  /// One for each row; its first dimension, the rows, is not in the graph's shape.
  case rows(Graph.ValueID)
  /// Images, one for each row, as the engine has them: (height, width, channels).
  case images(Graph.ValueID)
  /// Like `rows`, cut to whole numbers by a cast: good for looking up, and for nothing else.
  case indices(Graph.ValueID)
  /// Whether a value is above a number: good for choosing where softplus is linear.
  case above(Graph.ValueID, Float)
  /// 1 where a row's sum is zero, else 0: what guards a division by a sum.
  case guardOfSum
  /// A decision that prediction takes again from the scores.
  case label
}

/// A file's graph on its way into the engine's.
final class ONNXImport {
  /// The most floats a row may take in one value; a file cannot ask for more by a few bytes.
  static let maximumWidth = 1 << 24

  let file: ONNXFile
  let name: String
  var builder = GraphBuilder()
  var symbols: [String: ONNXSymbol] = [:]
  /// The rows' dimension where the file fixes it: 1 in a network exported for one row.
  var fixedRows = Set<Int>()
  var classLabels: [String]?
  /// Parameters that are the file's initializers.
  var weights = Set<String>()
  var dropouts: UInt64 = 0
  /// Values that are there in both orders of images; see `ONNXCall.images`.
  var channelsLast: [Graph.ValueID: Graph.ValueID] = [:]
  var channelsFirst: [Graph.ValueID: Graph.ValueID] = [:]
  private var parameters: [ParameterKey: Graph.ValueID] = [:]
  private var names = Set<String>()

  private struct ParameterKey: Hashable {
    let values: ObjectIdentifier
    let dimensions: [Int]
  }

  init(_ file: ONNXFile, named name: String) {
    self.file = file
    self.name = name
    for (key, tensor) in file.initializers { symbols[key] = .constant(tensor) }
  }

  /// The most elements that constants made of constants have together, besides as many as the file itself has: a
  /// file cannot ask for more by a few bytes.
  static let maximumFolded = 1 << 22
  private lazy var foldable = file.initializers.values.reduce(Self.maximumFolded) { $0 + $1.count }

  /// - Throws: `unsupported` when the file's constants have become too many.
  func count(folded tensors: [ONNXTensor], _ call: ONNXCall) throws {
    try Memory.check()
    for tensor in tensors where tensor.weight == nil { foldable -= tensor.count }
    guard foldable >= 0 else {
      throw call.unsupported(
        "constants made of constants have more than \(Self.maximumFolded) elements, besides those that the file has"
      )
    }
  }

  /// A parameter of the graph; the same tensor is the same parameter wherever it is used.
  func parameter(_ tensor: ONNXTensor, named fallback: String) throws -> Graph.ValueID {
    guard let values = try tensor.floats() else {
      throw Failure(.invalidModel, "\"\(tensor.weight ?? fallback)\" is text where numbers are needed")
    }
    let key = ParameterKey(values: ObjectIdentifier(values), dimensions: tensor.dimensions)
    if let known = parameters[key] { return known }
    let name = unique(tensor.weight ?? tensor.name ?? fallback)
    let shape = try Shape(tensor.dimensions)
    let id = builder.parameter(try Tensor(name: name, shape: shape, values: values))
    parameters[key] = id
    if tensor.weight != nil { weights.insert(name) }
    return id
  }

  private func unique(_ name: String) -> String {
    var candidate = name
    var number = 2
    while !names.insert(candidate).inserted {
      candidate = "\(name)_\(number)"
      number += 1
    }
    return candidate
  }

  /// Declares the graph's inputs.
  func declareInputs() throws -> [Network.Input] {
    guard !file.inputs.isEmpty else { throw Failure(.invalidModel, "\(name): the graph has no input") }
    return try file.inputs.map { port in
      let place = "\(name): input \"\(port.name)\""
      guard symbols[port.name] == nil else {
        throw Failure(.invalidModel, "\(place) is declared twice")
      }
      guard let element = Network.Input.Element(rawValue: port.element) else {
        let what = port.element == 8 ? "text" : "elements of type \(port.element)"
        throw Failure.unsupported(
          "\(place) takes \(what); numbers are supported (float, double, int32, int64, bool)", at: port.name)
      }
      guard let dimensions = port.dimensions, let rows = dimensions.first else {
        throw Failure.unsupported("\(place) has no shape with a dimension for the rows", at: port.name)
      }
      if let rows { fixedRows.insert(rows) }
      let shape = try dimensions.dropFirst().map { dimension -> Int in
        guard let dimension, dimension > 0, dimension <= Self.maximumWidth else {
          throw Failure.unsupported(
            "\(place) has a dimension, besides the rows, that is open or out of range; fixed sizes are accepted",
            at: port.name)
        }
        return dimension
      }
      let checked = try Shape(shape)
      try limit(checked, place)
      symbols[port.name] = .rows(builder.input(port.name, checked))
      return Network.Input(name: port.name, element: element)
    }
  }

  /// - Throws: `unsupported` for a value that no row should need.
  func limit(_ shape: Shape, _ place: String) throws {
    guard shape.count <= Self.maximumWidth else {
      throw Failure.unsupported(
        "\(place) has \(shape.count) values a row; at most \(Self.maximumWidth) are supported")
    }
  }

  /// The symbol of one output of the file, with everything that it needs; nothing else is read.
  func resolve(_ output: String) throws -> ONNXSymbol {
    let producers = try producersByName()
    // 1 while what it needs is being read, 2 when it is known: a 1 met again is a cycle.
    var state = [UInt8](repeating: 0, count: file.nodes.count)
    var stack: [Int] = []
    func want(_ name: String, for user: String) throws {
      if symbols[name] != nil { return }
      guard let index = producers[name] else {
        throw Failure(
          .invalidModel,
          "\(self.name): \(user) needs \"\(name)\", which no node, input or initializer gives", at: name)
      }
      guard state[index] != 1 else {
        throw Failure(
          .invalidModel,
          "\(self.name): node \"\(file.nodes[index].name)\" needs its own output", at: file.nodes[index].name)
      }
      stack.append(index)
    }
    try want(output, for: "the output")
    while let index = stack.last {
      let node = file.nodes[index]
      if state[index] == 2 {
        stack.removeLast()
      } else if state[index] == 0 {
        state[index] = 1
        for input in node.needs { try want(input, for: "node \"\(node.name)\"") }
      } else {
        stack.removeLast()
        state[index] = 2
        try run(node)
      }
    }
    guard let symbol = symbols[output] else {
      throw Failure(.invalidModel, "\(name): nothing gives the output \"\(output)\"", at: output)
    }
    return symbol
  }

  /// The output of the file that holds its scores, in the file's order.
  func output(_ name: String) throws -> Graph.ValueID {
    switch try resolve(name) {
    case .rows(let value): return value
    case .images(let value):
      let node = ONNXNode(name: name, kind: "", inputs: [], outputs: [name], attributes: [:])
      return try ONNXCall(importer: self, node: node, operands: []).channelsFirst(value)
    default:
      throw Failure.unsupported("\(self.name): the output \"\(name)\" depends on no input", at: name)
    }
  }

  private func producersByName() throws -> [String: Int] {
    var producers: [String: Int] = [:]
    for (index, node) in file.nodes.enumerated() {
      for output in node.outputs where !output.isEmpty {
        guard symbols[output] == nil, producers.updateValue(index, forKey: output) == nil else {
          throw Failure(.invalidModel, "\(name): \"\(output)\" is given more than once", at: node.name)
        }
      }
    }
    return producers
  }

  private func run(_ node: ONNXNode) throws {
    try HostCall.check()
    let operands = try node.inputs.map { input -> ONNXSymbol? in
      if input.isEmpty { return nil }
      guard let symbol = symbols[input] else {
        throw Failure(.invalidModel, "\(name): node \"\(node.name)\" needs \"\(input)\"", at: node.name)
      }
      return symbol
    }
    if node.kind == "If", case .constant(let condition)? = operands.first ?? nil {
      return try branch(node, condition)
    }
    let call = ONNXCall(importer: self, node: node, operands: operands)
    let results = try call.locating { try ONNXOperators.evaluate(call) }
    for (output, symbol) in zip(node.outputs, results) where !output.isEmpty { symbols[output] = symbol }
  }

  /// The nodes of the branch that a constant condition chooses, as if they stood in its place.
  private func branch(_ node: ONNXNode, _ condition: ONNXTensor) throws {
    let name = condition.scalar != 0 ? "then_branch" : "else_branch"
    guard case .graph(let graph)? = node.attributes[name], graph.outputs.count >= node.outputs.count else {
      throw Failure(.invalidModel, "\(self.name): node \"\(node.name)\" (If) has no \(name)", at: node.name)
    }
    for (name, tensor) in graph.initializers { symbols[name] = .constant(tensor) }
    for inner in graph.nodes { try run(inner) }
    for (output, inner) in zip(node.outputs, graph.outputs) {
      guard let symbol = symbols[inner] else {
        throw Failure(
          .invalidModel, "\(self.name): node \"\(node.name)\" (If) gives no \"\(inner)\"", at: node.name)
      }
      symbols[output] = symbol
    }
  }
}
