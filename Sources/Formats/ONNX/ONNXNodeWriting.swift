import Engine
import Platform

// Writes the engine's operators as the format's operators.
extension ONNXGraphWriting {
  mutating func write(_ node: Graph.Node) throws {
    if try writeImages(node) { return }
    if try writeCoupledMachine(node) { return }
    if try writeTokens(node) { return }
    let inputs = node.inputs
    let output = declare(node)
    switch node.operation {
    case let linear as Linear: try write(linear, inputs, output)
    case let arithmetic as Arithmetic: try write(arithmetic, node, output)
    case let activation as Activation: write(activation, try name(of: inputs[0]), output)
    case let unary as Unary:
      add(Self.kinds[unary.function] ?? "", [try name(of: inputs[0])], like: "", output: output)
    case is Imputation: try writeImputation(inputs, output)
    case let threshold as Threshold:
      try around(inputs[0], output) { writing, x, y in
        writing.add(
          "Binarizer", [x], like: "above", output: y, domain: 1, [("threshold", .float(threshold.threshold))])
      }
    case is Softmax:
      try around(inputs[0], output) { writing, x, y in
        writing.add("Softmax", [x], like: "softmax", output: y, [("axis", .integer(-1))])
      }
    case let norm as LayerNorm:
      let parameters = [try list(inputs[1]), try list(inputs[2])]
      try around(inputs[0], output) { writing, x, y in
        writing.add(
          "LayerNormalization", [x] + parameters, like: "normalized", output: y,
          [("axis", .integer(-1)), ("epsilon", .float(norm.epsilon))])
      }
    case let norm as BatchNorm:
      let parameters = try inputs.dropFirst().map { try list($0) }
      try around(inputs[0], output) { writing, x, y in
        writing.add(
          "BatchNormalization", [x] + parameters, like: "normalized", output: y,
          [("epsilon", .float(norm.epsilon)), ("momentum", .float(1 - norm.momentum))])
      }
    case let dropout as Dropout:
      add("Dropout", [try name(of: inputs[0]), constant(dropout.rate)], like: "", output: output)
    case is Embedding: try writeEmbedding(inputs, output, graph[node.output].shape)
    case let joined as Concatenation:
      let names = try inputs.map { try name(of: $0) }
      add(
        "Concat", names, like: "", output: output,
        [("axis", .integer(joined.axis < 0 ? joined.axis : joined.axis + 1))])
    case let columns as Columns:
      let places = [
        constant([columns.range.lowerBound]), constant([columns.range.upperBound]), constant([-1]),
      ]
      let x = try vector(inputs[0])
      add("Slice", [x] + places, like: "", output: output)
    case let transpose as Transpose:
      add(
        "Transpose", [try name(of: inputs[0])], like: "", output: output,
        [("perm", .integers([0] + transpose.order.map { $0 + 1 }))])
    case let resampling as Resampling: try write(resampling, inputs[0], output)
    case let reduction as Reduction: write(reduction, try name(of: inputs[0]), output)
    case let machine as KernelMachine: try write(machine, node, output)
    case let ensemble as TreeEnsemble: try write(ensemble, node, output)
    case is Interpretation:
      throw Failure.unsupported(
        "the network is only interpreted and was not changed; use its own file", at: node.name
      )
    case is ParameterValue: add("Identity", [try name(of: inputs[0])], like: "", output: output)
    default:
      throw Failure.unsupported(
        "node \"\(node.name)\": ONNX has no counterpart of \(type(of: node.operation).kind)", at: node.name)
    }
  }

  /// Runs `body` on a value with at least one dimension; `output` gets the value's original shape.
  private mutating func around(
    _ input: Graph.ValueID, _ output: String,
    _ body: (inout ONNXGraphWriting, _ x: String, _ y: String?) -> String
  ) throws {
    let x = try vector(input)
    guard graph[input].shape.dimensions.isEmpty else {
      _ = body(&self, x, output)
      return
    }
    let y = body(&self, x, nil)
    _ = reshape(y, to: [], output: output)
  }

  private mutating func write(_ linear: Linear, _ inputs: [Graph.ValueID], _ output: String) throws {
    let x = try vector(inputs[0])
    var weight = try name(of: inputs[1])
    let bias = inputs.count > 2 ? try list(inputs[2]) : nil
    let product = linear.relu ? nil : output
    let y: String
    if graph[inputs[0]].shape.dimensions.count <= 1 {
      y = add(
        "Gemm", [x, weight] + (bias.map { [$0] } ?? []), like: "\(output)_product", output: product,
        [("transB", .integer(linear.weightIsInputMajor ? 0 : 1))])
    } else {
      if !linear.weightIsInputMajor {
        weight = add("Transpose", [weight], like: "\(weight)_transposed", [("perm", .integers([1, 0]))])
      }
      let matrix = add("MatMul", [x, weight], like: "\(output)_product", output: bias == nil ? product : nil)
      y = bias.map { add("Add", [matrix, $0], like: "\(output)_sum", output: product) } ?? matrix
    }
    if linear.relu { add("Relu", [y], like: "", output: output) }
  }

  private mutating func write(_ arithmetic: Arithmetic, _ node: Graph.Node, _ output: String) throws {
    let rank = graph[node.output].shape.dimensions.count
    let names = try node.inputs.map { id -> String in
      let (name, dimensions) = (try name(of: id), graph[id].shape.dimensions)
      guard graph[id].hasRows, dimensions.count < rank else { return name }
      // The format aligns dimensions from the right; the rows must stay in front.
      return reshape(name, to: Array(repeating: 1, count: rank - dimensions.count) + dimensions)
    }
    add(Self.kind(arithmetic.function), names, like: "", output: output)
  }

  static func kind(_ function: Arithmetic.Function) -> String {
    switch function {
    case .add: "Add"
    case .subtract: "Sub"
    case .multiply: "Mul"
    case .divide: "Div"
    case .power: "Pow"
    case .maximum: "Max"
    case .minimum: "Min"
    }
  }

  mutating func write(_ activation: Activation, _ x: String, _ output: String) {
    switch activation.function {
    case .relu: add("Relu", [x], like: "", output: output)
    case .leakyReLU: add("LeakyRelu", [x], like: "", output: output, [("alpha", .float(activation.alpha))])
    case .elu: add("Elu", [x], like: "", output: output, [("alpha", .float(activation.alpha))])
    case .tanh: add("Tanh", [x], like: "", output: output)
    case .sigmoid: add("Sigmoid", [x], like: "", output: output)
    case .softplus: add("Softplus", [x], like: "", output: output)
    case .silu:
      let gate = add("Sigmoid", [x], like: "\(output)_gate")
      add("Mul", [x, gate], like: "", output: output)
    case .swish:
      let scaled = add("Mul", [x, constant(activation.alpha)], like: "\(output)_scaled")
      let gate = add("Sigmoid", [scaled], like: "\(output)_gate")
      add("Mul", [x, gate], like: "", output: output)
    case .mish:
      let soft = add("Softplus", [x], like: "\(output)_soft")
      add("Mul", [x, add("Tanh", [soft], like: "\(output)_gate")], like: "", output: output)
    case .hardSwish: add("HardSwish", [x], like: "", output: output)
    case .squaredReLU:
      let positive = add("Relu", [x], like: "\(output)_positive")
      add("Mul", [positive, positive], like: "", output: output)
    case .clippedGELU:
      let whole = unique("\(output)_whole")
      write(Activation(.gelu), x, whole)
      add("Min", [whole, constant(10)], like: "", output: output)
    case .gelu:
      // This operator set has no GELU: ½ x (1 + erf(x / √2)).
      let scaled = add("Div", [x, constant(1.414_213_56)], like: "\(output)_scaled")
      let curve = add("Erf", [scaled], like: "\(output)_erf")
      writeGate(x, curve, output)
    case .geluTanh:
      // ½ x (1 + tanh(√(2/π) (x + 0.044715 x³)))
      let cube = add("Pow", [x, constant(3)], like: "\(output)_cube")
      let small = add("Mul", [cube, constant(0.044715)], like: "\(output)_small")
      let sum = add("Add", [x, small], like: "\(output)_sum")
      let scaled = add("Mul", [sum, constant(0.797_884_56)], like: "\(output)_scaled")
      let curve = add("Tanh", [scaled], like: "\(output)_tanh")
      writeGate(x, curve, output)
    }
  }

  /// ½ x (1 + curve)
  private mutating func writeGate(_ x: String, _ curve: String, _ output: String) {
    let gate = add("Add", [curve, constant(1)], like: "\(output)_gate")
    let product = add("Mul", [x, gate], like: "\(output)_twice")
    add("Mul", [product, constant(0.5)], like: "", output: output)
  }

  private mutating func writeEmbedding(_ inputs: [Graph.ValueID], _ output: String, _ shape: Shape) throws {
    let (id, table) = (inputs[0], try name(of: inputs[1]))
    let indices = add("Cast", [try name(of: id)], like: "\(output)_index", [("to", .integer(7))])
    // One index per row gives a vector in the engine; the format keeps the index's dimension.
    let same = graph[id].shape.dimensions + [shape.last] == shape.dimensions
    let vectors = add(
      "Gather", [table, indices], like: "\(output)_vectors", output: same ? output : nil,
      [("axis", .integer(0))])
    if !same { _ = reshape(vectors, to: shape.dimensions, output: output) }
  }

  private mutating func write(_ reduction: Reduction, _ x: String, _ output: String) {
    let axes = reduction.axes.map { $0 + 1 }
    let keeps = ("keepdims", ONNXMessage.Attribute.integer(reduction.keepsAxes ? 1 : 0))
    switch reduction.function {
    case .sum: add("ReduceSum", [x, constant(axes)], like: "", output: output, [keeps])
    case .mean: add("ReduceMean", [x], like: "", output: output, [("axes", .integers(axes)), keeps])
    case .maximum: add("ReduceMax", [x], like: "", output: output, [("axes", .integers(axes)), keeps])
    case .minimum: add("ReduceMin", [x], like: "", output: output, [("axes", .integers(axes)), keeps])
    }
  }

  static let kinds: [Unary.Function: String] = [
    .negate: "Neg", .absolute: "Abs", .squareRoot: "Sqrt", .exponential: "Exp", .logarithm: "Log",
    .reciprocal: "Reciprocal", .errorFunction: "Erf",
  ]
}
