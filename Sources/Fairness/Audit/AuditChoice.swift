import Platform

/// The metrics and measures of an audit, and what they make it keep.
struct AuditChoice {
  let metrics: [Metric]
  let measures: [FairnessMeasure]
  /// What needs labels that there are none of.
  let absent: [String]
  private let curves: Bool

  /// A name in `options.metrics` that is a measure's adds the measure; without measures among the names
  /// the report has the default ones, and of those that read whole distributions only with no names at all.
  ///
  /// - Throws: `invalidConfig` with the nearest name for one that there is not.
  /// Without labels, names of what needs them are passed over: `absent` has them.
  init(_ options: AuditOptions, for task: AuditTask, scored: Bool, labelled: Bool) throws {
    let available = FairnessMeasure.available(for: task, scored: scored, labelled: labelled)
    let named = Set(options.metrics ?? [])
    let labelledNames =
      labelled
      ? []
      : Metric.available(for: task, scored: scored).filter(\.needsLabels).map(\.name)
        + FairnessMeasure.available(for: task, scored: scored).filter(\.needsLabels).map(\.name)
    absent = (options.metrics ?? labelledNames).filter { name in
      labelledNames.contains { $0 == name || $0.hasPrefix("\(name)[") }
    }
    let passedOver = Set(absent)
    let numbered = (options.metrics ?? []).compactMap { name in
      available.contains { $0.name == name }
        ? nil : FairnessMeasure.named(name, for: task, scored: scored, labelled: labelled)
    }
    let cost = try AuditChoice.expectedCost(options, task, labelled: labelled)
    let selected = try Metric.selected(
      options.metrics, for: task, scored: scored, labelled: labelled,
      alsoKnown: Set((available + numbered).map(\.name)).union(passedOver).union(cost.map { [$0.name] } ?? [])
    )
    metrics = selected + (cost.map { [$0] } ?? [])
    let chosen = available.filter {
      named.contains($0.name) || $0.isConditional && !options.conditionalOn.isEmpty
        || $0.isDefault && (options.metrics == nil || !$0.readsDistributions)
    }
    measures = chosen + numbered
    curves = options.curves && scored
  }

  /// The metric of the costs that are given, unless others are named.
  ///
  /// - Throws: `invalidConfig` for costs that do not fit the task, or a name without costs.
  private static func expectedCost(
    _ options: AuditOptions, _ task: AuditTask, labelled: Bool
  ) throws -> Metric? {
    let isNamed = options.metrics?.contains(Metric.expectedCostName) ?? false
    guard !options.costs.isEmpty else {
      guard isNamed else { return nil }
      throw Failure.invalidConfig(
        "\"expected_cost\" needs \"costs\", what each decision costs by the label", at: "/costs")
    }
    let classes = task.classCount
    guard classes > 0, options.costs.count == classes, options.costs.allSatisfy({ $0.count == classes })
    else {
      throw Failure.invalidConfig(
        classes == 0
          ? "costs are of decisions between classes, and the task is a regression"
          : "costs are \(classes) arrays, one for each label, of \(classes) numbers, one for each decision",
        at: "/costs")
    }
    guard labelled, options.metrics == nil || isNamed else { return nil }
    return Metric.expectedCost(options.costs)
  }

  var readsRanks: Bool { metrics.contains { $0.input == .ranks } }
  /// Metrics of scores, of whatever kind.
  var readsScores: Bool {
    readsRanks || readsDistributions || metrics.contains { $0.input == .scores }
      || measures.contains { $0.input == .scores }
  }
  var readsDistributions: Bool {
    curves || metrics.contains { $0.input == .distribution } || measures.contains(where: \.readsDistributions)
  }
}
