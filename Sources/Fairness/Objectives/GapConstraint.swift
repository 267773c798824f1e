import Platform

/// The constraint "the gap is at most δ" on group statistics, written as linear inequalities with one
/// multiplier each. Let γ be the groups' values and c the middle between the largest and the smallest of
/// them. The inequalities
///
///     γ(g) − c ≤ δ/2  and  c − γ(g) ≤ δ/2      for every group g
///
/// limit the largest value minus the smallest to δ. `overall` uses δ instead of δ/2 and the value of all rows
/// instead of c; `largest` has the single inequality γ(g) ≤ δ. The gradient of a penalty λ |gap| changes its
/// sign where the gap is 0; the multipliers of the two sides converge instead (Agarwal et al. 2018, section
/// 3).
///
/// Steps are grouped into rounds. The gradient of a round is the gradient of Σ slope(g) γ(g), with the
/// slopes, values and denominators from the start of the round:
///
///     ∂/∂s = w slope(g) (b − γ(g) d) / D(g)      D(g): the group's expected denominator in a batch
///
/// Therefore a batch with few rows of one group does not push the other groups, and the slopes sum to 0 over
/// all rows. At the end of a round, the sums of its rows (or of all rows) give new values, and the
/// multipliers are updated.
public final class GapConstraint {
  public let settings: ConstraintSettings
  public let disparity: Disparity
  public let components: [String]
  let statistics: [GroupStatistic]
  let columns: Int
  let groups: Int
  /// The current round's sums of the signal.
  let signal: StatisticSums
  /// The current round's sums of the numbers that the tolerance applies to: the decisions, or the signal.
  let judged: StatisticSums
  /// The sums of the signal at the start of the round.
  let settledSignal: StatisticSums
  /// The judged sums at the start of the round.
  let settledJudged: StatisticSums
  /// How the groups of each component are pooled; known after the first pass over all rows.
  private(set) var pooling: [GroupPooling]
  /// (components, groups): the multipliers of the upper bounds.
  let upper: Buffer<Multiplier>
  /// (components, groups): the multipliers of the lower bounds.
  let lower: Buffer<Multiplier>
  /// (components, groups): the number of rows in the denominator, which decides whether a group is small.
  private let counts: Buffer<Double>
  /// Buffers for the component that is being settled: the judged values and the signal's values; for each
  /// place the excess over the upper and the lower bound (−∞ if the inequality does not exist); the slopes of
  /// both sides.
  let judgedValues: GroupValues
  let signalValues: GroupValues
  private let above: Buffer<Double>
  private let below: Buffer<Double>
  private let pushDown: Buffer<Double>
  private let pushUp: Buffer<Double>
  /// (components, groups + 1, labels 0 and 1): intercept and slope of a row's term in the Lagrangian of the
  /// round.
  let terms: Buffer<Float>
  /// The first gain of a multiplier, in units of the loss divided by the statistic's unit squared.
  public var firstGain: Float = 1
  /// For `noWorse`: the base model's value of each component and group.
  let reference: Buffer<Double>
  /// (components, groups): the optimism of each place (`Optimism`).
  let optimism: Buffer<Double>
  /// Whether the optimism was estimated.
  var hasOptimism = false
  /// For each component: the share of the optimism for which training corrects.
  var optimismShares: [Double]

  init(
    _ statistics: [GroupStatistic], disparity: Disparity, columns: Int, groups: Int, judgesDecisions: Bool,
    _ settings: ConstraintSettings
  ) throws {
    self.settings = settings
    self.disparity = disparity
    self.statistics = statistics
    self.columns = max(columns, 1)
    self.groups = groups
    components = statistics.flatMap { statistic in
      (0..<max(columns, 1)).map { columns > 1 ? "\(statistic.name)[\($0)]" : statistic.name }
    }
    func sums() throws -> StatisticSums { try StatisticSums(statistics, columns: columns, groups: groups) }
    (signal, settledSignal) = (try sums(), try sums())
    judged = judgesDecisions ? try sums() : signal
    settledJudged = judgesDecisions ? try sums() : settledSignal
    pooling = components.map { _ in
      GroupPooling(counts: Array(repeating: 1, count: groups), minimum: 0, policy: .leaveOut)
    }
    upper = try Buffer<Multiplier>(count: components.count * groups, for: "multipliers")
    lower = try Buffer<Multiplier>(count: components.count * groups, for: "multipliers")
    counts = try Buffer<Double>(count: components.count * groups, for: "a constraint")
    reference = try Buffer<Double>(count: components.count * groups, for: "a constraint")
    reference.elements.update(repeating: .nan)
    optimism = try Buffer<Double>(count: components.count * groups, for: "a constraint")
    optimismShares = components.map { _ in 0 }
    (judgedValues, signalValues) = (try GroupValues(groups: groups), try GroupValues(groups: groups))
    func places() throws -> Buffer<Double> { try Buffer(count: groups, for: "a constraint") }
    (above, below, pushDown, pushUp) = (try places(), try places(), try places(), try places())
    terms = try Buffer<Float>(count: components.count * (groups + 1) * 4, for: "a constraint")
    isActive = Array(repeating: false, count: components.count)
    forgetMultipliers()
  }

  private var isOneSided: Bool { disparity == .largest }

  // MARK: A round

  /// Adds the rows of a batch to the round's sums.
  func observe(
    _ batch: Batch, values: UnsafePointer<Float>, decisions: UnsafePointer<Float>?, groups: BatchGroups
  ) {
    signal.add(batch, values: values, groups: groups)
    if let decisions, judged !== signal { judged.add(batch, values: decisions, groups: groups) }
  }

  // signal (rows, columns) → adds ∂/∂s of Σ slope(g) γ(g), averaged over the rows of the batch
  func addGradient(
    _ batch: Batch, values: UnsafePointer<Float>, groups codes: BatchGroups,
    to gradients: UnsafeMutablePointer<Float>
  ) -> Double {
    var total = 0.0
    let share = 1 / Float(max(batch.rows, 1))
    for component in components.indices where isActive[component] {
      let column = component % columns
      let base = terms.pointer + component * (groups + 1) * 4
      let all = base + groups * 4
      for row in 0..<batch.rows {
        let label = columns > 1 ? batch.labels[row] == Float(column) : batch.labels[row] > 0.5
        let place = base + Int(codes.codes[row]) * 4 + (label ? 2 : 0)
        let common = all + (label ? 2 : 0)
        let weight = share * (batch.weights?[row] ?? 1)
        let index = row * columns + column
        let slope = weight * (place[1] + common[1])
        gradients[index] += slope
        total += Double(weight * (place[0] + common[0]) + slope * values[index])
      }
    }
    return total
  }
  /// For each component: whether any slope is not 0.
  var isActive: [Bool]

  func clearRound() {
    signal.clear()
    judged.clear()
  }

  // MARK: The end of a round

  /// Rescales the settled sums to a number of rows; the groups' values stay the same.
  func weigh(rows: Int) {
    for sums in judged === signal ? [settledSignal] : [settledSignal, settledJudged] where sums.rows > 0 {
      sums.scale(by: Double(rows) / sums.rows)
    }
  }

  /// Ends a round: computes the groups' values from its sums, updates the multipliers and computes the slopes
  /// of the next round.
  ///
  /// - Parameters:
  ///   - memory: the weight of earlier rounds; 0: the sums already cover all rows.
  ///   - pace: a factor for the updates of the multipliers; 0: no update.
  ///   - steps: the number of steps in the round.
  func settle(memory: Double, pace: Double, steps: Int) {
    merge(signal, into: settledSignal, memory: memory)
    if judged !== signal { merge(judged, into: settledJudged, memory: memory) }
    clearRound()
    if memory == 0 {
      for component in components.indices {
        for group in 0..<groups {
          counts.pointer[component * groups + group] = settledSignal.sum(.count, component, group)
        }
      }
      pool()
    }
    for component in components.indices { isActive[component] = false }
    for component in components.indices { settle(component, pace: pace, steps: steps) }
  }

  private func merge(_ round: StatisticSums, into settled: StatisticSums, memory: Double) {
    settled.scale(by: memory)
    settled.merge(round)
  }

  /// The constraint on other rows that decides which groups are small; nil: the rows of this one decide.
  public var poolsAs: GapConstraint?

  private func pool() {
    if let poolsAs {
      pooling = poolsAs.pooling
      return
    }
    pooling = components.indices.map { component in
      GroupPooling(
        counts: (0..<groups).map { counts.pointer[component * groups + $0] }, minimum: settings.minimumCount,
        policy: settings.smallGroups)
    }
  }

  /// The tolerance minus the margin for unseen rows.
  public func target(error: Double) -> Double { settings.target(error: error) }

  private func settle(_ component: Int, pace: Double, steps: Int) {
    readJudged(component, optimismShare: optimismShares[component])
    measureExcesses(component, target: target(error: judgedValues.gap(disparity).error))
    // Each side of a pair sees half of the gap; with this factor the pair moves by rate · (gap − δ).
    let sides: Float = disparity == .worst || disparity == .pairs ? 2 : 1
    for place in 0..<judgedValues.count {
      let index = component * groups + place
      move(&upper.pointer[index], by: above.pointer[place], pace: Float(pace), sides, steps)
      move(&lower.pointer[index], by: below.pointer[place], pace: Float(pace), sides, steps)
    }
    makeSlopes(component)
    writeTerms(component)
  }

  /// Reads the judged values, corrected by a share of the optimism.
  func readJudged(_ component: Int, optimismShare share: Double) {
    judgedValues.read(settledJudged, component, pooling[component])
    guard share > 0 else { return }
    for place in 0..<judgedValues.count {
      judgedValues.values.pointer[place] += share * optimism.pointer[component * groups + place]
    }
  }

  private func move(
    _ multiplier: inout Multiplier, by excess: Double, pace: Float, _ sides: Float, _ steps: Int
  ) {
    guard excess.isFinite, pace > 0 else { return }
    if let rate = settings.rate {
      let moved = multiplier.value + Float(rate) * sides * Float(max(steps, 1)) * Float(excess)
      multiplier.value = min(max(moved, 0), Float(settings.most))
      return
    }
    multiplier.move(
      by: Float(excess), first: firstGain * sides, pace: pace, most: Float(settings.most) * max(firstGain, 1))
  }

  /// Computes `above` and `below`.
  private func measureExcesses(_ component: Int, target: Double) {
    let values = judgedValues
    above.elements.update(repeating: -.infinity)
    below.elements.update(repeating: -.infinity)
    if settings.noWorse {
      for place in 0..<values.count {
        let change = values.values.pointer[place] - reference.pointer[component * groups + place]
        guard change.isFinite else { continue }
        if statistics[component / columns].direction == .higher {
          below.pointer[place] = -change - target
        } else {
          above.pointer[place] = change - target
        }
      }
      return
    }
    let (center, slack): (Double, Double)
    switch disparity {
    case .worst, .pairs:
      guard let (low, high) = values.extremes else { return }
      (center, slack) = ((values.values.pointer[low] + values.values.pointer[high]) / 2, target / 2)
    case .overall: (center, slack) = (values.overall, target)
    case .largest: (center, slack) = (0, target)
    }
    for place in 0..<values.count {
      let difference = values.values.pointer[place] - center
      guard difference.isFinite else { continue }
      above.pointer[place] = difference - slack
      if !isOneSided { below.pointer[place] = -difference - slack }
    }
  }

  /// Computes `pushDown` and `pushUp`, the slopes of the Lagrangian's two sides: multipliers plus damping,
  /// balanced against each other.
  private func makeSlopes(_ component: Int) {
    let damping = settings.damping ?? Double(firstGain)
    let count = judgedValues.count
    let (upper, lower) = (upper.pointer + component * groups, lower.pointer + component * groups)
    for place in 0..<count {
      pushDown.pointer[place] = Double(upper[place].value) + damping * max(above.pointer[place], 0)
      pushUp.pointer[place] = Double(lower[place].value) + damping * max(below.pointer[place], 0)
    }
    guard disparity == .worst || disparity == .pairs, !settings.noWorse else { return }
    // c is not fixed, so the sums of both sides are equal where the Lagrangian is stationary.
    let (down, up) = (sum(pushDown, count), sum(pushUp, count))
    balance(pushDown, count, sum: down, to: (down + up) / 2, furthest: above)
    balance(pushUp, count, sum: up, to: (down + up) / 2, furthest: below)
  }

  private func sum(_ values: Buffer<Double>, _ count: Int) -> Double {
    var sum = 0.0
    for place in 0..<count { sum += values.pointer[place] }
    return sum
  }

  /// Scales a side to a given sum; if its sum is 0, the place with the largest excess gets all of it.
  private func balance(
    _ side: Buffer<Double>, _ count: Int, sum: Double, to goal: Double, furthest excesses: Buffer<Double>
  ) {
    if sum > 0 {
      for place in 0..<count { side.pointer[place] *= goal / sum }
      return
    }
    var furthest: Int?
    for place in 0..<count where excesses.pointer[place].isFinite {
      if let known = furthest, excesses.pointer[place] <= excesses.pointer[known] { continue }
      furthest = place
    }
    if let furthest { side.pointer[furthest] = goal }
  }

  /// Writes the contribution of a row, by group and label, to the Lagrangian of the next round.
  private func writeTerms(_ component: Int) {
    let pooling = pooling[component]
    let values = signalValues
    values.read(settledSignal, component, pooling)
    let base = terms.pointer + component * (groups + 1) * 4
    base.update(repeating: 0, count: (groups + 1) * 4)
    var total = 0.0
    for (group, place) in pooling.places.enumerated() {
      guard let place, place < judgedValues.count else { continue }
      var slope = pushDown.pointer[place] - pushUp.pointer[place]
      total += slope
      // If a group has a share of the pooled difference, its slope is scaled by that share; a bound is not
      // scaled.
      if case .share(let share) = pooling.weights[place] { slope *= share }
      write(
        base + group * 4, component, slope: slope, value: values.own.pointer[place],
        denominator: values.denominators.pointer[place])
    }
    if disparity == .overall {
      write(
        base + groups * 4, component, slope: -total, value: values.overall,
        denominator: values.overallDenominator)
    }
  }

  private func write(
    _ place: UnsafeMutablePointer<Float>, _ component: Int, slope: Double, value: Double, denominator: Double
  ) {
    guard value.isFinite, abs(denominator) > 1e-12, slope != 0 else { return }
    isActive[component] = true
    let statistic = statistics[component / columns]
    let scale = slope * settledSignal.rows / denominator
    func write(_ label: Int, _ n: GroupStatistic.Term, _ d: GroupStatistic.Term) {
      place[label * 2] = Float(scale * (Double(n.intercept) - value * Double(d.intercept)))
      place[label * 2 + 1] = Float(scale * (Double(n.slope) - value * Double(d.slope)))
    }
    write(0, statistic.numerator.0, statistic.denominator.0)
    write(1, statistic.numerator.1, statistic.denominator.1)
  }

  // MARK: Checkpoints

  /// The state that changes from step to step, for checkpoints.
  var state: [Buffer<Float>] {
    [
      signal.state, settledSignal.state, judged.state, settledJudged.state, Buffer(bytesOf: upper),
      Buffer(bytesOf: lower), Buffer(bytesOf: counts), Buffer(bytesOf: reference), terms,
    ]
  }

  /// Recomputes the values that follow from `state` after a checkpoint was loaded.
  func resume() {
    pool()
    for component in components.indices {
      let size = (groups + 1) * 4
      isActive[component] = terms.elements[component * size..<(component + 1) * size].contains { $0 != 0 }
    }
  }
}

/// A constraint, and the index of its entry in the configuration.
public struct PlacedConstraint {
  public let term: Int
  public let constraint: GapConstraint
}
