import Engine
import Platform
import Testing

/// An operator that states only the required facts is planned correctly: every default is safe.
@Suite("A new operator over tokens")
struct ToyOperatorTests {
  /// The output of every token is the mean of its text.
  struct TextMean: Operator {
    static let kind = "TextMean"
    var width = 0

    var attributes: [JSONValue.Member] { [] }
    var dependence: Dependence { .text }
    var rowGradients: RowGradients { .none }

    mutating func resolve(_ operands: [Operand]) throws -> Shape {
      try requireCount(operands, 1...1)
      width = operands[0].shape.count
      return operands[0].shape
    }

    private func eachText(_ run: Execution, _ body: (Range<Int>) -> Void) {
      for text in 0..<run.texts.count {
        body(Int(run.texts.offsets[text])..<Int(run.texts.offsets[text + 1]))
      }
    }

    // x (tokens, width) → y (tokens, width)
    func forward(_ run: Execution) {
      eachText(run) { tokens in
        for column in 0..<width {
          let sum = tokens.reduce(Float(0)) { $0 + run.input(0)[$1 * width + column] }
          for token in tokens { run.output[token * width + column] = sum / Float(tokens.count) }
        }
      }
    }

    // ∂x of each token is the mean of ∂y over its text
    func backward(_ run: Execution) {
      guard let gradient = run.inputGradient(0) else { return }
      eachText(run) { tokens in
        for column in 0..<width {
          let sum = tokens.reduce(Float(0)) { $0 + run.outputGradient[$1 * width + column] }
          for token in tokens {
            let before = run.accumulates(0) ? gradient[token * width + column] : 0
            gradient[token * width + column] = before + sum / Float(tokens.count)
          }
        }
      }
    }
  }

  static let lengths: [Int32] = [3, 1, 20]
  static func fill(_ range: Range<Int>, _ inputs: [UnsafeMutablePointer<Float>]) {
    var place = 0
    for row in range {
      for token in 0..<Int(lengths[row]) {
        inputs[0][place] = Float(10 * row + token)
        place += 1
      }
    }
  }

  // By hand: the tokens of text r are 10 r, 10 r + 1, …, so its mean is 10 r + (length − 1) / 2; the layer before
  // doubles it, the one after adds 1.
  @Test("It is not computed for the first token alone, and workers do not divide it", arguments: [1, 2])
  func firstToken(threads: Int32) throws {
    try WorkerPool.setThreads(threads)
    defer { try? WorkerPool.setThreads(0) }
    var builder = GraphBuilder()
    var x = builder.input("x", Shape(width: 1), lines: .tokens)
    let double = builder.parameter(try Tensor(name: "double", dimensions: [1, 1], values: [2]))
    x = try builder.apply(Linear(), to: [x, double], name: "before")
    x = try builder.apply(TextMean(), to: [x], name: "mean")
    let one = builder.parameter(try Tensor(name: "one", dimensions: [1], values: [1]))
    x = try builder.apply(Arithmetic(.add), to: [x, one], name: "after")
    x = try builder.apply(TokenPooling(.first), to: [x], name: "pooling")
    let graph = try builder.finish(output: x)
    let expected: [Float] = [2 * 1 + 1, 2 * 10 + 1, 2 * 29.5 + 1]

    var predicted: [Float] = []
    try Predictor(graph, longestText: 20).run(
      rows: 3, lengths: Self.lengths, fill: Self.fill,
      take: { range, values in predicted += range.indices.map { values[$0 - range.lowerBound] } })
    #expect(predicted == expected)

    let trainer = try Trainer(
      graph, trainable: [true, true], capacity: Capacity(rows: 3, tokens: 24, longest: 20))
    try trainer.forward(rows: 3, lengths: Self.lengths, seed: 1, fill: Self.fill)
    #expect(Array(trainer.outputs.array.prefix(3)) == expected)
    for row in 0..<3 { trainer.outputGradients.pointer[row] = 1 }
    try trainer.backward(seed: 1)
    // ∂ of the weight 2 is the sum of the means; ∂ of the added number is the number of texts.
    #expect(trainer.gradients.pointer[try #require(trainer.offset(ofParameter: 0))] == 1 + 10 + 29.5)
    #expect(trainer.gradients.pointer[try #require(trainer.offset(ofParameter: 1))] == 3)
  }
}
