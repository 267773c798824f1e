import Fairness
import Platform

/// Weights that may become those of the tuned model.
struct Candidate {
  let rank: CandidateRank
  let weights: Buffer<Float>
  /// The offset of the decision logit.
  let offset: Float
  let statistics: [Buffer<Float>]
  /// The epoch, or round, after which the network had these weights; nil: a reduction found them.
  let epoch: Int?
}

/// The predictions and the constraints of a network, measured on some rows.
struct Judgement {
  struct Gap {
    /// The index of the constraint's entry in the configuration.
    let term: Int
    /// The index of the statistic in the criterion.
    let component: Int
    /// The number of groups without a value because the model's decisions leave their denominator at 0.
    let undefined: Int
    /// Whether the gap is measured on decisions instead of the signal.
    let isOfDecisions: Bool
    let value: Double
    let error: Double
    /// The gap expected on new rows, and the same as far as training corrects for it (`Optimism`).
    let expected: (whole: Double, aimed: Double)
    /// The maximum gap.
    let tolerance: Double
    /// The gap at which training aims: the tolerance minus a margin.
    let target: Double
  }
  let loss: Double
  let tally: PredictionTally
  let gaps: [Gap]
  /// For each of `gaps`: the groups' values and standard errors.
  let groups: [(values: [Double], errors: [Double])]

  init(_ tally: PredictionTally, _ constraints: [PlacedConstraint]) {
    self.tally = tally
    loss = tally.meanLoss
    groups = constraints.flatMap { placed in
      placed.constraint.components.indices.map(placed.constraint.values)
    }
    gaps = constraints.flatMap { placed in
      let (term, constraint) = (placed.term, placed.constraint)
      return constraint.components.indices.map { component in
        let gap = constraint.judgedGap(component)
        return Gap(
          term: term, component: component, undefined: gap.undefined,
          isOfDecisions: constraint.judgesDecisions, value: gap.value, error: gap.error,
          expected: constraint.expectedGap(component),
          tolerance: constraint.settings.tolerance, target: constraint.target(error: gap.error))
      }
    }
  }
}

/// A network measured on the training rows and on the held-out rows.
struct Judgements {
  let training: Judgement
  let heldOut: Judgement?
}

/// The decisions of the model without constraints on the training rows.
struct UnconstrainedDecisions {
  let errorRate: Double
  /// The share of the most frequent decision.
  let largestDecision: Double

  init?(_ tally: PredictionTally) {
    guard !tally.isRegression, tally.weight > 0 else { return nil }
    (errorRate, largestDecision) = (tally.errorRate, tally.largestDecision)
  }
}

/// How good a candidate is. First it must satisfy the tolerances and not decide all rows alike; then fewer
/// errors are better.
struct CandidateRank {
  /// The sum of the training gaps' excesses over their tolerances.
  let violation: Double
  /// Errors and loss, plus a term for expected violations on new rows. The loss is included because it grows
  /// if single rows are memorized.
  let cost: Double
  /// Whether (nearly) all rows get the same decision although their labels differ.
  let isConstant: Bool
  /// Whether clearly more rows are decided wrongly than if all were assigned to the largest class.
  let isWrecked: Bool
  /// Whether the candidate keeps a quarter or more of what the model without constraints is better by than deciding all
  /// rows for the largest class.
  let isUseful: Bool

  /// Lower is better: 0 for a candidate that satisfies the tolerances, next one that satisfies them by
  /// deciding all rows alike.
  private var tier: Int {
    if isWrecked { return 3 }
    if violation > 1e-9 { return 2 }
    return isConstant ? 1 : 0
  }
  /// Whether the candidate can only be improved by fewer errors.
  var isSound: Bool { tier == 0 }

  /// - Parameter unconstrained: nil if it is not known.
  init(training: Judgement, heldOut: Judgement?, unconstrained: UnconstrainedDecisions? = nil) {
    var violation = training.gaps.reduce(0) {
      $0 + max(0, $1.value - $1.tolerance - 1e-6) + ($1.undefined > 0 ? 1 : 0)
    }
    if violation > 0 {
      // If the tolerances cannot be satisfied on the training rows, memorizing them must not be preferred:
      // held-out rows count too.
      violation += (heldOut?.gaps ?? []).reduce(0) { $0 + max(0, $1.value - $1.tolerance - $1.error) }
    }
    self.violation = violation
    var tally = training.tally
    if let heldOut { tally.merge(heldOut.tally) }
    isConstant =
      !tally.isRegression && tally.weight > 0
      && Self.isConstant(
        largestDecision: tally.largestDecision, largestClass: tally.largestClass,
        unconstrained: unconstrained?.largestDecision)
    isWrecked = !tally.isRegression && tally.errorRate > 1 - tally.largestClass + 0.05
    isUseful =
      unconstrained.map { tally.errorRate <= 0.25 * $0.errorRate + 0.75 * (1 - tally.largestClass) } ?? true
    var cost = tally.meanLoss + training.tally.meanPenalty
    // Constraints on scores are judged by scores, not by decisions.
    if !tally.isRegression, training.gaps.isEmpty || training.gaps.contains(where: \.isOfDecisions) {
      cost += tally.largestClass > 0.9 ? tally.balancedErrorRate : tally.errorRate
    }
    let unit = tally.isRegression ? max(tally.meanLoss, 1e-12) : 1
    // A gap between target and tolerance is allowed, but new rows are more likely to violate the tolerance.
    for gap in training.gaps {
      let room = max(gap.tolerance, 1e-9)
      cost += unit * min(max(0, gap.expected.aimed - gap.target), room)
    }
    // Held-out gaps above the tolerance by more than their standard error.
    for gap in heldOut?.gaps ?? [] {
      cost += unit * 0.5 * max(0, gap.value - gap.tolerance - gap.error)
    }
    self.cost = cost
  }

  /// Whether nearly all rows get the same decision: the others are fewer than a tenth of the rows with rarer labels and
  /// of the rarer decisions of the model without constraints. They are also too few if they are less than 1% of the rows
  /// and fewer than a tenth of the rows with rarer labels, whatever that model decides.
  static func isConstant(largestDecision: Double, largestClass: Double, unconstrained: Double?) -> Bool {
    let rarerLabels = 1 - largestClass
    let least = min(rarerLabels, 1 - (unconstrained ?? 1)) / 10
    return 1 - largestDecision < max(least, min(0.01, rarerLabels / 10))
  }

  init(state: JSONValue) {
    violation = state["violation"]?.double ?? .infinity
    cost = state["cost"]?.double ?? .infinity
    isConstant = state["constant"]?.bool ?? false
    isWrecked = state["wrecked"]?.bool ?? false
    // Only a training for epochs has checkpoints; it knows no model without constraints.
    isUseful = true
  }
  var state: JSONValue {
    [
      "violation": .finite(violation), "cost": .finite(cost), "constant": .bool(isConstant),
      "wrecked": .bool(isWrecked),
    ]
  }

  func isBetter(than other: CandidateRank) -> Bool {
    if tier != other.tier { return tier < other.tier }
    if abs(violation - other.violation) > 1e-9 { return violation < other.violation }
    return cost < other.cost
  }
}

/// Rows that training does not learn from, and on which candidates are judged.
struct RowJudge {
  let rows: TrainingRows
  /// Whether the rows were set aside from the training rows; the tolerances then apply to them too.
  let isOfTraining: Bool
  let objective: BatchObjective

  func judge(_ loop: TrainingLoop) throws -> Judgement {
    objective.clearRound()
    let tally = try loop.tally(rows, objective)
    objective.settle(memory: 0, pace: 0, steps: 1)
    return Judgement(tally, objective.constraints)
  }
}
