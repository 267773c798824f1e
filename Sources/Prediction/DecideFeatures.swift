import Engine
import Fairness
import Models
import Platform

extension Model {
  /// Scores and decisions for rows of numbers, without a dataset. After the first calls no memory is
  /// allocated.
  ///
  /// - Parameters:
  ///   - features: row-major (rows, columns), as for `predict(features:)`.
  ///   - scores: out, (rows, scoreCount).
  ///   - labels: out, the class of each row; for several labels (rows, scoreCount), each 0 or 1.
  /// - Throws: the errors of `predict(features:)`; `invalidArgument` if the model makes no decisions, or the
  ///   buffers are too small.
  public func decide(
    features: UnsafePointer<Float>, rows: Int, columns: Int, scores: UnsafeMutablePointer<Float>,
    scoreCount: Int, labels: UnsafeMutablePointer<Int32>, labelCount: Int
  ) throws {
    let scoring = try scorer.scoring(for: task)
    let width = scoring.count
    let decides = scoring.kind == .positive || scoring.kind == .classes || answer == .labels
    guard decides, reader.medium == .numbers else {
      throw Failure.invalidArgument(
        "the model gives values, which no threshold or class decides on; eqp_predict_f32 gives them",
        at: "model")
    }
    let (needed, overflow) = rows.multipliedReportingOverflow(by: scoring.kind == .independent ? width : 1)
    guard rows >= 0, !overflow, labelCount >= needed else {
      throw Failure.invalidArgument(
        "labels_count is \(labelCount); \(rows) rows need \(needed)", at: "labels_count")
    }
    try predict(features: features, rows: rows, columns: columns, scores: scores, scoreCount: scoreCount)
    if scoring.kind == .classes {
      for row in 0..<rows {
        labels[row] = Int32(truncatingIfNeeded: DecisionRule.likeliest(scores + row * width, width))
      }
    } else {
      for index in 0..<needed { labels[index] = decision.isPositive(scores[index]) ? 1 : 0 }
    }
  }
}
