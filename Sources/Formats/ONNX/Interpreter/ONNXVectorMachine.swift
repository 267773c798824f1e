import Engine
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// ai.onnx.ml's SVMClassifier without probabilities, for any number of classes. Each pair of classes has a
/// decision function, which votes for its first class if it is positive. The engine itself runs machines with
/// probabilities.
enum ONNXVectorMachine {
  static let table: [String: ONNXInterpreted.Function] = ["ai.onnx.ml.SVMClassifier": classifier]

  // x (rows, features) → label (rows), and for two classes (−f, f), for more f of each pair
  private static func classifier(_ call: ONNXEvaluation) throws -> [ONNXArray] {
    let x = try call.input(0)
    let (vectors, coefficients) = (
      try call.floats("support_vectors") ?? [], try call.floats("coefficients") ?? []
    )
    let (counts, rho) = (try call.integers("vectors_per_class") ?? [], try call.floats("rho") ?? [])
    guard try call.floats("prob_a") ?? [] == [], try call.string("post_transform", "NONE") == "NONE" else {
      throw call.unsupported("only scores without probabilities or transforms are interpreted")
    }
    // Each count is limited to the number of numbers, so that their sum cannot overflow.
    let classes = counts.count
    guard counts.allSatisfy({ (0...vectors.count).contains($0) }) else {
      throw call.invalid("has \(vectors.count) numbers of vectors, too few for vectors_per_class")
    }
    let count = counts.reduce(0, +)
    let features = x.rank == 2 ? x.dimensions[1] : 0
    let pairs = PairwiseCoupling.pairs(classes)
    let (numbers, overflow) = count.multipliedReportingOverflow(by: features)
    guard (2...256).contains(classes), count > 0, !overflow,
      vectors.count == numbers, coefficients.count / (classes - 1) == count, rho.count == pairs
    else { throw call.invalid("has vectors, coefficients and intercepts that do not fit \(x.dimensions)") }
    let kernel = try kernel(call)
    let starts = counts.indices.map { counts[..<$0].reduce(0, +) }
    try call.limitWork(x.dimensions[0], count, features)
    try call.limitWork(x.dimensions[0], count, classes)

    let labels = try call.integers("classlabels_ints") ?? Array(counts.indices)
    guard labels.count == classes else {
      throw call.invalid("has \(labels.count) labels of \(classes) classes")
    }
    let label = try ONNXArray([x.dimensions[0]], .int64)
    let scores = try ONNXArray([x.dimensions[0], max(pairs, 2)], .float32)
    for row in 0..<x.dimensions[0] {
      let products = (0..<count).map { vector in
        kernel((0..<features).map { (x[row * features + $0], Double(vectors[vector * features + $0])) })
      }
      var votes = [Int](repeating: 0, count: classes)
      var pair = 0
      for first in 0..<classes {
        for second in first + 1..<classes {
          var sum = Double(rho[pair])
          for (own, other) in [(first, second - 1), (second, first)] {
            for vector in starts[own]..<starts[own] + counts[own] {
              sum += Double(coefficients[other * count + vector]) * products[vector]
            }
          }
          votes[sum > 0 ? first : second] += 1
          scores.numbers.pointer[row * max(pairs, 2) + pair] = Double(Float(pairs == 1 ? -sum : sum))
          if pairs == 1 { scores.numbers.pointer[row * 2 + 1] = Double(Float(sum)) }
          pair += 1
        }
      }
      let best = votes.indices.max { votes[$0] < votes[$1] || votes[$0] == votes[$1] && $0 > $1 } ?? 0
      label.numbers.pointer[row] = Double(labels[best])
    }
    return [label, scores]
  }

  /// The kernel as a function of the pairs of a row's and a vector's numbers.
  private static func kernel(_ call: ONNXEvaluation) throws -> ([(Double, Double)]) -> Double {
    let given = (try call.floats("kernel_params") ?? []).map(Double.init) + [0, 0, 0]
    let (gamma, constant, degree) = (given[0], given[1], given[2])
    func product(_ pairs: [(Double, Double)]) -> Double { pairs.reduce(0) { $0 + $1.0 * $1.1 } }
    switch try call.string("kernel_type", "LINEAR") {
    case "LINEAR": return product
    case "POLY": return { pow(gamma * product($0) + constant, degree) }
    case "SIGMOID": return { tanh(gamma * product($0) + constant) }
    case "RBF": return { exp(-gamma * $0.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }) }
    case let name: throw call.invalid("the kernel \(name) is not known")
    }
  }
}
