import Platform

/// Derivatives of normalization layers.
enum ONNXNormalizingDerivatives {
  static let table: [String: ONNXDerivatives.Function] = [
    "BatchNormalization": batch, "LayerNormalization": layer, "InstanceNormalization": instance,
    "GroupNormalization": group, "LpNormalization": norm,
  ]

  /// With given means and variances, which are not trained.
  private static func batch(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let (call, dy) = (reverse.call, try reverse.gradient())
    let x = try call.input(0)
    let (gain, mean, variance) = (try call.input(1), try call.input(3), try call.input(4))
    let epsilon = Double(try call.float("epsilon", 1e-5))
    let size = x.dimensions.dropFirst(2).reduce(1, *)
    let channels = gain.count
    let inverses = (0..<channels).map { 1 / (variance[$0] + epsilon).squareRoot() }
    let (ofGain, ofBias) = (try ONNXArray.zeros(gain.dimensions), try ONNXArray.zeros(gain.dimensions))
    for index in 0..<x.count {
      let channel = index / size % channels
      ofGain.numbers.pointer[channel] += dy[index] * (x[index] - mean[channel]) * inverses[channel]
      ofBias.numbers.pointer[channel] += dy[index]
    }
    return [
      try .precise(x.dimensions) { index in
        let channel = index / size % channels
        return dy[index] * gain[channel] * inverses[channel]
      }, ofGain, ofBias,
    ]
  }

  /// Blocks of adjacent numbers, each normalized to mean 0 and variance 1, then multiplied and shifted.
  ///
  /// - Parameters:
  ///   - block: the size of a block.
  ///   - place: the index of the gain and of the bias for an index of the operand.
  // x̂ = (x − mean) / deviation, y = x̂ gain + bias → ∂x = (g − mean(g) − x̂ mean(g x̂)) / deviation with g = ∂y gain
  private static func standardized(
    _ reverse: ONNXReverse, block: Int, _ gain: ONNXArray, bias: ONNXArray?, _ place: (Int) -> Int
  ) throws -> [ONNXArray?] {
    let (x, dy) = (try reverse.call.input(0), try reverse.gradient())
    let epsilon = Double(try reverse.call.float("epsilon", 1e-5))
    let (normal, _, inverses) = try ONNXNormalizing.standardized(x.precise, block: block, epsilon: epsilon)
    let ofGain = try ONNXArray.zeros(gain.dimensions)
    let ofBias = try bias.map { try ONNXArray.zeros($0.dimensions) }
    let dx = try ONNXArray.zeros(x.dimensions)
    for (number, start) in stride(from: 0, to: x.count, by: max(block, 1)).enumerated() {
      var (sum, product) = (0.0, 0.0)
      for index in start..<start + block {
        let own = place(index)
        ofGain.numbers.pointer[own] += dy[index] * normal[index]
        ofBias?.numbers.pointer[own] += dy[index]
        sum += dy[index] * gain[own]
        product += dy[index] * gain[own] * normal[index]
      }
      (sum, product) = (sum / Double(block), product / Double(block))
      for index in start..<start + block {
        dx.numbers.pointer[index] =
          inverses[number] * (dy[index] * gain[place(index)] - sum - normal[index] * product)
      }
    }
    return [dx, ofGain, ofBias]
  }

  private static func layer(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let (x, gain) = (try reverse.call.input(0), try reverse.call.input(1))
    let axis = try reverse.call.axis("axis", -1, rank: x.rank)
    let bias = reverse.call.optional(2)
    guard bias.map({ $0.dimensions == gain.dimensions }) ?? true else {
      throw reverse.call.unsupported("has a gain and a bias of different shapes, which has no gradient")
    }
    return try standardized(
      reverse, block: x.dimensions[axis...].reduce(1, *), gain, bias: bias, gain.places(in: x.dimensions))
  }

  private static func instance(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let (x, gain) = (try reverse.call.input(0), try reverse.call.input(1))
    let size = x.dimensions[2...].reduce(1, *)
    return try standardized(reverse, block: size, gain, bias: reverse.call.input(2)) {
      $0 / size % gain.count
    }
  }

  private static func group(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let (x, gain) = (try reverse.call.input(0), try reverse.call.input(1))
    let size = x.dimensions[2...].reduce(1, *)
    let groups = max(try reverse.call.integer("num_groups", 1), 1)
    let share = x.dimensions[1] / gain.count * size
    return try standardized(
      reverse, block: x.dimensions[1] / groups * size, gain, bias: reverse.call.input(2)
    ) { $0 / share % gain.count }
  }

  /// y = x / |x| → ∂x = (∂y − s Σ ∂y y) / |x|, with s = y for the Euclidean norm and the sign of x for the sum of
  /// magnitudes.
  private static func norm(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let call = reverse.call
    let (x, y, dy) = (try call.input(0), try reverse.result(), try reverse.gradient())
    let isFirst = try call.integer("p", 2) == 1
    let (outer, size, inner) = x.split(at: try call.axis("axis", -1, rank: x.rank))
    let dx = try ONNXArray.zeros(x.dimensions)
    for line in 0..<outer * inner {
      let places = (0..<size).map { line / inner * size * inner + line % inner + $0 * inner }
      let length =
        isFirst
        ? places.reduce(0) { $0 + abs(x[$1]) } : places.reduce(0) { $0 + x[$1] * x[$1] }.squareRoot()
      guard length > 0 else { continue }
      let sum = places.reduce(0) { $0 + dy[$1] * y[$1] }
      for place in places {
        let slope = isFirst ? (x[place] > 0 ? 1 : x[place] < 0 ? -1 : 0) : y[place]
        dx.numbers.pointer[place] = (dy[place] - slope * sum) / length
      }
    }
    return [dx]
  }
}
