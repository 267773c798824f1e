import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Prototypes, and the probabilities of a row's membership in each.
struct PrototypeModel {
  let width: Int
  let count: Int
  /// v: (count, width), then log α: (width), then the logits of w: (count).
  var parameters: [Double]

  init(width: Int, count: Int) {
    self.width = width
    self.count = count
    parameters = [Double](repeating: 0, count: count * width + width + count)
  }

  /// Initializes the prototypes with random rows.
  mutating func start(_ features: FeatureMatrix, _ random: inout RandomStream) {
    for k in 0..<count {
      let row = random.below(features.rows)
      for j in 0..<width {
        parameters[k * width + j] = Double(features.values.pointer[row * width + j]) + 0.1 * random.normal()
      }
      parameters[count * width + width + k] = 0.1 * random.normal()
    }
    for j in 0..<width { parameters[count * width + j] = -log(Double(width)) }
  }

  /// The probabilities of a row: (count).
  func probabilities(_ row: UnsafePointer<Float>, _ result: inout [Double]) {
    parameters.withUnsafeBufferPointer { parameters in
      var least = Double.infinity
      for k in 0..<count {
        var sum = 0.0
        for j in 0..<width {
          let difference = Double(row[j]) - parameters[k * width + j]
          sum += exp(parameters[count * width + j]) * difference * difference
        }
        result[k] = sum
        least = min(least, sum)
      }
      var total = 0.0
      for k in 0..<count {
        result[k] = exp(least - result[k])
        total += result[k]
      }
      for k in 0..<count { result[k] /= total }
    }
  }

  /// w of prototype k.
  func outcome(_ k: Int) -> Double { 1 / (1 + exp(-parameters[count * width + width + k])) }
}
