import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Activation functions of one number and up to two attributes.
enum ONNXActivationMath {
  static let table: [String: ONNXInterpreted.Function] = [
    "Relu": plain { max($0, 0) }, "Sigmoid": plain(sigmoid), "Softplus": plain(softplus),
    "Softsign": plain { $0 / (1 + abs($0)) },
    "Mish": plain { $0 * tanh(softplus($0)) },
    "HardSwish": plain { $0 * max(0, min(1, $0 / 6 + 0.5)) },
    "LeakyRelu": shaped("alpha", 0.01) { x, alpha, _ in x < 0 ? alpha * x : x },
    "Elu": shaped("alpha", 1) { x, alpha, _ in x < 0 ? alpha * expm1(x) : x },
    "Celu": shaped("alpha", 1) { x, alpha, _ in max(0, x) + min(0, alpha * expm1(x / alpha)) },
    "Selu": shaped("alpha", 1.673_263_2, "gamma", 1.050_701) { x, alpha, gamma in
      gamma * (x <= 0 ? alpha * expm1(x) : x)
    },
    "HardSigmoid": shaped("alpha", 0.2, "beta", 0.5) { x, alpha, beta in max(0, min(1, alpha * x + beta)) },
    "ThresholdedRelu": shaped("alpha", 1) { x, alpha, _ in x > alpha ? x : 0 },
    "Shrink": shaped("lambd", 0.5, "bias", 0) { x, lambda, bias in
      x < -lambda ? x + bias : x > lambda ? x - bias : 0
    },
    "Swish": shaped("alpha", 1) { x, alpha, _ in x * sigmoid(alpha * x) },
    "Gelu": { call in
      let tanhForm = try call.string("approximate", "none") == "tanh"
      return try plain { x in
        tanhForm
          ? x / 2 * (1 + tanh(0.797_884_560_802_865_4 * (x + 0.044715 * x * x * x)))
          : x / 2 * (1 + erf(x / 2.0.squareRoot()))
      }(call)
    },
    "PRelu": { call in
      [try ONNXElementwiseMath.combine(call.input(0), slopes(call)) { $0 < 0 ? $0 * $1 : $0 }]
    },
    // In inference nothing is dropped, and the mask is all ones.
    "Dropout": { call in
      if let training = call.optional(2)?.first, training != 0 {
        guard (call.optional(1)?.first ?? 0.5) == 0 else { throw call.unsupported("drops values at random") }
      }
      let x = try call.input(0)
      return [x, try ONNXArray(x.dimensions, .bool) { _ in 1 }]
    },
  ]

  /// The slopes of PRelu in a shape that broadcasts to its operand's.
  static func slopes(_ call: ONNXEvaluation) throws -> ONNXArray {
    let (x, slope) = (try call.input(0), try call.input(1))
    // A list of slopes has one slope per channel in files from before broadcasting.
    guard slope.rank == 1, slope.count > 1, x.rank > 1, slope.count == x.dimensions[1],
      slope.count != x.dimensions.last || call.opset < 7
    else { return slope }
    return try slope.reshaped([slope.count] + Array(repeating: 1, count: x.rank - 2))
  }

  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
  static func softplus(_ x: Double) -> Double { x > 30 ? x : log1p(exp(x)) }

  private static func plain(_ function: @escaping (Double) -> Double) -> ONNXInterpreted.Function {
    ONNXElementwiseMath.each(function)
  }

  private static func shaped(
    _ first: String, _ firstDefault: Float, _ second: String = "", _ secondDefault: Float = 0,
    _ function: @escaping (Double, Double, Double) -> Double
  ) -> ONNXInterpreted.Function {
    { call in
      let (a, b) = (
        Double(try call.float(first, firstDefault)), Double(try call.float(second, secondDefault))
      )
      return try plain { function($0, a, b) }(call)
    }
  }
}
