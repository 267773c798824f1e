import Fairness
import Platform

/// The results of each constraint: the tolerance, the target and the gap reached, on training and held-out
/// rows.
struct ConstraintReport {
  private let outcomes: [ConstraintOutcome]
  private let predictionNotes: [String]

  init(_ outcomes: [ConstraintOutcome], predictionNotes: [String]) {
    (self.outcomes, self.predictionNotes) = (outcomes, predictionNotes)
  }

  /// The report's member "constraints".
  var json: JSONValue { .array(outcomes.map(\.json)) }

  /// Warnings for users of the model.
  var notes: [String] { predictionNotes + outcomes.flatMap(\.notes) }

  // MARK: Predictions

  /// Warnings about the decisions of training rows: nearly constant ones, and ones that are wrong more often than a
  /// constant.
  ///
  /// - Parameters:
  ///   - largestDecision, largestClass: the share of the most frequent decision, and of the most frequent label.
  ///   - errorRate: the share of wrong decisions.
  ///   - unconstrained: the share of the most frequent decision of the model without constraints; nil: it is not known.
  static func notes(
    largestDecision: Double, largestClass: Double, errorRate: Double, unconstrained: Double? = nil
  ) -> [String] {
    var notes: [String] = []
    if CandidateRank.isConstant(
      largestDecision: largestDecision, largestClass: largestClass, unconstrained: unconstrained)
    {
      notes.append(
        "the model decides \(Rounded.percent(largestDecision)) of the training rows alike, while \(Rounded.percent(1 - largestClass)) of them have another label"
      )
    }
    if errorRate > 1 - largestClass + 1e-9 {
      notes.append(
        "the model decides \(Rounded.percent(errorRate)) of the training rows wrongly; deciding all for the most frequent class would do so for \(Rounded.percent(1 - largestClass))"
      )
    }
    return notes
  }
}

// The report of a training loop.
extension ConstraintReport {
  /// - Parameters:
  ///   - training, heldOut: the judgements of the tuned model.
  ///   - baseline: those of the model without constraints.
  ///   - remembersRows: whether the base may remember the labels of all these rows.
  init(
    loop: TrainingLoop, training: Judgement, heldOut: Judgement?, baseline: Judgements?, remembersRows: Bool
  ) {
    outcomes = training.gaps.enumerated().map { place, gap in
      let constraint = loop.objective.constraints.first { $0.term == gap.term }?.constraint
      let names = loop.rows.groupings[gap.term].names
      func reached(_ gap: Judgement.Gap) -> ConstraintOutcome.Reached {
        ConstraintOutcome.Reached(value: gap.value, error: gap.error)
      }
      return ConstraintOutcome(
        entry: loop.goal.fairness[gap.term], attribute: loop.goal.attributes[gap.term].label,
        statistic: constraint.map { $0.components[gap.component] }, asked: gap.tolerance,
        aimedAt: gap.target, training: reached(gap), heldOut: heldOut.map { reached($0.gaps[place]) },
        expected: loop.isCorrected ? gap.expected.whole : nil,
        isOfRememberedRows: remembersRows && constraint?.usesLabels ?? false,
        unconstrained: baseline?.training.gaps[place].value ?? .nan, undefined: gap.undefined,
        smallGroups: (constraint?.smallGroups(gap.component) ?? []).compactMap {
          names.indices.contains($0) ? names[$0] : nil
        },
        missingGroups: heldOut == nil ? [] : Self.missing(loop.heldOut?.rows.groupings[gap.term]),
        improvements: Self.improvements(place, constraint?.direction(gap.component), training, baseline))
    }
    var notes: [String] = []
    if !training.tally.isRegression {
      let tally = training.tally
      notes = Self.notes(
        largestDecision: tally.weight > 0 ? tally.largestDecision : 0, largestClass: tally.largestClass,
        errorRate: tally.errorRate, unconstrained: loop.unconstrained?.largestDecision)
      if let heldOut, let before = baseline?.heldOut, heldOut.loss > 1.5 * before.loss + 0.02 {
        notes.append(
          "the loss on held-out rows is \(Rounded.text(heldOut.loss, digits: 3)) and without constraints \(Rounded.text(before.loss, digits: 3)): scores are much less well calibrated"
        )
      }
    }
    predictionNotes = notes
  }

  /// The groups of which there are no rows.
  static func missing(_ grouping: (codes: Buffer<Int32>, names: [String])?) -> [String] {
    guard let grouping else { return [] }
    let present = Set(grouping.codes.array)
    return grouping.names.indices.filter { !present.contains(Int32($0)) }.map { grouping.names[$0] }
  }

  private static func improvements(
    _ place: Int, _ direction: GroupStatistic.Direction?, _ training: Judgement, _ baseline: Judgements?
  ) -> [Double] {
    guard let baseline, let direction, baseline.training.groups.indices.contains(place) else { return [] }
    return direction.improvements(
      from: baseline.training.groups[place].values, to: training.groups[place].values)
  }
}

extension GroupStatistic.Direction {
  /// How much each value improved; empty if neither direction is better.
  func improvements(from before: [Double], to after: [Double]) -> [Double] {
    guard before.count == after.count else { return [] }
    switch self {
    case .higher: return zip(before, after).map { $1 - $0 }
    case .lower: return zip(before, after).map { $0 - $1 }
    case .neither: return []
    }
  }
}
