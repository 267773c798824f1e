import Platform

/// The constraint "the gap is at most δ" on group statistics, as the linear inequalities that make it up, each with a
/// multiplier. With c halfway between the largest and the smallest of the groups' values γ,
///
///     γ(g) − c ≤ δ/2  and  c − γ(g) ≤ δ/2      for every group g
///
/// bound the largest less the smallest by δ. `overall` has δ for δ/2 and the value of all rows for c; `largest` has the
/// one inequality γ(g) ≤ δ. Unlike λ |gap|, whose gradient changes sign where the gap is closed, the multipliers of the
/// two sides settle (Agarwal et al. 2018, section 3).
///
/// Steps come in rounds. A round's gradient is that of Σ slope(g) γ(g), with slopes, values and denominators as they were
/// when the round began:
///
///     ∂/∂s = w slope(g) (b − γ(g) d) / D(g)      D(g): the group's denominator in a batch, as expected from its share
///
/// so a batch pushes no group because it happens to hold few rows of another, and the slopes add up to 0 over all rows.
/// At a round's end the sums of its rows, or of all rows, give new values, and the multipliers move.
public final class GapConstraint {
  public let settings: ConstraintSettings
  public let disparity: Disparity
  public let components: [String]
  let statistics: [GroupStatistic]
  private let columns: Int
  private let groups: Int
  /// Of the round under way: the signal's sums, and those of what the tolerance is for: the decisions, or the signal.
  let signal: StatisticSums
  let judged: StatisticSums
  /// As they were when the round began.
  let settledSignal: StatisticSums
  let settledJudged: StatisticSums
  /// How the groups of each component count; known after the first pass over all rows.
  private(set) var pooling: [GroupPooling]
  /// (components, groups): of the inequalities that bound from above, and from below.
  private let upper: Buffer<Multiplier>
  private let lower: Buffer<Multiplier>
  /// (components, groups): rows with a part in the denominator, by which small groups are told.
  private let counts: Buffer<Double>
  /// (components, groups + 1, labels 0 and 1): intercept and slope of a row's term in the round's Lagrangian.
  private let terms: Buffer<Float>
  /// What a multiplier's first gain is, in units of the loss over those of the statistic squared.
  public var firstGain: Float = 1
  /// Of `noWorse`: the base model's value of each component and group.
  private let reference: Buffer<Double>

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
    terms = try Buffer<Float>(count: components.count * (groups + 1) * 4, for: "a constraint")
    isActive = Array(repeating: false, count: components.count)
    forgetMultipliers()
  }

  private var isOneSided: Bool { disparity == .largest }

  // MARK: A round

  /// Adds rows to the round's sums.
  func observe(
    _ batch: Batch, values: UnsafePointer<Float>, decisions: UnsafePointer<Float>?, groups: BatchGroups
  ) {
    signal.add(batch, values: values, groups: groups)
    if let decisions, judged !== signal { judged.add(batch, values: decisions, groups: groups) }
  }

  // signal (rows, columns) → adds ∂/∂s of Σ slope(g) γ(g), the mean over the rows of the batch
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
  /// By component: whether any slope is not 0.
  private var isActive: [Bool]

  func clearRound() {
    signal.clear()
    judged.clear()
  }

  // MARK: The end of a round

  /// Scales the settled sums to a number of rows; the values of the groups stay.
  func weigh(rows: Int) {
    for sums in judged === signal ? [settledSignal] : [settledSignal, settledJudged] where sums.rows > 0 {
      sums.scale(by: Double(rows) / sums.rows)
    }
  }

  /// Takes the round's sums as the groups' values, moves the multipliers and makes the slopes of the next round.
  ///
  /// - Parameters:
  ///   - memory: the share that earlier rounds keep; 0: the sums are of all rows.
  ///   - pace: a factor for the multipliers' moves; 0: they stay.
  ///   - steps: of the round.
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
    isActive = Array(repeating: false, count: components.count)
    for component in components.indices { settle(component, pace: pace, steps: steps) }
  }

  private func merge(_ round: StatisticSums, into settled: StatisticSums, memory: Double) {
    settled.scale(by: memory)
    settled.merge(round)
  }

  private func pool() {
    pooling = components.indices.map { component in
      GroupPooling(
        counts: (0..<groups).map { counts.pointer[component * groups + $0] }, minimum: settings.minimumCount,
        policy: settings.smallGroups)
    }
  }

  /// The tolerance less the margin for rows not yet seen.
  public func target(error: Double) -> Double {
    let tolerance = settings.tolerance
    return max(tolerance - settings.margin * error, settings.leastTarget * tolerance)
  }

  private func settle(_ component: Int, pace: Double, steps: Int) {
    let values = GroupValues(settledJudged, component, pooling[component])
    let target = target(error: values.gap(disparity).error)
    let excesses = excesses(values, target: target, component)
    // A pair of sides sees half the gap each; the factor makes the pair follow rate · (gap − δ).
    let sides: Float = disparity == .worst || disparity == .pairs ? 2 : 1
    for (place, excess) in excesses.enumerated() {
      let place = component * groups + place
      move(&upper.pointer[place], by: excess.above, pace: Float(pace), sides, steps)
      move(&lower.pointer[place], by: excess.below, pace: Float(pace), sides, steps)
    }
    writeTerms(component, excesses)
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

  /// By how much each group's value breaks the two inequalities; −∞ for those that do not exist.
  private func excesses(_ values: GroupValues, target: Double, _ component: Int) -> [(
    above: Double, below: Double
  )] {
    let none = -Double.infinity
    if settings.noWorse {
      return values.values.indices.map { place in
        let base = reference.pointer[component * groups + place]
        guard base.isFinite, values.values[place].isFinite else { return (none, none) }
        let change = values.values[place] - base
        return statistics[component / columns].direction == .higher
          ? (none, -change - target) : (change - target, none)
      }
    }
    let (center, slack): (Double, Double)
    switch disparity {
    case .worst, .pairs:
      guard let (low, high) = values.extremes else { return values.values.map { _ in (none, none) } }
      (center, slack) = ((values.values[low] + values.values[high]) / 2, target / 2)
    case .overall: (center, slack) = (values.overall, target)
    case .largest: (center, slack) = (0, target)
    }
    return values.values.map { value in
      guard value.isFinite, center.isFinite else { return (none, none) }
      return (value - center - slack, isOneSided ? none : center - value - slack)
    }
  }

  /// The Lagrangian's slope for each place: multipliers and damping of both sides, which balance each other.
  private func slopes(_ component: Int, _ excesses: [(above: Double, below: Double)]) -> [Double] {
    let damping = settings.damping ?? Double(firstGain)
    var above = excesses.indices.map { place in
      Double(upper.pointer[component * groups + place].value) + damping * max(excesses[place].above, 0)
    }
    var below = excesses.indices.map { place in
      Double(lower.pointer[component * groups + place].value) + damping * max(excesses[place].below, 0)
    }
    if disparity == .worst || disparity == .pairs, !settings.noWorse {
      // The center is free, so the sides' sums are equal where the Lagrangian is stationary.
      let (up, down) = (above.reduce(0, +), below.reduce(0, +))
      let mean = (up + down) / 2
      func balance(_ side: inout [Double], _ sum: Double, extreme: Int?) {
        if sum > 0 {
          for place in side.indices { side[place] *= mean / sum }
        } else if let extreme {
          side[extreme] = mean
        }
      }
      let present = excesses.indices.filter { excesses[$0].above.isFinite }
      balance(&above, up, extreme: present.max { excesses[$0].above < excesses[$1].above })
      balance(&below, down, extreme: present.max { excesses[$0].below < excesses[$1].below })
    }
    return zip(above, below).map { $0 - $1 }
  }

  /// Writes what a row of each group and label adds to the Lagrangian of the next round.
  private func writeTerms(_ component: Int, _ excesses: [(above: Double, below: Double)]) {
    let statistic = statistics[component / columns]
    let pooling = pooling[component]
    let values = GroupValues(settledSignal, component, pooling)
    let slopes = slopes(component, excesses)
    let base = terms.pointer + component * (groups + 1) * 4
    base.update(repeating: 0, count: (groups + 1) * 4)
    let rows = settledSignal.rows
    func write(_ place: UnsafeMutablePointer<Float>, _ slope: Double, _ value: Double, _ denominator: Double)
    {
      guard value.isFinite, abs(denominator) > 1e-12, slope != 0 else { return }
      isActive[component] = true
      let scale = slope * rows / denominator
      for (label, n, d) in [
        (0, statistic.numerator.0, statistic.denominator.0),
        (1, statistic.numerator.1, statistic.denominator.1),
      ] {
        place[label * 2] = Float(scale * (Double(n.intercept) - value * Double(d.intercept)))
        place[label * 2 + 1] = Float(scale * (Double(n.slope) - value * Double(d.slope)))
      }
    }
    for (group, place) in pooling.places.enumerated() {
      guard let place, slopes.indices.contains(place) else { continue }
      let share = pooling.shares[place]
      // A shrunk value is overall + share (own − overall); its own part moves it.
      let own =
        share < 1 && share > 0
        ? values.overall + (values.values[place] - values.overall) / share : values.values[place]
      write(base + group * 4, slopes[place] * share, own, values.denominators[place])
    }
    if disparity == .overall {
      write(base + groups * 4, -slopes.reduce(0, +), values.overall, values.overallDenominator)
    }
  }

  // MARK: What is known

  /// The signal's gap and the judged one at the last round's end.
  func gaps(_ component: Int) -> (signal: Double, judged: Double) {
    (
      GroupValues(settledSignal, component, pooling[component]).gap(disparity).value,
      GroupValues(settledJudged, component, pooling[component]).gap(disparity).value
    )
  }

  /// The judged groups of the last round's end.
  public func values(_ component: Int) -> (values: [Double], errors: [Double]) {
    let values = GroupValues(settledJudged, component, pooling[component])
    return (values.values, values.errors)
  }

  /// The gap of the judged values at the last round's end, with its standard error; of `noWorse` the largest loss of a
  /// group; and how many groups have rows but no value.
  public func judgedGap(_ component: Int) -> (value: Double, error: Double, undefined: Int) {
    let values = GroupValues(settledJudged, component, pooling[component])
    let undefined = values.values.count { !$0.isFinite }
    guard settings.noWorse else {
      let gap = values.gap(disparity)
      return (gap.value, gap.error, undefined)
    }
    var (worst, error) = (0.0, 0.0)
    for (place, value) in values.values.enumerated() {
      let base = reference.pointer[component * groups + place]
      guard base.isFinite, value.isFinite else { continue }
      let fall = statistics[component / columns].direction == .higher ? base - value : value - base
      if fall > worst { (worst, error) = (fall, values.errors[place]) }
    }
    return (worst, error, undefined)
  }

  /// The groups of a component that are too small to stand for themselves.
  public func smallGroups(_ component: Int) -> [Int] {
    pooling.indices.contains(component) ? pooling[component].small : []
  }

  /// Which change of a component's statistic is to a group's good.
  public func direction(_ component: Int) -> GroupStatistic.Direction {
    statistics[component / columns].direction
  }

  /// Remembers the present values as those that no group may fall behind.
  public func setReference() {
    for component in components.indices {
      let values = GroupValues(settledJudged, component, pooling[component]).values
      for (place, value) in values.enumerated() { reference.pointer[component * groups + place] = value }
    }
  }

  /// One number for a report: for two groups the λ of the gap itself.
  func multiplier(of component: Int) -> Float {
    var sum: Float = 0
    for place in component * groups..<(component + 1) * groups {
      sum += upper.pointer[place].value + lower.pointer[place].value
    }
    return disparity == .worst || disparity == .pairs ? sum / 2 : sum
  }

  /// Multipliers back at 0, as before the first round.
  public func forgetMultipliers() {
    for multipliers in [upper, lower] { multipliers.elements.update(repeating: Multiplier()) }
    terms.clear()
    isActive = Array(repeating: false, count: components.count)
  }

  public func takeMultipliers(of other: GapConstraint) {
    guard other.upper.count == upper.count else { return }
    upper.pointer.update(from: other.upper.pointer, count: upper.count)
    lower.pointer.update(from: other.lower.pointer, count: lower.count)
    reference.pointer.update(from: other.reference.pointer, count: reference.count)
    firstGain = other.firstGain
  }

  // MARK: Checkpoints

  /// Everything that changes from step to step.
  var state: [Buffer<Float>] {
    [
      signal.state, settledSignal.state, judged.state, settledJudged.state, Buffer(bytesOf: upper),
      Buffer(bytesOf: lower), Buffer(bytesOf: counts), Buffer(bytesOf: reference), terms,
    ]
  }

  /// Makes what follows from `state`, after a checkpoint filled it.
  func resume() {
    pool()
    for component in components.indices {
      let size = (groups + 1) * 4
      isActive[component] = terms.elements[component * size..<(component + 1) * size].contains { $0 != 0 }
    }
  }
}

/// A constraint, and the place of its entry in the configuration.
public struct PlacedConstraint {
  public let term: Int
  public let constraint: GapConstraint
}
