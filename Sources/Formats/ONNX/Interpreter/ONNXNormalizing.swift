import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Normalization layers.
enum ONNXNormalizing {
  static let table: [String: ONNXInterpreted.Function] = [
    "BatchNormalization": batch, "InstanceNormalization": instance, "LayerNormalization": layer,
    "GroupNormalization": group, "LRN": response, "LpNormalization": lpNorm,
    "MeanVarianceNormalization": meanVariance,
  ]

  private static func batch(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let parts = try (1...4).map { try call.input($0) }
    let channels = x.rank > 1 ? x.dimensions[1] : 1
    guard parts.allSatisfy({ $0.count == channels }) else { throw call.invalid("normalizes other channels") }
    guard try call.integer("training_mode", 0) == 0 else { throw call.unsupported("is in training mode") }
    let epsilon = Double(try call.float("epsilon", 1e-5))
    let size = x.dimensions.dropFirst(2).reduce(1, *)
    return [
      try ONNXArray(x.dimensions, x.element) { index in
        let c = index / size % channels
        return (x[index] - parts[2][c]) / (parts[3][c] + epsilon).squareRoot() * parts[0][c] + parts[1][c]
      }
    ]
  }

  /// Normalizes each block of adjacent numbers to mean 0 and variance 1.
  static func standardized(
    _ x: ONNXArray, block: Int, epsilon: Double
  ) throws -> (values: ONNXArray, means: [Double], inverses: [Double]) {
    var (means, inverses): ([Double], [Double]) = ([], [])
    for start in stride(from: 0, to: x.count, by: max(block, 1)) {
      let values = UnsafeBufferPointer(start: x.numbers.pointer + start, count: block)
      let mean = values.reduce(0, +) / Double(block)
      means.append(mean)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(block)
      inverses.append(1 / (variance + epsilon).squareRoot())
    }
    let result = try ONNXArray(x.dimensions, x.element) { (x[$0] - means[$0 / block]) * inverses[$0 / block] }
    return (result, means, inverses)
  }

  private static func instance(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (x, gain, bias) = (try call.input(0), try call.input(1), try call.input(2))
    guard x.rank > 2, gain.count == x.dimensions[1], bias.count == gain.count else {
      throw call.invalid("normalizes other channels")
    }
    let size = x.dimensions[2...].reduce(1, *)
    let normal = try standardized(x, block: size, epsilon: Double(call.float("epsilon", 1e-5))).values
    return [
      try ONNXArray(x.dimensions, x.element) {
        normal[$0] * gain[$0 / size % gain.count] + bias[$0 / size % gain.count]
      }
    ]
  }

  private static func layer(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let axis = try call.axis("axis", -1, rank: x.rank)
    let size = x.dimensions[axis...].reduce(1, *)
    guard size > 0 else { throw call.invalid("normalizes nothing: \(x.dimensions)") }
    let (normal, means, inverses) = try standardized(
      x, block: size, epsilon: Double(call.float("epsilon", 1e-5)))
    let gain = try call.input(1).broadcast(to: x.dimensions)
    let bias = try call.optional(2)?.broadcast(to: x.dimensions)
    let shape = x.dimensions[..<axis] + Array(repeating: 1, count: x.rank - axis)
    return [
      try ONNXArray(x.dimensions, x.element) { normal[$0] * gain[$0] + (bias?[$0] ?? 0) },
      try ONNXArray(Array(shape), x.element) { means[$0] },
      try ONNXArray(Array(shape), x.element) { inverses[$0] },
    ]
  }

  private static func group(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (x, gain, bias) = (try call.input(0), try call.input(1), try call.input(2))
    let groups = try call.integer("num_groups", 1)
    guard x.rank > 2, groups > 0, x.dimensions[1] % groups == 0, gain.count > 0, bias.count == gain.count,
      x.dimensions[1] % gain.count == 0
    else { throw call.invalid("normalizes other channels") }
    let size = x.dimensions[2...].reduce(1, *)
    let block = x.dimensions[1] / groups * size
    let normal = try standardized(x, block: block, epsilon: Double(call.float("epsilon", 1e-5))).values
    // One factor per channel; before opset 21 one per group.
    let share = x.dimensions[1] / gain.count * size
    return [
      try ONNXArray(x.dimensions, x.element) {
        normal[$0] * gain[$0 / share % gain.count] + bias[$0 / share % gain.count]
      }
    ]
  }

  /// Local response normalization (Krizhevsky et al. 2012) across channels.
  private static func response(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let (alpha, beta) = (Double(try call.float("alpha", 1e-4)), Double(try call.float("beta", 0.75)))
    let (bias, size) = (Double(try call.float("bias", 1)), try call.integer("size", 1))
    guard x.rank > 2, (1...1 << 16).contains(size) else { throw call.invalid("has a size of \(size)") }
    let (channels, pixels) = (x.dimensions[1], x.dimensions[2...].reduce(1, *))
    return [
      try ONNXArray(x.dimensions, x.element) { index in
        let channel = index / pixels % channels
        let first = max(0, channel - (size - 1) / 2)
        let last = min(channels - 1, channel + (size - 1) - (size - 1) / 2)
        var sum = 0.0
        for other in first...last {
          let value = x[index + (other - channel) * pixels]
          sum += value * value
        }
        return x[index] / pow(bias + alpha / Double(size) * sum, beta)
      }
    ]
  }

  private static func lpNorm(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let axis = try call.axis("axis", -1, rank: x.rank)
    let isFirst = try call.integer("p", 2) == 1
    let norms = try ONNXReducing.reduced(x, [axis], keeps: true) { values in
      isFirst
        ? values.reduce(0) { $0 + abs($1) } : values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    return [try ONNXElementwiseMath.combine(x, norms) { $1 == 0 ? 0 : $0 / $1 }]
  }

  private static func meanVariance(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let axes = Set(try (call.integers("axes") ?? [0, 2, 3]).map { try call.axis($0, rank: x.rank) })
    let means = try ONNXReducing.reduced(x, axes, keeps: true) { $0.reduce(0, +) / Double($0.count) }
    let centred = try ONNXElementwiseMath.combine(x, means) { $0 - $1 }
    let spread = try ONNXReducing.reduced(centred, axes, keeps: true) {
      ($0.reduce(0) { $0 + $1 * $1 } / Double($0.count)).squareRoot()
    }
    return [try ONNXElementwiseMath.combine(centred, spread) { $0 / ($1 + 1e-9) }]
  }
}
