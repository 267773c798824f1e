import Platform

/// Withholds the decisions of rows whose confidence is too small (selective classification: Geifman and El-Yaniv
/// 2017). Without thresholds by group, groups may differ in how often they get an answer (Jones, Sagawa, Koh, Kumar
/// and Liang 2021, "Selective classification can magnify disparities across groups").
public struct AbstentionByGroup: Equatable, Sendable {
  /// The smallest confidence that is answered, for rows of unknown groups; without groups, for all rows.
  public let pooled: Float
  /// nil: the group is treated like an unknown one.
  public let groups: [Float?]

  public init(pooled: Float, groups: [Float?]) { (self.pooled, self.groups) = (pooled, groups) }

  public func answers(_ confidence: Float, group: Int) -> Bool {
    confidence >= (groups.indices.contains(group) ? groups[group] ?? pooled : pooled)
  }

  /// The confidence of a decision: the probability of the decided class.
  ///
  /// - Parameters:
  ///   - scores: the scores of a row: one, or one for each class.
  ///   - decision: 0 or 1, or the index of a class.
  @inline(__always)
  public static func confidence(_ scores: UnsafePointer<Float>, width: Int, decision: Int32) -> Float {
    if width > 1 { return scores[min(max(Int(decision), 0), width - 1)] }
    return decision == 1 ? scores[0] : 1 - scores[0]
  }

  /// The largest threshold with which a further row, exchangeable with the given ones, is answered with a probability
  /// of at least `coverage`: the ⌈coverage · (n + 1)⌉-th largest confidence, or, if there are too few rows, one that
  /// all reach.
  ///
  /// - Parameter confidences: finite.
  public static func threshold(_ confidences: [Float], coverage: Double) -> Float {
    let place = ConformalQuantile.place(confidences.count, coverage: coverage)
    guard place <= confidences.count else { return -.greatestFiniteMagnitude }
    return confidences.sorted(by: >)[place - 1]
  }
}

extension DecisionRule {
  /// The decision of a row without an answer.
  public static let noAnswer: Int32 = -1

  /// Whether some rows may have no answer.
  public var abstains: Bool { adjustments.contains { $0.stage == .abstention } }
}

extension DecidedRows {
  /// The rows that have an answer, ascending; nil if all have one.
  public var answered: [Int]? {
    guard let decisions, let first = decisions.elements.firstIndex(of: DecisionRule.noAnswer) else {
      return nil
    }
    return Array(0..<first) + (first..<decisions.count).filter { decisions.pointer[$0] >= 0 }
  }

  /// The chosen rows; each index must exist.
  ///
  /// - Throws: `outOfMemory`.
  public func selecting(_ rows: [Int]) throws -> DecidedRows {
    guard let decisions, decisions.count > 0 else { return self }
    let width = scores.count / decisions.count
    let own = try Buffer<Float>(count: rows.count * width, for: "scores")
    let labels = try Buffer<Int32>(count: rows.count, for: "decisions")
    for (place, row) in rows.enumerated() {
      (own.pointer + place * width).update(from: scores.pointer + row * width, count: width)
      labels.pointer[place] = decisions.pointer[row]
    }
    return DecidedRows(scores: own, decisions: labels)
  }
}
