import Auditing
import Configurations
import Fairness
import Models
import Platform

/// The goals by which a search compares candidates: one quality, and the gap of each fairness objective.
struct SearchGoals: Equatable {
  struct Gap: Equatable {
    let objective: String
    let attribute: AttributeReference
    let audited: AuditedGap
    /// nil for a penalty.
    let tolerance: Double?

    var name: String { "\(objective) by \(attribute.label)" }

    /// Whether it is a gap of rates; the bounds of others take a bootstrap.
    var isOfRates: Bool {
      ![Criterion.f1Parity, .treatmentEquality].contains { $0.rawValue == objective }
    }
  }

  /// The metric that is best among fair candidates.
  let quality: String
  let gaps: [Gap]
  let confidence: Double

  init(quality: String, gaps: [Gap], confidence: Double) {
    (self.quality, self.gaps, self.confidence) = (quality, gaps, confidence)
  }

  /// - Throws: `unsupported` for objectives that are not gaps of decisions; `invalidConfig` for an unknown metric.
  init(
    _ fairness: [FairnessConfig], _ attributes: [AttributeReference], task: Fairness.Task, quality: String?,
    confidence: Double
  ) throws {
    let quality = quality ?? (task == .regression ? "mse" : "accuracy")
    try Self.requireQuality(quality, task)
    var gaps: [Gap] = []
    for (index, (entry, attribute)) in zip(fairness, attributes).enumerated() {
      guard let audited = entry.objective.audited(entry.gap, task: task), attribute != .terms else {
        throw Failure.unsupported(
          "a search compares gaps of decisions as audits report them, and \"\(entry.objective.rawValue)\""
            + (entry.gap.map { " with the gap \"\($0.rawValue)\"" } ?? "") + " is not one",
          at: "/fairness/\(index)/objective")
      }
      gaps.append(
        Gap(
          objective: entry.objective.rawValue, attribute: attribute, audited: audited,
          tolerance: entry.tolerance))
    }
    self.init(quality: quality, gaps: gaps, confidence: confidence)
  }

  /// - Throws: `invalidConfig` unless the name is that of a metric of the task with a direction.
  private static func requireQuality(_ name: String, _ task: Fairness.Task) throws {
    let audited: AuditTask
    switch task {
    case .binary: audited = .binary
    case .multiclass(let count): audited = .multiclass(classes: (0..<count).map(String.init))
    case .regression: audited = .regression
    }
    let known = Metric.available(for: audited, scored: true).filter {
      $0.better != .neither && !$0.name.contains("[")
    }
    guard !known.contains(where: { $0.name == name }) else { return }
    throw Failure.invalidConfig(
      "\"\(name)\" is not a metric by which models can be ordered\(Suggestion.phrase(for: name, among: known.map(\.name)))",
      at: "/search/quality")
  }

  /// The audit that measures the goals.
  ///
  /// - Parameter countsRows: whether gaps are those of rates of unweighted rows, whose bounds have a formula.
  func selection(countsRows: Bool) -> AuditSelection {
    var selection = AuditSelection()
    for gap in gaps where !selection.by.contains(gap.attribute) { selection.by.append(gap.attribute) }
    selection.metrics = [quality]
    for gap in gaps where !selection.metrics.contains(gap.audited.listed) {
      selection.metrics.append(gap.audited.listed)
    }
    guard !gaps.isEmpty else { return selection }
    var intervals = IntervalsConfig()
    // Each end of the two-sided interval is a one-sided bound with the stated confidence.
    intervals.confidence = min(max(2 * confidence - 1, 0.5), 0.9999)
    intervals.replicates = countsRows && gaps.allSatisfy(\.isOfRates) ? 0 : 200
    selection.intervals = intervals
    return selection
  }

  /// - Parameter countsRows: as for the `selection` of the audit.
  func measure(_ audit: AuditResult, countsRows: Bool) -> Measurement {
    let quality = audit.value(metric: quality)
    return Measurement(
      quality: quality ?? .nan, merit: audit.merit(metric: self.quality) ?? -.infinity,
      gaps: gaps.map { gap in
        guard let value = audit.value(gap.audited, attribute: gap.attribute.label) else {
          return Measurement.Gap(value: .infinity, lower: 0, upper: .infinity)
        }
        let attribute = gap.attribute.label
        let interval = audit.interval(gap.audited, attribute: attribute)
        let bound =
          countsRows ? audit.upperBound(gap.audited, attribute: attribute, confidence: confidence) : nil
        return Measurement.Gap(
          value: value, lower: min(interval?.lower ?? 0, value), upper: bound ?? interval?.upper ?? .infinity)
      })
  }

  var json: JSONValue {
    .array(
      [["goal": .string(quality), "attribute": .null, "tolerance": .null]]
        + gaps.map { gap in
          [
            "goal": .string(gap.audited.name), "attribute": .string(gap.attribute.label),
            "tolerance": gap.tolerance.map { .finite($0) } ?? .null,
          ]
        })
  }
}
