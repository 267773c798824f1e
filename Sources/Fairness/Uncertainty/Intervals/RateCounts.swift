#if canImport(Glibc)
  import Glibc
#endif

/// Successes and trials, and the estimates that intervals use.
struct RateCounts {
  var successes: Double
  var trials: Double

  var rate: Double { successes / trials }

  /// The estimate and its standard error after adding one success and one failure (Agresti and Caffo 2000).
  /// With them, normal intervals of differences have the stated coverage in small groups and for rates of 0
  /// and 1.
  var adjusted: (value: Double, error: Double) {
    let p = (successes + 1) / (trials + 2)
    return (p, (p * (1 - p) / (trials + 2)).squareRoot())
  }

  /// ln of the rate with half a success added, and its standard error (Walter 1975).
  var adjustedLog: (value: Double, error: Double) {
    let (above, below) = (successes + 0.5, trials + 0.5)
    return (log(above / below), max(0, 1 / above - 1 / below).squareRoot())
  }
}
