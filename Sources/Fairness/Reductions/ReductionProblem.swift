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
    let sum = weights.map { $0.elements.reduce(0) { $0 + Double($1) } } ?? Double(labels.count)
    totalWeight = max(sum, .leastNormalMagnitude)
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

  /// A place's value as a combination of means: that of a small group may be shrunk towards all rows.
  private func effective(_ place: Int, of means: GroupMeans) -> [(place: Int, coefficient: Double)] {
    guard case .share(let share) = means.pooling.weights[place] else { return [(place, 1)] }
    return [(place, share), (means.count, 1 - share)]
  }

  /// Bounds the difference, or the ratio, of two values in both directions.
  private mutating func addPair(
    _ component: Int, _ first: [(place: Int, coefficient: Double)],
    _ second: [(place: Int, coefficient: Double)], _ term: ReductionTerm, isBasic: Bool
  ) {
    var share = 1.0
    if case .ratio(let least) = term.bound { share = least }
    func difference(
      _ high: [(place: Int, coefficient: Double)], _ low: [(place: Int, coefficient: Double)]
    ) -> [(place: Int, coefficient: Double)] {
      high.map { ($0.place, share * $0.coefficient) } + low.map { ($0.place, -$0.coefficient) }
    }
    // Only inequalities on differences are each other's negatives.
    let next = inequalities.count
    let opposes = term.bound == .difference
    add(component, difference(first, second), term, opposite: opposes ? next + 1 : nil, isBasic: isBasic)
    add(component, difference(second, first), term, opposite: opposes ? next : nil, isBasic: isBasic)
  }

  private mutating func add(
    _ component: Int, _ parts: [(place: Int, coefficient: Double)], _ term: ReductionTerm, opposite: Int?,
    isBasic: Bool
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
        component: component, parts: parts, bound: term.bound == .difference ? term.settings.tolerance : 0,
        relaxing: relaxing, opposite: opposite, isBasic: isBasic))
  }

  /// Replaces the bounds by those at which training aims: tolerances minus the margin for unseen rows, plus what
  /// small groups are given.
  ///
  /// - Parameter measured: for each component, the gap's standard error, and that of each place.
  public mutating func aim(_ measured: [(gap: Double, places: [Double])]) {
    for index in inequalities.indices {
      let inequality = inequalities[index]
      let term = terms[components[inequality.component].term]
      let errors = measured[inequality.component]
      let slack = inequality.relaxing.reduce(0) { $0 + $1.errors * errors.places[$1.place] }
      let target =
        switch term.bound {
        case .difference: term.settings.target(error: errors.gap)
        case .ratio: -min(term.settings.margin * errors.gap, 0.02)
        }
      inequalities[index].bound = target + slack
    }
  }

  // MARK: Predictors

  /// The rate of wrong decisions, or the mean loss.
  public func error(of numbers: UnsafePointer<Float>) -> Double {
    var sum = 0.0
    for row in 0..<rows {
      let number = Double(numbers[row])
      let cost =
        switch goal {
        case .losses: number
        case .errors: labels.pointer[row] > 0.5 ? 1 - number : number
        }
      sum += Double(weights?.pointer[row] ?? 1) * cost
    }
    return sum / totalWeight
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
