/// Initializers of metrics by the sums that they read. If a group lacks these sums, the metric is undefined,
/// with a reason.
extension Metric {
  /// A metric of the confusion table.
  init(
    _ name: String, _ title: String, _ meaning: String, better: Better, in range: ClosedRange<Double>,
    of input: Input, isDefault: Bool = true,
    table evaluate: @escaping @Sendable (ConfusionSums) -> MetricValue
  ) {
    self.init(name, title, meaning, better: better, in: range, reads: input, isDefault: isDefault) { group in
      guard let table = group.confusion else { return .undefined(reason: "there are no decisions") }
      return evaluate(table)
    }
  }

  /// A metric of the scores. It is undefined for a group with a score that is not finite: leaving such rows
  /// out silently would report on other people than those who were scored.
  ///
  /// - Parameter probabilities: whether scores outside 0...1 make it undefined.
  init(
    _ name: String, _ title: String, _ meaning: String, better: Better, in range: ClosedRange<Double>,
    isDefault: Bool = true, isSigned: Bool? = nil, probabilities: Bool,
    scores evaluate: @escaping @Sendable (ScoreSums) -> MetricValue
  ) {
    self.init(
      name, title, meaning, better: better, in: range, reads: .scores, isDefault: isDefault,
      isSigned: isSigned
    ) { group in
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

  /// A metric of the areas under curves; its range is 0...1.
  init(
    _ name: String, _ title: String, _ meaning: String, better: Better,
    ranks evaluate: @escaping @Sendable (RankAreas) -> MetricValue
  ) {
    self.init(name, title, meaning, better: better, in: .share, reads: .ranks) { group in
      guard let ranks = group.ranks else { return .undefined(reason: "there are no scores") }
      if let reason = Metric.unusable(ranks.notFinite, "not finite", of: "score") {
        return .undefined(reason: reason)
      }
      return evaluate(ranks)
    }
  }

  /// A metric of the whole distribution of a group's probabilities.
  init(
    _ name: String, _ title: String, _ meaning: String, better: Better, in range: ClosedRange<Double>,
    isDefault: Bool = true,
    distribution evaluate: @escaping @Sendable (ScoreDistribution) -> MetricValue
  ) {
    self.init(name, title, meaning, better: better, in: range, reads: .distribution, isDefault: isDefault) {
      group in
      guard let scores = group.scores, let distribution = group.distribution else {
        return .undefined(reason: "there are no scores")
      }
      if let reason = Metric.unusable(scores.notFinite, "not finite", of: "score") {
        return .undefined(reason: reason)
      }
      if let reason = Metric.unusable(scores.outside, "outside 0 to 1", of: "score") {
        return .undefined(reason: reason)
      }
      return evaluate(distribution)
    }
  }

  /// A metric of a regression's errors.
  init(
    _ name: String, _ title: String, _ meaning: String, better: Better, in range: ClosedRange<Double>,
    isDefault: Bool = true,
    errors evaluate: @escaping @Sendable (ErrorSums) -> MetricValue
  ) {
    self.init(name, title, meaning, better: better, in: range, reads: .errors, isDefault: isDefault) {
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
}
