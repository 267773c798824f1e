import Platform

/// The value of a statistic at each place of a constraint (a group, or a pool of groups), with its standard
/// error.
///
/// The memory is allocated once and reused: a training step allocates nothing.
final class GroupValues {
  /// NaN if the denominator is 0. For a small group, an adjusted value (`SmallGroups`).
  let values: Buffer<Double>
  /// The unadjusted values.
  let own: Buffer<Double>
  /// By the linearized ratio: √Σ w²(n − v d)² / Σ w d (Cochran 1977, section 6.3). If a rate is 0 or 1, one
  /// row of either outcome is added. 0 for values that are a bound.
  let errors: Buffer<Double>
  let denominators: Buffer<Double>
  private let sums: Buffer<Double>
  private(set) var count = 0
  /// The value over all rows.
  private(set) var overall = Double.nan
  private(set) var overallDenominator = 0.0

  /// - Parameter groups: the maximum number of places.
  init(groups: Int) throws {
    func buffer(_ count: Int) throws -> Buffer<Double> { try Buffer(count: count, for: "group statistics") }
    (values, own, errors, denominators) = (
      try buffer(groups), try buffer(groups), try buffer(groups), try buffer(groups)
    )
    sums = try buffer(groups * StatisticSums.Sum.width)
  }

  func read(_ all: StatisticSums, _ component: Int, _ pooling: GroupPooling) {
    count = min(pooling.count, values.count)
    overallDenominator = all.sum(.denominator, component, all.groups)
    overall = Self.ratio(all.sum(.numerator, component, all.groups), overallDenominator)
    sums.clear()
    let width = StatisticSums.Sum.width
    for (group, place) in pooling.places.enumerated() {
      guard let place, place < count else { continue }
      all.add(component, group, to: sums.pointer + place * width)
    }
    for place in 0..<count {
      func sum(_ sum: StatisticSums.Sum) -> Double { sums.pointer[place * width + sum.rawValue] }
      denominators.pointer[place] = sum(.denominator)
      let value = Self.ratio(sum(.numerator), sum(.denominator))
      var variance =
        sum(.numeratorSquares) - 2 * value * sum(.products) + value * value * sum(.denominatorSquares)
      if variance <= 0, sum(.count) > 0 {
        // Equal outcomes of all rows do not show that the variance is 0.
        let rate = 1 / (sum(.count) + 2)
        let denominator = sum(.denominator) / sum(.count)
        variance = sum(.count) * rate * (1 - rate) * denominator * denominator
      }
      own.pointer[place] = value
      weigh(
        place, value, error: max(variance, 0).squareRoot() / max(abs(sum(.denominator)), 1e-12),
        pooling.weights[place])
    }
  }

  private func weigh(_ place: Int, _ value: Double, error: Double, _ weight: GroupPooling.Weight) {
    let difference = value - overall
    guard difference.isFinite, weight != .whole else {
      (values.pointer[place], errors.pointer[place]) = (value, error)
      return
    }
    switch weight {
    case .whole: break
    case .lowerBound(let count):
      let known = max(abs(difference) - count * error, 0)
      (values.pointer[place], errors.pointer[place]) = (overall + (difference < 0 ? -known : known), 0)
    case .share(let share):
      (values.pointer[place], errors.pointer[place]) = (overall + share * difference, share * error)
    }
  }

  private static func ratio(_ numerator: Double, _ denominator: Double) -> Double {
    abs(denominator) > 1e-12 ? numerator / denominator : .nan
  }

  /// The number of places without a value.
  var undefined: Int { values.elements.prefix(count).count { !$0.isFinite } }

  /// The places of the smallest and the largest value; nil if fewer than two places have one.
  var extremes: (low: Int, high: Int)? {
    var found: (low: Int, high: Int)?
    var present = 0
    for place in 0..<count where values.pointer[place].isFinite {
      present += 1
      let (low, high) = found ?? (place, place)
      found = (
        values.pointer[place] < values.pointer[low] ? place : low,
        values.pointer[place] > values.pointer[high] ? place : high
      )
    }
    return present > 1 ? found : nil
  }

  /// The gap by a disparity, with its standard error.
  func gap(_ disparity: Disparity) -> (value: Double, error: Double) {
    func root(_ low: Double, _ high: Double) -> Double { (low * low + high * high).squareRoot() }
    func furthest(_ distance: (Double) -> Double) -> Int? {
      var far: Int?
      for place in 0..<count where values.pointer[place].isFinite {
        if let known = far, distance(values.pointer[place]) <= distance(values.pointer[known]) { continue }
        far = place
      }
      return far
    }
    switch disparity {
    case .largest:
      guard let high = furthest({ $0 }) else { return (0, 0) }
      return (values.pointer[high], errors.pointer[high])
    case .worst:
      guard let (low, high) = extremes else { return (0, 0) }
      return (
        values.pointer[high] - values.pointer[low], root(errors.pointer[low], errors.pointer[high])
      )
    case .overall:
      let overall = overall
      guard overall.isFinite, let far = furthest({ abs($0 - overall) }) else { return (0, 0) }
      return (abs(values.pointer[far] - overall), errors.pointer[far])
    case .pairs:
      var (sum, variance, pairs) = (0.0, 0.0, 0.0)
      for first in 0..<count where values.pointer[first].isFinite {
        for second in 0..<first where values.pointer[second].isFinite {
          sum += abs(values.pointer[first] - values.pointer[second])
          let error = root(errors.pointer[first], errors.pointer[second])
          variance += error * error
          pairs += 1
        }
      }
      return pairs > 0 ? (sum / pairs, variance.squareRoot() / pairs) : (0, 0)
    }
  }
}
