/// What an audit reports.
public struct AuditOptions: Sendable {
  /// The metrics' names; nil: all of the task.
  public var metrics: [String]?
  /// What a rate is when nothing is in its denominator.
  public var zeroDivision: ZeroDivision = .undefined
  /// The reference (privileged) group of an attribute, for the signed measures: {"sex": "Male"}, or
  /// {"sex,race": "Male,White"}. An attribute without one has its largest group
  /// (by weight; the first of several).
  public var referenceGroups: [String: String] = [:]
  /// Intervals and tests; nil: none.
  public var uncertainty: UncertaintyOptions?

  /// With what else each metric's values are compared.
  public var compareWith: [GapReference] = []
  /// The attributes within whose values the conditional measures compare; `AuditRows.conditional` has the
  /// groupings for it.
  public var conditionalOn: [String] = []
  /// The attributes of which rows without a value are in no group; they still count among all rows.
  public var dropsMissing: Set<String> = []
  /// Groups with fewer rows, or of a smaller share of all rows, are not shown and not compared; they still count
  /// among all rows.
  public var minimumCount = 0
  public var minimumShare = 0.0
  /// What a decision costs by label (outer) and decision (inner), in the order of the classes; empty: nothing is said.
  public var costs: [[Double]] = []
  /// Keep the distributions of the scores for `AuditResult.addingCurves`.
  public var curves = false
  /// Which label counts as positive, where it is known.
  public var positive: PositiveLabel?

  public init(
    metrics: [String]? = nil, zeroDivision: ZeroDivision = .undefined,
    referenceGroups: [String: String] = [:]
  ) {
    self.metrics = metrics
    self.zeroDivision = zeroDivision
    self.referenceGroups = referenceGroups
  }
}
