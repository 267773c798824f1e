#if canImport(Glibc)
  import Glibc
#endif

/// A metric that is a share of rows, or a growing function of one: successes of trials.
struct RateCounts {
  var successes: Double
  var trials: Double

  var rate: Double { successes / trials }

  private typealias Reading = @Sendable (ConfusionSums) -> RateCounts

  /// The binary metrics that are shares. F1 is 2 J / (1 + J) with J = TP / (TP + FP + FN).
  private static let binary: [String: Reading] = [
    "selection_rate": { .init(successes: $0.selected, trials: $0.total) },
    "base_rate": { .init(successes: $0.positives, trials: $0.total) },
    "tpr": { .init(successes: $0.truePositives, trials: $0.positives) },
    "fpr": { .init(successes: $0.falsePositives, trials: $0.negatives) },
    "tnr": { .init(successes: $0.trueNegatives, trials: $0.negatives) },
    "fnr": { .init(successes: $0.falseNegatives, trials: $0.positives) },
    "precision": { .init(successes: $0.truePositives, trials: $0.selected) },
    "npv": { .init(successes: $0.trueNegatives, trials: $0.rejected) },
    "false_discovery_rate": { .init(successes: $0.falsePositives, trials: $0.selected) },
    "false_omission_rate": { .init(successes: $0.falseNegatives, trials: $0.rejected) },
    "f1": {
      .init(
        successes: $0.truePositives, trials: $0.truePositives + $0.falsePositives + $0.falseNegatives)
    },
  ]
  private static let any: [String: Reading] = [
    "accuracy": { .init(successes: $0.correct, trials: $0.total) },
    "error_rate": { .init(successes: $0.total - $0.correct, trials: $0.total) },
  ]

  /// How a metric's counts are read from a group; nil if it is no share.
  ///
  /// - Parameter classes: the names of a multiclass task, for "tpr[class]"; else empty.
  static func reading(of metric: String, classes: [String]) -> (@Sendable (GroupSums) -> RateCounts?)? {
    if let read = any[metric] { return { $0.confusion.map(read) } }
    if let read = binary[metric], classes.isEmpty {
      return { $0.confusion.flatMap { $0.classes == 2 ? read($0) : nil } }
    }
    for (index, name) in classes.enumerated() where metric.hasSuffix("[\(name)]") {
      if let read = binary[String(metric.dropLast(name.count + 2))] {
        return { $0.confusion.map { read($0.oneVersusRest(index)) } }
      }
      if let read = any[String(metric.dropLast(name.count + 2))] {
        return { $0.confusion.map { read($0.oneVersusRest(index)) } }
      }
    }
    return nil
  }

  /// The metric of its share.
  static func transform(_ metric: String) -> (Double) -> Double {
    metric == "f1" || metric.hasPrefix("f1[") ? { 2 * $0 / (1 + $0) } : { $0 }
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
