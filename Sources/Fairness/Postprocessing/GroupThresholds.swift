import Platform

/// How the rows of a group are decided: randomly by one of two thresholds, or by a coin that ignores the
/// score.
public struct GroupDecision: Sendable, Equatable {
  /// With probability `share` (0 to 1) the first threshold decides, otherwise the second.
  public var thresholds: (first: Float, second: Float)
  public var share: Double
  /// The probability that the coin decides, and the probability that it says yes (Hardt, Price and Srebro
  /// 2016, section 4).
  public var coin: (used: Double, yes: Double) = (0, 0)

  public init(threshold: Float) { (thresholds, share) = ((threshold, threshold), 1) }

  public init(first: Float, second: Float, share: Double, coin: (used: Double, yes: Double)) {
    (thresholds, self.share, self.coin) = ((first, second), share, coin)
  }

  init(mixing first: Float, _ second: Float, share: Double) {
    (thresholds, self.share) = ((first, second), share)
  }

  /// Whether some scores are decided at random.
  public var draws: Bool {
    coin.used > 0 || share > 0 && share < 1 && thresholds.first != thresholds.second
  }

  /// P(positive) of a score.
  public func probability(_ score: Float) -> Double {
    let byThreshold = (score >= thresholds.first ? share : 0) + (score >= thresholds.second ? 1 - share : 0)
    return (1 - coin.used) * byThreshold + coin.used * coin.yes
  }

  public static func == (a: GroupDecision, b: GroupDecision) -> Bool {
    a.thresholds == b.thresholds && a.share == b.share && a.coin == b.coin
  }
}

/// Thresholds by group that equalize rates and are the best for an objective.
public struct GroupThresholds: Sendable {
  /// In the order of the curves.
  public let decisions: [GroupDecision]
  /// The expected true and false positives of each group.
  public let expected: [(truePositives: Double, falsePositives: Double)]

  /// Thresholds that equalize one rate: the groups' rates differ by at most `tolerance`.
  ///
  /// With `randomized`, thresholds may be mixed, for linear rates. The objective is then the exact maximum
  /// over all mixtures, because it is a concave and piecewise linear function of the rate. Otherwise each
  /// group has one threshold.
  ///
  /// - Throws: `invalidConfig` for a rate that cannot be mixed; `invalidData` if a group has no rows in the
  ///   rate's denominator, or no thresholds are within the tolerance.
  public static func equalizing(
    _ rate: ThresholdRate, of curves: [ThresholdCurve], tolerance: Double, for objective: ThresholdObjective,
    randomized: Bool
  ) throws -> GroupThresholds {
    guard !curves.isEmpty else { throw Failure.invalidData("there are no groups to decide") }
    if randomized, !rate.isLinear {
      throw Failure.invalidConfig(
        "\"\(rate.rawValue)\" of mixed thresholds is not a mixture of their rates; it is accepted without randomization",
        at: "")
    }
    return randomized
      ? try mixed(rate, curves, tolerance, objective) : try single(rate, curves, tolerance, objective)
  }

  // MARK: Mixtures

  /// A concave, piecewise linear function: the objective's best value for a group as a function of its rate.
  private struct Frontier {
    let vertices: [(x: Double, y: Double, point: ThresholdCurve.Point)]

    /// The value, and the mixture that attains it.
    func at(_ x: Double) -> (
      value: Double, left: ThresholdCurve.Point, right: ThresholdCurve.Point, share: Double
    ) {
      guard let first = vertices.first, let last = vertices.last else {
        let noRows = ThresholdCurve.Point(threshold: .infinity, truePositives: 0, falsePositives: 0)
        return (0, noRows, noRows, 1)
      }
      if x <= first.x { return (first.y, first.point, first.point, 1) }
      if x >= last.x { return (last.y, last.point, last.point, 1) }
      var (low, high) = (0, vertices.count - 1)
      while high - low > 1 {
        let middle = (low + high) / 2
        if vertices[middle].x <= x { low = middle } else { high = middle }
      }
      let (a, b) = (vertices[low], vertices[high])
      let share = (b.x - x) / (b.x - a.x)
      return (share * a.y + (1 - share) * b.y, a.point, b.point, share)
    }

    var peak: Double { vertices.max { $0.y < $1.y }?.x ?? 0 }
  }

  private static func mixed(
    _ rate: ThresholdRate, _ curves: [ThresholdCurve], _ tolerance: Double, _ objective: ThresholdObjective
  ) throws -> GroupThresholds {
    let worth = objective.worth(curves)
    let frontiers = try curves.enumerated().map { index, curve in
      guard curve.points.allSatisfy({ rate.value($0, of: curve) != nil }) else {
        throw undefined(rate, group: index)
      }
      return Frontier(
        vertices: curve.hull(x: { rate.value($0, of: curve) ?? 0 }) {
          worth.gain * $0.truePositives - worth.loss * $0.falsePositives
        })
    }
    // The rates that all groups can reach, and the rates of the lowest group at which a slope may change.
    let low = frontiers.compactMap { $0.vertices.first?.x }.max() ?? 0
    let high = frontiers.compactMap { $0.vertices.last?.x }.min() ?? 1
    guard low <= high + tolerance else {
      throw Failure.invalidData("no rates of the groups are within \(tolerance) of each other")
    }
    var candidates = [max(0, low - tolerance), high]
    for frontier in frontiers {
      for vertex in frontier.vertices {
        candidates.append(vertex.x)
        candidates.append(vertex.x - tolerance)
      }
    }
    func chosen(_ start: Double) -> [Double] { frontiers.map { min(max($0.peak, start), start + tolerance) } }
    var best: (value: Double, rates: [Double])?
    for start in candidates where start >= low - tolerance - 1e-12 && start <= high + 1e-12 {
      let rates = chosen(start)
      let value = zip(frontiers, rates).reduce(0) { $0 + $1.0.at($1.1).value }
      if value > best?.value ?? -.infinity { best = (value, rates) }
    }
    guard let best else {
      throw Failure.invalidData("no rates of the groups are within \(tolerance) of each other")
    }
    let mixtures = zip(frontiers, best.rates).map { $0.at($1) }
    return GroupThresholds(
      decisions: mixtures.map {
        GroupDecision(mixing: $0.left.threshold, $0.right.threshold, share: $0.share)
      },
      expected: mixtures.map { mix in
        (
          mix.share * mix.left.truePositives + (1 - mix.share) * mix.right.truePositives,
          mix.share * mix.left.falsePositives + (1 - mix.share) * mix.right.falsePositives
        )
      })
  }

  private static func undefined(_ rate: ThresholdRate, group: Int) -> Failure {
    .invalidData("group \(group) has no rows for \"\(rate.rawValue)\"")
  }

  // MARK: One threshold each

  private static func single(
    _ rate: ThresholdRate, _ curves: [ThresholdCurve], _ tolerance: Double, _ objective: ThresholdObjective
  ) throws -> GroupThresholds {
    let worth = objective.worth(curves)
    // The thresholds of each group, sorted by rate; a window as wide as the tolerance moves over them.
    let groups = try curves.enumerated().map { index, curve in
      let own = curve.points.compactMap { point in
        rate.value(point, of: curve).map {
          (x: $0, y: worth.gain * point.truePositives - worth.loss * point.falsePositives, point: point)
        }
      }.sorted { $0.x < $1.x }
      guard !own.isEmpty else { throw undefined(rate, group: index) }
      return own
    }
    var windows = groups.map { SlidingMaximum($0.map(\.x), $0.map(\.y)) }
    var best: (value: Double, places: [Int])?
    for start in Set(groups.flatMap { $0.map(\.x) }).sorted() {
      var (value, places) = (0.0, [Int]())
      for index in windows.indices {
        guard let place = windows[index].best(from: start, to: start + tolerance + 1e-12) else { break }
        places.append(place)
        value += groups[index][place].y
      }
      if places.count == groups.count, value > best?.value ?? -.infinity { best = (value, places) }
    }
    guard let best else {
      throw Failure.invalidData(
        "no thresholds of the groups have a \"\(rate.rawValue)\" within \(tolerance) of each other; a larger tolerance, or "
          + "randomization, has")
    }
    let points = zip(groups, best.places).map { $0[$1].point }
    return GroupThresholds(
      decisions: points.map { GroupDecision(threshold: $0.threshold) },
      expected: points.map { ($0.truePositives, $0.falsePositives) })
  }

  init(decisions: [GroupDecision], expected: [(truePositives: Double, falsePositives: Double)]) {
    self.decisions = decisions
    self.expected = expected
  }
}

/// The index of the largest value among those whose key is inside a window that only moves up.
private struct SlidingMaximum {
  private let keys: [Double]
  private let values: [Double]
  private var next = 0
  /// Indices in the order of falling values.
  private var queue: [Int] = []
  private var head = 0

  init(_ keys: [Double], _ values: [Double]) { (self.keys, self.values) = (keys, values) }

  mutating func best(from low: Double, to high: Double) -> Int? {
    while next < keys.count, keys[next] <= high {
      while queue.count > head, values[queue[queue.count - 1]] <= values[next] { queue.removeLast() }
      queue.append(next)
      next += 1
    }
    while head < queue.count, keys[queue[head]] < low { head += 1 }
    return head < queue.count ? queue[head] : nil
  }
}
