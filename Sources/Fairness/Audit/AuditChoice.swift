import Platform

/// The metrics and measures of an audit, and what they make it keep.
struct AuditChoice {
  let metrics: [Metric]
  let measures: [FairnessMeasure]
  private let curves: Bool

  /// A name in `options.metrics` that is a measure's adds the measure; without measures among the names
  /// the report has the default ones, and of those that read whole distributions only with no names at all.
  ///
  /// - Throws: `invalidConfig` with the nearest name for one that there is not.
  init(_ options: AuditOptions, for task: AuditTask, scored: Bool) throws {
    let available = FairnessMeasure.available(for: task, scored: scored)
    let named = Set(options.metrics ?? [])
    let numbered = (options.metrics ?? []).compactMap { name in
      available.contains { $0.name == name }
        ? nil : FairnessMeasure.named(name, for: task, scored: scored)
    }
    metrics = try Metric.selected(
      options.metrics, for: task, scored: scored, alsoKnown: Set((available + numbered).map(\.name)))
    let chosen = available.filter {
      named.contains($0.name) || $0.isConditional && !options.conditionalOn.isEmpty
        || $0.isDefault && (options.metrics == nil || !$0.readsDistributions)
    }
    measures = chosen + numbered
    curves = options.curves && scored
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
