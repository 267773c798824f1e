import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// The generator of a conditional tabular GAN: noise and a condition → a row's values, through two residual
/// layers. Places in modes are tanh(o), one-hot values softmax((o + Gumbel noise) / 0.2) (Jang, Gu and Poole
/// 2017).
struct TableGenerator {
  let rows: Int
  let noise: Int
  let code: TableCode
  let block: AdamBlock
  private let first: BatchNormalizedLayer
  private let second: BatchNormalizedLayer
  private let last: DenseLayer
  /// (rows, noise + condition), and the layers' outputs.
  private let input: Buffer<Float>
  private let middle: Buffer<Float>
  private let top: Buffer<Float>
  /// o, (rows, width)
  private let logits: Buffer<Float>
  private let middleGradient: Buffer<Float>
  private let topGradient: Buffer<Float>
  private let logitGradient: Buffer<Float>
  private let condition: Int
  private static let temperature: Float = 0.2

  init(rows: Int, code: TableCode, condition: Int, hidden: Int, _ random: inout RandomStream) throws {
    (self.rows, self.code, self.condition, noise) = (rows, code, condition, max(1, hidden / 2))
    first = try BatchNormalizedLayer(rows: rows, inputs: noise + condition, outputs: hidden, start: 0)
    second = try BatchNormalizedLayer(rows: rows, inputs: first.width, outputs: hidden, start: first.end)
    last = DenseLayer(inputs: second.width, outputs: code.width, weight: second.end)
    block = try AdamBlock(count: last.end)
    first.initialize(block, &random)
    second.initialize(block, &random)
    last.initialize(block, &random)
    func values(_ width: Int) throws -> Buffer<Float> {
      try Buffer(count: rows * width, for: "a network of a step")
    }
    input = try values(noise + condition)
    (middle, middleGradient) = (try values(first.width), try values(first.width))
    (top, topGradient) = (try values(second.width), try values(second.width))
    (logits, logitGradient) = (try values(code.width), try values(code.width))
  }

  /// Generates a row for each condition, given by its index: rows of `stride` values in `y`.
  func forward(
    _ places: [Int], _ normalization: BatchNormalizedLayer.Normalization, _ random: inout RandomStream,
    into y: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let width = noise + condition
    for (row, place) in places.enumerated() {
      let own = input.pointer + row * width
      Self.fill(own, noise, &random)
      for j in noise..<width { own[j] = 0 }
      own[noise + place] = 1
    }
    first.forward(input.pointer, block, normalization, into: middle.pointer)
    second.forward(middle.pointer, block, normalization, into: top.pointer)
    last.forward(top.pointer, rows: rows, block, into: logits.pointer)
    for row in 0..<rows {
      let (own, result) = (logits.pointer + row * code.width, y + row * stride)
      for place in code.places { result[place] = tanh(own[place]) }
      for choice in code.choices {
        for place in choice {
          // Of 23 bits, strictly between 0 and 1.
          let uniform = (Float(random.next() >> 41) + 0.5) * 0x1p-23
          result[place] = (own[place] - log(-log(uniform))) / Self.temperature
        }
        Self.softmax(result, choice)
      }
    }
  }

  /// Normal numbers, two from each pair of uniform ones (Box and Muller 1958).
  private static func fill(
    _ values: UnsafeMutablePointer<Float>, _ count: Int, _ random: inout RandomStream
  ) {
    for j in stride(from: 0, to: count, by: 2) {
      let radius = (-2 * log(1 - random.uniform())).squareRoot()
      let angle = 2 * Double.pi * random.uniform()
      values[j] = Float(radius * cos(angle))
      if j + 1 < count { values[j + 1] = Float(radius * sin(angle)) }
    }
  }

  private static func softmax(_ values: UnsafeMutablePointer<Float>, _ range: Range<Int>) {
    var largest = -Float.infinity
    for place in range { largest = max(largest, values[place]) }
    var sum: Float = 0
    for place in range {
      values[place] = exp(values[place] - largest)
      sum += values[place]
    }
    for place in range { values[place] /= sum }
  }

  /// Adds the parameters' gradients.
  ///
  /// - Parameters:
  ///   - y, slope: the rows of the last `forward` and their gradients, `stride` values apart.
  ///   - conditions: a row that does not fulfil its condition is penalized by the cross-entropy of the
  ///     condition's column, averaged over the rows.
  /// - Returns: the mean cross-entropy.
  @discardableResult
  func backward(
    _ y: UnsafePointer<Float>, _ slope: UnsafePointer<Float>, stride: Int,
    _ conditions: [ConditionSampler.Condition]
  ) -> Double {
    var entropy = 0.0
    for row in 0..<rows {
      let (value, outer) = (y + row * stride, slope + row * stride)
      let result = logitGradient.pointer + row * code.width
      for place in code.places { result[place] = outer[place] * (1 - value[place] * value[place]) }
      for choice in code.choices {
        var mean: Float = 0
        for place in choice { mean += outer[place] * value[place] }
        for place in choice { result[place] = value[place] * (outer[place] - mean) / Self.temperature }
      }
      entropy += addCrossEntropy(conditions[row], logits.pointer + row * code.width, result)
    }
    last.addGradients(top.pointer, logitGradient.pointer, rows: rows, block)
    last.backward(logitGradient.pointer, rows: rows, block, into: topGradient.pointer)
    second.backward(
      middle.pointer, top.pointer, topGradient.pointer, block, input: middleGradient.pointer)
    first.backward(input.pointer, middle.pointer, middleGradient.pointer, block, input: nil)
    return entropy
  }

  /// Adds (softmax(o) − one-hot) / rows to a row's gradient.
  private func addCrossEntropy(
    _ condition: ConditionSampler.Condition, _ logits: UnsafePointer<Float>,
    _ result: UnsafeMutablePointer<Float>
  ) -> Double {
    var largest = -Float.infinity
    for place in condition.range { largest = max(largest, logits[place]) }
    var sum: Float = 0
    for place in condition.range { sum += exp(logits[place] - largest) }
    let wanted = condition.range.lowerBound + condition.category
    for place in condition.range {
      let share = exp(logits[place] - largest) / sum
      result[place] += (share - (place == wanted ? 1 : 0)) / Float(rows)
    }
    return Double(log(sum) + largest - logits[wanted]) / Double(rows)
  }
}
