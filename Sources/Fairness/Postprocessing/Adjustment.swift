import Platform

/// One step after a model's scores: it changes scores, decides, withholds decisions, or adds sets or ranks
/// (docs/mitigation.md, "After training").
public struct Adjustment: Equatable, Sendable {
  public enum Change: Equatable, Sendable {
    case calibration(ScoreCalibration)
    case repair(RepairByGroup)
    case mixing(MixingByGroup)
    case thresholds(ThresholdsByGroup)
    case blended(BlendedThresholds)
    case rejectOption(RejectionByGroup)
    case draw(DrawnDecision)
    case abstention(AbstentionByGroup)
    case sets(PredictionSets)
    case ranks(RankingByGroup)
  }

  /// The index of the attribute whose groups are distinguished; nil: all rows are treated alike.
  public let attribute: Int?
  public let change: Change

  public init(attribute: Int?, _ change: Change) { (self.attribute, self.change) = (attribute, change) }

  /// What a step does. Steps are in this order, with any number of the first kind and at most one of each other.
  public enum Stage: Int, Comparable, Sendable {
    /// Changes scores.
    case scores
    /// Makes decisions.
    case decision
    /// Withholds decisions.
    case abstention
    /// Adds sets of classes, or intervals of values.
    case sets
    /// Adds ranks within queries.
    case ranks

    public static func < (a: Stage, b: Stage) -> Bool { a.rawValue < b.rawValue }

    /// Whether a step of this kind may come after another one.
    public func mayFollow(_ earlier: Stage) -> Bool {
      earlier < self || self == .scores && earlier == .scores
    }
  }

  public var stage: Stage {
    switch change {
    case .calibration, .repair, .mixing: .scores
    case .thresholds, .blended, .rejectOption, .draw: .decision
    case .abstention: .abstention
    case .sets: .sets
    case .ranks: .ranks
    }
  }

  /// Whether the step makes decisions.
  public var decides: Bool { stage == .decision }

  /// Whether scores, decisions or ranks are drawn at random.
  public var draws: Bool {
    switch change {
    case .thresholds(let thresholds): thresholds.draws
    case .mixing(let mixing): mixing.draws
    case .draw: true
    case .ranks(let ranking): ranking.draws
    case .calibration, .repair, .blended, .rejectOption, .abstention, .sets: false
    }
  }
}

/// Thresholds by group; a mixture of two thresholds is drawn for each row.
public struct ThresholdsByGroup: Equatable, Sendable {
  /// For rows of unknown groups.
  public let pooled: GroupDecision
  /// nil: the group is treated like an unknown one.
  public let groups: [GroupDecision?]
  /// The seed of the draws.
  public let seed: UInt64

  public init(pooled: GroupDecision, groups: [GroupDecision?], seed: UInt64) {
    (self.pooled, self.groups, self.seed) = (pooled, groups, seed)
  }

  var draws: Bool { pooled.draws || groups.contains { $0?.draws == true } }

  func decision(_ group: Int) -> GroupDecision {
    groups.indices.contains(group) ? groups[group] ?? pooled : pooled
  }

  func isPositive(_ score: Float, group: Int, key: UInt64) -> Bool {
    DrawnDecision(seed: seed).isPositive(decision(group).probability(score), key: key)
  }
}

/// A decision that is positive with the probability that the score states, as for a mixture of classifiers.
public struct DrawnDecision: Equatable, Sendable {
  /// The seed of the draws.
  public let seed: UInt64

  public init(seed: UInt64) { self.seed = seed }

  /// Whether a row is positive. The draw depends only on the key and the seed, not on score and group.
  /// Therefore, if two rows have the same key and one is positive, the other is too if its probability is at
  /// least as large.
  func isPositive(_ probability: Double, key: UInt64) -> Bool {
    if probability >= 1 { return true }
    guard probability > 0 else { return false }
    var stream = RandomStream(seed: seed ^ key &* 0x9e37_79b9_7f4a_7c15)
    _ = stream.next()
    return stream.uniform() < probability
  }
}

/// The reject option, with the favoured groups.
public struct RejectionByGroup: Equatable, Sendable {
  public let option: RejectOption
  /// For each group, whether it is favoured; nil: only the threshold decides, as for unknown groups.
  public let gains: [Bool?]

  public init(_ option: RejectOption, gains: [Bool?]) { (self.option, self.gains) = (option, gains) }

  func isPositive(_ score: Float, group: Int) -> Bool {
    option.isPositive(score, gains: gains.indices.contains(group) ? gains[group] : nil)
  }
}

/// Score repair: moves scores to the barycentre of the groups' distributions.
public struct RepairByGroup: Equatable, Sendable {
  public let repair: ScoreRepair
  /// The index of each group in `repair`; nil: the group is treated like an unknown one.
  public let places: [Int?]
  /// The scores of all rows, ascending: the distribution for rows of unknown groups.
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

/// One calibrator for each group, or one for all rows.
public struct ScoreCalibration: Equatable, Sendable {
  /// For rows of unknown groups; without groups, for all rows.
  public let pooled: ClassCalibration
  /// nil: the group is treated like an unknown one.
  public let groups: [ClassCalibration?]

  public init(pooled: ClassCalibration, groups: [ClassCalibration?]) {
    (self.pooled, self.groups) = (pooled, groups)
  }

  func calibration(_ group: Int) -> ClassCalibration {
    groups.indices.contains(group) ? groups[group] ?? pooled : pooled
  }
}
