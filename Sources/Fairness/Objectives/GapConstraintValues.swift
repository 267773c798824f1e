// The values of a constraint's groups at the end of a round.
extension GapConstraint {
  /// Whether the gap is measured on decisions instead of the signal.
  public var judgesDecisions: Bool { judged !== signal }

  /// The signal's gap and the judged gap at the end of the last round.
  func gaps(_ component: Int) -> (signal: Double, judged: Double) {
    signalValues.read(settledSignal, component, pooling[component])
    judgedValues.read(settledJudged, component, pooling[component])
    return (signalValues.gap(disparity).value, judgedValues.gap(disparity).value)
  }

  /// The judged values of the groups at the end of the last round, with standard errors.
  public func values(_ component: Int) -> (values: [Double], errors: [Double]) {
    judgedValues.read(settledJudged, component, pooling[component])
    let count = judgedValues.count
    return (Array(judgedValues.values.elements[..<count]), Array(judgedValues.errors.elements[..<count]))
  }

  /// The gap of the judged values at the end of the last round, with its standard error, and the number of
  /// groups that have rows but no value. For `noWorse`, the gap is the largest deterioration of a group.
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

  /// The groups of a component that are too small to be constrained on their own.
  public func smallGroups(_ component: Int) -> [Int] {
    pooling.indices.contains(component) ? pooling[component].small : []
  }

  /// The direction in which a component's statistic improves for a group.
  public func direction(_ component: Int) -> GroupStatistic.Direction {
    statistics[component / columns].direction
  }

  /// Stores the current values as the reference of `noWorse`.
  public func setReference() {
    for component in components.indices {
      judgedValues.read(settledJudged, component, pooling[component])
      for place in 0..<judgedValues.count {
        reference.pointer[component * groups + place] = judgedValues.values.pointer[place]
      }
    }
  }

  /// The multiplier as one number for a report; with two groups, the λ of the gap itself.
  func multiplier(of component: Int) -> Float {
    var sum: Float = 0
    for place in component * groups..<(component + 1) * groups {
      sum += upper.pointer[place].value + lower.pointer[place].value
    }
    return disparity == .worst || disparity == .pairs ? sum / 2 : sum
  }

  /// Resets the multipliers to 0, as before the first round.
  public func forgetMultipliers() {
    for multipliers in [upper, lower] { multipliers.elements.update(repeating: Multiplier()) }
    terms.clear()
    isActive = Array(repeating: false, count: components.count)
  }

  /// Copies the multipliers, the reference and the first gain of another constraint with the same shape.
  public func takeMultipliers(of other: GapConstraint) {
    guard other.upper.count == upper.count else { return }
    upper.pointer.update(from: other.upper.pointer, count: upper.count)
    lower.pointer.update(from: other.lower.pointer, count: lower.count)
    reference.pointer.update(from: other.reference.pointer, count: reference.count)
    firstGain = other.firstGain
  }
}
