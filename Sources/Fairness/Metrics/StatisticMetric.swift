/// A ratio of two weighted sums over the confusion table, as a configuration defines it.
public struct ConfusionRatio: Equatable, Sendable {
  /// What a row contributes, by its label and decision.
  public struct Sum: Equatable, Sendable {
    public var trueNegative: Double
    public var falsePositive: Double
    public var falseNegative: Double
    public var truePositive: Double

    public init(trueNegative: Double, falsePositive: Double, falseNegative: Double, truePositive: Double) {
      (self.trueNegative, self.falsePositive) = (trueNegative, falsePositive)
      (self.falseNegative, self.truePositive) = (falseNegative, truePositive)
    }

    func value(_ table: ConfusionSums) -> Double {
      trueNegative * table.trueNegatives + falsePositive * table.falsePositives
        + falseNegative * table.falseNegatives + truePositive * table.truePositives
    }

    fileprivate var cells: [Double] { [trueNegative, falsePositive, falseNegative, truePositive] }
    fileprivate var readsLabels: Bool { trueNegative != falseNegative || falsePositive != truePositive }
  }

  public enum Better: Sendable { case higher, lower, neither }

  public let name: String
  public let numerator: Sum
  public let denominator: Sum
  public let better: Better

  public init(name: String, numerator: Sum, denominator: Sum, better: Better) {
    (self.name, self.numerator, self.denominator, self.better) = (name, numerator, denominator, better)
  }

  /// The contribution of each row that the denominator counts, if all of them are the same and the numerator counts some of
  /// these rows; the ratio is then a share of rows, with intervals and tests by formula.
  fileprivate var unit: Double? {
    guard let unit = denominator.cells.first(where: { $0 != 0 }), unit > 0 else { return nil }
    let isShare = zip(numerator.cells, denominator.cells).allSatisfy {
      ($1 == 0 || $1 == unit) && ($0 == 0 || $0 == $1)
    }
    return isShare ? unit : nil
  }
}

extension Metric {
  /// The metric of a ratio. With more than two classes: of each class against the rest.
  static func ratio(_ ratio: ConfusionRatio) -> Metric {
    let (numerator, denominator) = (ratio.numerator, ratio.denominator)
    let better: Better =
      switch ratio.better {
      case .higher: .higher
      case .lower: .lower
      case .neither: .neither
      }
    let reason = "the denominator of \(ratio.name) counts no rows"
    let meaning = "the ratio \(ratio.name), as the configuration defines it"
    let metric: Metric
    if let unit = ratio.unit {
      metric = Metric(
        rate: ratio.name, ratio.name, meaning, better: better,
        of: .others(unless: reason) { denominator.value($0) / unit }
      ) { numerator.value($0) / unit }
    } else {
      let isPositive = (numerator.cells + denominator.cells).allSatisfy { $0 >= 0 }
      metric = Metric(
        ratio.name, ratio.name, meaning, better: better, in: isPositive ? .notNegative : .any,
        of: .binaryConfusion
      ) { table in
        .rate(numerator.value(table), of: denominator.value(table), unless: reason)
      }
    }
    return numerator.readsLabels || denominator.readsLabels ? metric : metric.withoutLabels()
  }
}
