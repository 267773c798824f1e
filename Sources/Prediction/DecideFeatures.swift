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
  ///   - groups: the number of each row's group among the groups of the decision, -1 for any other; nil if the
  ///     decision reads no groups.
  ///   - keys: a key for each row, the same for the same person, from which random decisions are drawn; nil
  ///     if none are drawn.
  ///   - labels: out, the class of each row, -1 for a row without an answer; for several labels (rows, scoreCount), each 0 or 1.
  /// - Throws: the errors of `predict(features:)`; `invalidArgument` if the model makes no decisions, needs groups or
  ///   keys that are not given, or the buffers are too small; `invalidData` (location: the row) for a refused group.
  public func decide(
    features: UnsafePointer<Float>, rows: Int, columns: Int, groups: UnsafePointer<Int32>? = nil,
    keys: UnsafePointer<UInt64>? = nil, scores: UnsafeMutablePointer<Float>, scoreCount: Int,
    labels: UnsafeMutablePointer<Int32>, labelCount: Int
  ) throws {
    let scoring = try scorer.scoring(for: task)
    let width = scoring.count
    let decides = scoring.kind == .positive || scoring.kind == .classes || answer == .labels
    guard decides, reader.medium == .numbers else {
      throw Failure.invalidArgument(
        "the model predicts values, for which there are no decisions; eqp_predict_f32 gives the values",
        at: "model")
    }
    let (needed, overflow) = rows.multipliedReportingOverflow(by: scoring.kind == .independent ? width : 1)
    guard rows >= 0, !overflow, labelCount >= needed else {
      throw Failure.invalidArgument(
        "labels_count is \(labelCount); \(rows) rows need \(needed)", at: "labels_count")
    }
    try require(groups, keys, rows: rows)
    try scoreUnadjusted(
      features: features, rows: rows, columns: columns, scores: scores, scoreCount: scoreCount)
    if scoring.kind == .independent {
      for index in 0..<needed { labels[index] = decision.isPositive(scores[index]) ? 1 : 0 }
      return
    }
    let rowGroups = RowGroups(groups, attributes: 1)
    if decision.adjustsScores { decision.adjust(scores, rows: rows, width: width, rowGroups, keys: keys) }
    decision.decide(scores, rows: rows, width: width, rowGroups, keys: keys, into: labels)
  }

  /// - Throws: `invalidArgument` for groups or keys that the decision needs and are not given.
  private func require(_ groups: UnsafePointer<Int32>?, _ keys: UnsafePointer<UInt64>?, rows: Int) throws {
    if decision.readsGroups {
      // Attributes are in the order of the steps that read them, so that those of sets and ranks come last.
      let read = Set(decision.adjustments.compactMap(\.attribute))
      guard let attribute = adjustments.attributes.first, read == [0] else {
        throw Failure.invalidArgument(
          "the model decides by the groups of \(read.count) attributes; eqp_predict reads them",
          at: "model")
      }
      guard let groups else {
        throw Failure.invalidArgument(
          "groups is NULL, but the model decides by the groups of \(attribute.reference.label); a group's number is its index in "
            + "\"decision\" of eqp_model_describe", at: "groups")
      }
      if attribute.refusesUnknown {
        for row in 0..<rows where !attribute.groups.indices.contains(Int(groups[row])) {
          throw Failure.invalidData(
            "the group \(groups[row]) is not one of the model's groups (0 to \(attribute.groups.count - 1))",
            at: "row \(row)")
        }
      }
    }
    guard !decision.readsShares else {
      throw Failure.invalidArgument(
        "the model decides by probabilities of groups (\(NameList.joined(adjustments.probabilities?.columns ?? []))); "
          + "eqp_predict reads them", at: "model")
    }
    guard !decision.draws || keys != nil else {
      throw Failure.invalidArgument(
        "keys is NULL, but the model draws some decisions by the keys of rows", at: "keys")
    }
  }
}
