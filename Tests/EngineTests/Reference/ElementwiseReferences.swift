@testable import Engine

#if canImport(Glibc)
  import Glibc
#endif

let elementwiseReferences: [String: Reference] = [
  Activation.kind: defined {
    (activation: Activation, operands: [ReferenceValue], _: ReferenceRun) -> [Double] in
    return operands[0].numbers.map { activated($0, activation.function, Double(activation.alpha)) }
  },
  Unary.kind: defined { (it: Unary, operands: [ReferenceValue], _: ReferenceRun) -> [Double] in
    let function = it.function
    return operands[0].numbers.map { x in
      switch function {
      case .negate: -x
      case .absolute: abs(x)
      case .squareRoot: x.squareRoot()
      case .exponential: exp(x)
      case .logarithm: log(x)
      case .reciprocal: 1 / x
      case .errorFunction: erf(x)
      }
    }
  },
  Arithmetic.kind: defined { (it: Arithmetic, operands: [ReferenceValue], _: ReferenceRun) -> [Double] in
    let (a, b) = (operands[0], operands[1])
    let function = it.function
    return broadcast(a, b) { x, y in
      switch function {
      case .add: x + y
      case .subtract: x - y
      case .multiply: x * y
      case .divide: x / y
      case .power: pow(x, y)
      case .maximum: max(x, y)
      case .minimum: min(x, y)
      }
    }
  },
  ScaledSum.kind: defined { (it: ScaledSum, operands: [ReferenceValue], _: ReferenceRun) -> [Double] in
    let scale = Double(it.scale)
    return zip(operands[0].numbers, operands[1].numbers).map { $0 + scale * $1 }
  },
  Threshold.kind: defined { (it: Threshold, operands: [ReferenceValue], _: ReferenceRun) -> [Double] in
    operands[0].numbers.map { $0 > Double(it.threshold) ? 1 : 0 }
  },
  Imputation.kind: { _, operands, _ in
    let (x, values) = (operands[0], operands[1].numbers)
    return x.numbers.enumerated().map { $1.isNaN ? values[$0 % values.count] : $1 }
  },
  // The mask is a function of seed and position: see random_bits.h.
  Dropout.kind: defined { (dropout: Dropout, operands: [ReferenceValue], run: ReferenceRun) -> [Double] in
    guard run.isTraining else { return operands[0].numbers }
    let key = seedKey(run.seed &+ dropout.stream &* 0x9e37_79b9_7f4a_7c15)
    let below = UInt32(Double(dropout.rate) * 4_294_967_296)
    return operands[0].numbers.enumerated().map { place, x in
      positionBits(UInt32(place), key) < below ? 0 : x / (1 - Double(dropout.rate))
    }
  },
]

func activated(_ x: Double, _ function: Activation.Function, _ alpha: Double) -> Double {
  switch function {
  case .relu: max(x, 0)
  case .leakyReLU: x > 0 ? x : alpha * x
  case .elu: x > 0 ? x : alpha * (exp(x) - 1)
  case .gelu: x * 0.5 * (1 + erf(x / 2.0.squareRoot()))
  case .geluTanh: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
  case .tanh: tanh(x)
  case .sigmoid: 1 / (1 + exp(-x))
  case .softplus: log(1 + exp(x))
  case .silu: x / (1 + exp(-x))
  case .swish: x / (1 + exp(-alpha * x))
  case .mish: x * tanh(log(1 + exp(x)))
  case .hardSwish: x * min(max(x / 6 + 0.5, 0), 1)
  case .squaredReLU: max(x, 0) * max(x, 0)
  case .clippedGELU: min(x * 0.5 * (1 + erf(x / 2.0.squareRoot())), 10)
  }
}

/// NumPy's broadcasting of the lines of a and b; a parameter has one line for all.
private func broadcast(
  _ a: ReferenceValue, _ b: ReferenceValue, _ function: (Double, Double) -> Double
) -> [Double] {
  let lines = max(a.lines, b.lines)
  // A parameter may have a dimension for the rows, which is 1.
  func shape(_ value: ReferenceValue, _ other: ReferenceValue) -> [Int] {
    value.lines < lines && value.shape.count == other.shape.count + 1
      ? Array(value.shape.dropFirst()) : value.shape
  }
  let (own, other) = (shape(a, b), shape(b, a))
  let rank = max(own.count, other.count)
  let shapes = [own, other].map { Array(repeating: 1, count: rank - $0.count) + $0 }
  let result = zip(shapes[0], shapes[1]).map { max($0, $1) }
  func number(_ value: ReferenceValue, _ shape: [Int], _ line: Int, _ place: [Int]) -> Double {
    var own = 0
    for (size, index) in zip(shape, place) { own = own * size + (size == 1 ? 0 : index) }
    return value.numbers[(value.lines == 1 ? 0 : line) * value.width + own]
  }
  var numbers: [Double] = []
  for line in 0..<lines {
    for place in places(result) {
      numbers.append(function(number(a, shapes[0], line, place), number(b, shapes[1], line, place)))
    }
  }
  return numbers
}

/// All indices of an array, in row-major order.
func places(_ shape: [Int]) -> [[Int]] {
  var known: [[Int]] = [[]]
  for size in shape { known = known.flatMap { (place: [Int]) -> [[Int]] in (0..<size).map { place + [$0] } } }
  return known
}

/// The position of an index in row-major order.
func offset(_ place: [Int], _ shape: [Int]) -> Int {
  var result = 0
  for (size, index) in zip(shape, place) { result = result * size + index }
  return result
}

private func seedKey(_ seed: UInt64) -> UInt32 {
  var x = seed
  x = (x ^ (x >> 30)) &* 0xbf58_476d_1ce4_e5b9
  x = (x ^ (x >> 27)) &* 0x94d0_49bb_1331_11eb
  return UInt32(truncatingIfNeeded: x ^ (x >> 31))
}

private func positionBits(_ position: UInt32, _ key: UInt32) -> UInt32 {
  var x = position ^ key
  x = (x ^ (x >> 16)) &* 0x7feb_352d
  x = (x ^ (x >> 15)) &+ key
  x = x &* 0x846c_a68b
  return x ^ (x >> 16)
}
