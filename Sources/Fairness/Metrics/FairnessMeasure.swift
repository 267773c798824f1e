/// A measure of how differently the groups of one attribute are treated, with all facts about the measure.
///
/// A new measure is a value in the file of its family and an entry in `FairnessMeasure.all`. With more than
/// two classes, a measure of two classes is computed for each class against the rest, and the worst value is
/// reported.
public struct FairnessMeasure: Sendable {
  /// The data that a measure reads.
  public enum Input: Sendable, Equatable {
    /// Decisions of two classes; with more classes, each class against the rest.
    case decisions
    /// Decisions of all classes together.
    case allDecisions
    /// Decisions of two classes.
    case binaryDecisions
    /// Scores of two classes.
    case scores
    /// The whole distributions of the groups' scores, of two classes.
    case distribution
    /// The whole distributions of the groups' predictions in a regression.
    case predictions
    /// The error moments of a regression.
    case values
  }

  /// The name in configurations and reports.
  public let name: String
  /// The meaning, as one sentence.
  public let summary: String
  public let input: Input
  /// The range of its values; intervals are clipped to it.
  public let range: ClosedRange<Double>
  /// Whether it is included in a report that does not list its metrics.
  public let isDefault: Bool
  /// The value of perfect fairness: 0 for differences, 1 for ratios.
  public let ideal: Double
  /// Whether it compares the other groups with the reference group, so that a value below the ideal means
  /// that the others have less. A bound on such a measure limits its distance from the ideal.
  public let isSigned: Bool
  /// Whether it needs labels; without them it has no value.
  public let needsLabels: Bool
  /// Whether it compares within strata; it is reported if the audit is conditional on an attribute.
  let isConditional: Bool
  /// How it is computed from rates, which determines its intervals; nil for other measures.
  let form: MeasureForm?
  private let measure: @Sendable (GroupFrame) -> MetricValue

  init(
    _ name: String, _ summary: String, reads input: Input, in range: ClosedRange<Double>, ideal: Double = 0,
    isSigned: Bool? = nil, isDefault: Bool = true, needsLabels: Bool = true, isConditional: Bool = false,
    form: MeasureForm? = nil, measure: @escaping @Sendable (GroupFrame) -> MetricValue
  ) {
    self.name = name
    self.summary = summary
    self.input = input
    self.range = range
    self.ideal = ideal
    self.isSigned = isSigned ?? (range.lowerBound < 0)
    self.isDefault = isDefault
    self.needsLabels = needsLabels
    self.isConditional = isConditional
    self.form = form
    self.measure = measure
  }

  /// A measure that is computed from rates in one of the known forms.
  init(
    _ name: String, _ summary: String, reads input: Input, _ form: MeasureForm, isDefault: Bool = true
  ) {
    self.init(
      name, summary, reads: input, in: form.range, ideal: form.ideal, isSigned: form.isSigned,
      isDefault: isDefault, needsLabels: form.metrics.contains(where: \.needsLabels), form: form,
      measure: form.evaluate)
  }

  func renamed(_ name: String) -> FairnessMeasure {
    FairnessMeasure(
      name, summary, reads: input, in: range, ideal: ideal, isSigned: isSigned, isDefault: isDefault,
      needsLabels: needsLabels, isConditional: isConditional, form: form, measure: measure)
  }

  var readsDistributions: Bool { input == .distribution || input == .predictions }

  /// A number that increases as the measure gets closer to the ideal.
  func merit(_ value: Double) -> Double { -abs(value - ideal) }

  /// The measure for an attribute; with more than two classes, the value farthest from the ideal.
  public func evaluate(_ frame: GroupFrame) -> MetricValue {
    guard input == .decisions else { return measure(frame) }
    let values = frame.binaryFrames.map(measure)
    return ideal == 0
      ? values.aggregated { $0.max() ?? 0 } : values.aggregated { $0.min() ?? 1 }
  }

  /// The measures available for a task; without labels, only those that need none.
  public static func available(for task: AuditTask, scored: Bool, labelled: Bool = true) -> [FairnessMeasure]
  {
    all.filter { labelled || !$0.needsLabels }.filter { measure in
      switch (measure.input, task) {
      case (.decisions, .binary), (.decisions, .multiclass), (.allDecisions, .binary),
        (.allDecisions, .multiclass), (.binaryDecisions, .binary), (.values, .regression),
        (.predictions, .regression):
        true
      case (.scores, .binary), (.distribution, .binary): scored
      default: false
      }
    }
  }

  /// A measure of the task by its name; nil if it is unknown.
  public static func named(_ name: String, for task: AuditTask, scored: Bool = true, labelled: Bool = true)
    -> FairnessMeasure?
  {
    let available = available(for: task, scored: scored, labelled: labelled)
    return available.first { $0.name == name }
      ?? Parameterized.measure(name).flatMap { made in
        available.contains { $0.input == made.input } ? made : nil
      }
  }
}

extension Array where Element == MetricValue {
  /// Combines several values into one; undefined if one of them is.
  func aggregated(_ combine: ([Double]) -> Double) -> MetricValue {
    var numbers: [Double] = []
    for value in self {
      guard case .defined(let number) = value else { return value }
      numbers.append(number)
    }
    return .defined(combine(numbers))
  }

  var worstDifference: MetricValue { aggregated { $0.max() ?? 0 } }
  var worstRatio: MetricValue { aggregated { $0.min() ?? 1 } }
  var mean: MetricValue { aggregated { $0.reduce(0, +) / Double(Swift.max(1, $0.count)) } }
}
