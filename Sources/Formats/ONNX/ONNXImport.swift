import Engine
import Platform

/// The meaning of a name in a file while its graph is read.
enum ONNXSymbol {
  /// Constant: known without rows.
  case constant(ONNXTensor)
  /// One value per row; its first dimension, the rows, is not part of the graph's shape.
  case rows(Graph.ValueID)
  /// Images, one per row, in the engine's order: (height, width, channels).
  case images(Graph.ValueID)
  /// Like `rows`, truncated to integers by a cast; accepted only as indices.
  case indices(Graph.ValueID)
  /// Whether a value is above a number; accepted only as the condition of a linear softplus.
  case above(Graph.ValueID, Float)
  /// 1 if a row's sum is zero, otherwise 0; it guards a division by the sum.
  case guardOfSum
  /// Texts as codes: their places among those listed, and for all other texts the number of those.
  case texts(Graph.ValueID, [String])
  /// A decision, which prediction computes again from the scores.
  case label
}

/// Converts a file's graph to the engine's graph.
final class ONNXImport {
  /// The maximum number of floats per row of a value, because a few bytes of a file could request any number.
  static let maximumWidth = 1 << 24

  let file: ONNXFile
  let name: String
  var builder = GraphBuilder()
  var symbols: [String: ONNXSymbol] = [:]
  /// The row dimensions that the file fixes: {1} in a network exported for one row.
  var fixedRows = Set<Int>()
  var classLabels: [String]?
  /// The names of parameters that are initializers of the file.
  var weights = Set<String>()
  /// The names of initializers from which constants were computed, which the graph does not have as parameters.
  private(set) var weightsInFormulas = Set<String>()
  var dropouts: UInt64 = 0
  /// Values that exist in both orders of images; see `ONNXCall.images`.
  var channelsLast: [Graph.ValueID: Graph.ValueID] = [:]
  var channelsFirst: [Graph.ValueID: Graph.ValueID] = [:]
  private var parameters: [ParameterKey: Graph.ValueID] = [:]
  private var names = Set<String>()

  /// The texts that the file's operators tell apart, for each input of texts.
  lazy var vocabularies = ONNXVocabularies(file)

  private struct ParameterKey: Hashable {
    let values: ObjectIdentifier
    let dimensions: [Int]
  }

  init(_ file: ONNXFile, named name: String) {
    self.file = file
    self.name = name
    for (key, tensor) in file.initializers { symbols[key] = .constant(tensor) }
  }

  /// The maximum number of elements of all folded constants, in addition to the number of elements in the
  /// file, because a few bytes of a file could request any number.
  static let maximumFolded = 1 << 22
  private lazy var foldable = file.initializers.values.reduce(Self.maximumFolded) { $0 + $1.count }

  /// - Throws: `unsupported` if the folded constants exceed the maximum.
  func count(folded tensors: [ONNXTensor], _ call: ONNXCall) throws {
    try Memory.check()
    for tensor in tensors where tensor.weight == nil { foldable -= tensor.count }
    guard foldable >= 0 else {
      throw call.unsupported(
        "constants made of constants have more than \(Self.maximumFolded) elements, besides those that the file has"
      )
    }
  }

  /// Notes the weights of a folded operator that are no longer weights in its results.
  func noteWeights(of call: ONNXCall, in results: [ONNXTensor]) {
    guard results.contains(where: { $0.weight == nil && $0.integers == nil && $0.strings == nil }) else {
      return
    }
    for case .constant(let tensor)? in call.operands
    where !tensor.dimensions.isEmpty && tensor.integers == nil {
      if let name = tensor.weight { weightsInFormulas.insert(name) }
    }
  }

  /// Adds a parameter to the graph; a tensor that is used several times becomes one parameter.
  ///
  /// - Parameter isLayer: whether rows are multiplied by it, a matrix.
  func parameter(_ tensor: ONNXTensor, named fallback: String, isLayer: Bool = false) throws
    -> Graph.ValueID
  {
    guard let stored = try tensor.stored() else {
      throw Failure(.invalidModel, "\"\(tensor.weight ?? fallback)\" is text where numbers are needed")
    }
    let key = ParameterKey(values: stored.identity, dimensions: tensor.dimensions)
    if let known = parameters[key] { return known }
    let name = unique(tensor.weight ?? tensor.name ?? fallback)
    let shape = try Shape(tensor.dimensions)
    let id = builder.parameter(try Tensor(name: name, shape: shape, storage: stored))
    parameters[key] = id
    if tensor.weight != nil || isLayer && ONNXProducer.of(file).computesLayers { weights.insert(name) }
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
        throw Failure.unsupported(
          "\(place) takes elements of type \(port.element); numbers (float, double, int32, int64, bool) and text are "
            + "supported", at: port.name)
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
      let value = builder.input(port.name, checked)
      if element == .string, !file.readsCodes.contains(port.name) {
        symbols[port.name] = .texts(value, vocabularies.texts(of: port.name))
      } else {
        symbols[port.name] = .rows(value)
      }
      return Network.Input(name: port.name, element: file.words[port.name] == nil ? element : .string)
    }
  }

  /// - Throws: `unsupported` for a value that is too large.
  func limit(_ shape: Shape, _ place: String) throws {
    guard shape.count <= Self.maximumWidth else {
      throw Failure.unsupported(
        "\(place) has \(shape.count) values a row; at most \(Self.maximumWidth) are supported")
    }
  }

  /// Reads one output of the file and all nodes that it depends on; other nodes are not read.
  func resolve(_ output: String) throws -> ONNXSymbol {
    let producers = try producersByName()
    // State of a node: 1 while its inputs are read, 2 when it is done; reaching a node in state 1 shows a
    // cycle.
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

  /// The file's output with the scores, in the file's order.
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

  /// - Throws: `invalidModel` for a value that is given more than once.
  func producersByName() throws -> [String: Int] {
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

  /// Reads the nodes of the branch that a constant condition selects, as if they were part of the graph.
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

extension TensorStorage {
  /// The object that owns the numbers.
  fileprivate var identity: ObjectIdentifier {
    switch self {
    case .float32(let values): ObjectIdentifier(values)
    case .bfloat16(let values), .float16(let values): ObjectIdentifier(values)
    case .int8(let values, _, _): ObjectIdentifier(values)
    }
  }
}
