import Configurations
import Datasets
import Engine
import Fairness
import Formats
import Platform

#if canImport(Glibc)
  import Glibc
#endif

extension ArchitectureConfig {
  /// Builds the network for encoded columns and a task, with random weights: uniform in ±1/√inputs, as in
  /// PyTorch's linear layers.
  ///
  /// - Parameter labels: the labels of the training rows; a regression starts at their mean and standard
  ///   deviation.
  package func network(for encoder: TableEncoder, task: Fairness.Task, labels: Labels) throws -> Network {
    var builder = GraphBuilder()
    var random = RandomStream(seed: UInt64(bitPattern: Int64(seed)), purpose: "weights")
    func uniformTensor(_ name: String, _ dimensions: [Int], bound: Float) throws -> Tensor {
      let count = dimensions.reduce(1, *)
      let values = try Buffer<Float>(count: count, for: "weights")
      for index in 0..<count { values.pointer[index] = Float(random.uniform() * 2 - 1) * bound }
      return try Tensor(name: name, shape: Shape(dimensions), values: values)
    }
    func uniform(_ name: String, _ dimensions: [Int], bound: Float) throws -> Graph.ValueID {
      builder.parameter(try uniformTensor(name, dimensions, bound: bound))
    }

    let input = builder.input("features", Shape(width: encoder.width))
    var value = try embedded(input, encoder, &builder) { try uniformTensor($0, $1, bound: 0.5) }
    let hidden = kind == .mlp ? hidden : []
    for (layer, width) in hidden.enumerated() {
      let name = "layers.\(layer)"
      let inputs = builder.shape(of: value).last
      let bound = 1 / Float(max(inputs, 1)).squareRoot()
      value = try builder.apply(
        Linear(),
        to: [
          value, try uniform("\(name).weight", [width, inputs], bound: bound),
          try uniform("\(name).bias", [width], bound: bound),
        ], name: name)
      value = try normalized(value, width, name: name + ".norm", &builder)
      value = try builder.apply(
        Activation(activation.function, alpha: activation.alpha), to: [value], name: "\(name).activation")
      if dropout > 0 {
        value = try builder.apply(
          Dropout(rate: Float(dropout), stream: UInt64(layer)), to: [value], name: "\(name).dropout")
      }
    }

    let (outputs, link) = task.newOutputs
    let inputs = builder.shape(of: value).last
    let (mean, spread) = task == .regression ? Self.meanAndSpread(try labels.values()) : (0, 1)
    let bound = spread / Float(max(inputs, 1)).squareRoot()
    let weight = try uniform("output.weight", [outputs, inputs], bound: bound)
    let bias =
      try task == .regression
      ? Self.constant("output.bias", 1, mean, &builder) : uniform("output.bias", [outputs], bound: bound)
    value = try builder.apply(Linear(), to: [value, weight, bias], name: "output")
    return try Network(graph: builder.finish(output: value), link: link)
  }

  private static func constant(_ name: String, _ count: Int, _ value: Float, _ builder: inout GraphBuilder)
    throws
    -> Graph.ValueID
  {
    builder.parameter(
      try Tensor(name: name, dimensions: [count], values: Array(repeating: value, count: count)))
  }

  /// A layer's outputs after the architecture's normalization.
  private func normalized(_ value: Graph.ValueID, _ width: Int, name: String, _ builder: inout GraphBuilder)
    throws
    -> Graph.ValueID
  {
    let operation: any Operator
    var starts: [(name: String, value: Float)] = [("gain", 1), ("bias", 0)]
    switch normalization {
    case .none: return value
    case .layer: operation = LayerNorm()
    case .batch:
      operation = BatchNorm()
      starts += [("mean", 0), ("variance", 1)]
    }
    var operands = [value]
    for start in starts {
      operands.append(try Self.constant("\(name).\(start.name)", width, start.value, &builder))
    }
    return try builder.apply(operation, to: operands, name: name)
  }

  /// The encoded columns, with every index replaced by its vector from an embedding table.
  private func embedded(
    _ input: Graph.ValueID, _ encoder: TableEncoder, _ builder: inout GraphBuilder,
    table: (String, [Int]) throws -> Tensor
  ) throws -> Graph.ValueID {
    guard encoder.slots.contains(where: \.isIndex) else { return input }
    var parts: [Graph.ValueID] = []
    var plainStart = 0
    func addPlain(upTo end: Int) throws {
      guard end > plainStart else { return }
      parts.append(
        try builder.apply(Columns(plainStart..<end), to: [input], name: "columns.\(plainStart)"))
    }
    for slot in encoder.slots where slot.isIndex {
      try addPlain(upTo: slot.offset)
      plainStart = slot.offset + slot.width
      let index = try builder.apply(
        Columns(slot.offset..<slot.offset + 1), to: [input], name: "index.\(slot.name)")
      let width = embedding ?? min(64, max(2, Int((1.6 * pow(Double(slot.vocabularySize), 0.56)).rounded())))
      parts.append(
        try builder.apply(
          Embedding(),
          to: [index, builder.parameter(try table("embedding.\(slot.name)", [slot.vocabularySize, width]))],
          name: "embedding.\(slot.name)"))
    }
    try addPlain(upTo: encoder.width)
    return parts.count == 1 ? parts[0] : try builder.apply(Concatenation(), to: parts, name: "inputs")
  }

  private static func meanAndSpread(_ values: Buffer<Float>) -> (Float, Float) {
    guard values.count > 0 else { return (0, 1) }
    var (sum, squares) = (0.0, 0.0)
    for value in values.elements { sum += Double(value) }
    let mean = sum / Double(values.count)
    for value in values.elements { squares += (Double(value) - mean) * (Double(value) - mean) }
    let spread = (squares / Double(values.count)).squareRoot()
    return (Float(mean), spread > 0 ? Float(spread) : 1)
  }
}

extension ArchitectureConfig.ActivationName {
  var function: Activation.Function {
    switch self {
    case .relu: .relu
    case .elu: .elu
    case .gelu: .gelu
    case .tanh: .tanh
    case .sigmoid: .sigmoid
    case .softplus: .softplus
    case .silu: .silu
    case .leakyReLU: .leakyReLU
    }
  }
  package var alpha: Float {
    switch self {
    case .elu: 1
    case .leakyReLU: 0.01
    default: 0
    }
  }
}
