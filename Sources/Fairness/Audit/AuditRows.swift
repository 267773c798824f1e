import Platform

/// The columns of an audit. They stay the caller's and must not change while it runs.
public struct AuditRows {
  /// What was true and what was decided, a row each.
  public enum Outcome {
    /// Class indices: 0 or 1 for a binary task. `scores` are probabilities of class 1 (binary only).
    case classes(labels: CodeColumn, decisions: CodeColumn, scores: RealColumn?)
    /// The numbers of a regression. Both columns have the same element type.
    case values(labels: RealColumn, predictions: RealColumn)
  }

  public let count: Int
  public let task: AuditTask
  public let outcome: Outcome
  /// A weight a row, not negative; nil: all are 1.
  public let weights: UnsafePointer<Double>?
  public let groupings: [Grouping]
  /// A grouping times the attributes that the audit is conditional on, for each: counted, not reported.
  public var conditional: [Grouping] = []
  /// Whether rows have labels; where not, `outcome` has the decisions, or predictions, in their place.
  public var hasLabels = true
  private let weightsOwner: AnyObject?

  /// A binary or multiclass task.
  ///
  /// - Parameters:
  ///   - count: the number of rows that every column has.
  ///   - scores: the probability of class 1; NaN where a row has none.
  ///   - owner: what keeps `weights` alive, if the caller does not.
  public init(
    count: Int, task: AuditTask = .binary, labels: CodeColumn, decisions: CodeColumn,
    scores: RealColumn? = nil, weights: UnsafePointer<Double>? = nil, groupings: [Grouping],
    owner: AnyObject? = nil
  ) {
    self.count = max(0, count)
    self.task = task
    self.outcome = .classes(labels: labels, decisions: decisions, scores: scores)
    self.weights = weights
    self.groupings = groupings
    weightsOwner = owner
  }

  /// A regression.
  public init(
    count: Int, labels: RealColumn, predictions: RealColumn, weights: UnsafePointer<Double>? = nil,
    groupings: [Grouping], owner: AnyObject? = nil
  ) {
    self.count = max(0, count)
    self.task = .regression
    self.outcome = .values(labels: labels, predictions: predictions)
    self.weights = weights
    self.groupings = groupings
    weightsOwner = owner
  }

  /// True when there are scores that a binary metric can read.
  var hasScores: Bool {
    if case .classes(_, _, .some) = outcome { task == .binary } else { false }
  }
}
