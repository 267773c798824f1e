import Fairness
import Platform

/// The results of each constraint: the tolerance, the target and the gap reached, on training and held-out
/// rows.
struct ConstraintReport {
  let loop: TrainingLoop
  /// The judgement of the tuned model.
  let training: Judgement
  let heldOut: Judgement?
  let baseline: Judgements?

  enum Verdict: String { case yes, no, unknown }

  /// Whether new rows are expected to satisfy a tolerance. No if training rows violate it, or held-out rows
  /// violate it by more than two standard errors; unknown if held-out rows violate it by less.
  static func verdict(_ training: Judgement.Gap, _ heldOut: Judgement.Gap?) -> Verdict {
    if training.undefined > 0 || training.value > training.tolerance + 1e-6 { return .no }
    guard let heldOut else { return .yes }
    if heldOut.value <= heldOut.tolerance { return .yes }
    return heldOut.value <= heldOut.tolerance + 2 * heldOut.error ? .unknown : .no
  }

  /// The report's member "constraints".
  var json: JSONValue {
    .array(
      training.gaps.enumerated().map { place, gap in
        let entry = loop.goal.fairness[gap.term]
        let constraint = loop.objective.constraints.first { $0.term == gap.term }?.constraint
        let held = heldOut?.gaps[place]
        return .object([
          .init("objective", .string(entry.objective.rawValue)),
          .init("attribute", .string(loop.goal.attributes[gap.term].label)),
          .init("statistic", constraint.map { .string($0.components[gap.component]) } ?? .null),
          .init("asked", .finite(gap.tolerance)), .init("aimed_at", .finite(gap.target)),
          .init("train", reached(gap)), .init("validation", held.map(reached) ?? .null),
          .init("unconstrained", .finite(baseline?.training.gaps[place].value ?? .nan)),
          .init("met", .string(Self.verdict(gap, held).rawValue)),
          .init("small_groups", .array(smallGroups(gap).map { .string($0) })),
        ])
      })
  }

  private func reached(_ gap: Judgement.Gap) -> JSONValue {
    [
      "gap": .finite(gap.value),
      "interval": [.finite(max(gap.value - 1.96 * gap.error, 0)), .finite(gap.value + 1.96 * gap.error)],
    ]
  }

  /// The names of groups with fewer rows than `minimum_count`.
  private func smallGroups(_ gap: Judgement.Gap) -> [String] {
    guard let constraint = loop.objective.constraints.first(where: { $0.term == gap.term })?.constraint else {
      return []
    }
    let names = loop.rows.groupings[gap.term].names
    return constraint.smallGroups(gap.component).compactMap { names.indices.contains($0) ? names[$0] : nil }
  }

  // MARK: Warnings

  /// Warnings for users of the model.
  var notes: [String] {
    predictionNotes + training.gaps.indices.flatMap(constraintNotes)
  }

  private func name(_ gap: Judgement.Gap) -> String {
    let entry = loop.goal.fairness[gap.term]
    return "\(entry.objective.rawValue) by \(loop.goal.attributes[gap.term].label)"
  }

  private func rounded(_ value: Double, digits: Int) -> String {
    let unit = (0..<digits).reduce(1.0) { unit, _ in unit * 10 }
    return String((value * unit).rounded() / unit)
  }

  private func percent(_ share: Double) -> String { rounded(share * 100, digits: 1) + "%" }

  private var predictionNotes: [String] {
    var notes: [String] = []
    let tally = training.tally
    guard !tally.isRegression else { return notes }
    if CandidateRank.isConstant(tally) {
      notes.append(
        "the model decides \(percent(tally.largestDecision)) of the training rows alike, while \(percent(1 - tally.largestClass)) of them have another label"
      )
    }
    if tally.errorRate > 1 - tally.largestClass + 1e-9 {
      notes.append(
        "the model decides \(percent(tally.errorRate)) of the training rows wrongly; deciding all for the most frequent class would do so for \(percent(1 - tally.largestClass))"
      )
    }
    if let baseline, let heldOut, let before = baseline.heldOut, heldOut.loss > 1.5 * before.loss + 0.02 {
      notes.append(
        "the loss on held-out rows is \(rounded(heldOut.loss, digits: 3)) and without constraints \(rounded(before.loss, digits: 3)): scores are much less well calibrated"
      )
    }
    return notes
  }

  private func constraintNotes(_ place: Int) -> [String] {
    let gap = training.gaps[place]
    let held = heldOut?.gaps[place]
    var notes: [String] = []
    let tolerance = rounded(gap.tolerance, digits: 4)
    if gap.undefined > 0 {
      notes.append(
        "\(name(gap)): \(gap.undefined) groups have no value, since the model leaves the statistic's denominator empty"
      )
    }
    if gap.value > gap.tolerance + 1e-6 {
      notes.append(
        "\(name(gap)): the smallest gap that was reached on the training rows is \(rounded(gap.value, digits: 4)), and \(tolerance) was asked; a larger tolerance, the attribute as an input (\"sensitive_as_input\"), or thresholds by group would make it feasible"
      )
    } else if let held, Self.verdict(gap, held) == .no {
      notes.append(
        "\(name(gap)): the tolerance of \(tolerance) holds on the training rows only; on held-out rows the gap is \(rounded(held.value, digits: 4)) ± \(rounded(held.error, digits: 4))"
      )
    }
    let small = smallGroups(gap)
    if !small.isEmpty {
      let entry = loop.goal.fairness[gap.term]
      notes.append(
        "\(name(gap)): groups of fewer than \(entry.minimumCount) rows cannot be estimated and are \(entry.smallGroups.sentence): \(small.joined(separator: ", "))"
      )
    }
    if heldOut != nil, let missing = groupsWithoutHeldOutRows(gap), !missing.isEmpty {
      notes.append("\(name(gap)): no held-out rows of \(missing.joined(separator: ", "))")
    }
    if let note = levellingDown(place) { notes.append(note) }
    return notes
  }

  private func groupsWithoutHeldOutRows(_ gap: Judgement.Gap) -> [String]? {
    guard let heldOut = loop.heldOut else { return nil }
    let grouping = heldOut.rows.groupings[gap.term]
    let present = Set(grouping.codes.array)
    return grouping.names.indices.filter { !present.contains(Int32($0)) }.map { grouping.names[$0] }
  }

  /// A warning if the gap was closed by making every group worse off.
  private func levellingDown(_ place: Int) -> String? {
    let gap = training.gaps[place]
    guard let baseline, baseline.training.groups.indices.contains(place) else { return nil }
    let (before, after) = (baseline.training.groups[place], training.groups[place])
    guard let constraint = loop.objective.constraints.first(where: { $0.term == gap.term })?.constraint,
      before.values.count == after.values.count, before.values.count > 1
    else { return nil }
    let sign: Double
    switch constraint.direction(gap.component) {
    case .higher: sign = 1
    case .lower: sign = -1
    case .neither: return nil
    }
    let changes = zip(before.values, after.values).map { sign * ($1 - $0) }
    guard changes.allSatisfy({ $0 < -0.005 }) else { return nil }
    return
      "\(name(gap)): every group lost: the \(constraint.components[gap.component]) of each got worse than without the constraint, by \(rounded(-(changes.max() ?? 0), digits: 3)) to \(rounded(-(changes.min() ?? 0), digits: 3)); \"no_worse\" forbids that"
  }
}

extension SmallGroups {
  /// How small groups were treated, as a passive sentence.
  var sentence: String {
    switch self {
    case .bound:
      "counted by their difference to all rows minus two standard errors, and those of fewer than a third as many are combined"
    case .pool: "combined, or left out if they are still too few"
    case .shrink: "shrunk towards all rows"
    case .leaveOut: "left out"
    }
  }
}
