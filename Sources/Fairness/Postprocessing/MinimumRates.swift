import Platform

extension GroupThresholds {
  /// For each group, the best threshold for an objective among those whose rate is at least `minimum`. Groups
  /// below the minimum are levelled up; no other group gets worse for the sake of equality (Delaney et al.
  /// 2024, "OxonFair", section 3).
  ///
  /// - Throws: `invalidData` if no threshold of a group has the rate.
  public static func holding(
    _ rate: ThresholdRate, atLeast minimum: Double, of curves: [ThresholdCurve],
    for objective: ThresholdObjective
  ) throws -> GroupThresholds {
    let worth = objective.worth(curves)
    func value(_ point: ThresholdCurve.Point) -> Double {
      worth.gain * point.truePositives - worth.loss * point.falsePositives
    }
    let chosen = try curves.enumerated().map { index, curve in
      let fitting = curve.points.filter { (rate.value($0, of: curve) ?? -1) >= minimum - 1e-12 }
      guard let best = fitting.max(by: { value($0) < value($1) }) else {
        throw Failure.invalidData(
          "no threshold gives group \(index) a \"\(rate.rawValue)\" of \(minimum); a smaller minimum is accepted"
        )
      }
      return best
    }
    return GroupThresholds(
      decisions: chosen.map { GroupDecision(threshold: $0.threshold) },
      expected: chosen.map { ($0.truePositives, $0.falsePositives) })
  }
}

extension ThresholdCurve {
  /// The threshold with the best objective on the rows of this curve alone.
  public func best(for objective: ThresholdObjective) -> Float {
    let worth = objective.worth([self])
    let best = points.max {
      worth.gain * $0.truePositives - worth.loss * $0.falsePositives
        < worth.gain * $1.truePositives - worth.loss * $1.falsePositives
    }
    return best?.threshold ?? .infinity
  }
}
