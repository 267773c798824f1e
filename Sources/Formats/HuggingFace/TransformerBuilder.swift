import Engine
import Platform

/// Adds the parts of a transformer to a graph, with the checkpoint's weights by name, or with new weights if
/// the checkpoint has none.
struct TransformerBuilder {
  var graph = GraphBuilder()
  let config: TransformerConfig
  let weights: TransformerWeights
  /// The prefix of the encoder's tensor names: "bert." in a classifier, "" in a bare encoder.
  let prefix: String
  /// The prefix in the checkpoint.
  private let storedPrefix: String
  /// The rate of all dropouts; nil: as in the checkpoint.
  let dropoutOverride: Float?
  private var random: RandomStream
  private var dropouts: UInt64 = 0
  private let spread: Float

  /// - Parameter prefix: the family's prefix, which a classifier's names always have.
  init(
    _ config: TransformerConfig, _ weights: TransformerWeights, prefix: String, isClassifier: Bool,
    options: TransformerOptions
  ) throws {
    self.config = config
    self.weights = weights
    storedPrefix = weights.storesAny(prefix: prefix) ? prefix : ""
    self.prefix = isClassifier ? prefix : storedPrefix
    dropoutOverride = options.dropout
    random = RandomStream(seed: UInt64(bitPattern: Int64(options.seed)), purpose: "weights")
    spread = try config.number("initializer_range", default: 0.02)
  }

  // MARK: Inputs

  mutating func tokens(_ name: String) -> Graph.ValueID { graph.input(name, .scalar, lines: .tokens) }

  // MARK: Weights

  /// The encoder's tensor with this name, or with its name in old checkpoints.
  mutating func parameter(_ name: String, _ dimensions: [Int]) throws -> Graph.ValueID {
    let (name, stored) = (prefix + name, storedPrefix + name)
    var found = weights.contains(name) ? name : stored
    if !weights.contains(found), let old = Self.oldName(stored), weights.contains(old) { found = old }
    let tensor = try weights.tensor(found, dimensions)
    guard found != name else { return graph.parameter(tensor) }
    return graph.parameter(tensor.named(name))
  }

  /// Whether the checkpoint has the encoder's tensor with this name.
  func has(_ name: String) -> Bool {
    weights.contains(prefix + name) || weights.contains(storedPrefix + name)
  }

  /// In checkpoints converted from TensorFlow, a normalization's gain is named gamma and its bias beta.
  static func oldName(_ name: String) -> String? {
    guard name.hasSuffix(".weight") || name.hasSuffix(".bias") else { return nil }
    return name.hasSuffix(".weight")
      ? name.dropLast("weight".utf8.count) + "gamma" : name.dropLast("bias".utf8.count) + "beta"
  }

  /// A tensor of the head: from the checkpoint if it has a fitting one, otherwise normally distributed with
  /// the checkpoint's standard deviation (biases 0).
  mutating func headParameter(_ name: String, _ dimensions: [Int], fresh: Bool) throws -> Graph.ValueID {
    if !fresh, weights.contains(name) { return graph.parameter(try weights.tensor(name, dimensions)) }
    let shape = try Shape(dimensions)
    let values = try Buffer<Float>(count: shape.count, for: "weights")
    if dimensions.count > 1 {
      for index in 0..<shape.count { values.pointer[index] = Float(random.normal()) * spread }
    }
    return graph.parameter(try Tensor(name: name, shape: shape, values: values))
  }

  // MARK: Layers

  /// The weights of a linear layer, for any number of inputs.
  struct LinearLayer {
    let weight: Graph.ValueID
    let bias: Graph.ValueID
  }

  /// `name`.weight (out, in) and `name`.bias (out).
  mutating func layer(_ name: String, from width: Int, to outputs: Int) throws -> LinearLayer {
    LinearLayer(
      weight: try parameter(name + ".weight", [outputs, width]),
      bias: try parameter(name + ".bias", [outputs]))
  }

  mutating func apply(_ layer: LinearLayer, to x: Graph.ValueID, name: String) throws -> Graph.ValueID {
    try graph.apply(Linear(), to: [x, layer.weight, layer.bias], name: prefix + name)
  }

  mutating func linear(_ name: String, _ x: Graph.ValueID, from width: Int, to outputs: Int) throws
    -> Graph.ValueID
  {
    try apply(layer(name, from: width, to: outputs), to: x, name: name)
  }

  mutating func headLinear(
    _ name: String, _ x: Graph.ValueID, from width: Int, to outputs: Int, fresh: Bool
  ) throws -> Graph.ValueID {
    let operands = [
      x, try headParameter(name + ".weight", [outputs, width], fresh: fresh),
      try headParameter(name + ".bias", [outputs], fresh: fresh),
    ]
    return try graph.apply(Linear(), to: operands, name: name)
  }

  mutating func embedding(_ name: String, _ indices: Graph.ValueID, rows: Int, width: Int) throws
    -> Graph.ValueID
  {
    try graph.apply(
      Embedding(), to: [indices, try parameter(name + ".weight", [rows, width])], name: prefix + name)
  }

  mutating func layerNorm(_ name: String, _ x: Graph.ValueID, width: Int, epsilon: Float) throws
    -> Graph.ValueID
  {
    let operands = [x, try parameter(name + ".weight", [width]), try parameter(name + ".bias", [width])]
    return try graph.apply(LayerNorm(epsilon: epsilon), to: operands, name: prefix + name)
  }

  mutating func add(_ a: Graph.ValueID, _ b: Graph.ValueID, name: String) throws -> Graph.ValueID {
    try graph.apply(Arithmetic(.add), to: [a, b], name: prefix + name)
  }

  mutating func activation(_ function: Activation.Function, _ x: Graph.ValueID, name: String) throws
    -> Graph.ValueID
  {
    // transformers has Swish with one factor, as quick_gelu.
    try graph.apply(Activation(function, alpha: function == .swish ? 1.702 : 0), to: [x], name: prefix + name)
  }

  mutating func dropout(_ rate: Float, _ x: Graph.ValueID, name: String) throws -> Graph.ValueID {
    let rate = dropoutOverride ?? rate
    guard rate > 0 else { return x }
    dropouts += 1
    return try graph.apply(Dropout(rate: rate, stream: dropouts), to: [x], name: prefix + name)
  }

  /// The rate of a dropout that an operator computes itself, and the stream of its random numbers.
  mutating func nextDropout(_ rate: Float) -> (rate: Float, stream: UInt64) {
    dropouts += 1
    return (dropoutOverride ?? rate, dropouts)
  }

  mutating func attention(
    _ q: Graph.ValueID, _ k: Graph.ValueID, _ v: Graph.ValueID, heads: Int, width: Int, causal: Bool = false,
    divisor: Int = 1, dropout rate: Float, name: String
  ) throws -> Graph.ValueID {
    let dropout = nextDropout(rate)
    let scale = 1 / Float(max(width / max(heads, 1), 1)).squareRoot()
    return try graph.apply(
      Attention(
        heads: heads, scale: scale / Float(max(divisor, 1)), causal: causal, dropout: dropout.rate,
        stream: dropout.stream), to: [q, k, v], name: prefix + name)
  }

  mutating func pooled(_ function: TokenPooling.Function, _ x: Graph.ValueID, name: String) throws
    -> Graph.ValueID
  {
    try graph.apply(TokenPooling(function), to: [x], name: prefix + name)
  }
}
