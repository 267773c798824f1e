import Platform

/// Whether a column of scores holds probabilities, or points such as a credit score's.
struct ScoreScale {
  private let column: String
  /// A score outside 0 to 1, and its row.
  private let point: (row: Int, score: Double)?

  init(_ scores: Buffer<Double>, _ column: String) {
    self.column = column
    let row = (0..<scores.count).first { !(0...1).contains(scores.pointer[$0]) }
    point = row.map { ($0, scores.pointer[$0]) }
  }

  /// What is to be said of scores that are points; nil for probabilities.
  ///
  /// - Parameters:
  ///   - threshold: from which score on the decision is positive, where the configuration says.
  ///   - decides: whether the scores make the decisions.
  /// - Throws: `invalidData` for points that make decisions without a threshold of their own scale.
  func note(threshold: Double?, decides: Bool) throws -> String? {
    guard let point else { return nil }
    guard !decides || threshold != nil else {
      throw Failure.invalidColumn(
        column,
        "row \(point.row) has the score \(point.score), which is no probability; of scores that are points, "
          + "\"threshold\" says from which on the decision is positive")
    }
    return
      "column \"\(column)\": scores outside 0 to 1, such as \(point.score) in row \(point.row), are taken as points"
      + (decides ? ", positive from \(threshold ?? 0) on" : "") + "; what reads probabilities has no value"
  }

  /// - Throws: `invalidData` for points, which an auditor has no bins for.
  func requireProbabilities() throws {
    guard let point else { return }
    throw Failure.invalidColumn(
      column,
      "row \(point.row) has the score \(point.score), and an auditor keeps scores in bins over 0 to 1; "
        + "ask eqp_audit, or name decisions as \"prediction\" in place of the scores")
  }
}
