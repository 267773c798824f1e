import Engine
import Platform
import Testing

/// x (rows, 6) → linear → one operator → output, for every operator and every variant of it.
enum OperatorGraphs {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let graph: Graph
  }

  static func tensor(_ name: String, _ dimensions: [Int], positive: Bool = false) throws -> Tensor {
    var random = RandomStream(seed: 7, purpose: name)
    return try Tensor(
      name: name, dimensions: dimensions,
      values: (0..<dimensions.reduce(1, *)).map { _ in
        let value = Float(random.uniform() * 2 - 1)
        return positive ? abs(value) + 0.5 : value
      })
  }

  static func make(
    _ name: String, _ operation: any Operator, parameters: [[Int]] = [], shape: [Int] = [6],
    positive: Bool = false
  ) throws -> Case {
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 6))
    let width = shape.reduce(1, *)
    var value = try builder.apply(
      Linear(),
      to: [x, builder.parameter(tensor("weight", [width, 6])), builder.parameter(tensor("bias", [width]))],
      name: "linear")
    if positive { value = try builder.apply(Activation(.softplus), to: [value], name: "positive") }
    if shape != [6] { value = try builder.reshape(value, to: Shape(shape), name: "reshaped") }
    let operands = try parameters.enumerated().map {
      builder.parameter(try tensor("p\($0.offset)", $0.element, positive: positive))
    }
    let output = try builder.apply(operation, to: [value] + operands, name: "operation")
    return Case(testDescription: "\(name) \(shape)", graph: try builder.finish(output: output))
  }

  static func all() throws -> [Case] {
    var cases: [Case] = []
    for function in Activation.Function.allCases {
      cases.append(try make("\(function)", Activation(function, alpha: 0.3)))
    }
    for function in Unary.Function.allCases {
      cases.append(try make("\(function)", Unary(function), positive: true))
    }
    cases.append(try make("imputation", Imputation(), parameters: [[6]]))
    cases.append(try make("threshold", Threshold(0.25)))
    for function in Arithmetic.Function.allCases {
      for dimensions in [[6], [1], [], [1, 6]] {
        cases.append(
          try make(
            "\(function) \(dimensions)", Arithmetic(function), parameters: [dimensions], positive: true))
      }
      cases.append(
        try make(
          "\(function) (2, 1)", Arithmetic(function), parameters: [[2, 1]], shape: [2, 3], positive: true))
    }
    for function in Reduction.Function.allCases {
      for (axes, keeps) in [(0..<1, false), (1..<2, true), (0..<2, false), (0..<2, true)] {
        cases.append(
          try make(
            "\(function) \(axes) \(keeps)", Reduction(function, axes: axes, keepsAxes: keeps), shape: [2, 3]))
      }
    }
    for shape in [[6], [2, 3], []] {
      cases.append(try make("softmax", Softmax(), shape: shape))
      let last = shape.last ?? 1
      cases.append(
        try make("layer norm", LayerNorm(epsilon: 1e-3), parameters: [[last], [last]], shape: shape))
      let channels = shape.first ?? 1
      cases.append(
        try make(
          "batch norm", BatchNorm(epsilon: 1e-3), parameters: Array(repeating: [channels], count: 4),
          shape: shape,
          positive: true))
      cases.append(try make("dropout", Dropout(rate: 0.25, stream: 1), shape: shape))
      cases.append(try make("linear", Linear(), parameters: [[4, last], [4]], shape: shape))
      cases.append(
        try make("linear, turned", Linear(weightIsInputMajor: true), parameters: [[last, 4]], shape: shape))
      cases.append(try make("columns", Columns(0..<max(last - 1, 1)), shape: shape))
    }
    cases.append(
      try make(
        "convolution", Convolution(strides: [1, 2], dilations: [2, 1], padding: [1, 0, 2, 1], groups: 2),
        parameters: [[6, 1, 2, 2], [6]], shape: [3, 4, 2]))
    cases.append(
      try make(
        "transposed convolution",
        TransposedConvolution(strides: [2, 1], padding: [0, 1, 1, 0], extra: [1, 0]),
        parameters: [[2, 3, 3, 2], [3]], shape: [3, 4, 2]))
    for function in Pooling.Function.allCases {
      cases.append(
        try make(
          "\(function) pooling",
          Pooling(function, kernel: [2, 3], strides: [2, 1], padding: [1, 1, 0, 1], roundsUp: true),
          shape: [4, 4, 2]))
    }
    cases.append(
      try make(
        "channel norm", BatchNorm(epsilon: 1e-3, channelsLast: true),
        parameters: Array(repeating: [2], count: 4),
        shape: [3, 2, 2], positive: true))
    cases.append(try make("transpose", Transpose([1, 2, 0]), shape: [2, 3, 4]))
    cases.append(try make("transpose of all", Transpose([2, 1, 0]), shape: [2, 3, 4]))
    cases.append(
      try make("padding", Resampling(axis: 1, places: [-1, 0, 1, 2, -1, -1], fill: 2), shape: [2, 3]))
    cases.append(try make("choice", Resampling(axis: 0, places: [1, 0, 1]), shape: [2, 3]))
    cases.append(
      try make(
        "interpolation",
        Resampling(axis: 0, places: [0, 1, 1, 0], weights: [0.5, 0.5, 0.25, 0.75], taps: 2),
        shape: [2, 3]))
    cases.append(try imageNetwork())
    cases.append(try concatenation())
    for lookups in [1, 2] { cases.append(try embedding(lookups)) }
    return cases
  }

  /// A small residual network: values between its layers stay in the format's order of images.
  private static func imageNetwork() throws -> Case {
    var builder = GraphBuilder()
    let x = builder.input("x", try Shape([4, 4, 2]))
    func convolution(_ name: String, _ value: Graph.ValueID) throws -> Graph.ValueID {
      try builder.apply(
        Convolution(padding: [1, 1, 1, 1]), to: [value, builder.parameter(tensor(name, [3, 2, 3, 3]))],
        name: name)
    }
    let (a, b) = (try convolution("a", x), try convolution("b", x))
    let bent = try builder.apply(Activation(.relu), to: [a], name: "bent")
    let scaled = try builder.apply(
      Arithmetic(.multiply), to: [bent, builder.parameter(tensor("scale", [1, 1, 3]))], name: "scaled")
    let sum = try builder.apply(Arithmetic(.add), to: [scaled, b], name: "sum")
    let joined = try builder.apply(Concatenation(axis: 2), to: [sum, bent], name: "joined")
    let pooled = try builder.apply(Reduction(.mean, axes: 0..<2, keepsAxes: true), to: [joined], name: "mean")
    let flat = try builder.reshape(pooled, to: Shape([6]), name: "flat")
    let logits = try builder.apply(
      Linear(), to: [flat, builder.parameter(tensor("output", [2, 6]))], name: "logits")
    return Case(testDescription: "image network", graph: try builder.finish(output: logits))
  }

  private static func concatenation() throws -> Case {
    var builder = GraphBuilder()
    let (a, b) = (builder.input("a", try Shape([2, 2])), builder.input("b", try Shape([2, 1])))
    let joined = try builder.apply(Concatenation(axis: 1), to: [a, b, a], name: "joined")
    let rows = try builder.apply(Concatenation(axis: 0), to: [joined, joined], name: "rows")
    let flat = try builder.reshape(rows, to: Shape([20]), name: "flat")
    let sum = try builder.apply(Arithmetic(.add), to: [flat, flat], name: "sum")
    return Case(testDescription: "concatenation", graph: try builder.finish(output: sum))
  }

  private static func embedding(_ lookups: Int) throws -> Case {
    var builder = GraphBuilder()
    let code = builder.input("code", Shape(width: lookups))
    let vectors = try builder.apply(
      Embedding(), to: [code, builder.parameter(tensor("table", [10, 3]))], name: "vectors")
    return Case(testDescription: "embedding of \(lookups)", graph: try builder.finish(output: vectors))
  }
}
