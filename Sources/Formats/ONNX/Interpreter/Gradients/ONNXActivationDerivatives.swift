import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Derivatives of the activation functions. At a kink, the derivative is that of PyTorch.
enum ONNXActivationDerivatives {
  static let table: [String: ONNXDerivatives.Function] = [
    "Relu": each { x, _ in x > 0 ? 1 : 0 }, "Sigmoid": each { _, y in y * (1 - y) },
    "Softplus": each { x, _ in ONNXActivationMath.sigmoid(x) },
    "Softsign": each { x, _ in 1 / ((1 + abs(x)) * (1 + abs(x))) },
    "Mish": each { x, _ in
      let (share, inner) = (ONNXActivationMath.sigmoid(x), tanh(ONNXActivationMath.softplus(x)))
      return inner + x * share * (1 - inner * inner)
    },
    "HardSwish": each { x, _ in x < -3 ? 0 : x <= 3 ? x / 3 + 0.5 : 1 },
    "LeakyRelu": shaped("alpha", 0.01) { x, alpha, _ in x > 0 ? 1 : alpha },
    "Elu": shaped("alpha", 1) { x, alpha, _ in x > 0 ? 1 : alpha * exp(x) },
    "Celu": shaped("alpha", 1) { x, alpha, _ in x > 0 ? 1 : exp(x / alpha) },
    "Selu": shaped("alpha", 1.673_263_2, "gamma", 1.050_701) { x, alpha, gamma in
      gamma * (x > 0 ? 1 : alpha * exp(x))
    },
    "HardSigmoid": shaped("alpha", 0.2, "beta", 0.5) { x, alpha, beta in
      let y = alpha * x + beta
      return y > 0 && y < 1 ? alpha : 0
    },
    "ThresholdedRelu": shaped("alpha", 1) { x, alpha, _ in x > alpha ? 1 : 0 },
    "Shrink": shaped("lambd", 0.5) { x, lambda, _ in abs(x) > lambda ? 1 : 0 },
    "Swish": shaped("alpha", 1) { x, alpha, _ in
      let share = ONNXActivationMath.sigmoid(alpha * x)
      return share + alpha * x * share * (1 - share)
    },
    "Gelu": { reverse in
      let tanhForm = try reverse.call.string("approximate", "none") == "tanh"
      return try each { x, _ in tanhForm ? gelu(byTanh: x) : gelu(x) }(reverse)
    },
    "PRelu": slopes,
    "Dropout": { [$0.gradient(0)] },
  ]

  private static func each(_ slope: @escaping (Double, Double) -> Double) -> ONNXDerivatives.Function {
    ONNXElementwiseDerivatives.each(slope)
  }

  private static func shaped(
    _ first: String, _ firstDefault: Float, _ second: String = "", _ secondDefault: Float = 0,
    _ slope: @escaping (Double, Double, Double) -> Double
  ) -> ONNXDerivatives.Function {
    { reverse in
      let a = Double(try reverse.call.float(first, firstDefault))
      let b = Double(try reverse.call.float(second, secondDefault))
      return try each { x, _ in slope(x, a, b) }(reverse)
    }
  }

  /// Φ(x) + x φ(x), of the normal distribution.
  private static func gelu(_ x: Double) -> Double {
    0.5 * (1 + erf(x / 2.0.squareRoot())) + x * 0.398_942_280_401_432_7 * exp(-x * x / 2)
  }

  private static func gelu(byTanh x: Double) -> Double {
    let root = 0.797_884_560_802_865_4
    let inner = tanh(root * (x + 0.044715 * x * x * x))
    return 0.5 * (1 + inner) + 0.5 * x * (1 - inner * inner) * root * (1 + 0.134145 * x * x)
  }

  private static func slopes(_ reverse: ONNXReverse) throws -> [ONNXArray?] {
    let (x, dy) = (try reverse.call.input(0), try reverse.gradient())
    let (given, slope) = (try reverse.call.input(1), try ONNXActivationMath.slopes(reverse.call))
    let place = slope.places(in: x.dimensions)
    let ofX = try ONNXArray.precise(x.dimensions) { x[$0] > 0 ? dy[$0] : dy[$0] * slope[place($0)] }
    let ofSlope = try ONNXArray.zeros(given.dimensions)
    for index in 0..<x.count where x[index] < 0 {
      ofSlope.numbers.pointer[place(index)] += dy[index] * x[index]
    }
    return [ofX, ofSlope]
  }
}
