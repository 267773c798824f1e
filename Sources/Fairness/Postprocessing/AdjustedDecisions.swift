import Platform

/// The group of each row by each attribute that a decision reads: row-major (rows, attributes), -1 for an
/// unknown group; and the probabilities of groups that are not observed. Both are borrowed from the caller.
public struct RowGroups {
  private let codes: UnsafePointer<Int32>?
  private let attributes: Int
  /// Row-major (rows, groups); nil if no decision reads them.
  let shares: UnsafePointer<Double>?

  public init(_ codes: UnsafePointer<Int32>?, attributes: Int, shares: UnsafePointer<Double>? = nil) {
    (self.codes, self.attributes, self.shares) = (codes, attributes, shares)
  }

  /// For decisions that read no groups.
  public static let none = RowGroups(nil, attributes: 0)

  @inline(__always)
  func group(_ row: Int, _ attribute: Int?) -> Int {
    guard let codes, let attribute, attribute < attributes else { return -1 }
    return Int(codes[row * attributes + attribute])
  }
}

extension DecisionRule {
  public var adjustsScores: Bool { adjustments.contains { $0.stage == .scores } }
  /// Whether scores or decisions depend on groups.
  public var readsGroups: Bool { adjustments.contains { $0.attribute != nil } }
  /// Whether decisions depend on probabilities of groups.
  public var readsShares: Bool {
    adjustments.contains { if case .blended = $0.change { true } else { false } }
  }
  public var scoresReadGroups: Bool { adjustments.contains { $0.stage == .scores && $0.attribute != nil } }
  /// Whether the scores or decisions of some rows are drawn at random, which needs keys.
  public var draws: Bool { adjustments.contains(where: \.draws) }

  /// The rule with the same changes of scores, followed by one threshold for all rows, each of which is decided.
  public func deciding(at threshold: Double) -> DecisionRule {
    DecisionRule(threshold: threshold, adjustments: adjustments.filter { $0.stage == .scores })
  }

  /// Changes the scores, (rows, width), in place.
  ///
  /// - Parameter keys: one per row, from which random replacements are drawn; nil if nothing is drawn.
  public func adjust(
    _ scores: UnsafeMutablePointer<Float>, rows: Int, width: Int, _ groups: RowGroups,
    keys: UnsafePointer<UInt64>? = nil
  ) {
    for adjustment in adjustments {
      switch adjustment.change {
      case .calibration(let calibration):
        for row in 0..<rows {
          calibration.calibration(groups.group(row, adjustment.attribute))
            .apply(to: scores + row * width, width: width)
        }
      case .repair(let repair):
        for index in 0..<rows * width {
          scores[index] = repair.repaired(
            scores[index], group: groups.group(index / width, adjustment.attribute))
        }
      case .mixing(let mixing):
        for row in 0..<rows {
          scores[row * width] = mixing.mixed(
            scores[row * width], group: groups.group(row, adjustment.attribute), key: keys?[row] ?? 0)
        }
      case .thresholds, .blended, .rejectOption, .draw, .abstention, .sets, .ranks: break
      }
    }
  }

  /// Writes one decision per row: with one score per row 1 (positive) or 0, with several the class with the
  /// largest score; `noAnswer` for a row whose decision is withheld.
  ///
  /// - Parameters:
  ///   - scores: (rows, width), changed by `adjust`.
  ///   - keys: one per row, from which random decisions are drawn; nil if nothing is drawn.
  public func decide(
    _ scores: UnsafePointer<Float>, rows: Int, width: Int, _ groups: RowGroups, keys: UnsafePointer<UInt64>?,
    into labels: UnsafeMutablePointer<Int32>
  ) {
    answer(scores, rows: rows, width: width, groups, keys: keys, into: labels)
    for step in adjustments {
      guard case .abstention(let abstention) = step.change else { continue }
      for row in 0..<rows {
        let confidence = AbstentionByGroup.confidence(
          scores + row * width, width: width, decision: labels[row])
        if !abstention.answers(confidence, group: groups.group(row, step.attribute)) {
          labels[row] = Self.noAnswer
        }
      }
    }
  }

  /// Decides every row.
  private func answer(
    _ scores: UnsafePointer<Float>, rows: Int, width: Int, _ groups: RowGroups, keys: UnsafePointer<UInt64>?,
    into labels: UnsafeMutablePointer<Int32>
  ) {
    if width > 1 {
      for row in 0..<rows {
        labels[row] = Int32(truncatingIfNeeded: Self.likeliest(scores + row * width, width))
      }
      return
    }
    guard let step = adjustments.last(where: \.decides) else {
      for row in 0..<rows { labels[row] = isPositive(scores[row]) ? 1 : 0 }
      return
    }
    switch step.change {
    case .thresholds(let thresholds):
      for row in 0..<rows {
        let group = groups.group(row, step.attribute)
        labels[row] = thresholds.isPositive(scores[row], group: group, key: keys?[row] ?? 0) ? 1 : 0
      }
    case .blended(let blended):
      let count = blended.thresholds.count
      for row in 0..<rows {
        // Without probabilities no row is positive; callers give them (`readsShares`).
        labels[row] =
          groups.shares.map { blended.isPositive(scores[row], shares: $0 + row * count) } == true ? 1 : 0
      }
    case .rejectOption(let rejection):
      for row in 0..<rows {
        labels[row] =
          rejection.isPositive(scores[row], group: groups.group(row, step.attribute)) ? 1 : 0
      }
    case .draw(let draw):
      for row in 0..<rows {
        labels[row] = draw.isPositive(Double(scores[row]), key: keys?[row] ?? 0) ? 1 : 0
      }
    case .calibration, .repair, .mixing, .abstention, .sets, .ranks: break
    }
  }
}

/// Scores after the changes of a decision rule, and the decisions.
public struct DecidedRows {
  /// (rows, width).
  public let scores: Buffer<Float>
  /// 0 or 1, or the index of a class, or `DecisionRule.noAnswer`; nil for values, which are not decided.
  public let decisions: Buffer<Int32>?

  public init(scores: Buffer<Float>, decisions: Buffer<Int32>?) {
    (self.scores, self.decisions) = (scores, decisions)
  }

  /// - Parameters:
  ///   - scores: the unchanged scores of a model's scorer, (rows, width); they are not modified.
  ///   - task: nil or a regression: there are no decisions.
  /// - Throws: `outOfMemory`.
  public init(
    _ scores: Buffer<Float>, rows: Int, task: Task?, _ rule: DecisionRule, _ groups: RowGroups = .none,
    keys: UnsafePointer<UInt64>? = nil
  ) throws {
    let width = rows > 0 ? scores.count / rows : 1
    if rule.adjustsScores {
      let changed = try Buffer<Float>(count: scores.count, for: "scores")
      changed.pointer.update(from: scores.pointer, count: scores.count)
      rule.adjust(changed.pointer, rows: rows, width: width, groups, keys: keys)
      self.scores = changed
    } else {
      self.scores = scores
    }
    guard let task, task != .regression else {
      decisions = nil
      return
    }
    let labels = try Buffer<Int32>(count: rows, for: "decisions")
    rule.decide(self.scores.pointer, rows: rows, width: width, groups, keys: keys, into: labels.pointer)
    decisions = labels
  }
}
