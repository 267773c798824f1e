import Datasets
import Engine
import Models
import Platform
import Tokenizers

extension TextModel {
  /// A column of text vectors, (rows, width), normalized to length 1 if the model's files require it.
  func embeddingColumn(_ values: Buffer<Float>, rows: Int) throws -> Column {
    let width = rows > 0 ? values.count / rows : 0
    if normalizes {
      for row in 0..<rows {
        let line = values.pointer + row * width
        var squares: Float = 0
        for column in 0..<width { squares += line[column] * line[column] }
        let scale = 1 / max(squares.squareRoot(), 1e-12)
        for column in 0..<width { line[column] *= scale }
      }
    }
    return try Column(name: "embedding", values: .tensor(values, shape: [width]))
  }
}

extension Model {
  /// Scores for texts without a dataset: scores (rows, scoreCount).
  ///
  /// - Throws: `invalidArgument` if the model reads no texts, its scores differ by group, or the buffer is too small;
  ///   `invalidData` if a text is NULL (location: the row).
  public func predict(
    texts: UnsafePointer<UnsafePointer<CChar>?>, rows: Int, scores: UnsafeMutablePointer<Float>,
    scoreCount: Int
  ) throws {
    try requireServing()
    let scoring = try scorer.scoring(for: task)
    let reader = try reader.requireTexts()
    guard answer != .words else {
      throw Failure.unsupported(
        "the model tags words, and a text has several of them; eqp_predict gives their tags", at: "model")
    }
    let (needed, overflow) = rows.multipliedReportingOverflow(by: scoring.count)
    guard rows >= 0, !overflow, scoreCount >= needed else {
      throw Failure.invalidArgument(
        "scores_count is \(scoreCount); \(rows) texts of \(scoring.count) scores need \(needed)",
        at: "scores_count")
    }
    try requireScoresWithoutGroups()
    guard rows > 0 else { return }
    try reader.withTokens(of: texts, count: rows) { tokens in
      if tokens.areTexts {
        try scorer.score(texts: tokens, into: scores)
      } else {
        let combined = try self.scores(NetworkInputs(tokens: tokens), task: task)
        scores.update(from: combined.pointer, count: needed)
      }
    }
    if answer == .vectors {
      _ = try reader.text.embeddingColumn(Buffer(borrowing: scores, count: needed, owner: self), rows: rows)
    } else if decision.adjustsScores {
      decision.adjust(scores, rows: rows, width: scoring.count, .none)
    }
  }
}
