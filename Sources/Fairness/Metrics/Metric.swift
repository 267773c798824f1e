/// A number that describes how one group of rows is treated, with all facts about the number.
///
/// Reports, intervals, comparisons, policies and the choice of candidates read these facts here; there is no
/// other table of metrics. A new metric is a value in the file of its family and an entry in `Metric.all`.
public struct Metric: Sendable {
  /// The data that a metric reads; each task provides some of these.
  public enum Input: Sendable, Equatable {
    case rows
    /// The confusion table of any classification.
    case confusion
    /// The confusion table of two classes; with more classes, one class against the rest: "tpr[class]".
    case binaryConfusion
    /// The confusion table of more than two classes; the metric covers all classes.
    case multiclassConfusion
    /// Two classes, and one score per row.
    case scores
    /// As `scores`, all rows sorted by score.
    case ranks
    /// As `ranks`, the whole distribution of a group's scores.
    case distribution
    case errors
  }

  /// The direction in which a metric improves; early stopping and comparisons of models use it.
  public enum Better: Sendable, Equatable {
    case higher, lower
    /// Best at this number.
    case near(Double)
    /// No direction; where an order is needed, larger values come first.
    case neither
  }

  /// The name in configurations and reports.
  public let name: String
  /// The name for people: "true positive rate".
  public let title: String
  /// The meaning in plain words, without a leading article or a final full stop: "of those with a positive
  /// outcome, the share with a positive decision".
  public let meaning: String
  /// The direction in which it improves.
  public let better: Better
  /// The range of its values; intervals are clipped to it.
  public let range: ClosedRange<Double>
  public let input: Input
  /// Whether it is included in a report that does not list its metrics.
  public let isDefault: Bool
  /// Whether values can be negative; a ratio of two groups' values is then undefined.
  public let isSigned: Bool
  /// Whether it is a share of rows; pages show it as a percentage.
  public private(set) var isShareOfRows = false
  /// Whether it needs labels; without them it has no value.
  public private(set) var needsLabels = true
  /// Whether another sample of rows would give another value. A number of rows is exact and has no interval
  /// and no test.
  private(set) var isEstimate = true
  /// The share that it is a function of; nil if there is none.
  private(set) var share: Share?
  /// For two classes, the rates of which it is the mean; otherwise empty.
  private(set) var meanOf: [Metric] = []
  let evaluate: @Sendable (GroupSums) -> MetricValue

  /// - Parameter isSigned: nil: true if the range includes negative numbers.
  init(
    _ name: String, _ title: String, _ meaning: String, better: Better, in range: ClosedRange<Double>,
    reads input: Input, isDefault: Bool = true, isSigned: Bool? = nil,
    evaluate: @escaping @Sendable (GroupSums) -> MetricValue
  ) {
    self.name = name
    self.title = title
    self.meaning = meaning
    self.better = better
    self.range = range
    self.input = input
    self.isDefault = isDefault
    self.isSigned = isSigned ?? (range.lowerBound < 0)
    self.evaluate = evaluate
  }

  /// A metric that is a share of rows.
  init(
    rate name: String, _ title: String, _ meaning: String, better: Better,
    reads input: Input = .binaryConfusion,
    isDefault: Bool = true, of trials: Share.Trials,
    successes: @escaping @Sendable (ConfusionSums) -> Double
  ) {
    let share = Share(trials: trials, isBinary: input == .binaryConfusion, successes: successes)
    self.init(name, title, meaning, better: better, in: .share, of: input, isDefault: isDefault) { table in
      .rate(successes(table), of: trials.count(table), unless: trials.noneReason)
    }
    self.share = share
    isShareOfRows = true
  }

  /// The metric's value for one group.
  public func value(_ group: GroupSums) -> MetricValue { evaluate(group) }

  /// A number that increases as the metric improves.
  func merit(_ value: Double) -> Double {
    switch better {
    case .higher, .neither: value
    case .lower: -value
    case .near(let best): -abs(value - best)
    }
  }

  // MARK: - With one more fact known

  /// A copy that needs no labels.
  func withoutLabels() -> Metric {
    var metric = self
    metric.needsLabels = false
    return metric
  }

  /// A copy that is a mean of shares of rows; for two classes, of `rates`.
  func meaningShares(of rates: [Metric] = []) -> Metric {
    var metric = self
    metric.isShareOfRows = true
    metric.meanOf = rates
    return metric
  }

  /// A copy that is a property of the rows and not an estimate.
  func exactlyKnown() -> Metric {
    var metric = self
    metric.isEstimate = false
    return metric
  }

  /// A copy that increases with a share of rows.
  func growing(with share: Share) -> Metric {
    var metric = self
    metric.share = share
    return metric
  }

  /// The metric of one class against the rest.
  func ofClass(_ index: Int, named className: String) -> Metric {
    let evaluate = self.evaluate
    var metric = Metric(
      "\(name)[\(className)]", title, meaning, better: better, in: range, reads: .confusion,
      isDefault: isDefault, isSigned: isSigned
    ) { evaluate($0.oneVersusRest(index)) }
    metric.needsLabels = needsLabels
    metric.isShareOfRows = isShareOfRows
    metric.share = share?.ofClass(index)
    return metric
  }

  /// The name without its class or number: "tpr" for "tpr[yes]".
  public var family: String { String(name.prefix { $0 != "[" }) }
}

extension ClosedRange<Double> {
  static let share = 0.0...1.0
  static let notNegative = 0.0...Double.infinity
  /// The range of a correlation, or of a difference of two shares.
  static let balance = -1.0...1.0
  static let any = -Double.infinity...Double.infinity
}
