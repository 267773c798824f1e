import Models
import Platform

extension Model {
  /// Scores for rows of numbers, without a dataset. After the first calls no memory is allocated.
  ///
  /// - Parameters:
  ///   - features: row-major (rows, columns) in the order of the model's inputs; a category is given as its
  ///     index among the input's categories; NaN is a missing value.
  ///   - scores: out, (rows, scoreCount).
  /// - Throws: `invalidArgument` for sizes that do not fit, or if scores differ by group; `invalidData` for numbers that
  ///   are not finite.
  public func predict(
    features: UnsafePointer<Float>, rows: Int, columns: Int, scores: UnsafeMutablePointer<Float>,
    scoreCount: Int
  ) throws {
    try requireScoresWithoutGroups()
    try scoreUnadjusted(
      features: features, rows: rows, columns: columns, scores: scores, scoreCount: scoreCount)
    if decision.adjustsScores { decision.adjust(scores, rows: rows, width: self.scoreCount, .none) }
  }

  /// - Throws: `invalidArgument` for a model whose scores differ by group.
  func requireScoresWithoutGroups() throws {
    guard decision.scoresReadGroups else { return }
    throw Failure.invalidArgument(
      "the model changes scores by the groups of \(adjustments.attributes.map(\.reference.label).joined(separator: ", ")); "
        + "eqp_predict reads them, and eqp_decide_f32 takes them", at: "model")
  }

  /// The unchanged scores of the scorer.
  func scoreUnadjusted(
    features: UnsafePointer<Float>, rows: Int, columns: Int, scores: UnsafeMutablePointer<Float>,
    scoreCount: Int
  ) throws {
    try requireServing()
    guard columns == featureCount else {
      // Reports a model without weights before any other error.
      _ = try scorer.scoring(for: task)
      throw Failure.invalidArgument("columns is \(columns); the model takes \(featureCount)", at: "columns")
    }
    let (needed, overflow) = rows.multipliedReportingOverflow(by: self.scoreCount)
    guard rows >= 0, !overflow, scoreCount >= needed else {
      throw Failure.invalidArgument(
        "scores_count is \(scoreCount); \(rows) rows of \(self.scoreCount) scores need \(needed)",
        at: "scores_count")
    }
    try scorer.score(features: features, rows: rows, by: reader, into: scores)
  }
}
