#if canImport(Glibc)
  import Glibc
#endif

/// A metric that is a share of rows, or a growing function of one: successes of trials.
struct RateCounts {
  var successes: Double
  var trials: Double

  var rate: Double { successes / trials }

  private static let shares: [String: (share: Metric.Share, input: Metric.Input)] = Dictionary(
    Metric.all.compactMap { metric in metric.share.map { (metric.name, ($0, metric.input)) } },
    uniquingKeysWith: { first, _ in first })

  /// How a metric's counts are read from a group; nil if it is no share.
  ///
  /// - Parameter classes: the names of a multiclass task, for "tpr[class]"; else empty.
  static func reading(of metric: String, classes: [String]) -> (@Sendable (GroupSums) -> RateCounts?)? {
    if let (share, input) = shares[metric] {
      if input == .confusion { return { $0.confusion.map(share.counts) } }
      if classes.isEmpty { return { $0.confusion.flatMap { $0.classes == 2 ? share.counts($0) : nil } } }
    }
    for (index, name) in classes.enumerated() where metric.hasSuffix("[\(name)]") {
      if let share = shares[String(metric.dropLast(name.count + 2))]?.share {
        return { $0.confusion.map { share.counts($0.oneVersusRest(index)) } }
      }
    }
    return nil
  }

  /// The metric of its share.
  static func transform(_ metric: String) -> (Double) -> Double {
    shares[String(metric.prefix { $0 != "[" })]?.share.transform ?? { $0 }
  }

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
