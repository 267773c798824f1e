import Engine
import Platform
import Testing

/// Every operator follows a linear layer, so that the gradients of the layer's weights include that of the
/// operator's input. The gradients of the operator's own parameters are checked, too.
@Suite("Gradients of operators against central differences")
struct OperatorGradientTests {
  /// input (rows, 3) → linear → (rows, width) → `operation` with `parameters`.
  func check(
    _ operation: any Operator, width: Int = 4, parameters: [[Int]] = [], shape: [Int]? = nil,
    positive: Bool = false, rows: Int = 5, step: Float = 1e-2
  ) throws -> Float {
    var builder = GraphBuilder()
    let input = builder.input("x", Shape(width: 3))
    let weight = builder.parameter(try randomTensor("weight", [width, 3]))
    let bias = builder.parameter(
      try Tensor(
        name: "bias", dimensions: [width], values: Array(repeating: positive ? 3 : 0.1, count: width)))
    var value = try builder.apply(Linear(), to: [input, weight, bias], name: "linear")
    if let shape { value = try builder.reshape(value, to: Shape(shape), name: "reshape") }
    let operands = try parameters.enumerated().map { index, dimensions in
      let tensor = try randomTensor("p\(index)", dimensions)
      return builder.parameter(
        positive
          ? try Tensor(
            name: tensor.name, dimensions: dimensions, values: try tensor.values.array.map { abs($0) + 0.8 })
          : tensor)
    }
    let output = try builder.apply(operation, to: [value] + operands, name: "operation")
    return try GradientCheck(graph: builder.finish(output: output), rows: rows).maximumError(step: step)
  }

  @Test("Activations", arguments: Activation.Function.allCases)
  func activations(function: Activation.Function) throws {
    #expect(try check(Activation(function, alpha: 0.3), step: 1e-3) < 6e-3)
  }

  @Test("Elementwise mathematics, away from zero", arguments: Unary.Function.allCases)
  func unary(function: Unary.Function) throws {
    #expect(try check(Unary(function), positive: true, step: 1e-3) < 6e-3)
  }

  @Test("Values in the place of missing numbers: here the logarithms of negative ones")
  func imputation() throws {
    #expect(try check(Imputation(), parameters: [[4]], positive: true) < 5e-3)
    var builder = GraphBuilder()
    let x = builder.input("x", Shape(width: 3))
    let shift = builder.parameter(try Tensor(name: "shift", dimensions: [3], values: [-30, 30, -30]))
    let values = builder.parameter(try Tensor(name: "values", dimensions: [3], values: [1, 2, 3]))
    let factors = builder.parameter(try Tensor(name: "factors", dimensions: [3], values: [2, 3, 4]))
    var value = try builder.apply(Arithmetic(.add), to: [x, shift], name: "shifted")
    value = try builder.apply(Unary(.logarithm), to: [value], name: "logarithms")
    value = try builder.apply(Imputation(), to: [value, values], name: "imputed")
    value = try builder.apply(Arithmetic(.multiply), to: [value, factors], name: "multiplied")
    let graph = try builder.finish(output: value)
    // 3 · log 30
    try Predictor(graph).withWorkspace { workspace in
      try workspace.forward(rows: 1, reading: [0, 0, 0], sharedBy: 1)
      let outputs = workspace.output
      #expect(outputs[0] == 2 && abs(outputs[1] - 3 * 3.401_197_4) < 1e-4 && outputs[2] == 12)
    }
    #expect(try GradientCheck(graph: graph, rows: 3).maximumError(step: 1e-2) < 5e-3)
  }

  @Test("Arithmetic with a parameter that repeats over the rows", arguments: Arithmetic.Function.allCases)
  func arithmetic(function: Arithmetic.Function) throws {
    #expect(try check(Arithmetic(function), parameters: [[4]], positive: true) < 5e-3)
    #expect(try check(Arithmetic(function), parameters: [[1]], positive: true) < 5e-3)
    #expect(
      try check(Arithmetic(function), width: 6, parameters: [[3, 1]], shape: [3, 2], positive: true) < 5e-3)
    #expect(
      try check(Arithmetic(function), width: 6, parameters: [[1, 1, 2]], shape: [3, 2], positive: true) < 5e-3
    )
  }

  @Test("Arithmetic of two values of the rows, one of them twice")
  func arithmeticOfValues() throws {
    var builder = GraphBuilder()
    let input = builder.input("x", Shape(width: 3))
    let a = try builder.apply(
      Linear(), to: [input, builder.parameter(try randomTensor("a", [4, 3]))], name: "a")
    let b = try builder.apply(
      Linear(), to: [input, builder.parameter(try randomTensor("b", [1, 3]))], name: "b")
    let product = try builder.apply(Arithmetic(.multiply), to: [a, b], name: "product")
    let square = try builder.apply(Arithmetic(.multiply), to: [product, product], name: "square")
    let sum = try builder.apply(Arithmetic(.add), to: [square, a], name: "sum")
    #expect(try GradientCheck(graph: builder.finish(output: sum), rows: 6).maximumError() < 5e-3)
  }

  @Test("Softmax, layer norm, batch norm with fixed and with batch statistics")
  func normalizations() throws {
    #expect(try check(Softmax()) < 3e-3)
    #expect(try check(LayerNorm(), parameters: [[4], [4]]) < 8e-3)
    #expect(try check(Softmax(), width: 6, shape: [2, 3]) < 3e-3)
    for batch in [false, true] {
      #expect(
        try check(
          BatchNorm(usesBatchStatistics: batch), parameters: [[4], [4], [4], [4]], positive: true, rows: 9,
          step: 3e-3) < 1.5e-2)
      #expect(
        try check(
          BatchNorm(usesBatchStatistics: batch), width: 6, parameters: [[3], [3], [3], [3]], shape: [3, 2],
          positive: true, rows: 9, step: 3e-3) < 1.5e-2)
    }
  }

  @Test("Dropout with its mask held still")
  func dropout() throws {
    #expect(try check(Dropout(rate: 0.4, stream: 3), width: 8) < 3e-3)
  }

  @Test("Reductions over each axis", arguments: Reduction.Function.allCases)
  func reductions(function: Reduction.Function) throws {
    for axes in [0..<1, 1..<2, 0..<2] {
      #expect(
        try check(
          Reduction(function, axes: axes, keepsAxes: axes == 1..<2), width: 6, shape: [3, 2], step: 1e-3)
          < 5e-3)
    }
  }

  @Test("Columns and their concatenation in another order")
  func columns() throws {
    var builder = GraphBuilder()
    let input = builder.input("x", Shape(width: 3))
    let value = try builder.apply(
      Linear(), to: [input, builder.parameter(try randomTensor("w", [6, 3]))], name: "linear")
    let last = try builder.apply(Columns(4..<6), to: [value], name: "last")
    let first = try builder.apply(Columns(0..<5), to: [value], name: "first")
    let joined = try builder.apply(Concatenation(), to: [last, first, last], name: "joined")
    let curve = try builder.apply(Activation(.tanh), to: [joined], name: "tanh")
    #expect(try GradientCheck(graph: builder.finish(output: curve), rows: 4).maximumError() < 3e-3)
  }

  @Test("Embedding, with an index that counts from the end")
  func embedding() throws {
    var builder = GraphBuilder()
    let input = builder.input("code", Shape(width: 1))
    let table = builder.parameter(try randomTensor("table", [4, 3]))
    let vectors = try builder.apply(Embedding(), to: [input, table], name: "embedding")
    let weight = builder.parameter(try randomTensor("w", [2, 3]))
    let output = try builder.apply(Linear(), to: [vectors, weight], name: "linear")
    let check = GradientCheck(graph: try builder.finish(output: output), rows: 6)
    #expect(try check.maximumError(features: [0, 1, 1, 3, -4, -1]) < 3e-3)
  }

  @Test("Linear with its weight either way round, and fused with its rectifier", arguments: [false, true])
  func linear(inputMajor: Bool) throws {
    var builder = GraphBuilder()
    let input = builder.input("x", Shape(width: 3))
    let w1 = builder.parameter(try randomTensor("w1", inputMajor ? [3, 5] : [5, 3]))
    let b1 = builder.parameter(try randomTensor("b1", [5]))
    let w2 = builder.parameter(try randomTensor("w2", inputMajor ? [5, 2] : [2, 5]))
    var value = try builder.apply(Linear(weightIsInputMajor: inputMajor), to: [input, w1, b1], name: "l1")
    value = try builder.apply(Activation(.relu), to: [value], name: "relu")
    value = try builder.apply(Linear(weightIsInputMajor: inputMajor), to: [value, w2], name: "l2")
    let graph = try builder.finish(output: value)
    #expect(graph.fused(for: .prediction).nodes.count == 2)
    #expect(try GradientCheck(graph: graph, rows: 70).maximumError(step: 1e-3) < 2e-2)
  }
}
