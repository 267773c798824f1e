import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Signal windows and Fourier transforms, computed by definition.
enum ONNXSpectral {
  static let table: [String: ONNXInterpreted.Function] = [
    "HannWindow": window([0.5, -0.5]), "HammingWindow": window([25.0 / 46, -21.0 / 46]),
    "BlackmanWindow": window([0.42, -0.5, 0.08]), "DFT": transform, "STFT": shortTransform,
    "MelWeightMatrix": mel,
  ]

  /// Σ aₖ cos(2π k n / N)
  private static func window(_ terms: [Double]) -> ONNXInterpreted.Function {
    { call in
      guard let size = try call.input(0).integers.first, (0...1 << 24).contains(size) else {
        throw call.invalid("has no size")
      }
      let length = try call.integer("periodic", 1) != 0 ? size : size - 1
      let element = try call.elementType("output_datatype", .float32)
      return [
        try ONNXArray([size], element) { n in
          terms.enumerated().reduce(0) { sum, term in
            sum + term.element * cos(2 * .pi * Double(term.offset * n) / Double(max(length, 1)))
          }
        }
      ]
    }
  }

  /// The transform of one line; `signal` returns the real and the imaginary part at an index.
  private static func line(
    _ length: Int, count: Int, inverse: Bool, _ signal: (Int) -> (Double, Double)
  ) -> [(Double, Double)] {
    (0..<count).map { k in
      var (real, imaginary) = (0.0, 0.0)
      for n in 0..<length {
        let angle = (inverse ? 2.0 : -2.0) * .pi * Double(k * n % length) / Double(length)
        let (a, b) = signal(n)
        real += a * cos(angle) - b * sin(angle)
        imaginary += a * sin(angle) + b * cos(angle)
      }
      let factor = inverse ? 1 / Double(length) : 1
      return (real * factor, imaginary * factor)
    }
  }

  private static func transform(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let parts = x.dimensions.last ?? 1
    guard x.rank >= 2, (1...2).contains(parts) else {
      throw call.invalid("\(x.dimensions) is not of complex numbers")
    }
    let axis =
      try call.optional(2).map { try call.axis($0.integers.first ?? 1, rank: x.rank) }
      ?? call.axis("axis", 1, rank: x.rank)
    let inverse = try call.integer("inverse", 0) != 0
    let oneSided = try call.integer("onesided", 0) != 0
    let size = x.dimensions[axis]
    let length = call.optional(1)?.integers.first ?? size
    guard (1...1 << 20).contains(length), axis < x.rank - 1 else {
      throw call.invalid("has a length of \(length)")
    }
    let count = oneSided ? length / 2 + 1 : length
    var shape = x.dimensions
    (shape[axis], shape[shape.count - 1]) = (count, 2)
    let inner = x.dimensions[(axis + 1)..<(x.rank - 1)].reduce(1, *)
    let outer = x.dimensions[..<axis].reduce(1, *)
    try call.limitWork(outer, inner, count, length)
    let result = try ONNXArray(shape, x.element)
    for index in 0..<outer * inner {
      let (block, offset) = (index / inner, index % inner)
      let values = line(length, count: count, inverse: inverse) { n in
        guard n < size else { return (0, 0) }
        let at = ((block * size + n) * inner + offset) * parts
        return (x[at], parts == 2 ? x[at + 1] : 0)
      }
      for (k, value) in values.enumerated() {
        let at = ((block * count + k) * inner + offset) * 2
        result.numbers.pointer[at] = x.element.rounded(value.0)
        result.numbers.pointer[at + 1] = x.element.rounded(value.1)
      }
    }
    return [result]
  }

  private static func shortTransform(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let (x, window) = (try call.input(0), call.optional(2))
    guard let step = try call.input(1).integers.first, step > 0, x.rank >= 2,
      let length = call.optional(3)?.integers.first ?? window?.count, length > 0, length <= x.dimensions[1],
      window.map({ $0.count == length }) ?? true
    else { throw call.invalid("has no frames that fit \(x.dimensions)") }
    let (size, parts) = (x.dimensions[1], x.rank > 2 ? x.dimensions[2] : 1)
    let frames = (size - length) / step + 1
    let count = try call.integer("onesided", 1) != 0 ? length / 2 + 1 : length
    try call.limitWork(x.dimensions[0], frames, count, length)
    let result = try ONNXArray([x.dimensions[0], frames, count, 2], x.element)
    for frame in 0..<x.dimensions[0] * frames {
      let start = frame / frames * size + frame % frames * step
      let values = line(length, count: count, inverse: false) { n in
        let weight = window?[n] ?? 1
        return (x[(start + n) * parts] * weight, parts == 2 ? x[(start + n) * parts + 1] * weight : 0)
      }
      for (k, value) in values.enumerated() {
        result.numbers.pointer[(frame * count + k) * 2] = x.element.rounded(value.0)
        result.numbers.pointer[(frame * count + k) * 2 + 1] = x.element.rounded(value.1)
      }
    }
    return [result]
  }

  /// Triangular filters on the mel scale, 2595 log₁₀(1 + f / 700).
  private static func mel(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let numbers = try (0..<5).map { try call.input($0).first ?? 0 }
    let (bands, length) = (
      Int(clamping: ONNXArray.Element.whole(numbers[0])), Int(clamping: ONNXArray.Element.whole(numbers[1]))
    )
    guard (1...1 << 16).contains(bands), (1...1 << 20).contains(length), numbers[2] > 0 else {
      throw call.invalid("has \(bands) bands of \(length) frequencies")
    }
    func toMel(_ frequency: Double) -> Double { 2595 * log10(1 + frequency / 700) }
    let (low, high) = (toMel(numbers[3]), toMel(numbers[4]))
    let edges = (0..<bands + 2).map { index -> Int in
      let mel = low + Double(index) * (high - low) / Double(bands + 2)
      let hertz = 700 * (pow(10, mel / 2595) - 1)
      return Int(clamping: ONNXArray.Element.whole((Double(length + 1) * hertz / numbers[2]).rounded(.down)))
    }
    let element = try call.elementType("output_datatype", .float32)
    return [
      try ONNXArray([length / 2 + 1, bands], element) { index in
        let (bin, band) = (index / bands, index % bands)
        let (left, middle, right) = (edges[band], edges[band + 1], edges[band + 2])
        if bin == middle, left == middle { return 1 }
        if bin >= left, bin <= middle, middle > left { return Double(bin - left) / Double(middle - left) }
        if bin > middle, bin < right { return Double(right - bin) / Double(right - middle) }
        return 0
      }
    ]
  }
}
