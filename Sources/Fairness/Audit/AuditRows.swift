import Platform

/// The columns of an audit. The caller owns their memory and must not change it while the audit runs.
public struct AuditRows {
  /// The true and the decided outcome of each row.
  public enum Outcome {
    /// Class indices: 0 or 1 for a binary task. `scores` are probabilities of class 1 (binary only).
    case classes(labels: CodeColumn, decisions: CodeColumn, scores: RealColumn?)
    /// The numbers of a regression. Both columns have the same element type.
    case values(labels: RealColumn, predictions: RealColumn)
  }

  public let count: Int
  public let task: AuditTask
  public let outcome: Outcome
  /// One weight per row, at least 0; nil: all are 1.
  public let weights: UnsafePointer<Double>?
  public let groupings: [Grouping]
  /// Each grouping combined with the attributes that the audit is conditional on: counted, but not reported.
  public var conditional: [Grouping] = []
  /// Whether the rows have labels; if not, `outcome` has the decisions, or predictions, in their place.
  public var hasLabels = true
  private let weightsOwner: AnyObject?

  /// A binary or multiclass task.
  ///
  /// - Parameters:
  ///   - count: the number of rows of every column.
  ///   - scores: the probability of class 1; NaN for a row without one.
  ///   - owner: an object that keeps the memory of `weights` alive; nil if the caller does.
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

  /// The chosen rows; each index must exist.
  ///
  /// - Throws: `outOfMemory`.
  public func selecting(_ rows: [Int]) throws -> AuditRows {
    let chosenWeights = try weights.map { weights in try Buffer(copying: rows.map { weights[$0] }) }
    let own = try groupings.map { try $0.selecting(rows) }
    var result: AuditRows
    switch outcome {
    case .classes(let labels, let decisions, let scores):
      result = AuditRows(
        count: rows.count, task: task, labels: try labels.selecting(rows),
        decisions: try decisions.selecting(rows), scores: try scores?.selecting(rows),
        weights: chosenWeights.map { UnsafePointer($0.pointer) }, groupings: own, owner: chosenWeights)
    case .values(let labels, let predictions):
      result = AuditRows(
        count: rows.count, labels: try labels.selecting(rows), predictions: try predictions.selecting(rows),
        weights: chosenWeights.map { UnsafePointer($0.pointer) }, groupings: own, owner: chosenWeights)
    }
    result.conditional = try conditional.map { try $0.selecting(rows) }
    result.hasLabels = hasLabels
    return result
  }

  /// Whether there are scores that a binary metric can read.
  var hasScores: Bool {
    if case .classes(_, _, .some) = outcome { task == .binary } else { false }
  }
}
