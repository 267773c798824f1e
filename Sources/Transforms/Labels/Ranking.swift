import Datasets
import Platform

/// Ranks rows by how likely they are positive, for steps that change rows near the boundary first.
struct Ranking {
  /// A higher score is more likely positive.
  let scores: [Double]

  /// The scores are a column of another model's scores, or come from naive Bayes on the inputs.
  ///
  /// - Throws: `invalidConfig` if the label is not binary, or a class has no rows.
  init(_ rows: TransformRows, score: String?, columns: [String], _ work: StepWork) throws {
    let labels = try rows.requiredLabels(at: work.pointer)
    guard labels.names.count == 2 else {
      throw work.invalid(
        "",
        "the label has \(labels.names.count) classes; the step needs two, the second of which is the favourable one"
      )
    }
    if let score {
      guard rows.dataset.contains(score) else {
        throw work.invalid(
          "score", "\"\(score)\" is not a column\(Suggestion.phrase(for: score, among: rows.dataset.names))")
      }
      scores = try rows.dataset.column(score).doubles().array
      if let row = scores.firstIndex(where: { !$0.isFinite }) {
        throw Failure.invalidColumn(score, "row \(row) has no score")
      }
      return
    }
    let positives = (0..<rows.count).map { labels.codes.pointer[$0] == 1 }
    guard positives.contains(true), positives.contains(false) else {
      throw Failure.invalidData("every row has the same label; rows cannot be ranked")
    }
    scores = try NaiveBayes(
      rows.columns(columns, at: work.pointer), positives: positives, rows: rows
    ).scores
  }

  /// The rows in descending order of their scores; among equal scores the earlier row comes first.
  func mostPositiveFirst(_ rows: [Int]) -> [Int] {
    rows.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
  }

  /// The rows in ascending order of their scores.
  func leastPositiveFirst(_ rows: [Int]) -> [Int] {
    rows.sorted { scores[$0] != scores[$1] ? scores[$0] < scores[$1] : $0 < $1 }
  }
}
