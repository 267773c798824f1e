import Platform

/// Whether the scores of a column are probabilities, or points such as credit scores.
struct ScoreScale {
  private let column: String
  /// A score outside 0...1, and its row; nil for probabilities.
  private let point: (row: Int, score: Double)?

  init(_ scores: Buffer<Double>, _ column: String) {
    self.column = column
    let row = (0..<scores.count).first { !(0...1).contains(scores.pointer[$0]) }
    point = row.map { ($0, scores.pointer[$0]) }
  }

  /// A note on scores that are points; nil for probabilities.
  ///
  /// - Parameters:
  ///   - threshold: the smallest score of a positive decision, if the configuration sets it.
  ///   - decides: whether decisions are made from the scores.
  /// - Throws: `invalidData` if decisions are made from points without a threshold on their scale.
  func note(threshold: Double?, decides: Bool) throws -> String? {
    guard let point else { return nil }
    guard !decides || threshold != nil else {
      throw Failure.invalidColumn(
        column,
        "row \(point.row) has the score \(point.score), which is not a probability; for scores on another scale, "
          + "\"threshold\" is the score from which the decision is positive")
    }
    return
      "column \"\(column)\": scores outside 0 to 1, such as \(point.score) in row \(point.row), are read as points"
      + (decides ? ", positive from \(threshold ?? 0) on" : "") + "; metrics of probabilities have no value"
  }

  /// - Throws: `invalidData` for points, because an auditor's bins cover 0...1 only.
  func requireProbabilities() throws {
    guard let point else { return }
    throw Failure.invalidColumn(
      column,
      "row \(point.row) has the score \(point.score), and an auditor keeps scores in bins over 0 to 1; "
        + "ask eqp_audit, or name decisions as \"prediction\" instead of the scores")
  }
}
