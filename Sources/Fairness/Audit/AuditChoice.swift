import Platform

/// The metrics and measures of an audit, and the data that they require the audit to store.
struct AuditChoice {
  let metrics: [Metric]
  let measures: [FairnessMeasure]
  /// The names of metrics and measures that are left out because the rows have no labels.
  let absent: [String]
  private let curves: Bool

  /// Chooses the metrics and measures of a report.
  ///
  /// If a name in `options.metrics` is a measure's, that measure is added. If no measure is named, the report
  /// has the default measures. Default measures that read whole distributions are included only if
  /// `options.metrics` is nil. Without labels, metrics and measures that need them are left out and listed in
  /// `absent`.
  ///
  /// - Throws: `invalidConfig` for an unknown name; the message suggests the closest one.
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
    let ratios = try AuditChoice.ratios(options, task, labelled: labelled)
    let known = Set((available + numbered).map(\.name) + options.ratios.map(\.name)).union(passedOver)
    let selected = try Metric.selected(
      options.metrics, for: task, scored: scored, labelled: labelled,
      alsoKnown: known.union(cost.map { [$0.name] } ?? []))
    metrics = selected + (cost.map { [$0] } ?? []) + ratios
    let chosen = available.filter {
      named.contains($0.name) || $0.isConditional && !options.conditionalOn.isEmpty
        || $0.isDefault && (options.metrics == nil || !$0.readsDistributions)
    }
    measures = chosen + numbered
    curves = options.curves && scored
  }

  /// The expected cost, if costs are given and the list of metrics does not exclude it.
  ///
  /// - Throws: `invalidConfig` if the costs do not fit the task, or the metric is named without costs.
  private static func expectedCost(
    _ options: AuditOptions, _ task: AuditTask, labelled: Bool
  ) throws -> Metric? {
    let isNamed = options.metrics?.contains(Metric.expectedCostName) ?? false
    guard !options.costs.isEmpty else {
      guard isNamed else { return nil }
      throw Failure.invalidConfig(
        "\"expected_cost\" needs \"costs\", the cost of each decision for each label", at: "/costs")
    }
    let classes = task.classCount
    guard classes > 0, options.costs.count == classes, options.costs.allSatisfy({ $0.count == classes })
    else {
      throw Failure.invalidConfig(
        classes == 0
          ? "costs are for decisions between classes, but the task is a regression"
          : "costs are \(classes) arrays, one for each label, of \(classes) numbers, one for each decision",
        at: "/costs")
    }
    guard labelled, options.metrics == nil || isNamed else { return nil }
    return Metric.expectedCost(options.costs)
  }

  /// - Throws: `invalidConfig` if the task has no decisions, or another metric has the name.
  private static func ratios(_ options: AuditOptions, _ task: AuditTask, labelled: Bool) throws -> [Metric] {
    var taken = Set(Metric.all.map(\.name) + FairnessMeasure.all.map(\.name) + [Metric.expectedCostName])
    for (index, ratio) in options.ratios.enumerated() {
      guard !ratio.name.isEmpty, !ratio.name.contains("["), taken.insert(ratio.name).inserted else {
        let problem =
          ratio.name.isEmpty
          ? "a statistic needs a name"
          : ratio.name.contains("[")
            ? "\"\(ratio.name)\" has a bracket, which stands for a class"
            : "\"\(ratio.name)\" is another metric's name"
        throw Failure.invalidConfig(problem, at: "/statistics/\(index)/name")
      }
    }
    let ratios = options.ratios.map(Metric.ratio).filter { labelled || !$0.needsLabels }
    switch task {
    case .binary: return ratios
    case .multiclass(let classes):
      return ratios.flatMap { ratio in
        classes.enumerated().map { ratio.ofClass($0.offset, named: $0.element) }
      }
    case .regression:
      guard ratios.isEmpty else {
        throw Failure.invalidConfig(
          "statistics are of decisions, but the task is a regression", at: "/statistics")
      }
      return []
    }
  }

  var readsRanks: Bool { metrics.contains { $0.input == .ranks } }
  /// Whether any metric or measure reads scores in some form.
  var readsScores: Bool {
    readsRanks || readsDistributions || metrics.contains { $0.input == .scores }
      || measures.contains { $0.input == .scores }
  }
  var readsDistributions: Bool {
    curves || metrics.contains { $0.input == .distribution } || measures.contains(where: \.readsDistributions)
  }
}
