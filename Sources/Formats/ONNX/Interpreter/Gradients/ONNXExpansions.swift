import Platform

/// Operators that are sums of simpler ones, whose derivatives follow from those of the simpler ones.
enum ONNXExpansions {
  /// The nodes that compute an operator from its operands "0", "1", …, and the names of its results.
  typealias Expansion = (ONNXEvaluation) throws -> ONNXExpansion

  private static let table: [String: Expansion] = [
    "RNN": { try ONNXRecurrentExpansion($0, .simple).nodes() },
    "GRU": { try ONNXRecurrentExpansion($0, .gated).nodes() },
    "LSTM": { try ONNXRecurrentExpansion($0, .longShortTerm).nodes() },
    "MeanVarianceNormalization": meanVariance, "LRN": response, "GlobalLpPool": globalNorm,
  ]

  static let derivatives: [String: ONNXDerivatives.Function] = table.mapValues { expansion in
    { reverse in try expansion(reverse.call).gradients(reverse) }
  }

  private static func meanVariance(_ call: ONNXEvaluation) throws -> ONNXExpansion {
    var nodes = try ONNXExpansion(call)
    let axes: (String, ONNXNode.Attribute) = (
      "axes", .integers((try call.integers("axes") ?? [0, 2, 3]).map(Int64.init))
    )
    let mean = nodes.add("ReduceMean", ["0"], axes)
    let centred = nodes.add("Sub", ["0", mean])
    let variance = nodes.add("ReduceMean", [nodes.add("Mul", [centred, centred])], axes)
    let deviation = nodes.add("Add", [nodes.add("Sqrt", [variance]), try nodes.constant(1e-9)])
    nodes.results = [nodes.add("Div", [centred, deviation])]
    return nodes
  }

  /// x / (bias + α / size · Σ x²)^β, summed over neighbouring channels by an average pooling of the squares.
  private static func response(_ call: ONNXEvaluation) throws -> ONNXExpansion {
    var nodes = try ONNXExpansion(call)
    let x = try call.input(0)
    let size = try call.integer("size", 1)
    guard x.rank > 2, (1...1 << 16).contains(size) else { throw call.invalid("has a size of \(size)") }
    let (channels, pixels) = (x.dimensions[1], x.dimensions[2...].reduce(1, *))
    let shape = { (sizes: [Int]) in try ONNXArray.integers(sizes) }
    let image = nodes.add(
      "Reshape", ["0", nodes.constant(try shape([x.dimensions[0], 1, channels, pixels]))])
    let squares = nodes.add("Mul", [image, image])
    let (before, after) = (Int64((size - 1) / 2), Int64(size - 1 - (size - 1) / 2))
    let mean = nodes.add(
      "AveragePool", [squares], ("kernel_shape", .integers([Int64(size), 1])),
      ("strides", .integers([1, 1])),
      ("pads", .integers([before, 0, after, 0])), ("count_include_pad", .integer(1)))
    let scaled = nodes.add("Mul", [mean, try nodes.constant(Double(call.float("alpha", 1e-4)))])
    let sum = nodes.add("Add", [scaled, try nodes.constant(Double(call.float("bias", 1)))])
    let power = nodes.add("Pow", [sum, try nodes.constant(Double(call.float("beta", 0.75)))])
    let quotient = nodes.add("Div", [image, power])
    nodes.results = [nodes.add("Reshape", [quotient, nodes.constant(try shape(x.dimensions))])]
    return nodes
  }

  private static func globalNorm(_ call: ONNXEvaluation) throws -> ONNXExpansion {
    var nodes = try ONNXExpansion(call)
    let p = Double(try call.integer("p", 2))
    let axes = (2..<max(try call.input(0).rank, 2)).map { Int64($0) }
    let powers = nodes.add("Pow", [nodes.add("Abs", ["0"]), try nodes.constant(p)])
    let sum = nodes.add("ReduceSum", [powers], ("axes", .integers(axes)))
    nodes.results = [nodes.add("Pow", [sum, try nodes.constant(1 / p)])]
    return nodes
  }
}

/// Nodes that together compute one operator.
struct ONNXExpansion {
  private let call: ONNXEvaluation
  private var nodes: [ONNXNode] = []
  private var values: [String: ONNXArray] = [:]
  /// The names of the operator's results.
  var results: [String] = []

  /// The operand at index i has the name "i".
  init(_ call: ONNXEvaluation) throws {
    self.call = call
    for (index, input) in call.inputs.enumerated() { if let input { values["\(index)"] = input.precise } }
  }

  /// - Returns: the name of the node's only result.
  mutating func add(_ kind: String, _ inputs: [String], _ attributes: (String, ONNXNode.Attribute)...)
    -> String
  {
    let name = "n\(nodes.count)"
    nodes.append(
      ONNXNode(
        name: name, kind: kind, inputs: inputs, outputs: [name],
        attributes: Dictionary(attributes) { first, _ in first }))
    return name
  }

  /// - Returns: the names of equal parts of a value along an axis.
  mutating func split(_ input: String, into count: Int, axis: Int) -> [String] {
    let name = "n\(nodes.count)"
    let outputs = (0..<count).map { "\(name).\($0)" }
    nodes.append(
      ONNXNode(
        name: name, kind: "Split", inputs: [input], outputs: outputs,
        attributes: ["axis": .integer(Int64(axis))]))
    return outputs
  }

  mutating func constant(_ array: ONNXArray) -> String {
    let name = "c\(values.count)"
    values[name] = array
    return name
  }

  mutating func constant(_ value: Double) throws -> String {
    constant(try ONNXArray([], .float64) { _ in value })
  }

  /// Runs the nodes and their derivatives in reverse.
  func gradients(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let wanted = reverse.wanted.indices.filter { reverse.wanted[$0] && call.optional($0) != nil }.map {
      "\($0)"
    }
    let tape = ONNXTape(wanted: Set(wanted))
    var values = values
    for node in nodes {
      let evaluation = ONNXEvaluation(node: node, inputs: node.inputs.map { values[$0] }, opset: 18)
      let results = try ONNXInterpreted.evaluate(evaluation)
      tape.record(evaluation, results)
      for (name, result) in zip(node.outputs, results) { values[name] = result }
    }
    var seeds: [String: ONNXArray] = [:]
    for (name, gradient) in zip(results, reverse.gradients) { seeds[name] = gradient }
    let found = try tape.gradients(seeds)
    return reverse.wanted.indices.map { found["\($0)"] }
  }
}
