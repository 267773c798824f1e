/// A number that describes how one group of rows is treated, with all that is known of it.
///
/// Reports, intervals, comparisons, policies and the choice of candidates read what they need here; no other place has
/// a table of metrics. A new metric is a value in the file of its family and a line in `Metric.all`.
public struct Metric: Sendable {
  /// What a metric reads; a task has some of these.
  public enum Input: Sendable, Equatable {
    case rows
    /// The confusion table of any classification.
    case confusion
    /// The confusion table of two classes; for several, one class against the rest: "tpr[class]".
    case binaryConfusion
    /// The confusion table of a task with classes that are not told apart by name.
    case multiclassConfusion
    /// Two classes and a score for each row.
    case scores
    /// As `scores`, all rows sorted by score.
    case ranks
    /// As `ranks`, the whole distribution of a group's scores.
    case distribution
    case errors
  }

  /// Which way a metric gets better; every metric says so, since early stopping and comparisons of models go by it.
  public enum Better: Sendable, Equatable {
    case higher, lower
    /// On neither side of a number.
    case near(Double)
    /// More is neither better nor worse; where an order is needed, more stands first.
    case neither
  }

  /// The name in configurations and reports.
  public let name: String
  /// What people call it: "true positive rate".
  public let title: String
  /// What it says, in plain words, without an article before or a full stop behind: "of those with a positive
  /// outcome, the share with a positive decision".
  public let meaning: String
  /// Which way it gets better.
  public let better: Better
  /// Between what its values lie, so that its intervals do, too.
  public let range: ClosedRange<Double>
  public let input: Input
  /// Whether it is in a report that does not name its metrics.
  public let isDefault: Bool
  /// Whether values below 0 occur, so that a ratio of two groups' values means nothing.
  public let isSigned: Bool
  /// Whether it is a share of rows, which reports for people show as per cent.
  public private(set) var isShareOfRows = false
  /// Whether it compares with labels, so that it has no value where there are none.
  public private(set) var needsLabels = true
  /// Whether other rows of the same kind would give another value; a number of rows has no interval and no test.
  private(set) var isEstimate = true
  /// nil for a metric that is no share and grows with none.
  private(set) var share: Share?
  /// Of two classes the rates that it is the mean of; empty for every other metric.
  private(set) var meanOf: [Metric] = []
  let evaluate: @Sendable (GroupSums) -> MetricValue

  /// - Parameter isSigned: nil: whether the range goes below 0.
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

  /// The metric of one group.
  public func value(_ group: GroupSums) -> MetricValue { evaluate(group) }

  /// A number that grows as the metric gets better.
  func merit(_ value: Double) -> Double {
    switch better {
    case .higher, .neither: value
    case .lower: -value
    case .near(let best): -abs(value - best)
    }
  }

  // MARK: - With one more fact known

  /// The same, which reads decisions or scores alone.
  func withoutLabels() -> Metric {
    var metric = self
    metric.needsLabels = false
    return metric
  }

  /// The same, which is a mean of shares of rows; of two classes of those given.
  func meaningShares(of rates: [Metric] = []) -> Metric {
    var metric = self
    metric.isShareOfRows = true
    metric.meanOf = rates
    return metric
  }

  /// The same, which is a property of the rows and no estimate of anything.
  func exactlyKnown() -> Metric {
    var metric = self
    metric.isEstimate = false
    return metric
  }

  /// The same, which grows with a share of rows.
  func growing(with share: Share) -> Metric {
    var metric = self
    metric.share = share
    return metric
  }

  /// The metric of one class of several against the rest.
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

  /// The name without its class or number: "tpr" of "tpr[yes]".
  public var family: String { String(name.prefix { $0 != "[" }) }
}

extension ClosedRange<Double> {
  static let share = 0.0...1.0
  static let notNegative = 0.0...Double.infinity
  /// As a correlation has it, or the difference of two shares.
  static let balance = -1.0...1.0
  static let any = -Double.infinity...Double.infinity
}
