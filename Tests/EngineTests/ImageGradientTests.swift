import Engine
import Platform
import Testing

@Suite("Gradients of operators on images against central differences")
struct ImageGradientTests {
  /// input (rows, 3) → linear → (rows, image) → `operation` with `parameters` → the error.
  func check(
    _ operation: any Operator, image: [Int], parameters: [[Int]] = [], positive: Bool = false, rows: Int = 3,
    step: Float = 1e-2
  ) throws -> Float {
    var builder = GraphBuilder()
    let input = builder.input("x", Shape(width: 3))
    let width = image.reduce(1, *)
    let weight = builder.parameter(try randomTensor("weight", [width, 3]))
    let bias = builder.parameter(try randomTensor("bias", [width], scale: 2))
    var value = try builder.apply(Linear(), to: [input, weight, bias], name: "linear")
    value = try builder.reshape(value, to: Shape(image), name: "image")
    let operands = try parameters.enumerated().map { index, dimensions in
      let tensor = try randomTensor("p\(index)", dimensions)
      let values = try tensor.values.array.map { positive ? abs($0) + 0.8 : $0 }
      return builder.parameter(try Tensor(name: tensor.name, dimensions: dimensions, values: values))
    }
    let output = try builder.apply(operation, to: [value] + operands, name: "operation")
    return try GradientCheck(graph: builder.finish(output: output), rows: rows).maximumError(step: step)
  }

  @Test("Convolution: padding, strides, dilations, groups, with and without bias")
  func convolution() throws {
    #expect(try check(Convolution(), image: [4, 5, 2], parameters: [[3, 2, 2, 3], [3]]) < 5e-3)
    #expect(
      try check(
        Convolution(strides: [2, 1], padding: [1, 0, 1, 2]), image: [5, 4, 3], parameters: [[2, 3, 3, 2]])
        < 5e-3)
    #expect(
      try check(
        Convolution(dilations: [2, 1], padding: [2, 1, 2, 1], groups: 2), image: [4, 4, 4],
        parameters: [[6, 2, 3, 3], [6]]) < 5e-3)
    // As many groups as channels, and enough channels for the blocked layouts.
    #expect(
      try check(
        Convolution(padding: [1, 1, 1, 1], groups: 16), image: [3, 3, 16], parameters: [[16, 1, 3, 3]])
        < 5e-3)
    #expect(try check(Convolution(), image: [3, 3, 16], parameters: [[32, 16, 3, 3], [32]]) < 1e-2)
  }

  @Test("Transposed convolution: strides, cut edges, added edges, groups")
  func transposedConvolution() throws {
    #expect(try check(TransposedConvolution(), image: [3, 2, 2], parameters: [[2, 3, 2, 3], [3]]) < 5e-3)
    #expect(
      try check(
        TransposedConvolution(strides: [2, 3], padding: [1, 0, 0, 1], extra: [1, 0]), image: [3, 2, 2],
        parameters: [[2, 3, 3, 3]]) < 5e-3)
    #expect(
      try check(
        TransposedConvolution(strides: [2, 2], groups: 2), image: [2, 2, 4], parameters: [[4, 1, 2, 2], [2]])
        < 5e-3)
  }

  @Test("Pooling: the largest and the mean, padded, dilated, with a last window over the edge")
  func pooling() throws {
    for function in Pooling.Function.allCases {
      #expect(
        try check(Pooling(function, kernel: [2, 2], strides: [2, 2]), image: [4, 4, 3], step: 2e-3) < 1e-2)
      #expect(
        try check(
          Pooling(function, kernel: [3, 2], strides: [2, 1], padding: [1, 1, 1, 0], countsPadding: true),
          image: [5, 4, 2], step: 2e-3) < 1e-2)
      #expect(
        try check(
          Pooling(function, kernel: [2, 2], strides: [2, 2], dilations: [2, 1], roundsUp: true),
          image: [4, 3, 70], step: 2e-3) < 1e-2)
    }
  }

  @Test(
    "Batch normalization of the last axis, with fixed and with batch statistics, alone and with a rectifier")
  func channelNorm() throws {
    for batch in [false, true] {
      let norm = BatchNorm(usesBatchStatistics: batch, channelsLast: true)
      #expect(
        try check(norm, image: [3, 2, 4], parameters: [[4], [4], [4], [4]], positive: true, step: 3e-3)
          < 1.5e-2)
    }
  }

  @Test("Transposes of two and of all axes; cutting, padding, choosing and interpolating along an axis")
  func rearranging() throws {
    for order in [[1, 2, 0], [2, 0, 1], [0, 2, 1], [2, 1, 0]] {
      #expect(try check(Transpose(order), image: [3, 4, 2]) < 3e-3)
    }
    #expect(try check(Resampling(axis: 1, places: [-1, 0, 2, 2, 1], fill: 3), image: [2, 3, 2]) < 3e-3)
    #expect(
      try check(
        Resampling(axis: 0, places: [0, 1, 1, 2], weights: [0.25, 0.75, 0.5, -0.5], taps: 2),
        image: [3, 2, 2])
        < 3e-3)
  }

  @Test("A fused convolution, normalization and rectifier give the same as the separate operators")
  func fusedForPrediction() throws {
    var builder = GraphBuilder()
    let x = builder.input("x", try Shape([6, 5, 3]))
    var operands = [x, builder.parameter(try randomTensor("w", [20, 3, 3, 3]))]
    operands.append(builder.parameter(try randomTensor("b", [20])))
    var value = try builder.apply(Convolution(padding: [1, 1, 1, 1]), to: operands, name: "convolution")
    let plain = value
    operands = try ["gain", "shift", "mean", "variance"].map { name in
      let values = try randomTensor(name, [20]).values.array.map { name == "variance" ? abs($0) + 0.3 : $0 }
      return builder.parameter(try Tensor(name: name, dimensions: [20], values: values))
    }
    value = try builder.apply(BatchNorm(channelsLast: true), to: [value] + operands, name: "norm")
    value = try builder.apply(Activation(.relu), to: [value], name: "relu")
    let graph = try builder.finish(output: value)
    #expect(graph.fused(for: .prediction).nodes.count == 1)
    #expect(graph.fused(for: .training).nodes.count == 2)
    // Separately: the convolution alone, then the formula.
    let alone = try builder.finish(output: plain)
    let parameters = try graph.parameters.map { try $0.values.array }
    var random = RandomStream(seed: 3)
    let rows = 7
    let features = (0..<rows * 90).map { _ in Float(random.uniform() * 2 - 1) }
    func run(_ graph: Graph) throws -> [Float] {
      var result = [Float](repeating: 0, count: rows * graph.outputWidth)
      try Predictor(graph).run(
        rows: rows, parallel: false,
        fill: { range, inputs in
          for (at, value) in features[range.lowerBound * 90..<range.upperBound * 90].enumerated() {
            inputs[0][at] = value
          }
        },
        take: { range, outputs in
          for at in 0..<range.count * graph.outputWidth {
            result[range.lowerBound * graph.outputWidth + at] = outputs[at]
          }
        })
      return result
    }
    let (fused, convolved) = (try run(graph), try run(alone))
    for (index, value) in convolved.enumerated() {
      let channel = index % 20
      let deviation = (parameters[5][channel] + 1e-5).squareRoot()
      let expected =
        (value - parameters[4][channel]) / deviation * parameters[2][channel] + parameters[3][channel]
      #expect(abs(max(expected, 0) - fused[index]) < 1e-4)
    }
  }
}
