@testable import Engine

#if canImport(Glibc)
  import Glibc
#endif

let normalizationReferences: [String: Reference] = [
  Softmax.kind: { _, operands, _ in
    eachLast(operands[0]) { x in
      let sum = x.reduce(0) { $0 + exp($1) }
      return x.map { exp($0) / sum }
    }
  },
  LayerNorm.kind: defined { (it: LayerNorm, operands: [ReferenceValue], _: ReferenceRun) -> [Double] in
    let epsilon = Double(it.epsilon)
    return eachLast(operands[0]) { x in
      let (mean, variance) = moments(x)
      return x.indices.map { (place: Int) -> Double in
        let normal = (x[place] - mean) / (variance + epsilon).squareRoot()
        return normal * operands[1].numbers[place] + operands[2].numbers[place]
      }
    }
  },
  BatchNorm.kind: defined { (norm: BatchNorm, operands: [ReferenceValue], run: ReferenceRun) -> [Double] in
    let x = operands[0]
    let channels = operands[1].numbers.count
    func channel(_ place: Int) -> Int {
      norm.channelsLast ? place % channels : place % x.width / (x.width / channels)
    }
    var statistics = (0..<channels).map { (operands[3].numbers[$0], operands[4].numbers[$0]) }
    if norm.usesBatchStatistics && run.isTraining {
      statistics = (0..<channels).map { own in
        moments(x.numbers.indices.filter { channel($0) == own }.map { x.numbers[$0] })
      }
    }
    return x.numbers.indices.map { (place: Int) -> Double in
      let own = channel(place)
      let (mean, variance) = statistics[own]
      let normal = (x.numbers[place] - mean) / (variance + Double(norm.epsilon)).squareRoot()
      let y = normal * operands[1].numbers[own] + operands[2].numbers[own]
      return norm.relu ? max(y, 0) : y
    }
  },
]

/// A function of the last axis.
func eachLast(_ x: ReferenceValue, _ function: ([Double]) -> [Double]) -> [Double] {
  let width = x.shape.last ?? 1
  return (0..<x.numbers.count / width).flatMap { function(Array(x.numbers[$0 * width..<($0 + 1) * width])) }
}

/// The mean, and the mean of the squared deviations.
private func moments(_ x: [Double]) -> (mean: Double, variance: Double) {
  let mean = x.reduce(0, +) / Double(x.count)
  return (mean, x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count))
}
