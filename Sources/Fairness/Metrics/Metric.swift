/// A number that describes how one group of rows is treated.
///
/// A new metric is one file with `static let name = Metric(...)` and one line in `Metric.all`.
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

  /// A metric that is a share of rows, or grows with one: successes of trials, by which it has intervals by formula.
  struct Share: Sendable {
    let counts: @Sendable (ConfusionSums) -> RateCounts
    /// The metric of its share; nil: the share itself.
    var transform: (@Sendable (Double) -> Double)?
  }

  /// The name in configurations and reports.
  public let name: String
  /// One sentence for people.
  public let summary: String
  /// Which way it gets better.
  public let better: Better
  public let input: Input
  /// Whether it is in a report that does not name its metrics.
  public let isDefault: Bool
  /// Whether values below 0 occur, so that a ratio of two groups' values means nothing.
  public let isSigned: Bool
  /// Whether it compares with labels, so that it has no value where there are none.
  public private(set) var needsLabels = true
  /// nil for a metric that is no share.
  private(set) var share: Share?
  let evaluate: @Sendable (GroupSums) -> MetricValue

  init(
    _ name: String, _ summary: String, better: Better, reads input: Input, isDefault: Bool = true,
    isSigned: Bool = false,
    evaluate: @escaping @Sendable (GroupSums) -> MetricValue
  ) {
    self.name = name
    self.summary = summary
    self.better = better
    self.input = input
    self.isDefault = isDefault
    self.isSigned = isSigned
    self.evaluate = evaluate
  }

  /// The same, which reads decisions or scores alone.
  func withoutLabels() -> Metric {
    var metric = self
    metric.needsLabels = false
    return metric
  }

  /// A metric that is a share of rows.
  ///
  /// - Parameters:
  ///   - reason: why it has no value where there are no trials.
  ///   - counts: successes and trials of a table.
  init(
    _ name: String, _ summary: String, better: Better, of input: Input, isDefault: Bool = true,
    unless reason: String, share counts: @escaping @Sendable (ConfusionSums) -> RateCounts
  ) {
    self.init(name, summary, better: better, of: input, isDefault: isDefault) { table in
      let found = counts(table)
      return .rate(found.successes, of: found.trials, unless: reason)
    }
    share = Share(counts: counts)
  }

  /// The same, which grows with a share of rows.
  func growing(
    with counts: @escaping @Sendable (ConfusionSums) -> RateCounts,
    by transform: @escaping @Sendable (Double) -> Double
  ) -> Metric {
    var metric = self
    metric.share = Share(counts: counts, transform: transform)
    return metric
  }

  /// A number that grows as the metric gets better.
  func merit(_ value: Double) -> Double {
    switch better {
    case .higher, .neither: value
    case .lower: -value
    case .near(let best): -abs(value - best)
    }
  }

  /// The metric of one group.
  public func value(_ group: GroupSums) -> MetricValue { evaluate(group) }

  /// A metric of the confusion table.
  init(
    _ name: String, _ summary: String, better: Better, of input: Input, isDefault: Bool = true,
    isSigned: Bool = false,
    table evaluate: @escaping @Sendable (ConfusionSums) -> MetricValue
  ) {
    self.init(name, summary, better: better, reads: input, isDefault: isDefault, isSigned: isSigned) {
      group in
      guard let table = group.confusion else { return .undefined(reason: "there are no decisions") }
      return evaluate(table)
    }
  }

  /// A metric of the scores. A group with a score that is not finite has no value: leaving rows out
  /// silently would report on other people than those who were scored.
  init(
    _ name: String, _ summary: String, better: Better, isDefault: Bool = true, isSigned: Bool = false,
    probabilities: Bool,
    scores evaluate: @escaping @Sendable (ScoreSums) -> MetricValue
  ) {
    self.init(name, summary, better: better, reads: .scores, isDefault: isDefault, isSigned: isSigned) {
      group in
      guard let scores = group.scores else { return .undefined(reason: "there are no scores") }
      if let reason = Metric.unusable(scores.notFinite, "not finite", of: "score") {
        return .undefined(reason: reason)
      }
      if probabilities, let reason = Metric.unusable(scores.outside, "outside 0 to 1", of: "score") {
        return .undefined(reason: reason)
      }
      return evaluate(scores)
    }
  }

  /// A metric of the areas under curves.
  init(
    _ name: String, _ summary: String, better: Better,
    ranks evaluate: @escaping @Sendable (RankAreas) -> MetricValue
  ) {
    self.init(name, summary, better: better, reads: .ranks) { group in
      guard let ranks = group.ranks else { return .undefined(reason: "there are no scores") }
      if let reason = Metric.unusable(ranks.notFinite, "not finite", of: "score") {
        return .undefined(reason: reason)
      }
      return evaluate(ranks)
    }
  }

  /// A metric of the whole distribution of a group's scores.
  init(
    _ name: String, _ summary: String, better: Better, isDefault: Bool = true, isSigned: Bool = false,
    probabilities: Bool,
    distribution evaluate: @escaping @Sendable (ScoreDistribution) -> MetricValue
  ) {
    self.init(name, summary, better: better, reads: .distribution, isDefault: isDefault, isSigned: isSigned) {
      group in
      guard let scores = group.scores, let distribution = group.distribution else {
        return .undefined(reason: "there are no scores")
      }
      if let reason = Metric.unusable(scores.notFinite, "not finite", of: "score") {
        return .undefined(reason: reason)
      }
      if probabilities, let reason = Metric.unusable(scores.outside, "outside 0 to 1", of: "score") {
        return .undefined(reason: reason)
      }
      return evaluate(distribution)
    }
  }

  /// A metric of a regression's errors.
  init(
    _ name: String, _ summary: String, better: Better, isDefault: Bool = true, isSigned: Bool = false,
    errors evaluate: @escaping @Sendable (ErrorSums) -> MetricValue
  ) {
    self.init(name, summary, better: better, reads: .errors, isDefault: isDefault, isSigned: isSigned) {
      group in
      guard let errors = group.errors else { return .undefined(reason: "there are no predictions") }
      if let reason = Metric.unusable(errors.notFinite, "not finite", of: "label or prediction") {
        return .undefined(reason: reason)
      }
      return evaluate(errors)
    }
  }

  static func unusable(_ count: Double, _ what: String, of noun: String) -> String? {
    guard count > 0, let rows = Int(exactly: count) else { return nil }
    return rows == 1 ? "1 \(noun) is \(what)" : "\(rows) rows have a \(noun) that is \(what)"
  }

  /// The metric of one class of several against the rest.
  func ofClass(_ index: Int, named className: String) -> Metric {
    let evaluate = self.evaluate
    var metric = Metric(
      "\(name)[\(className)]", "\(summary) Class \"\(className)\" against the rest.", better: better,
      reads: .confusion,
      isDefault: isDefault, isSigned: isSigned
    ) { evaluate($0.oneVersusRest(index)) }
    metric.needsLabels = needsLabels
    return metric
  }
}
