#if canImport(Glibc)
  import Glibc
#endif

/// Successes of trials, and what intervals read of them.
struct RateCounts {
  var successes: Double
  var trials: Double

  var rate: Double { successes / trials }

  /// The estimate and standard error with a success and a failure added (Agresti and Caffo 2000), which
  /// makes normal intervals of differences cover in small groups and at 0 and 1.
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
