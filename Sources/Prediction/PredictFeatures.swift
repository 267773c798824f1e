import Models
import Platform

extension Model {
  /// The short way in: raw rows of numbers to scores, without a dataset and, once warm, without
  /// allocating.
  ///
  /// - Parameters:
  ///   - features: row-major (rows, columns) in the order of the model's inputs; a category is its
  ///     number among the input's categories, NaN is missing.
  ///   - scores: out, (rows, scoreCount).
  /// - Throws: `invalidArgument` when sizes do not fit, `invalidData` for numbers that are not finite.
  public func predict(
    features: UnsafePointer<Float>, rows: Int, columns: Int, scores: UnsafeMutablePointer<Float>,
    scoreCount: Int
  ) throws {
    try requireServing()
    guard columns == featureCount else {
      // A model without weights says so first.
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
