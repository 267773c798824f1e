import Platform

/// A learning problem with fairness constraints in the form that reductions solve: the mean of a number s per
/// row is minimized while linear combinations of group means of s are bounded. s is a row's decision (Agarwal
/// et al. 2018) or its loss (Agarwal, Dudík and Wu 2019).
///
/// For given multipliers, the Lagrangian is a sum over the rows of a cost times s. A learner that minimizes it
/// needs to know nothing about groups.
public struct ReductionProblem {
  /// What is minimized: the rate of wrong decisions, or the mean loss.
  public enum Goal: Sendable { case errors, losses }

  /// Σ coefficient · mean ≤ bound, over the means of one component.
  struct Inequality {
    let component: Int
    let parts: [(place: Int, coefficient: Double)]
    /// The share of the term's tolerance that is the bound.
    let portion: Double
    var bound: Double
    /// The places whose standard errors relax the bound, because they have few rows, with a factor.
    let relaxing: [(place: Int, errors: Double)]
    /// The index of the inequality in the opposite direction; nil: there is none.
    let opposite: Int?
    /// Whether the inequality, with its opposite, is part of a basis: the others of its component follow from
    /// these directions.
    let isBasic: Bool
  }

  public let goal: Goal
  public let rows: Int
  public let terms: [ReductionTerm]
  /// One for each statistic of each term.
  public let components: [(term: Int, means: GroupMeans)]
  private(set) var inequalities: [Inequality] = []
  /// The number of multipliers.
  public var constraintCount: Int { inequalities.count }
  private let labels: Buffer<Float>
  private let weights: Buffer<Float>?
  private let totalWeight: Double

  /// - Parameters:
  ///   - labels: 0 or 1 for the goal `errors`; any numbers for `losses`.
  ///   - weights: nil: all are 1.
  /// - Throws: `outOfMemory`.
  public init(_ goal: Goal, labels: Buffer<Float>, weights: Buffer<Float>?, _ terms: [ReductionTerm]) throws {
    (self.goal, self.terms, self.labels, self.weights) = (goal, terms, labels, weights)
    rows = labels.count
    totalWeight = Self.total(weights, rows: labels.count)
    components = try terms.enumerated().flatMap { index, term in
      try term.statistics.map { statistic in
        (
          index,
          try GroupMeans(
            statistic, labels: labels, weights: weights, codes: term.codes, groups: term.groups,
            minimum: term.settings.minimumCount, policy: term.settings.smallGroups)
        )
      }
    }
    for index in components.indices { addInequalities(of: index) }
  }

  /// The same problem for other rows, such as held-out rows: groups are pooled, and bounds are, as in this one.
  ///
  /// - Parameter codes: for each term, the group of each row, with this problem's numbers.
  /// - Throws: `outOfMemory`.
  public func forRows(labels: Buffer<Float>, weights: Buffer<Float>?, codes: [Buffer<Int32>]) throws
    -> ReductionProblem
  {
    try ReductionProblem(self, labels: labels, weights: weights, codes: codes)
  }

  private init(
    _ known: ReductionProblem, labels: Buffer<Float>, weights: Buffer<Float>?, codes: [Buffer<Int32>]
  ) throws {
    (goal, terms, inequalities) = (known.goal, known.terms, known.inequalities)
    (self.labels, self.weights, rows) = (labels, weights, labels.count)
    totalWeight = Self.total(weights, rows: labels.count)
    components = try known.components.map { component in
      let term = known.terms[component.term]
      return (
        component.term,
        try GroupMeans(
          component.means.statistic, labels: labels, weights: weights, codes: codes[component.term],
          groups: term.groups, minimum: term.settings.minimumCount, policy: term.settings.smallGroups,
          pooledAs: component.means.pooling)
      )
    }
  }

  private static func total(_ weights: Buffer<Float>?, rows: Int) -> Double {
    let sum = weights.map { $0.elements.reduce(0) { $0 + Double($1) } } ?? Double(rows)
    return max(sum, .leastNormalMagnitude)
  }

  // MARK: Inequalities

  private mutating func addInequalities(of index: Int) {
    let (term, means) = (terms[components[index].term], components[index].means)
    let places = (0..<means.count).filter(means.isDefined)
    switch term.disparity {
    case .largest:
      for place in places { add(index, [(place, 1)], term, opposite: nil, isBasic: true) }
    case .overall:
      for place in places {
        addPair(
          index, effective(place, of: means), [(means.count, 1)], term, isBasic: place != places.last)
      }
    case .worst where places.count > Self.mostPaired:
      // A bound on pairs of many groups would need too many inequalities. Half of it on the differences from all rows
      // is enough to keep it.
      for place in places {
        addPair(
          index, effective(place, of: means), [(means.count, 1)], term, isBasic: place != places.last,
          isHalf: true)
      }
    case .worst, .pairs:
      for (number, other) in places.enumerated() {
        for place in places[..<number] {
          addPair(
            index, effective(place, of: means), effective(other, of: means), term,
            isBasic: other == places.last)
        }
      }
    }
  }

  /// The maximum number of groups whose pairs are bounded.
  private static let mostPaired = 16

  /// A place's value as a combination of means: that of a small group may be shrunk towards all rows.
  private func effective(_ place: Int, of means: GroupMeans) -> [(place: Int, coefficient: Double)] {
    guard case .share(let share) = means.pooling.weights[place] else { return [(place, 1)] }
    return [(place, share), (means.count, 1 - share)]
  }

  /// Bounds the difference, or the ratio, of two values in both directions.
  ///
  /// - Parameter isHalf: whether the bound is half of that of the term; of a ratio, its square root.
  private mutating func addPair(
    _ component: Int, _ first: [(place: Int, coefficient: Double)],
    _ second: [(place: Int, coefficient: Double)], _ term: ReductionTerm, isBasic: Bool,
    isHalf: Bool = false
  ) {
    var share = 1.0
    if case .ratio(let least) = term.bound { share = isHalf ? least.squareRoot() : least }
    func difference(
      _ high: [(place: Int, coefficient: Double)], _ low: [(place: Int, coefficient: Double)]
    ) -> [(place: Int, coefficient: Double)] {
      high.map { ($0.place, share * $0.coefficient) } + low.map { ($0.place, -$0.coefficient) }
    }
    // Only inequalities on differences are each other's negatives.
    let next = inequalities.count
    let opposes = term.bound == .difference
    let portion = isHalf ? 0.5 : 1
    add(
      component, difference(first, second), term, portion, opposite: opposes ? next + 1 : nil,
      isBasic: isBasic)
    add(
      component, difference(second, first), term, portion, opposite: opposes ? next : nil, isBasic: isBasic)
  }

  private mutating func add(
    _ component: Int, _ parts: [(place: Int, coefficient: Double)], _ term: ReductionTerm,
    _ portion: Double = 1, opposite: Int?, isBasic: Bool
  ) {
    let weights = components[component].means.pooling.weights
    let relaxing = parts.compactMap { part -> (place: Int, errors: Double)? in
      guard weights.indices.contains(part.place), case .lowerBound(let errors) = weights[part.place] else {
        return nil
      }
      return (part.place, errors)
    }
    inequalities.append(
      Inequality(
        component: component, parts: parts, portion: portion,
        bound: term.bound == .difference ? portion * term.settings.tolerance : 0, relaxing: relaxing,
        opposite: opposite, isBasic: isBasic))
  }

  /// Replaces the bounds by those at which training aims: tolerances minus the margin for unseen rows, plus what
  /// small groups are given.
  ///
  /// - Parameters:
  ///   - measured: the gaps of the predictor without constraints.
  ///   - corrections: for each component, the differences by which the values of its places on new rows are expected to
  ///     exceed those on the training rows; a component with another number of places is not corrected.
  public mutating func aim(_ measured: [ReductionGap], corrections: [[Double]] = []) {
    for index in inequalities.indices {
      let inequality = inequalities[index]
      let term = terms[components[inequality.component].term]
      let errors = measured[inequality.component]
      let slack = inequality.relaxing.reduce(0) { $0 + $1.errors * errors.places[$1.place].error }
      let target =
        switch term.bound {
        case .difference: term.settings.target(error: errors.error)
        case .ratio: -min(term.settings.margin * errors.error, 0.02)
        }
      inequalities[index].bound = inequality.portion * target + slack - expected(inequality, corrections)
    }
  }

  /// By how much the left side of an inequality is expected to be larger on new rows.
  private func expected(_ inequality: Inequality, _ corrections: [[Double]]) -> Double {
    let index = inequality.component
    guard corrections.indices.contains(index), corrections[index].count == components[index].means.count
    else {
      return 0
    }
    // The place after the last one stands for all rows.
    return inequality.parts.reduce(0) {
      $0 + (corrections[index].indices.contains($1.place) ? $1.coefficient * corrections[index][$1.place] : 0)
    }
  }

  /// The bound at which training aims, for the differences of a component; nil: there are none.
  public func target(_ component: Int) -> Double? {
    inequalities.filter { $0.component == component }.map { $0.bound / $0.portion }.min()
  }

  // MARK: Predictors

  /// The rate of wrong decisions, or the mean loss.
  public func error(of numbers: UnsafePointer<Float>) -> Double {
    var sum = 0.0
    for row in 0..<rows {
      sum += Double(weights?.pointer[row] ?? 1) * cost(numbers[row], row)
    }
    return sum / totalWeight
  }

  /// The standard deviation of the rows' errors or losses.
  ///
  /// - Parameter mean: `error(of: numbers)`.
  public func spread(of numbers: UnsafePointer<Float>, mean: Double) -> Double {
    if goal == .errors, weights == nil {
      return (mean * (1 - mean) * Double(rows) / Double(max(rows - 1, 1))).squareRoot()
    }
    var sum = 0.0
    for row in 0..<rows {
      let cost = cost(numbers[row], row) - mean
      sum += Double(weights?.pointer[row] ?? 1) * cost * cost
    }
    return (sum / totalWeight).squareRoot()
  }

  private func cost(_ number: Float, _ row: Int) -> Double {
    switch goal {
    case .losses: Double(number)
    case .errors: labels.pointer[row] > 0.5 ? 1 - Double(number) : Double(number)
    }
  }

  /// The amounts by which a predictor exceeds the bounds of the inequalities.
  public func excesses(of numbers: UnsafePointer<Float>) -> [Double] {
    let values = components.map { $0.means.values(of: numbers) }
    return inequalities.map { inequality in
      let own = values[inequality.component]
      return inequality.parts.reduce(-inequality.bound) { $0 + $1.coefficient * own[$1.place] }
    }
  }

  /// The derivative of the Lagrangian with respect to each row's number, times the sum of all weights: the cost
  /// of a positive decision minus that of a negative one, or the weight of the row's loss.
  ///
  /// - Parameter multipliers: one for each inequality.
  /// - Throws: `outOfMemory`.
  public func costs(_ multipliers: [Double]) throws -> Buffer<Double> {
    let costs = try Buffer<Double>(count: rows, for: "costs")
    for (index, component) in components.enumerated() {
      var own = [Double](repeating: 0, count: component.means.count + 1)
      for (inequality, multiplier) in zip(inequalities, multipliers) where inequality.component == index {
        for part in inequality.parts { own[part.place] += multiplier * part.coefficient }
      }
      component.means.addSlopes(of: own, to: costs.pointer)
    }
    for row in 0..<rows {
      let own: Double = goal == .losses ? 1 : labels.pointer[row] > 0.5 ? -1 : 1
      costs.pointer[row] =
        costs.pointer[row] * totalWeight + Double(weights?.pointer[row] ?? 1) * own
    }
    return costs
  }

  /// The multiplier of an inequality from which on it decides every row of its first place, whatever the labels are:
  /// the share of the place's denominator in all rows.
  func overridingMultiplier(_ index: Int) -> Double {
    let inequality = inequalities[index]
    let means = components[inequality.component].means
    let shares = inequality.parts.filter { $0.place < means.count }.map {
      means.denominators[$0.place] / totalWeight
    }
    return shares.max() ?? 1
  }

  /// Multipliers that give the same costs and at least the same Lagrangian: of two opposite inequalities, only one
  /// has a multiplier. The weighted differences of all groups from all rows sum to 0, Σ P(g) (γ(g) − γ) = 0, so
  /// that a multiple of P(g) may be subtracted; the weighted median gives the smallest sum.
  public func reduced(_ multipliers: [Double]) -> [Double] {
    var signed = zip(inequalities, multipliers).map { inequality, multiplier in
      multiplier - (inequality.opposite.map { multipliers[$0] } ?? 0)
    }
    for (index, component) in components.enumerated()
    where terms[component.term].disparity == .overall && component.means.coverAllRows {
      let own = inequalities.indices.filter {
        inequalities[$0].component == index && (inequalities[$0].opposite ?? -1) > $0
      }
      let shares = own.map { component.means.share(of: inequalities[$0].parts[0].place) }
      let median = Self.median(zip(own, shares).map { (signed[$0] / $1, $1) })
      for (place, share) in zip(own, shares) { signed[place] -= share * median }
      for place in own { inequalities[place].opposite.map { signed[$0] = -signed[place] } }
    }
    return zip(inequalities, signed).map { $0.opposite == nil ? $1 : max($1, 0) }
  }

  /// The weighted median: the first value at which the weights of the smaller ones reach half of the sum.
  private static func median(_ values: [(value: Double, weight: Double)]) -> Double {
    let half = values.reduce(0) { $0 + $1.weight } / 2
    var sum = 0.0
    for entry in values.sorted(by: { $0.value < $1.value }) {
      sum += entry.weight
      if sum >= half { return entry.value }
    }
    return 0
  }
}
