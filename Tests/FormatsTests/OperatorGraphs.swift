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
    cases.append(try concatenation())
    for lookups in [1, 2] { cases.append(try embedding(lookups)) }
    return cases
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
