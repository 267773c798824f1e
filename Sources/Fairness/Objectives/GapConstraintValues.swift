// What a constraint knows of its groups at the end of a round.
extension GapConstraint {
  /// Whether the gap is of decisions, not of the signal.
  public var judgesDecisions: Bool { judged !== signal }

  /// The signal's gap and the judged one at the last round's end.
  func gaps(_ component: Int) -> (signal: Double, judged: Double) {
    signalValues.read(settledSignal, component, pooling[component])
    judgedValues.read(settledJudged, component, pooling[component])
    return (signalValues.gap(disparity).value, judgedValues.gap(disparity).value)
  }

  /// The judged groups of the last round's end.
  public func values(_ component: Int) -> (values: [Double], errors: [Double]) {
    judgedValues.read(settledJudged, component, pooling[component])
    let count = judgedValues.count
    return (Array(judgedValues.values.elements[..<count]), Array(judgedValues.errors.elements[..<count]))
  }

  /// The gap of the judged values at the last round's end, with its standard error; of `noWorse` the largest loss of a
  /// group; and how many groups have rows but no value.
  public func judgedGap(_ component: Int) -> (value: Double, error: Double, undefined: Int) {
    let values = judgedValues
    values.read(settledJudged, component, pooling[component])
    guard settings.noWorse else {
      let gap = values.gap(disparity)
      return (gap.value, gap.error, values.undefined)
    }
    var (worst, error) = (0.0, 0.0)
    for place in 0..<values.count {
      let change = values.values.pointer[place] - reference.pointer[component * groups + place]
      let fall = statistics[component / columns].direction == .higher ? -change : change
      if fall.isFinite, fall > worst { (worst, error) = (fall, values.errors.pointer[place]) }
    }
    return (worst, error, values.undefined)
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
      judgedValues.read(settledJudged, component, pooling[component])
      for place in 0..<judgedValues.count {
        reference.pointer[component * groups + place] = judgedValues.values.pointer[place]
      }
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
}
