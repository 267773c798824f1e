import Platform

@testable import Engine

/// A network with one operator of interest and its rows.
struct ReferenceCase {
  let name: String
  let graph: Graph
  var rows = 5
  /// The numbers of tokens of the rows' texts; empty for a network that reads no texts.
  var lengths: [Int32] = []
  /// For each of the graph's inputs, the numbers of a line; nil for random ones.
  var features: ((_ line: Int, _ column: Int) -> Float)?
  /// The step of the differences, and the error relative to the largest gradient.
  var step = 1e-5
  var tolerance = 2e-4

  /// x (rows, 3) → linear → `operation` with `parameters`.
  static func after(
    linear operation: any Operator, _ name: String, shape: [Int] = [4], parameters: [[Int]] = [],
    positive: Bool = false, lines: Lines = .rows, tolerance: Double = 2e-4
  ) throws -> ReferenceCase {
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 3), lines: lines)
    let width = shape.reduce(1, *)
    let weight = builder.parameter(try randomTensor("weight", [width, 3]))
    let bias = builder.parameter(
      try Tensor(
        name: "bias", dimensions: [width],
        values: (0..<width).map { (place: Int) -> Float in (positive ? 3 : 0) + Float(place) / 9 }))
    var value = try builder.apply(Linear(), to: [x, weight, bias], name: "linear")
    if shape.count != 1 { value = try builder.reshape(value, to: Shape(shape), name: "reshaped") }
    let operands = try parameters.enumerated().map { index, dimensions in
      let tensor = try randomTensor("p\(index)", dimensions)
      return builder.parameter(
        positive
          ? try Tensor(
            name: tensor.name, dimensions: dimensions, values: tensor.values.array.map { abs($0) + 0.8 })
          : tensor)
    }
    let y = try builder.apply(operation, to: [value] + operands, name: "operation")
    return ReferenceCase(
      // No text is empty: where only one token is read, the layers below it compute that token alone.
      name: name, graph: try builder.finish(output: y), lengths: lines == .tokens ? [3, 4, 5, 1, 2] : [],
      tolerance: tolerance)
  }

  static let all: [ReferenceCase] = (try? made()) ?? []

  private static func made() throws -> [ReferenceCase] {
    try elementwise() + layers() + shapes() + images() + tokens() + trees() + machines()
  }

  private static func elementwise() throws -> [ReferenceCase] {
    var cases = try Activation.Function.allCases.map {
      try after(linear: Activation($0, alpha: 0.3), "\($0)")
    }
    cases += try Unary.Function.allCases.map { try after(linear: Unary($0), "\($0)", positive: true) }
    for function in Arithmetic.Function.allCases {
      for dimensions in [[4], [1], []] {
        cases.append(
          try after(
            linear: Arithmetic(function), "\(function) \(dimensions)", parameters: [dimensions],
            positive: true))
      }
      cases.append(
        try after(
          linear: Arithmetic(function), "\(function) (2, 1)", shape: [2, 3], parameters: [[2, 1]],
          positive: true))
    }
    cases.append(try after(linear: Threshold(0.25), "threshold"))
    cases.append(try after(linear: Imputation(), "imputation", parameters: [[4]]))
    cases.append(try after(linear: Dropout(rate: 0.4, stream: 3), "dropout", shape: [9]))
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 3))
    let parts = try ["a", "b"].map { name in
      try builder.apply(Linear(), to: [x, builder.parameter(randomTensor(name, [4, 3]))], name: name)
    }
    let y = try builder.apply(ScaledSum(scale: -0.7), to: parts, name: "sum")
    cases.append(ReferenceCase(name: "scaled sum", graph: try builder.finish(output: y)))
    return cases
  }

  private static func layers() throws -> [ReferenceCase] {
    var cases: [ReferenceCase] = []
    for (isInputMajor, weight) in [(false, [6, 4]), (true, [4, 6])] {
      cases.append(
        try after(
          linear: Linear(weightIsInputMajor: isInputMajor), "linear", parameters: [weight, [6]]))
    }
    cases.append(try after(linear: Linear(), "linear of lines", shape: [2, 3], parameters: [[5, 3]]))
    for shape in [[4], [2, 3]] {
      cases.append(try after(linear: Softmax(), "softmax", shape: shape))
      let last = shape[shape.count - 1]
      cases.append(
        try after(linear: LayerNorm(epsilon: 1e-3), "layer norm", shape: shape, parameters: [[last], [last]]))
      for batch in [false, true] {
        cases.append(
          try after(
            linear: BatchNorm(epsilon: 1e-2, usesBatchStatistics: batch), "batch norm \(batch)", shape: shape,
            parameters: Array(repeating: [shape[0]], count: 4), positive: true, tolerance: 1e-3))
      }
    }
    cases.append(
      try after(
        linear: BatchNorm(epsilon: 1e-2, usesBatchStatistics: true, channelsLast: true), "channel norm",
        shape: [3, 2], parameters: Array(repeating: [2], count: 4), positive: true, tolerance: 1e-3))
    // Fused in training: a rectifier after a layer, and another activation before one.
    for function in [Activation.Function.relu, .gelu] {
      var builder = GraphBuilder()
      let x = builder.input("x", Shape(width: 3))
      let first = builder.parameter(try randomTensor("first", [6, 3]))
      let second = builder.parameter(try randomTensor("second", [2, 6]))
      var y = try builder.apply(Linear(), to: [x, first], name: "one")
      y = try builder.apply(Activation(function), to: [y], name: "activation")
      y = try builder.apply(Linear(), to: [y, second], name: "two")
      cases.append(ReferenceCase(name: "\(function) between layers", graph: try builder.finish(output: y)))
    }
    return cases
  }

  private static func shapes() throws -> [ReferenceCase] {
    var cases = [
      try after(linear: Columns(1..<3), "columns", shape: [2, 4]),
      try after(linear: Transpose([2, 0, 1]), "transpose", shape: [2, 3, 2]),
      try after(
        linear: Resampling(axis: 1, places: [-1, 0, 1, 2, -1], fill: 2), "padding", shape: [2, 3]),
      try after(
        linear: Resampling(axis: 0, places: [0, 1, 1, -1], weights: [0.5, 0.25, 2, 1], taps: 2),
        "interpolation",
        shape: [2, 3]),
    ]
    for function in Reduction.Function.allCases {
      for axes in [0..<1, 1..<2, 0..<2] {
        cases.append(
          try after(
            linear: Reduction(function, axes: axes, keepsAxes: axes == 1..<2), "\(function) \(axes)",
            shape: [2, 3]))
      }
    }
    for axis in [0, -1] {
      var builder = GraphBuilder()
      let x = builder.input("x", Shape(width: 3))
      let parts = try ["a", "b"].map { name in
        let part = try builder.apply(
          Linear(), to: [x, builder.parameter(randomTensor(name, [6, 3]))], name: name)
        return try builder.reshape(part, to: Shape([2, 3]), name: name + ".reshaped")
      }
      let y = try builder.apply(Concatenation(axis: axis), to: parts + [parts[0]], name: "joined")
      cases.append(ReferenceCase(name: "concatenation \(axis)", graph: try builder.finish(output: y)))
    }
    return cases
  }

  private static func images() throws -> [ReferenceCase] {
    var cases = [
      try after(
        linear: Convolution(strides: [1, 2], dilations: [2, 1], padding: [1, 0, 2, 1], groups: 2),
        "convolution",
        shape: [3, 4, 2], parameters: [[6, 1, 2, 2], [6]]),
      try after(
        linear: Convolution(padding: [1, 1, 1, 1]), "3 × 3 convolution", shape: [3, 3, 2],
        parameters: [[2, 2, 3, 3]]),
      try after(
        linear: TransposedConvolution(strides: [2, 1], padding: [0, 1, 1, 0], extra: [1, 0]),
        "transposed convolution", shape: [3, 4, 2], parameters: [[2, 3, 3, 2], [3]]),
    ]
    for function in Pooling.Function.allCases {
      for counts in [false, true] {
        cases.append(
          try after(
            linear: Pooling(
              function, kernel: [2, 3], strides: [2, 1], padding: [1, 1, 0, 1], countsPadding: counts),
            "\(function) pooling \(counts)", shape: [4, 4, 2]))
      }
    }
    return cases
  }

  private static func tokens() throws -> [ReferenceCase] {
    var cases = try [TokenPooling.Function.first, .last, .mean, .maximum].map {
      try after(linear: TokenPooling($0), "pooling \($0)", lines: .tokens)
    }
    let lengths: [Int32] = [3, 0, 5, 1, 2]
    for (causal, prefix) in [(false, 0), (true, 0), (false, 2), (true, 2)] {
      var builder = GraphBuilder()
      let x = builder.input("x", Shape(width: 3), lines: .tokens)
      var operands = try ["q", "k", "v"].map { name in
        try builder.apply(Linear(), to: [x, builder.parameter(randomTensor(name, [8, 3]))], name: name)
      }
      if prefix > 0 {
        operands += try ["keys", "values"].map { builder.parameter(try randomTensor($0, [prefix, 8])) }
      }
      let y = try builder.apply(
        Attention(heads: 2, scale: 0.5, causal: causal), to: operands, name: "attention")
      cases.append(
        ReferenceCase(
          name: "attention \(causal) \(prefix)", graph: try builder.finish(output: y), lengths: lengths))
    }
    for terms in DisentangledAttentionTests.terms {
      var builder = GraphBuilder()
      let x = builder.input("x", Shape(width: 3), lines: .tokens)
      let table = try builder.apply(
        ParameterValue(), to: [builder.parameter(randomTensor("table", [6, 8]))], name: "table")
      let operands =
        try ["q", "k", "v"].map { name in
          try builder.apply(Linear(), to: [x, builder.parameter(randomTensor(name, [8, 3]))], name: name)
        } + terms.map { _ in table }
      let y = try builder.apply(
        DisentangledAttention(
          heads: 2, scale: 0.5, positions: RelativePositions(span: 3, longest: 8), terms: terms),
        to: operands,
        name: "attention")
      cases.append(
        ReferenceCase(
          name: "distances \(terms.count)", graph: try builder.finish(output: y), lengths: lengths))
    }
    return cases + [try embedding(), try likelihood(lengths), try emptyTexts(lengths)]
  }

  private static func embedding() throws -> ReferenceCase {
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 2))
    let y = try builder.apply(
      Embedding(), to: [x, builder.parameter(randomTensor("table", [5, 3]))], name: "embedding")
    return ReferenceCase(
      name: "embedding", graph: try builder.finish(output: y),
      features: { line, column in Float((line * 2 + column) % 5) - (column == 1 ? 1 : 0) })
  }

  /// A layer with a bias, which texts without tokens would have.
  private static func emptyTexts(_ lengths: [Int32]) throws -> ReferenceCase {
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 3), lines: .tokens)
    let weights = [
      builder.parameter(try randomTensor("weight", [4, 3])), builder.parameter(try randomTensor("bias", [4])),
    ]
    let pooled = try builder.apply(TokenPooling(.mean), to: [x], name: "pooling")
    let layer = try builder.apply(Linear(), to: [pooled] + weights, name: "layer")
    let y = try builder.apply(EmptyTexts(), to: [layer, x], name: "empty")
    return ReferenceCase(name: "empty texts", graph: try builder.finish(output: y), lengths: lengths)
  }

  /// Without a gradient.
  private static func likelihood(_ lengths: [Int32]) throws -> ReferenceCase {
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 1), lines: .tokens)
    let hidden = try builder.apply(
      Embedding(), to: [x, builder.parameter(randomTensor("table", [5, 4]))], name: "embedding")
    let weights = [
      builder.parameter(try randomTensor("words", [7, 4])), builder.parameter(try randomTensor("bias", [7])),
    ]
    let y = try builder.apply(TokenLikelihood(), to: [hidden, x] + weights, name: "likelihood")
    return ReferenceCase(
      name: "likelihood", graph: try builder.finish(output: y), lengths: lengths,
      features: { line, _ in Float(line % 6) - 1 }, tolerance: .infinity)
  }

  private static func trees() throws -> [ReferenceCase] {
    try [(1, LeafSums.Aggregate.sum), (3, .sum), (1, .minimum), (1, .maximum)].flatMap {
      outputs, aggregate -> [ReferenceCase] in
      let trees = try RandomTrees.trees(count: 6, leaves: 9, features: 4, outputs: outputs)
      var builder = GraphBuilder()
      let x = builder.input("x", Shape(width: 4))
      let leaves = builder.parameter(try randomTensor("leaves", [trees.leafCount]))
      let bias = builder.parameter(try randomTensor("bias", [outputs]))
      let y = try builder.apply(
        TreeEnsemble(TreeLayout(trees), aggregate, factor: 0.5), to: [x, leaves, bias], name: "trees")
      let graph = try builder.finish(output: y)
      let routed = try graph.routed()
      func leaf(_ tree: Int, _ line: Int) -> Float {
        Float(trees.trees[tree].firstLeaf + line % trees.trees[tree].leafCount)
      }
      return [
        ReferenceCase(
          name: "trees \(outputs) \(aggregate)", graph: graph,
          features: { line, column in
            column == 2 && line == 1 ? .nan : Float((line * 5 + column * 3) % 7) / 2 - 1
          })
      ]
        + (routed.map {
          [
            ReferenceCase(
              name: "routed trees \(outputs) \(aggregate)", graph: $0, features: { leaf($1, $0) })
          ]
        } ?? [])
    }
  }

  private static func machines() throws -> [ReferenceCase] {
    let vectors = try randomTensor("vectors", [3, 5]).values
    var cases: [ReferenceCase] = []
    for kernel in KernelMachine.Kernel.allCases {
      for counts in [[], [2, 1, 2]] {
        var builder = GraphBuilder()
        let x = builder.input("x", Shape(width: 3))
        let coefficients = builder.parameter(
          try randomTensor("coefficients", counts.isEmpty ? [5] : [2, 5]))
        let intercepts = builder.parameter(try randomTensor("intercepts", [counts.isEmpty ? 1 : 3]))
        let machine = try KernelMachine(
          kernel, gamma: 0.4, constant: 0.3, degree: 2, features: 3, vectors: vectors, classCounts: counts)
        let y = try builder.apply(machine, to: [x, coefficients, intercepts], name: "machine")
        cases.append(ReferenceCase(name: "\(kernel) \(counts)", graph: try builder.finish(output: y)))
      }
    }
    // LIBSVM's accuracy of the probabilities is 0.005 / classes, and the gradient is that of exact ones.
    cases.append(try after(linear: PairwiseCoupling(classes: 3), "coupling", shape: [3], tolerance: 0.05))
    return cases
  }
}
