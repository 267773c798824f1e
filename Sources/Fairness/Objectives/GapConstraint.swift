import Platform

/// The constraint "the gap is at most δ" on group statistics, as the linear inequalities that make it up,
/// each with a multiplier of its own. With m the mean of the groups' values,
///
///     γ(g) − m ≤ δ/2  and  m − γ(g) ≤ δ/2      for every group g
///
/// bound the largest less the smallest by δ (for two groups they say just that); `overall` has δ for
/// δ/2, and `largest` the one inequality γ(g) ≤ δ. Unlike λ |gap|, whose gradient changes sign where the
/// gap is closed, the multipliers of the two sides settle (Agarwal et al. 2018, section 3).
final class GapConstraint {
  private let gap: GroupGap
  /// Measures what the tolerance is for: the gap of the decisions, or the signal's own.
  private let judge: GroupGap
  private let tolerance: Float
  private let rate: Float
  private let most: Float
  private let damping: Float
  /// (components, groups): of the inequalities that bound from above, and from below.
  let upper: Buffer<Float>
  let lower: Buffer<Float>

  init(_ gap: GroupGap, judge: GroupGap?, tolerance: Float, rate: Float, most: Float, damping: Float) throws {
    self.gap = gap
    self.judge = judge ?? gap
    self.tolerance = tolerance
    self.rate = rate
    self.most = most
    self.damping = damping
    upper = try Buffer<Float>(count: gap.components.count * gap.groupCount)
    lower = try Buffer<Float>(count: gap.components.count * gap.groupCount)
  }

  private var isOneSided: Bool { gap.disparity == .largest }
  /// What each inequality allows.
  private var slack: Float {
    switch gap.disparity {
    case .worst, .pairs: tolerance / 2
    case .overall, .largest: tolerance
    }
  }

  /// The place from which a group's value deviates.
  private func center(_ objective: GroupGap, _ component: Int) -> Float {
    if isOneSided { return 0 }
    var (sum, count): (Float, Float) = (0, 0)
    for group in 0..<gap.groupCount {
      let value = objective.value(of: group, component)
      if !value.isNaN {
        sum += value
        count += 1
      }
    }
    return count > 0 ? sum / count : 0
  }

  /// The Lagrangian's terms, after `measure`; leaves their slopes for `addGradient` with coefficient 1.
  func penalize() -> Double {
    var total = 0.0
    for component in gap.components.indices {
      let (center, judgedCenter) = (center(gap, component), center(judge, component))
      var (net, present): (Float, Float) = (0, 0)
      for group in 0..<gap.groupCount {
        let value = gap.value(of: group, component)
        guard !value.isNaN else {
          gap.setSlope(0, of: group, component)
          continue
        }
        let (above, below) = multipliers(component, group)
        let judged = judge.value(of: group, component)
        let excessAbove = max(judged - judgedCenter - slack, 0)
        let excessBelow = isOneSided ? 0 : max(judgedCenter - judged - slack, 0)
        total += Double(above * (value - center - slack) + below * (center - value - slack))
        total += Double(damping / 2 * (excessAbove * excessAbove + excessBelow * excessBelow))
        let slope = above - below + damping * (excessAbove - excessBelow)
        gap.setSlope(slope, of: group, component)
        net += slope
        present += 1
      }
      guard !isOneSided, present > 0 else { continue }
      // m depends on every group, each with its share.
      for group in 0..<gap.groupCount where !gap.value(of: group, component).isNaN {
        gap.setSlope(gap.slope(of: group, component) - net / present, of: group, component)
      }
    }
    return total
  }

  /// Raises the multipliers of inequalities that are broken, lowers those of the others.
  func ascend() {
    // Each side of two groups sees half the gap; the factor makes the pair follow rate · (gap − δ).
    let pace = isOneSided ? rate : 2 * rate
    for component in gap.components.indices {
      let center = center(judge, component)
      for group in 0..<gap.groupCount {
        let value = judge.value(of: group, component)
        guard !value.isNaN else { continue }
        let place = component * gap.groupCount + group
        upper.pointer[place] = bounded(upper.pointer[place] + pace * (value - center - slack))
        guard !isOneSided else { continue }
        lower.pointer[place] = bounded(lower.pointer[place] + pace * (center - value - slack))
      }
    }
  }

  /// One number for a report: for two groups the λ of the gap itself.
  func multiplier(of component: Int) -> Float {
    var sum: Float = 0
    for group in 0..<gap.groupCount {
      let (above, below) = multipliers(component, group)
      sum += above + below
    }
    return isOneSided ? sum : sum / 2
  }

  private func multipliers(_ component: Int, _ group: Int) -> (above: Float, below: Float) {
    let place = component * gap.groupCount + group
    return (upper.pointer[place], lower.pointer[place])
  }

  private func bounded(_ multiplier: Float) -> Float { min(max(multiplier, 0), most) }
}
