#if canImport(Glibc)
  import Glibc
#endif

/// p = σ(a · ln s − b · ln(1 − s) + c) with a and b at least 0 (Kull, Silva Filho and Flach 2017, "Beta
/// calibration", algorithm 1): a negative coefficient is set to 0 and the others are fitted again.
public struct BetaCalibration: Calibrator, Equatable {
  public let a: Double
  public let b: Double
  public let c: Double

  public init(a: Double, b: Double, c: Double) { (self.a, self.b, self.c) = (a, b, c) }

  public init(_ rows: CalibrationRows) {
    let inner = rows.scores.map { min(max($0, 1e-12), 1 - 1e-12) }
    let (first, second) = (inner.map { log($0) }, inner.map { -log(1 - $0) })
    let targets = rows.labels.map { $0 ? 1.0 : 0 }
    let both = Self.fit(first, second, targets, rows.weights)
    if both.a >= 0, both.b >= 0 {
      (a, b, c) = both
    } else if both.a < 0 {
      let line = LogisticLine(scores: second, targets: targets, weights: rows.weights)
      (a, b, c) = (0, max(0, line.slope), line.intercept)
    } else {
      let line = LogisticLine(scores: first, targets: targets, weights: rows.weights)
      (a, b, c) = (max(0, line.slope), 0, line.intercept)
    }
  }

  /// Logistic regression on two variables by Newton's method.
  private static func fit(_ x: [Double], _ y: [Double], _ targets: [Double], _ weights: [Double]?) -> (
    a: Double, b: Double, c: Double
  ) {
    var parameters = [0.0, 0.0, 0.0]
    func loss(_ p: [Double]) -> Double {
      var sum = 0.0
      for row in x.indices {
        let value = p[0] * x[row] + p[1] * y[row] + p[2]
        sum += (weights?[row] ?? 1) * (max(value, 0) - value * targets[row] + log1p(exp(-value.magnitude)))
      }
      return sum
    }
    var present = loss(parameters)
    for _ in 0..<200 {
      var gradient = [0.0, 0.0, 0.0]
      var curvature = [Double](repeating: 0, count: 9)
      for row in x.indices {
        let features = [x[row], y[row], 1]
        let p = TemperatureScaling.sigmoid(
          parameters[0] * x[row] + parameters[1] * y[row] + parameters[2])
        let weight = weights?[row] ?? 1
        for i in 0..<3 {
          gradient[i] += weight * (p - targets[row]) * features[i]
          for j in 0..<3 { curvature[i * 3 + j] += weight * p * (1 - p) * features[i] * features[j] }
        }
      }
      guard gradient.contains(where: { $0.magnitude > 1e-8 }) else { break }
      for i in 0..<3 { curvature[i * 4] += 1e-10 }
      guard let move = solved(curvature, gradient) else { break }
      var step = 1.0
      while step > 1e-10 {
        let next = zip(parameters, move).map { $0 - step * $1 }
        let value = loss(next)
        if value < present {
          (parameters, present) = (next, value)
          break
        }
        step /= 2
      }
      if step <= 1e-10 { break }
    }
    return (parameters[0], parameters[1], parameters[2])
  }

  /// Solves three linear equations by Gaussian elimination with pivoting; nil if there is no solution.
  private static func solved(_ matrix: [Double], _ right: [Double]) -> [Double]? {
    var (m, r) = (matrix, right)
    for column in 0..<3 {
      guard let pivot = (column..<3).max(by: { m[$0 * 3 + column].magnitude < m[$1 * 3 + column].magnitude }),
        m[pivot * 3 + column].magnitude > 1e-300
      else { return nil }
      for j in 0..<3 { m.swapAt(column * 3 + j, pivot * 3 + j) }
      r.swapAt(column, pivot)
      for row in 0..<3 where row != column {
        let factor = m[row * 3 + column] / m[column * 3 + column]
        for j in 0..<3 { m[row * 3 + j] -= factor * m[column * 3 + j] }
        r[row] -= factor * r[column]
      }
    }
    return (0..<3).map { r[$0] / m[$0 * 4] }
  }

  public func probability(_ score: Double) -> Double {
    let s = min(max(score, 1e-12), 1 - 1e-12)
    return TemperatureScaling.sigmoid(a * log(s) - b * log(1 - s) + c)
  }
}
