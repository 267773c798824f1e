import Platform

/// The group of each row by each attribute that a decision reads: row-major (rows, attributes), -1 for a group that is not
/// known.
public struct RowGroups {
  private let codes: UnsafePointer<Int32>?
  private let attributes: Int

  public init(_ codes: UnsafePointer<Int32>?, attributes: Int) {
    (self.codes, self.attributes) = (codes, attributes)
  }

  /// Of rows that are not told apart.
  public static let none = RowGroups(nil, attributes: 0)

  @inline(__always)
  func group(_ row: Int, _ attribute: Int?) -> Int {
    guard let codes, let attribute, attribute < attributes else { return -1 }
    return Int(codes[row * attributes + attribute])
  }
}

extension DecisionRule {
  public var adjustsScores: Bool { adjustments.contains { !$0.decides } }
  /// Whether scores, or decisions, differ by group.
  public var readsGroups: Bool { adjustments.contains { $0.attribute != nil } }
  public var scoresReadGroups: Bool { adjustments.contains { !$0.decides && $0.attribute != nil } }
  /// Whether some rows are decided by chance, for which keys are needed.
  public var draws: Bool { adjustments.contains(where: \.draws) }

  /// The same changes of scores, then one threshold for all rows.
  public func deciding(at threshold: Double) -> DecisionRule {
    DecisionRule(threshold: threshold, adjustments: adjustments.filter { !$0.decides })
  }

  /// Changes scores in place, (rows, width).
  public func adjust(_ scores: UnsafeMutablePointer<Float>, rows: Int, width: Int, _ groups: RowGroups) {
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
      case .thresholds, .rejectOption: break
      }
    }
  }

  /// Decides rows: of one score whether each is positive, 0 or 1, of several the class of the largest.
  ///
  /// - Parameters:
  ///   - scores: (rows, width), as `adjust` leaves them.
  ///   - keys: of the rows, by which chance decides; nil where nothing is drawn.
  public func decide(
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
    case .rejectOption(let rejection):
      for row in 0..<rows {
        labels[row] =
          rejection.isPositive(scores[row], group: groups.group(row, step.attribute)) ? 1 : 0
      }
    case .calibration, .repair: break
    }
  }
}

/// Scores as a decision leaves them, and what it decides.
public struct DecidedRows {
  /// (rows, width)
  public let scores: Buffer<Float>
  /// 0 or 1, or the place of a class; nil of values, on which nothing is decided.
  public let decisions: Buffer<Int32>?

  public init(scores: Buffer<Float>, decisions: Buffer<Int32>?) {
    (self.scores, self.decisions) = (scores, decisions)
  }

  /// - Parameters:
  ///   - scores: as a model's scorer gives them; they stay as they are.
  ///   - task: nil, or a regression: nothing is decided.
  public init(
    _ scores: Buffer<Float>, rows: Int, task: Task?, _ rule: DecisionRule, _ groups: RowGroups = .none,
    keys: UnsafePointer<UInt64>? = nil
  ) throws {
    let width = rows > 0 ? scores.count / rows : 1
    if rule.adjustsScores {
      let changed = try Buffer<Float>(count: scores.count, for: "scores")
      changed.pointer.update(from: scores.pointer, count: scores.count)
      rule.adjust(changed.pointer, rows: rows, width: width, groups)
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
