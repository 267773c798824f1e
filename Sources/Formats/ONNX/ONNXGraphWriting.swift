import Engine
import Platform

/// One graph while it is written to a file: unique names, and nodes in order.
struct ONNXGraphWriting {
  let network: Network
  private let columns: [ONNXColumn]
  let decision: ONNXDecision?
  /// The beginning of the graph after its encoders, for `ONNXFile.begin`; empty without encoders.
  private(set) var encodedMetadata: [(key: String, value: String)] = []
  var nodes: [ProtobufMessage] = []
  var initializers: [ProtobufMessage] = []
  private(set) var inputs: [ProtobufMessage] = []
  var outputs: [ProtobufMessage] = []
  private var taken = Set<String>()
  /// The name of each value that is already in the file.
  var names: [Int: String] = [:]
  /// For images, the names of values in channels-first order; see `ONNXImageWriting.swift`.
  var firstNames: [Int: String] = [:]
  private var shapes: [[Int]: String] = [:]
  private var scalars: [UInt32: String] = [:]
  /// The node that combines the probabilities of pairwise machines; found once for all nodes.
  let coupling: Graph.Node?
  /// For a network that reads texts: the position number of the first token.
  let firstPosition: Int
  /// For a network that reads texts: the names of its masks, which are added when first needed.
  var maskName: String?
  var addedMaskName: String?
  var causalMaskName: String?
  /// For each table of relative positions, its row for each pair of tokens.
  var relativeRowNames: [[Int32]: String] = [:]
  /// The inputs and outputs that only the decision has.
  private var decisionInputs: [String] = []
  private var decisionOutputs: [String] = []
  /// For each attribute of the decision, the rows' groups, once they are written.
  var groupNames: [Int: String] = [:]
  /// The version of ai.onnx.ml that the nodes need; nil if none of its operators is used.
  var classicalVersion: Int?
  /// Whether a node is an operator of onnxruntime's own (com.microsoft).
  var usesContributed = false

  var graph: Graph { network.graph }

  /// - Parameter reserved: names that the file already has.
  init(
    _ whole: Network, columns: [ONNXColumn] = [], decision: ONNXDecision? = nil, firstPosition: Int = 0,
    reserved: Set<String> = []
  ) {
    var network = whole
    self.firstPosition = firstPosition
    self.columns = columns
    self.decision = decision
    // Names of inputs are kept, and names of outputs unless a column has the same name.
    taken = columns.isEmpty ? Set(network.inputNames + ["attention_mask"]) : Set(columns.map(\.name))
    taken.formUnion(reserved)
    if case .adjusted(let adjustments)? = decision { taken.formUnion(adjustments.columns) }
    network.output.name = Self.unique(network.output.name, &taken)
    if decision?.decides == false { network.output.label = nil }
    if decision?.decides == true, network.output.label == nil {
      network.output.label = "label"
      network.output.labelFollows = true
      network.labelsAreIntegers = true
    }
    if let label = network.output.label { network.output.label = Self.unique(label, &taken) }
    self.network = network
    coupling = network.graph.nodes.first { $0.operation is PairwiseCoupling }
    // If no operator follows the graph, its last value is the output.
    if case .node = network.graph[network.graph.output].source,
      network.link == .identity || network.link == .logits, !network.output.mirrorsOneLogit, !isMap
    {
      names[network.graph.output.index] = network.output.name
    }
  }

  func message() -> ProtobufMessage {
    var message = ProtobufMessage()
    for node in nodes { message.append(1, node) }
    message.append(2, "network")
    for tensor in initializers { message.append(5, tensor) }
    for port in inputs { message.append(11, port) }
    for port in outputs { message.append(12, port) }
    return message
  }

  mutating func unique(_ name: String) -> String { Self.unique(name, &taken) }

  private static func unique(_ name: String, _ taken: inout Set<String>) -> String {
    var candidate = name.isEmpty ? "value" : name
    var number = 2
    while !taken.insert(candidate).inserted {
      candidate = "\(name)_\(number)"
      number += 1
    }
    return candidate
  }

  // MARK: Nodes and constants

  /// Appends a node, and returns the name of its output: `output`, or a name derived from `base`.
  ///
  /// - Parameter domain: nil for the default domain; otherwise the required version of ai.onnx.ml.
  @discardableResult
  mutating func add(
    _ kind: String, _ inputs: [String], like base: String, output: String? = nil, domain: Int? = nil,
    _ attributes: [(String, ONNXMessage.Attribute)] = []
  ) -> String {
    let result = output ?? unique(base)
    if let domain { classicalVersion = max(classicalVersion ?? 1, domain) }
    nodes.append(
      ONNXMessage.node(
        kind, inputs, [result], name: result, domain: domain == nil ? nil : "ai.onnx.ml", attributes))
    return result
  }

  mutating func constant(_ value: Float) -> String {
    if let known = scalars[value.bitPattern] { return known }
    let name = add("Constant", [], like: "number", [("value", .tensor(ONNXMessage.scalar(value)))])
    scalars[value.bitPattern] = name
    return name
  }

  mutating func constant(_ values: [Int]) -> String {
    if let known = shapes[values] { return known }
    let name = unique("shape")
    nodes.append(
      ONNXMessage.node(
        "Constant", [], [name], name: name, [("value", .tensor(ONNXMessage.tensor(values, name: name)))]))
    shapes[values] = name
    return name
  }

  /// The value with another shape per row.
  mutating func reshape(_ name: String, to dimensions: [Int], output: String? = nil) -> String {
    let shape = constant([-1] + dimensions)
    return add("Reshape", [name, shape], like: "\(name)_reshaped", output: output)
  }

  // MARK: Values

  /// The name of a value in the file; writes the value if necessary.
  mutating func name(of id: Graph.ValueID) throws -> String {
    if let name = names[id.index] { return name }
    if let first = firstNames[id.index] {
      let name = add("Transpose", [first], like: "\(first)_last", [("perm", .integers([0, 2, 3, 1]))])
      names[id.index] = name
      return name
    }
    let value = graph[id]
    var result: String
    switch value.source {
    case .reshaped(let original):
      let before = try name(of: original)
      if value.hasRows, graph[graph.storage(of: id)].hasRows {
        result = reshape(before, to: value.shape.dimensions)
      } else {
        let shape = constant(value.shape.dimensions)
        result = add("Reshape", [before, shape], like: value.name)
      }
    case .parameter(let index):
      let tensor = graph.parameters[index]
      result = unique(tensor.name)
      let message = try ONNXMessage.tensor(tensor, name: result)
      if network.fixedParameters.contains(tensor.name) {
        nodes.append(ONNXMessage.node("Constant", [], [result], name: result, [("value", .tensor(message))]))
      } else {
        initializers.append(message)
      }
      // The file keeps weights of 16 bits; its operators compute in float32.
      if tensor.element == .float16 || tensor.element == .bfloat16 {
        result = add("Cast", [result], like: "\(tensor.name)_f32", [("to", .integer(1))])
      }
    case .input, .node: throw Failure.internal("value \"\(value.name)\" is used before it is computed")
    }
    names[id.index] = result
    return result
  }

  /// The same for a value as a vector per row: a value without dimensions gets one.
  mutating func vector(_ id: Graph.ValueID) throws -> String {
    let name = try name(of: id)
    return graph[id].shape.dimensions.isEmpty ? reshape(name, to: [1]) : name
  }

  /// A parameter as a list, regardless of its shape.
  mutating func list(_ id: Graph.ValueID) throws -> String {
    let name = try name(of: id)
    let shape = graph[id].shape
    return shape.dimensions.count == 1
      ? name : add("Reshape", [name, constant([shape.count])], like: "\(name)_list")
  }

  /// Chooses the name of a node's output.
  mutating func declare(_ node: Graph.Node) -> String {
    if let name = names[node.output.index] { return name }
    let name = unique(graph[node.output].name)
    names[node.output.index] = name
    return name
  }

  // MARK: Ports

  mutating func declareInput(_ name: String, element: Int, _ dimensions: [Int], ofTokens: Bool = false) {
    inputs.append(ONNXMessage.port(name, element: element, dimensions, ofTokens: ofTokens))
  }

  mutating func declareOutput(_ name: String, element: Int, _ dimensions: [Int], ofTokens: Bool = false) {
    outputs.append(ONNXMessage.port(name, element: element, dimensions, ofTokens: ofTokens))
  }

  /// An input that the decision reads: one that the network has, too, or else a new one, (rows, 1).
  ///
  /// - Parameter element: the type of a new input.
  /// - Returns: the name and the number of its type.
  /// - Throws: `unsupported` if the network's input of this name has several numbers for a row.
  mutating func decisionInput(_ name: String, element: Int) throws -> (name: String, element: Int) {
    if let column = columns.first(where: { $0.name == name }) { return (name, column.isText ? 8 : 1) }
    if columns.isEmpty, let place = network.inputs.firstIndex(where: { $0.name == name }) {
      guard graph.inputs.indices.contains(place), !graph.readsTokens,
        graph[graph.inputs[place]].shape.count == 1
      else {
        throw ONNXWriter.inexpressible(
          "\"\(name)\" is also an input of the network, with several numbers for a row")
      }
      return (name, network.inputs[place].element.rawValue)
    }
    if !decisionInputs.contains(name) {
      declareInput(name, element: element, [1])
      decisionInputs.append(name)
    }
    return (name, element)
  }

  mutating func declareDecisionOutput(_ name: String, _ dimensions: [Int]) {
    declareOutput(name, element: 1, dimensions)
    decisionOutputs.append(name)
  }

  /// The inputs and outputs of the decision, for `ONNXFile.beginBeforeDecision`; empty without one.
  var decisionMetadata: [(key: String, value: String)] {
    guard case .adjusted? = decision else { return [] }
    let described: JSONValue = [
      "inputs": .strings(decisionInputs), "outputs": .strings(decisionOutputs),
      "label": network.output.label.map { .string($0) } ?? .null,
    ]
    return [(ONNXFile.decisionKey, described.text())]
  }

  mutating func writeInputs() throws {
    if graph.readsTokens { return try writeTokenInputs() }
    guard columns.isEmpty else { return writeEncodedInputs() }
    defer {
      writeWholeCategories()
      writeTextCodes()
    }
    let words = network.wordCounts
    for (index, (input, id)) in zip(network.inputs, graph.inputs).enumerated() {
      if words.indices.contains(index), !words[index].isEmpty {
        names[id.index] = writeWordCounts(words[index], of: input.name)
        continue
      }
      declareInput(input.name, element: input.element.rawValue, graph[id].shape.dimensions)
      names[id.index] =
        input.element == .float32 || input.element == .string
        ? input.name : add("Cast", [input.name], like: "\(input.name)_float", [("to", .integer(1))])
    }
  }

  /// The codes of inputs of texts, behind which the file is read again.
  private mutating func writeTextCodes() {
    let words = network.wordCounts
    var described: [JSONValue] = []
    for (index, (input, id)) in zip(network.inputs, graph.inputs).enumerated() where input.element == .string
    {
      guard words.indices.contains(index), words[index].isEmpty,
        let texts = network.texts(ofInput: index)
      else { continue }
      let codes = add(
        "LabelEncoder", [input.name], like: "\(input.name)_code", domain: Self.lookups,
        [
          ("keys_strings", .texts(texts.isEmpty ? [""] : texts)),
          ("values_floats", .floats((0..<max(texts.count, 1)).map { Float($0) })),
          ("default_float", .float(Float(texts.count))),
        ])
      names[id.index] = codes
      described.append([
        "name": .string(codes), "input": .string(input.name),
        "dimensions": .array(graph[id].shape.dimensions.map { .integer($0) }),
      ])
    }
    if !described.isEmpty { encodedMetadata = [(ONNXFile.encodedKey, JSONValue.array(described).text())] }
  }

  /// A column's value in the place of each missing number.
  mutating func writeImputation(_ inputs: [Graph.ValueID], _ output: String) throws {
    guard case .parameter(let place) = graph[inputs[1]].source else {
      throw Failure.internal("values that are no parameter")
    }
    let x = try vector(inputs[0])
    let numbers = try graph.parameters[place].values
    add(
      "Imputer", [x], like: "", output: output, domain: 1,
      [
        ("imputed_value_floats", .floats(numbers.array)),
        ("replaced_value_float", .float(.nan)),
      ])
  }

  /// For trees, categories are the integer parts of numbers; in the format, they are members of sets. The
  /// conversion counts as an encoder, so that the file can be read again without it.
  private mutating func writeWholeCategories() {
    guard let ensemble = graph.soleEnsemble?.ensemble, let id = graph.inputs.first, let x = names[id.index],
      let input = network.inputs.first
    else { return }
    let categorical = ensemble.trees.categoricalFeatures
    guard !categorical.isEmpty else { return }
    let value = writeWholeParts(of: x, columns: categorical, width: ensemble.trees.features)
    names[id.index] = value
    let dimensions = JSONValue.array(graph[id].shape.dimensions.map { .integer($0) })
    encodedMetadata = [
      (
        ONNXFile.encodedKey,
        JSONValue.array([
          ["name": .string(value), "dimensions": dimensions, "input": .string(input.name)]
        ]).text()
      )
    ]
  }

  /// Splits the encoded columns into the network's inputs.
  private mutating func writeEncodedInputs() {
    let encoded = writeColumns(columns)
    var offset = 0
    var begins: [JSONValue] = []
    for id in graph.inputs {
      let shape = graph[id].shape
      var value = encoded
      if graph.inputs.count > 1 {
        let ends = [constant([offset]), constant([offset + shape.count]), constant([1])]
        value = add("Slice", [encoded] + ends, like: graph[id].name)
      }
      if shape.dimensions.count != 1 { value = reshape(value, to: shape.dimensions) }
      if let trees = graph.soleEnsemble?.ensemble.trees, !trees.categoricalFeatures.isEmpty {
        value = writeWholeParts(of: value, columns: trees.categoricalFeatures, width: trees.features)
      }
      names[id.index] = value
      offset += shape.count
      begins.append([
        "name": .string(value), "dimensions": .array(shape.dimensions.map { .integer($0) }),
      ])
    }
    encodedMetadata = [(ONNXFile.encodedKey, JSONValue.array(begins).text())]
  }
}
