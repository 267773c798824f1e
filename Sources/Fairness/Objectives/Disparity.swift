/// How the values of a statistic in several groups are combined into one gap.
public enum Disparity: String, CaseIterable, Sendable {
  /// Maximum minus minimum.
  case worst
  /// The mean of |difference| over all pairs of groups.
  case pairs
  /// The maximum |difference| from the value of all rows.
  case overall
  /// The maximum value: no group may exceed a bound (Agarwal, Dudík and Wu 2019).
  case largest

  /// The gap of `values`, and its slope with respect to each value; the last element of `values` is the value
  /// of all rows.
  ///
  /// Groups with NaN are ignored.
  func gap(
    _ values: UnsafePointer<Float>, groups: Int, slopes: UnsafeMutablePointer<Float>
  ) -> Float {
    slopes.update(repeating: 0, count: groups + 1)
    switch self {
    case .worst:
      guard let (low, high) = extremes(values, groups), low != high else { return 0 }
      slopes[high] = 1
      slopes[low] = -1
      return values[high] - values[low]
    case .largest:
      guard let (_, high) = extremes(values, groups) else { return 0 }
      slopes[high] = 1
      return values[high]
    case .overall:
      var farthest = -1
      for group in 0..<groups where !values[group].isNaN {
        if farthest < 0 || abs(values[group] - values[groups]) > abs(values[farthest] - values[groups]) {
          farthest = group
        }
      }
      guard farthest >= 0, !values[groups].isNaN else { return 0 }
      let difference = values[farthest] - values[groups]
      slopes[farthest] = difference > 0 ? 1 : (difference < 0 ? -1 : 0)
      slopes[groups] = -slopes[farthest]
      return abs(difference)
    case .pairs:
      var sum: Float = 0
      var pairs: Float = 0
      for first in 0..<groups where !values[first].isNaN {
        for second in 0..<first where !values[second].isNaN {
          let difference = values[first] - values[second]
          sum += abs(difference)
          pairs += 1
          let sign: Float = difference > 0 ? 1 : (difference < 0 ? -1 : 0)
          slopes[first] += sign
          slopes[second] -= sign
        }
      }
      guard pairs > 0 else { return 0 }
      for group in 0..<groups { slopes[group] /= pairs }
      return sum / pairs
    }
  }

  private func extremes(_ values: UnsafePointer<Float>, _ groups: Int) -> (low: Int, high: Int)? {
    var (low, high) = (-1, -1)
    for group in 0..<groups where !values[group].isNaN {
      if low < 0 || values[group] < values[low] { low = group }
      if high < 0 || values[group] > values[high] { high = group }
    }
    return low < 0 ? nil : (low, high)
  }
}
