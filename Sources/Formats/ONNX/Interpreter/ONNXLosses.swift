import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Classification losses, which some exported files contain.
enum ONNXLosses {
  static let table: [String: ONNXInterpreted.Function] = [
    "NegativeLogLikelihoodLoss": { call in try [loss(call, call.input(0))] },
    "SoftmaxCrossEntropyLoss": { call in
      let x = try call.input(0)
      guard x.rank > 1 else { throw call.invalid("its scores are \(x.dimensions)") }
      let (_, size, inner) = x.split(at: 1)
      let logarithms = try ONNXArray(x.dimensions, x.element) { index in
        let start = index / (size * inner) * size * inner + index % inner
        let line = (0..<size).map { x[start + $0 * inner] }
        let largest = line.max() ?? 0
        return x[index] - largest - log(line.reduce(0) { $0 + exp($1 - largest) })
      }
      return try [loss(call, logarithms), logarithms]
    },
  ]

  /// −w[y] x[y], without reduction, summed, or averaged by weight; one class may be ignored.
  private static func loss(_ call: ONNXEvaluation, _ x: ONNXArray) throws -> ONNXArray {
    let (labels, weights) = (try call.input(1), call.optional(2))
    guard x.rank > 1, labels.count * x.dimensions[1] == x.count,
      weights.map({ $0.count == x.dimensions[1] }) ?? true
    else { throw call.invalid("its labels \(labels.dimensions) do not fit \(x.dimensions)") }
    let (_, size, inner) = x.split(at: 1)
    let ignored = try call.node.attributes["ignore_index"] == nil ? nil : call.integer("ignore_index", 0)
    let chosen = labels.integers
    var total = 0.0
    let losses = try ONNXArray(labels.dimensions, x.element) { index in
      let label = chosen[index]
      if label == ignored { return 0 }
      guard (0..<size).contains(label) else { throw call.invalid("has the class \(label) of \(size)") }
      let weight = weights?[label] ?? 1
      total += weight
      return -weight * x[(index / inner * size + label) * inner + index % inner]
    }
    let sum = losses.numbers.elements.reduce(0, +)
    switch try call.string("reduction", "mean") {
    case "none": return losses
    case "sum": return try ONNXArray([], x.element) { _ in sum }
    default: return try ONNXArray([], x.element) { _ in sum / total }
    }
  }
}
