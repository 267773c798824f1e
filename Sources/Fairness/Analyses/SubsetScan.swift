import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Finds the subgroup whose outcomes differ most from the expected ones: the multidimensional subset scan
/// (Neill, McFowland and Zheng 2013) as Bias Scan uses it (Zhang and Neill 2016).
///
/// A subgroup selects some values of each attribute. A row belongs to the subgroup if its values of all
/// attributes are selected. The score of a subgroup is a log likelihood ratio at the best q: the hypothesis
/// "the odds (Poisson: the rate) are q times the expected ones" against "they are as expected". A penalty is
/// subtracted for each selected value of an attribute that is not selected as a whole:
///
///     Bernoulli  F(q) = Σ y ln q − ln(1 − p + q p)          Poisson  F(q) = Σ y ln q + p (1 − q)
///
/// The best values of one attribute, given the values of the others, are found exactly. Each value increases
/// the score for q within one interval, so only the sets that change at an end of an interval must be tried.
/// The attributes are improved in turn until the score does not increase. The search starts from all values,
/// and then from random values.
public struct SubsetScan: Sendable {
  /// The distribution of outcomes: Bernoulli for outcomes 0 and 1 with expected probabilities, Poisson for
  /// counts with expected counts.
  public enum Likelihood: String, Sendable, CaseIterable { case bernoulli, poisson }
  /// Whether to look for subgroups with more outcomes than expected, or with fewer.
  public enum Direction: String, Sendable, CaseIterable { case more, fewer }

  /// The result of a scan.
  public struct Finding: Sendable {
    /// For each attribute, the selected codes in ascending order; nil: all codes.
    public let values: [[Int]?]
    /// F at `factor`, minus the penalty.
    public let score: Double
    /// q: the factor of the odds, or of the rate, at which the score was reached.
    public let factor: Double
    /// The number of rows in the subgroup.
    public let rows: Int
    /// Σ y over the subgroup.
    public let observed: Double
    /// Σ p over the subgroup.
    public let expected: Double
  }

  /// Rows with the same values of all attributes and about the same expectation.
  struct Point: Sendable {
    let codes: [Int32]
    var rows: Int
    var outcomes: Double
    var expectation: Double
  }

  private(set) var points: [Point]
  private let valueCounts: [Int]
  private let likelihood: Likelihood
  private let penalty: Double

  /// The maximum number of distinct expectations. If there are more, they are put into this number of bins of
  /// equal width, and the rows of a bin get its mean.
  public static let expectationBins = 200

  /// - Parameters:
  ///   - codes: for each attribute, one code per row, from 0 and below the attribute's value count; a row
  ///     with another code is left out.
  ///   - outcomes: 0 or 1 for each row.
  ///   - expectations: the expected probability of outcome 1; clamped to 10⁻⁶ ... 1 − 10⁻⁶.
  ///   - penalty: the amount subtracted for each selected value, at least 0.
  /// - Throws: `invalidArgument` when the columns do not fit together.
  public init(
    codes: [[Int32]], valueCounts: [Int], outcomes: [Double], expectations: [Double],
    likelihood: Likelihood = .bernoulli, penalty: Double = 0
  ) throws {
    guard !codes.isEmpty, codes.count == valueCounts.count, outcomes.count == expectations.count,
      codes.allSatisfy({ $0.count == outcomes.count })
    else { throw Failure.invalidArgument("the columns of a scan have different lengths, or there are none") }
    self.valueCounts = valueCounts
    self.likelihood = likelihood
    self.penalty = max(0, penalty)
    let bounded = expectations.map { min(max($0, 1e-6), 1 - 1e-6) }
    var distinct: [Double: Int] = [:]
    for value in bounded where distinct.count <= Self.expectationBins && distinct[value] == nil {
      distinct[value] = distinct.count
    }
    let isExact = distinct.count <= Self.expectationBins
    var places: [[Int32]: Int] = [:]
    var points: [Point] = []
    for row in outcomes.indices where !bounded[row].isNaN && !outcomes[row].isNaN {
      let own = codes.map { $0[row] }
      guard zip(own, valueCounts).allSatisfy({ $0 >= 0 && Int($0) < $1 }) else { continue }
      let value = bounded[row]
      let bin = isExact ? distinct[value] ?? 0 : Int(value * Double(Self.expectationBins))
      let key = own + [Int32(clamping: bin)]
      if let place = places[key] {
        points[place].rows += 1
        points[place].outcomes += outcomes[row]
        points[place].expectation += value
      } else {
        places[key] = points.count
        points.append(Point(codes: own, rows: 1, outcomes: outcomes[row], expectation: value))
      }
    }
    for place in points.indices { points[place].expectation /= Double(points[place].rows) }
    self.points = points
  }

  /// Searches for the subgroup with the highest score.
  ///
  /// - Parameters:
  ///   - restarts: the number of random starts after the start with all values.
  ///   - seed: the seed of the random starts.
  public func run(_ direction: Direction, restarts: Int = 10, seed: UInt64 = 0) -> Finding {
    var random = RandomStream(seed: seed, purpose: "subset scan \(direction.rawValue)")
    var best = ascend(from: valueCounts.map { [Bool](repeating: true, count: $0) }, direction, &random)
    for _ in 0..<max(0, restarts) {
      let start = valueCounts.map { count -> [Bool] in
        guard random.uniform() < 0.5 else { return [Bool](repeating: true, count: count) }
        let taken = (0..<count).map { _ in random.uniform() < 0.5 }
        return taken.contains(true) ? taken : [Bool](repeating: true, count: count)
      }
      let found = ascend(from: start, direction, &random)
      if found.score > best.score + 1e-9 { best = found }
    }
    return finding(best)
  }

  /// The p value of a finding by the parametric bootstrap: tables are drawn from the expectations and scanned
  /// in the same way. The result is (1 + number of drawn tables with a score at least as high) / (1 +
  /// replicates).
  public func chance(
    of finding: Finding, _ direction: Direction, replicates: Int, restarts: Int = 10, seed: UInt64 = 0
  ) -> MetricValue {
    guard replicates > 0 else { return .undefined(reason: "no replicates were asked for") }
    // Each replicate has its own random stream, so the result does not depend on the number of threads.
    let cancel = HostCall.cancelFlag
    var reached = [Bool](repeating: false, count: replicates)
    reached.withUnsafeMutableBufferPointer { reached in
      WorkerPool.run(shards: replicates) { replicate in
        // The caller throws after this return.
        if cancel?.isRequested == true { return }
        let own = seed &+ UInt64(replicate)
        let score = drawn(seed: own).run(direction, restarts: restarts, seed: own).score
        if reached.indices.contains(replicate) { reached[replicate] = score >= finding.score - 1e-9 }
      }
    }
    return .defined(Double(1 + reached.count { $0 }) / Double(1 + replicates))
  }

  /// The same rows, with outcomes drawn from the expectations.
  private func drawn(seed: UInt64) -> SubsetScan {
    var random = RandomStream(seed: seed, purpose: "subset scan replicates")
    var drawn = self
    for place in points.indices {
      var outcomes = 0
      for _ in 0..<points[place].rows where random.uniform() < points[place].expectation { outcomes += 1 }
      drawn.points[place].outcomes = Double(outcomes)
    }
    return drawn
  }

  // MARK: - Ascent

  private typealias Subset = (taken: [[Bool]], score: Double, logFactor: Double)

  private func ascend(from start: [[Bool]], _ direction: Direction, _ random: inout RandomStream) -> Subset {
    var current = scored(start, direction)
    var waiting = Array(valueCounts.indices)
    random.shuffle(&waiting)
    var still = 0
    var turn = 0
    while still < waiting.count {
      let attribute = waiting[turn % waiting.count]
      turn += 1
      let better = improved(current, attribute, direction)
      if better.score > current.score + 1e-9 {
        current = better
        still = 0
      } else {
        still += 1
      }
    }
    return current
  }

  /// The best values of one attribute, given the values of the others.
  private func improved(_ subset: Subset, _ attribute: Int, _ direction: Direction) -> Subset {
    var byValue = [[Point]](repeating: [], count: valueCounts[attribute])
    for point in points where contains(point, subset.taken, except: attribute) {
      byValue[Int(point.codes[attribute])].append(point)
    }
    let others = cost(of: subset.taken, except: attribute)
    var intervals: [(value: Int, from: Double, to: Double)] = []
    for (value, own) in byValue.enumerated() where !own.isEmpty {
      let top = best(own, direction)
      guard own.score(likelihood, top) > penalty else { continue }
      let limits = Self.range(direction)
      intervals.append((value, root(own, top, limits.lowerBound), root(own, top, limits.upperBound)))
    }
    // Between two neighbouring ends of intervals, the set of values that increase the score is constant.
    let ends = intervals.flatMap { [$0.from, $0.to] }.sorted()
    var winner = subset
    func consider(_ values: [Bool]) {
      let own = values.indices.filter { values[$0] }.flatMap { byValue[$0] }
      guard !own.isEmpty else { return }
      let top = best(own, direction)
      let price = values.contains(false) ? penalty * Double(values.count { $0 }) : 0
      let score = own.score(likelihood, top) - others - price
      if score > winner.score + 1e-12 {
        var taken = subset.taken
        taken[attribute] = values
        winner = (taken, score, top)
      }
    }
    consider([Bool](repeating: true, count: byValue.count))
    for (low, high) in zip(ends, ends.dropFirst()) where high > low {
      let middle = (low + high) / 2
      var values = [Bool](repeating: false, count: byValue.count)
      for interval in intervals where interval.from < middle && middle < interval.to {
        values[interval.value] = true
      }
      consider(values)
    }
    return winner
  }

  private func contains(_ point: Point, _ taken: [[Bool]], except skipped: Int? = nil) -> Bool {
    taken.indices.allSatisfy { $0 == skipped || taken[$0][Int(point.codes[$0])] }
  }

  private func cost(of taken: [[Bool]], except skipped: Int? = nil) -> Double {
    penalty
      * Double(
        taken.indices.reduce(0) { sum, attribute in
          attribute == skipped || !taken[attribute].contains(false)
            ? sum : sum + taken[attribute].count { $0 }
        })
  }

  private func scored(_ taken: [[Bool]], _ direction: Direction) -> Subset {
    let own = points.filter { contains($0, taken) }
    let top = best(own, direction)
    return (taken, own.score(likelihood, top) - cost(of: taken), top)
  }

  private func finding(_ subset: Subset) -> Finding {
    let own = points.filter { contains($0, subset.taken) }
    let rows = own.reduce(0) { $0 + $1.rows }
    return Finding(
      values: subset.taken.map { taken in
        taken.contains(false) ? taken.indices.filter { taken[$0] } : nil
      },
      score: subset.score, factor: exp(subset.logFactor), rows: rows,
      observed: own.reduce(0) { $0 + $1.outcomes } / Double(max(rows, 1)),
      expected: own.reduce(0) { $0 + Double($1.rows) * $1.expectation } / Double(max(rows, 1)))
  }

  // MARK: - ln q, in which the score is concave

  private static func range(_ direction: Direction) -> ClosedRange<Double> {
    direction == .more ? 0...20 : -20...0
  }

  /// The ln q with the highest score: there the observed outcomes equal the expected ones.
  private func best(_ own: [Point], _ direction: Direction) -> Double {
    var range = Self.range(direction)
    for _ in 0..<36 {
      let middle = (range.lowerBound + range.upperBound) / 2
      range =
        own.slope(likelihood, middle) > 0 ? middle...range.upperBound : range.lowerBound...middle
    }
    return (range.lowerBound + range.upperBound) / 2
  }

  /// The point between `top` and `limit` where the score falls to the penalty; `limit` if it does not fall
  /// that far.
  private func root(_ own: [Point], _ top: Double, _ limit: Double) -> Double {
    if own.score(likelihood, limit) >= penalty { return limit }
    var (inside, outside) = (top, limit)
    for _ in 0..<36 {
      let middle = (inside + outside) / 2
      if own.score(likelihood, middle) > penalty { inside = middle } else { outside = middle }
    }
    return outside
  }
}

extension [SubsetScan.Point] {
  /// F at ln q, without the penalty.
  fileprivate func score(_ likelihood: SubsetScan.Likelihood, _ logFactor: Double) -> Double {
    let excess = expm1(logFactor)
    return reduce(0) { sum, point in
      let expected = point.expectation
      let base = likelihood == .bernoulli ? log1p(expected * excess) : expected * excess
      return sum + point.outcomes * logFactor - Double(point.rows) * base
    }
  }

  /// ∂F / ∂ ln q.
  fileprivate func slope(_ likelihood: SubsetScan.Likelihood, _ logFactor: Double) -> Double {
    let factor = exp(logFactor)
    return reduce(0) { sum, point in
      let raised = point.expectation * factor
      let expected = likelihood == .bernoulli ? raised / (1 - point.expectation + raised) : raised
      return sum + point.outcomes - Double(point.rows) * expected
    }
  }
}
