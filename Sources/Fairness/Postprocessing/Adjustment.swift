import Platform

/// A step of a decision: it changes scores, or decides in the place of one threshold (docs/mitigation.md, "After
/// training").
public struct Adjustment: Equatable, Sendable {
  public enum Change: Equatable, Sendable {
    case calibration(ScoreCalibration)
    case repair(RepairByGroup)
    case thresholds(ThresholdsByGroup)
    case rejectOption(RejectionByGroup)
  }

  /// The place of the attribute whose groups it tells apart; nil: it treats all rows alike.
  public let attribute: Int?
  public let change: Change

  public init(attribute: Int?, _ change: Change) { (self.attribute, self.change) = (attribute, change) }

  /// Whether it decides; else it changes scores.
  public var decides: Bool {
    switch change {
    case .calibration, .repair: false
    case .thresholds, .rejectOption: true
    }
  }

  /// Whether some rows are decided by chance.
  public var draws: Bool {
    if case .thresholds(let thresholds) = change { return thresholds.draws }
    return false
  }
}

/// Thresholds by group, drawn where they are mixed.
public struct ThresholdsByGroup: Equatable, Sendable {
  /// Of rows in no known group.
  public let pooled: GroupDecision
  /// nil: the group is decided like rows in no known group.
  public let groups: [GroupDecision?]
  /// Of the draws.
  public let seed: UInt64

  public init(pooled: GroupDecision, groups: [GroupDecision?], seed: UInt64) {
    (self.pooled, self.groups, self.seed) = (pooled, groups, seed)
  }

  var draws: Bool { pooled.draws || groups.contains { $0?.draws == true } }

  func decision(_ group: Int) -> GroupDecision {
    groups.indices.contains(group) ? groups[group] ?? pooled : pooled
  }

  /// A row with the same key has the same draw, whatever its score and group: of two rows with one key the one with the
  /// larger probability is positive where the other is.
  func isPositive(_ score: Float, group: Int, key: UInt64) -> Bool {
    let probability = decision(group).probability(score)
    if probability <= 0 { return false }
    if probability >= 1 { return true }
    var stream = RandomStream(seed: seed ^ key &* 0x9e37_79b9_7f4a_7c15)
    _ = stream.next()
    return stream.uniform() < probability
  }
}

/// The reject option with the groups that it favours.
public struct RejectionByGroup: Equatable, Sendable {
  public let option: RejectOption
  /// nil: the group is decided by the threshold alone, as rows in no known group are.
  public let gains: [Bool?]

  public init(_ option: RejectOption, gains: [Bool?]) { (self.option, self.gains) = (option, gains) }

  func isPositive(_ score: Float, group: Int) -> Bool {
    guard gains.indices.contains(group), let gains = gains[group] else {
      return Double(score) > option.threshold
    }
    return option.isPositive(Double(score), gains: gains)
  }
}

/// Scores moved to the barycentre of the groups' distributions.
public struct RepairByGroup: Equatable, Sendable {
  public let repair: ScoreRepair
  /// The place of each group in `repair`; nil: the group is treated like rows in no known group.
  public let places: [Int?]
  /// All rows' scores, ascending: the distribution of rows in no known group.
  public let pooled: [Double]

  public init(_ repair: ScoreRepair, places: [Int?], pooled: [Double]) {
    (self.repair, self.places, self.pooled) = (repair, places, pooled)
  }

  func repaired(_ score: Float, group: Int) -> Float {
    guard score.isFinite else { return score }
    if places.indices.contains(group), let place = places[group] {
      return Float(repair.repaired(Double(score), group: place))
    }
    return Float(repair.repaired(Double(score), among: pooled))
  }
}

/// Calibrators by group, or one for all rows.
public struct ScoreCalibration: Equatable, Sendable {
  /// Of rows in no known group.
  public let pooled: ClassCalibration
  /// nil: the group is treated like rows in no known group.
  public let groups: [ClassCalibration?]

  public init(pooled: ClassCalibration, groups: [ClassCalibration?]) {
    (self.pooled, self.groups) = (pooled, groups)
  }

  func calibration(_ group: Int) -> ClassCalibration {
    groups.indices.contains(group) ? groups[group] ?? pooled : pooled
  }
}
