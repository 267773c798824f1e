/// A number that says how far the groups of one attribute are from being treated alike, with all that is known of it.
///
/// A new measure is a value in the file of its family and a line in `FairnessMeasure.all`. Measures of two classes
/// read several classes one against the rest, and report the worst.
public struct FairnessMeasure: Sendable {
  /// What a measure reads of a task.
  public enum Input: Sendable, Equatable {
    /// Decisions of two classes; of several, each against the rest.
    case decisions
    /// Decisions of all classes together.
    case allDecisions
    /// Decisions of two classes.
    case binaryDecisions
    /// Scores of two classes.
    case scores
    /// The whole distributions of the groups' scores, of two classes.
    case distribution
    /// The whole distributions of the groups' predictions, of a regression.
    case predictions
    /// The numbers of a regression.
    case values
  }

  /// The name in configurations and reports.
  public let name: String
  /// What it says, in one sentence for people.
  public let summary: String
  public let input: Input
  /// Between what its values lie, so that its intervals do, too.
  public let range: ClosedRange<Double>
  /// Whether it is in a report that does not name its metrics.
  public let isDefault: Bool
  /// The value of perfect fairness: 0 for differences, 1 for ratios.
  public let ideal: Double
  /// Whether it compares the others with the reference group, so that below the ideal means the others
  /// have less. A bound on such a measure is a bound on its distance from the ideal.
  public let isSigned: Bool
  /// Whether it compares with labels, so that it has no value where there are none.
  public let needsLabels: Bool
  /// Whether it compares within strata, and is reported where the audit is conditional on something.
  let isConditional: Bool
  /// How it is made of rates, which gives its intervals; nil where it is made otherwise.
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

  /// A measure that is made of rates in one of the known forms.
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

  /// A number that grows as the groups are treated more alike.
  func merit(_ value: Double) -> Double { -abs(value - ideal) }

  /// The measure of an attribute; of several classes, the value farthest from the ideal.
  public func evaluate(_ frame: GroupFrame) -> MetricValue {
    guard input == .decisions else { return measure(frame) }
    let values = frame.binaryFrames.map(measure)
    return ideal == 0
      ? values.aggregated { $0.max() ?? 0 } : values.aggregated { $0.min() ?? 1 }
  }

  /// The measures that a task has; of rows without labels those that need none.
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

  /// A task's measure of a name; nil if there is none.
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
  /// One number of several; undefined if one of them is.
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
