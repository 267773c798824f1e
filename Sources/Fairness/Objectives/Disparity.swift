/// How the values of a statistic in several groups become one gap.
public enum Disparity: String, CaseIterable, Sendable {
  /// The largest less the smallest.
  case worst
  /// The mean of |difference| over all pairs of groups.
  case pairs
  /// The largest |difference| to the value of all rows together.
  case overall
  /// The largest value itself: no group worse than a bound (Agarwal, Dudík and Wu 2019).
  case largest

  /// The gap of `values`, and its slope for each of them; `overall`'s is the last element.
  ///
  /// Groups with a NaN have no value and no part in it.
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
