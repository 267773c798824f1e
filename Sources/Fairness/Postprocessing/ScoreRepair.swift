/// Moves the scores of all groups to the Wasserstein barycentre of the groups' distributions, so that all
/// groups have the same distribution (Chzhen, Denis, Hebiri, Oneto and Pontil 2020, "Fair regression with
/// Wasserstein barycenters", equation 2):
///
///     s' = (1 − λ) · s + λ · Σ_h w_h · Q_h(F_g(s))
///
/// Here w_h is the share of group h, Q are quantiles and F distribution functions. Among all scores with
/// equal distributions in all groups, these have the smallest mean squared distance to the original ones.
public struct ScoreRepair: Sendable, Equatable {
  /// Each group's scores, ascending.
  public let scores: [[Double]]
  /// w: the share of each group; their sum is 1.
  public let shares: [Double]
  /// λ, from 0 (no change) to 1.
  public let strength: Double

  /// - Parameters:
  ///   - scores: the scores of each group: ascending, finite, at least one.
  ///   - shares: the shares of the groups; their sum is 1.
  ///   - strength: λ, from 0 (no change) to 1.
  public init(scores: [[Double]], shares: [Double], strength: Double) {
    (self.scores, self.shares, self.strength) = (scores, shares, strength)
  }

  /// The repaired score of a row of a group.
  public func repaired(_ score: Double, group: Int) -> Double { repaired(score, among: scores[group]) }

  /// The repaired score of a row whose group has the scores `sorted`, ascending.
  func repaired(_ score: Double, among sorted: [Double]) -> Double {
    let share = Self.share(sorted, of: score)
    var target = 0.0
    for (other, weight) in zip(scores, shares) { target += weight * Self.quantile(other, share) }
    return (1 - strength) * score + strength * target
  }

  /// Evenly spaced quantiles of sorted scores, at most `most`, so that the size of a saved model does not
  /// depend on the number of rows.
  public static func thinned(_ sorted: [Double], to most: Int = 1001) -> [Double] {
    guard sorted.count > most, most > 1 else { return sorted }
    return (0..<most).map { quantile(sorted, Double($0) / Double(most - 1)) }
  }

  /// The quantile at `share`, from the smallest value at 0 to the largest at 1, with linear interpolation.
  static func quantile(_ sorted: [Double], _ share: Double) -> Double {
    let position = share * Double(sorted.count - 1)
    let place = min(max(0, Int(position)), sorted.count - 1)
    let next = min(place + 1, sorted.count - 1)
    return sorted[place] + (position - Double(place)) * (sorted[next] - sorted[place])
  }

  /// The rank of a value among the sorted ones as a share; tied values get their middle rank.
  static func share(_ sorted: [Double], of value: Double) -> Double {
    guard sorted.count > 1 else { return 0.5 }
    func first(_ fulfils: (Double) -> Bool) -> Int {
      var (low, high) = (0, sorted.count)
      while low < high {
        let middle = (low + high) / 2
        if fulfils(sorted[middle]) { high = middle } else { low = middle + 1 }
      }
      return low
    }
    let (begin, end) = (first { $0 >= value }, first { $0 > value })
    let last = Double(sorted.count - 1)
    if begin < end { return Double(begin + end - 1) / 2 / last }
    if begin == 0 { return 0 }
    if begin == sorted.count { return 1 }
    let between = (value - sorted[begin - 1]) / (sorted[begin] - sorted[begin - 1])
    return (Double(begin - 1) + between) / last
  }
}
