import Configurations
import Fairness
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// What rows that no choice saw say about a model.
struct Certificate {
  let rows: Int
  let measurement: Measurement

  /// Whether new rows keep a tolerance: yes if the upper confidence bound does, no if the lower one does not.
  static func verdict(_ gap: Measurement.Gap, tolerance: Double) -> ToleranceVerdict {
    if gap.upper <= tolerance { return .yes }
    return gap.lower > tolerance || !gap.value.isFinite ? .no : .unknown
  }

  func json(_ goals: SearchGoals) -> JSONValue {
    [
      "rows": .integer(rows), "confidence": .finite(goals.confidence),
      "quality": .finite(measurement.quality),
      "gaps": .array(
        zip(goals.gaps, measurement.gaps).map { goal, gap in
          [
            "goal": .string(goal.audited.name), "attribute": .string(goal.attribute.label),
            "tolerance": goal.tolerance.map { .finite($0) } ?? .null, "value": .finite(gap.value),
            "lower": .finite(gap.lower), "upper": .finite(gap.upper),
            "met": goal.tolerance.map { .string(Self.verdict(gap, tolerance: $0).rawValue) } ?? .null,
          ]
        }),
    ]
  }

  /// Sentences about tolerances that the rows do not confirm.
  func notes(_ goals: SearchGoals) -> [String] {
    zip(goals.gaps, measurement.gaps).compactMap { goal, gap in
      guard let tolerance = goal.tolerance else { return nil }
      switch Self.verdict(gap, tolerance: tolerance) {
      case .yes: return nil
      case .no:
        return "\(goal.name): rows that no choice saw do not keep the tolerance of \(tolerance): the gap is "
          + "\(Rounded.text(gap.value, digits: 4)), and at least \(Rounded.text(gap.lower, digits: 4))"
      case .unknown:
        return
          "\(goal.name): whether new rows keep the tolerance of \(tolerance) cannot be told from \(rows) rows: the "
          + "gap is \(Rounded.text(gap.value, digits: 4)), and at most \(Rounded.text(gap.upper, digits: 4))"
      }
    }
  }
}

/// What rows can certify at best, before any model is trained.
struct CertifiableGap {
  let goal: SearchGoals.Gap
  /// The distance from a gap to its upper confidence bound, for the two smallest groups; infinite if one has no rows.
  let halfWidth: Double

  /// z √(p (1 − p) (1 / n₁ + 1 / n₂)), where n counts the rows on which the criterion's rates are based. The rate p is
  /// the share of positive labels for rates of all rows, and 1/2 for rates within a label.
  ///
  /// - Parameter share: the share of the groups' rows that are read.
  init(
    _ goal: SearchGoals.Gap, _ groups: [(name: String, rows: Int, byClass: [Int])], share read: Double = 1,
    confidence: Double
  ) {
    self.goal = goal
    let all = groups.reduce(0) { $0 + $1.rows }
    let positives = groups.reduce(0) { $0 + ($1.byClass.count == 2 ? $1.byClass[1] : $1.rows / 2) }
    let share = all > 0 ? Double(positives) / Double(all) : 0.5
    let labels = Criterion(rawValue: goal.objective)?.statistics(stated: nil).map(\.countedLabels) ?? []
    let isOfLabels = labels.contains { $0.count == 1 }
    let counts = groups.map { group in
      guard isOfLabels else { return group.rows }
      guard group.byClass.count == 2 else { return group.byClass.min() ?? group.rows }
      return labels.map { $0.reduce(0) { $0 + group.byClass[$1] } }.min() ?? group.rows
    }
    let rate = isOfLabels ? 0.5 : share
    let smallest = counts.sorted().prefix(2)
    guard smallest.count == 2, smallest.allSatisfy({ $0 > 0 }) else {
      halfWidth = .infinity
      return
    }
    let variance = rate * (1 - rate) * smallest.reduce(0) { $0 + 1 / (read * Double($1)) }
    halfWidth = NormalDistribution.quantile(confidence) * variance.squareRoot()
  }

  var json: JSONValue {
    [
      "goal": .string(goal.audited.name), "attribute": .string(goal.attribute.label),
      "half_width": .finite(halfWidth),
    ]
  }

  /// A warning if no model could be certified.
  func note(rows: Int) -> String? {
    guard let tolerance = goal.tolerance, halfWidth > tolerance else { return nil }
    return
      "\(goal.name): \(rows) rows certify a gap at best within ±\(Rounded.text(halfWidth, digits: 4)), which is more than "
      + "the tolerance of \(tolerance); more rows, or a larger tolerance, can be certified"
  }
}
