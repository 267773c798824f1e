/// The options of an audit: which metrics it computes and what it compares.
public struct AuditOptions: Sendable {
  /// The names of the metrics; nil: all metrics of the task.
  public var metrics: [String]?
  /// The value of a rate whose denominator is 0.
  public var zeroDivision: ZeroDivision = .undefined
  /// The reference (privileged) group of an attribute, for the signed measures: {"sex": "Male"}, or
  /// {"sex,race": "Male,White"}. The default is the attribute's largest group by weight (the first one if
  /// several are equal).
  public var referenceGroups: [String: String] = [:]
  /// The intervals and tests to compute; nil: none.
  public var uncertainty: UncertaintyOptions?

  /// Further references with which each metric's values are compared.
  public var compareWith: [GapReference] = []
  /// The attributes for the conditional measures, which compare groups within each value of these attributes.
  /// `AuditRows.conditional` must have the groupings for it.
  public var conditionalOn: [String] = []
  /// Attributes for which a row without a value belongs to no group; such rows still count among all rows.
  public var dropsMissing: Set<String> = []
  /// The minimum number of rows of a group. Smaller groups are neither shown nor compared; their rows still
  /// count among all rows.
  public var minimumCount = 0
  /// The minimum share of all rows of a group; smaller groups are treated as for `minimumCount`.
  public var minimumShare = 0.0
  /// The cost of a decision by label (outer) and decision (inner), in the order of the classes; empty: no
  /// costs.
  public var costs: [[Double]] = []
  /// Further metrics, which the report has whatever `metrics` lists.
  public var ratios: [ConfusionRatio] = []
  /// Whether to store the distributions of the scores for `AuditResult.addingCurves`.
  public var curves = false
  /// Which label counts as positive, if known.
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
