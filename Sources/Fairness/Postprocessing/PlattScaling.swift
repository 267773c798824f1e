#if canImport(Glibc)
  import Glibc
#endif

/// p = 1 / (1 + exp(A · s + B)), fitted by maximum likelihood to smoothed targets t (Platt 1999, with the
/// algorithm of Lin, Lin and Weng 2007, "A note on Platt's probabilistic outputs for support vector
/// machines"):
///
///     t = (N₊ + 1) / (N₊ + 2) for a positive row, 1 / (N₋ + 2) for a negative one
public struct PlattScaling: Calibrator, Equatable {
  /// A in the formula.
  public let slope: Double
  /// B in the formula.
  public let intercept: Double

  public init(slope: Double, intercept: Double) { (self.slope, self.intercept) = (slope, intercept) }

  public init(_ rows: CalibrationRows) {
    var (positive, negative) = (0.0, 0.0)
    for row in rows.scores.indices {
      if rows.labels[row] { positive += rows.weight(row) } else { negative += rows.weight(row) }
    }
    let (high, low) = ((positive + 1) / (positive + 2), 1 / (negative + 2))
    let start = -log((positive + 1) / (negative + 1))
    let fit = LogisticLine(
      scores: rows.scores, targets: rows.labels.map { $0 ? high : low }, weights: rows.weights,
      start: (0, -start))
    (slope, intercept) = (-fit.slope, -fit.intercept)
  }

  public func probability(_ score: Double) -> Double {
    let exponent = slope * score + intercept
    return exponent >= 0 ? exp(-exponent) / (1 + exp(-exponent)) : 1 / (1 + exp(exponent))
  }
}

/// The line a · x + b whose sigmoid has the maximum likelihood for targets in [0, 1], by Newton's method with
/// step halving.
struct LogisticLine {
  private(set) var slope: Double
  private(set) var intercept: Double

  init(scores: [Double], targets: [Double], weights: [Double]?, start: (Double, Double) = (0, 0)) {
    (slope, intercept) = start
    func loss(_ a: Double, _ b: Double) -> Double {
      var sum = 0.0
      for (row, score) in scores.enumerated() {
        let value = a * score + b
        sum += (weights?[row] ?? 1) * (max(value, 0) - value * targets[row] + log1p(exp(-value.magnitude)))
      }
      return sum
    }
    var present = loss(slope, intercept)
    for _ in 0..<200 {
      // Gradient and Hessian of the loss; a small ridge term keeps the Hessian invertible.
      var (ga, gb, haa, hab, hbb) = (0.0, 0.0, 1e-12, 0.0, 1e-12)
      for (row, score) in scores.enumerated() {
        let value = slope * score + intercept
        let p = value >= 0 ? 1 / (1 + exp(-value)) : exp(value) / (1 + exp(value))
        let (weight, error) = (weights?[row] ?? 1, p - targets[row])
        let curvature = weight * p * (1 - p)
        ga += weight * error * score
        gb += weight * error
        haa += curvature * score * score
        hab += curvature * score
        hbb += curvature
      }
      guard max(ga.magnitude, gb.magnitude) > 1e-9 else { break }
      let determinant = haa * hbb - hab * hab
      guard determinant.magnitude > .leastNormalMagnitude else { break }
      let (da, db) = (-(hbb * ga - hab * gb) / determinant, -(haa * gb - hab * ga) / determinant)
      var step = 1.0
      while step > 1e-10 {
        let next = loss(slope + step * da, intercept + step * db)
        if next < present + 1e-4 * step * (ga * da + gb * db) || next <= present && step < 1e-6 {
          (slope, intercept, present) = (slope + step * da, intercept + step * db, next)
          break
        }
        step /= 2
      }
      if step <= 1e-10 { break }
    }
  }
}
