#if canImport(Glibc)
  import Glibc
#endif
import Platform

extension RandomStream {
  /// A draw from Binomial(trials, p): by inversion for small means, otherwise by the transformed rejection
  /// method BTRS (Hörmann 1993, "The generation of binomial random variates"), whose cost does not grow with
  /// the mean.
  ///
  /// - Parameter trials: a whole number below 2⁵³.
  mutating func binomial(_ trials: Double, _ p: Double) -> Double {
    guard trials > 0, p > 0 else { return 0 }
    guard p < 1 else { return trials }
    if p > 0.5 { return trials - binomial(trials, 1 - p) }
    return trials * p < 10 ? invertedBinomial(trials, p) : rejectedBinomial(trials, p)
  }

  /// Inversion from 0 upwards: P(k + 1) = P(k) · (n − k) / (k + 1) · p / (1 − p).
  private mutating func invertedBinomial(_ trials: Double, _ p: Double) -> Double {
    let odds = p / (1 - p)
    let first = exp(trials * log1p(-p))
    while true {
      var rest = uniform()
      var mass = first
      var k = 0.0
      // With a mean below 10, a draw of 110 or more has a probability of 10⁻⁷⁰; only rounding could lead
      // there.
      while k <= trials && k < 110 {
        if rest < mass { return k }
        rest -= mass
        mass *= odds * (trials - k) / (k + 1)
        k += 1
      }
    }
  }

  private mutating func rejectedBinomial(_ trials: Double, _ p: Double) -> Double {
    let deviation = (trials * p * (1 - p)).squareRoot()
    let b = 1.15 + 2.53 * deviation
    let a = -0.0873 + 0.0248 * b + 0.01 * p
    let center = trials * p + 0.5
    let alpha = (2.83 + 5.1 / b) * deviation
    let odds = p / (1 - p)
    let mode = ((trials + 1) * p).rounded(.down)
    while true {
      let u = uniform() - 0.5
      let v = uniform()
      let side = 0.5 - abs(u)
      let k = ((2 * a / side + b) * u + center).rounded(.down)
      if side >= 0.07 && v <= 0.92 - 4.2 / b { return k }
      guard k >= 0, k <= trials else { continue }
      let bound =
        (mode + 0.5) * log((mode + 1) / (odds * (trials - mode + 1)))
        + (trials + 1) * log((trials - mode + 1) / (trials - k + 1))
        + (k + 0.5) * log(odds * (trials - k + 1) / (k + 1))
        + stirlingRest(mode) + stirlingRest(trials - mode) - stirlingRest(k) - stirlingRest(trials - k)
      if log(v * alpha / (a / (side * side) + b)) <= bound { return k }
    }
  }

  /// ln k! minus Stirling's approximation (k + ½) ln(k + 1) − (k + 1) + ½ ln 2π.
  private func stirlingRest(_ k: Double) -> Double {
    guard k > 9 else {
      return logGamma(k + 1) - (k + 0.5) * log(k + 1) + (k + 1) - 0.918_938_533_204_672_7
    }
    let inverse = 1 / (k + 1)
    let square = inverse * inverse
    return (1.0 / 12 - (1.0 / 360 - square / 1260) * square) * inverse
  }

  /// A draw from Multinomial(trials, weights / Σ weights); overwrites `drawn`.
  ///
  /// Conditional binomials: cell by cell, from the remaining trials.
  mutating func multinomial(
    _ trials: Double, _ weights: UnsafeBufferPointer<Double>, into drawn: UnsafeMutableBufferPointer<Double>
  ) {
    var left = trials
    var mass = weights.reduce(0, +)
    for (index, weight) in weights.enumerated() where index < drawn.count {
      let count = mass > 0 && left > 0 ? binomial(left, min(1, weight / mass)) : 0
      drawn[index] = count
      left -= count
      mass -= weight
    }
  }

  /// The number of marked items among `draws` drawn without replacement from `marked` + `others`, by
  /// inversion from the mode outwards; the number of steps is about one standard deviation.
  mutating func hypergeometric(marked: Double, others: Double, draws: Double) -> Double {
    let least = max(0, draws - others)
    let most = min(draws, marked)
    guard most > least else { return most }
    let total = marked + others
    let mode = min(most, max(least, ((draws + 1) * (marked + 1) / (total + 2)).rounded(.down)))
    let logChoose = { (n: Double, k: Double) in logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) }
    let peak = exp(logChoose(marked, mode) + logChoose(others, draws - mode) - logChoose(total, draws))
    while true {
      var rest = uniform() - peak
      if rest < 0 { return mode }
      var (down, up) = (mode, mode)
      var (downMass, upMass) = (peak, peak)
      while down > least || up < most {
        if up < most {
          upMass *= (marked - up) * (draws - up) / ((up + 1) * (others - draws + up + 1))
          up += 1
          rest -= upMass
          if rest < 0 { return up }
        }
        if down > least {
          downMass *= down * (others - draws + down) / ((marked - down + 1) * (draws - down + 1))
          down -= 1
          rest -= downMass
          if rest < 0 { return down }
        }
        // The remaining tails are below the rounding error.
        if upMass < 1e-20 && downMass < 1e-20 { break }
      }
    }
  }
}
