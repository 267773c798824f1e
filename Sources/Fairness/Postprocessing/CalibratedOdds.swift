import Platform

/// Calibrated equalized odds (Pleiss, Raghavan, Wu, Kleinberg and Weinberger 2017, "On fairness and calibration",
/// algorithm 1): groups with a smaller expected cost of errors get the largest one, because a share of their scores,
/// drawn at random, is replaced by the group's base rate. Calibrated scores stay calibrated.
public struct CalibratedOdds: Sendable {
  /// The expected cost of a group's errors, from the generalized rates: the mean score of negative rows (false
  /// positive rate), and the mean of 1 - score of positive rows (false negative rate).
  public enum Cost: Sendable, Equatable {
    case falseNegativeRate
    case falsePositiveRate
    /// The mean of the two rates, weighted by the shares of their rows and by what an error costs.
    case weighted(falsePositive: Double, falseNegative: Double)

    /// - Parameter baseRate: the share of positive rows.
    func value(falsePositives: Double, falseNegatives: Double, baseRate: Double) -> Double {
      switch self {
      case .falseNegativeRate: falseNegatives
      case .falsePositiveRate: falsePositives
      case .weighted(let positive, let negative):
        (positive * falsePositives * (1 - baseRate) + negative * falseNegatives * baseRate)
          / max(positive + negative, .leastNormalMagnitude)
      }
    }
  }

  /// A group with its cost.
  public struct Group: Sendable, Equatable {
    public let baseRate: Double
    public let cost: Double
    /// The cost if every score is the base rate.
    public let trivialCost: Double
    /// The share of the rows whose scores are replaced by the base rate.
    public fileprivate(set) var share = 0.0

    /// The expected cost after the mixing.
    public var mixedCost: Double { (1 - share) * cost + share * trivialCost }

    /// - Parameters:
    ///   - scores: probabilities of the positive label.
    ///   - weights: nil: all are 1.
    /// - Returns: nil unless rows of both labels have weight.
    public init?(scores: [Float], labels: [Bool], weights: [Double]?, cost: Cost) {
      var (positives, negatives, missed, alarms) = (0.0, 0.0, 0.0, 0.0)
      for (row, score) in scores.enumerated() {
        let weight = weights?[row] ?? 1
        if labels[row] {
          positives += weight
          missed += weight * (1 - Double(score))
        } else {
          negatives += weight
          alarms += weight * Double(score)
        }
      }
      guard positives > 0, negatives > 0 else { return nil }
      let baseRate = positives / (positives + negatives)
      self.baseRate = baseRate
      self.cost = cost.value(
        falsePositives: alarms / negatives, falseNegatives: missed / positives, baseRate: baseRate)
      trivialCost = cost.value(falsePositives: baseRate, falseNegatives: 1 - baseRate, baseRate: baseRate)
    }
  }

  /// In the order of the given groups, with their shares.
  public let groups: [Group]
  /// The cost that every group is to have.
  public let target: Double

  /// - Parameter groups: without shares.
  public init(_ groups: [Group]) {
    let target = groups.map(\.cost).max() ?? 0
    self.target = target
    self.groups = groups.map { group in
      var group = group
      guard group.cost < target else { return group }
      // A group whose base rate costs less than the target does not reach it: all its scores are replaced.
      group.share =
        group.trivialCost > target
        ? (target - group.cost) / (group.trivialCost - group.cost)
        : group.trivialCost > group.cost ? 1 : 0
      return group
    }
  }
}

/// Replaces the scores of some rows, drawn at random, by their group's base rate.
public struct MixingByGroup: Equatable, Sendable {
  public struct Share: Equatable, Sendable {
    /// The share of the rows whose score is replaced.
    public let replaced: Double
    public let baseRate: Float

    public init(replaced: Double, baseRate: Float) { (self.replaced, self.baseRate) = (replaced, baseRate) }
  }

  /// nil: the scores of the group are not changed, like those of unknown groups.
  public let groups: [Share?]
  /// The seed of the draws.
  public let seed: UInt64

  public init(groups: [Share?], seed: UInt64) { (self.groups, self.seed) = (groups, seed) }

  var draws: Bool { groups.contains { ($0?.replaced ?? 0) > 0 } }

  func mixed(_ score: Float, group: Int, key: UInt64) -> Float {
    guard groups.indices.contains(group), let share = groups[group] else { return score }
    // The draws differ from those of a decision with the same seed.
    let draw = DrawnDecision(seed: seed ^ 0x5851_f42d_4c95_7f2d)
    return draw.isPositive(share.replaced, key: key) ? share.baseRate : score
  }
}
