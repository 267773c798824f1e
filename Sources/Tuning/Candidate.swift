import Fairness
import Platform

/// Weights that may become the tuned model's.
struct Candidate {
  let rank: CandidateRank
  let weights: Buffer<Float>
  /// What was added to the decisions' logit.
  let offset: Float
  let statistics: [Buffer<Float>]
  /// The epoch, or round, after which the network had them.
  let epoch: Int
}

/// What is known of a network on some rows: its predictions and its constraints.
struct Judgement {
  struct Gap {
    /// The place of the constraint's entry in the configuration, and of the statistic in the criterion.
    let term: Int
    let component: Int
    /// Groups that have no value because the model leaves their denominator empty.
    let undefined: Int
    /// Whether it is a gap of decisions, not of the signal.
    let isOfDecisions: Bool
    let value: Double
    let error: Double
    /// The largest gap that is accepted, and the one that training aims at.
    let tolerance: Double
    let target: Double
  }
  let loss: Double
  let tally: PredictionTally
  let gaps: [Gap]
  /// For each of `gaps` the groups' values and standard errors.
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
          tolerance: constraint.settings.tolerance, target: constraint.target(error: gap.error))
      }
    }
  }
}

/// A network on the rows of training, and on those held out.
struct Judgements {
  let training: Judgement
  let heldOut: Judgement?
}

/// How good a candidate is: first whether it keeps the tolerances and decides anything at all, then its errors.
struct CandidateRank {
  /// How far the gaps of the training rows are above their tolerances, in sum.
  let violation: Double
  /// Errors and loss, and what is to be feared of rows not yet seen. The loss grows where decisions of single rows were
  /// learnt by heart.
  let cost: Double
  /// Whether (nearly) all rows are decided alike although their labels are not.
  let isConstant: Bool
  /// Whether many more rows are decided wrongly than by deciding all for the most frequent class.
  let isWrecked: Bool

  /// Lower is better: a model that keeps the tolerances comes first, one that keeps them by deciding all alike next.
  private var tier: Int {
    if isWrecked { return 3 }
    if violation > 1e-9 { return 2 }
    return isConstant ? 1 : 0
  }
  /// Whether nothing is left to wish for but fewer errors.
  var isSound: Bool { tier == 0 }

  init(training: Judgement, heldOut: Judgement?) {
    var violation = training.gaps.reduce(0) {
      $0 + max(0, $1.value - $1.tolerance - 1e-6) + ($1.undefined > 0 ? 1 : 0)
    }
    if violation > 0 {
      // Out of reach on the training rows: what comes nearest to it by heart is not to be preferred.
      violation += (heldOut?.gaps ?? []).reduce(0) { $0 + max(0, $1.value - $1.tolerance - $1.error) }
    }
    self.violation = violation
    var tally = training.tally
    if let heldOut { tally.merge(heldOut.tally) }
    isConstant = Self.isConstant(tally)
    isWrecked = !tally.isRegression && tally.errorRate > 1 - tally.largestClass + 0.05
    var cost = tally.meanLoss
    // Constraints on scores ask for scores; decisions are not what the result is judged by.
    if !tally.isRegression, training.gaps.isEmpty || training.gaps.contains(where: \.isOfDecisions) {
      cost += tally.largestClass > 0.9 ? tally.balancedErrorRate : tally.errorRate
    }
    let unit = tally.isRegression ? max(tally.meanLoss, 1e-12) : 1
    // A gap between target and tolerance is allowed, but more likely broken by new rows.
    for gap in training.gaps {
      let room = max(gap.tolerance, 1e-9)
      cost += unit * min(max(0, gap.value - gap.target), room)
    }
    // Held-out rows that break the tolerance beyond their noise.
    for gap in heldOut?.gaps ?? [] {
      cost += unit * 0.5 * max(0, gap.value - gap.tolerance - gap.error)
    }
    self.cost = cost
  }

  /// Nearly all rows are decided alike, although a tenth of that or more would have to be decided otherwise.
  static func isConstant(_ tally: PredictionTally) -> Bool {
    guard !tally.isRegression, tally.weight > 0 else { return false }
    let minority = 1 - tally.largestClass
    return 1 - tally.largestDecision < min(0.01, minority / 10)
  }

  init(state: JSONValue) {
    violation = state["violation"]?.double ?? .infinity
    cost = state["cost"]?.double ?? .infinity
    isConstant = state["constant"]?.bool ?? false
    isWrecked = state["wrecked"]?.bool ?? false
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

/// Rows that training does not learn from, on which candidates are judged.
struct RowJudge {
  let rows: TrainingRows
  /// Whether they were set aside from the training rows: the tolerance is for them, too.
  let isOfTraining: Bool
  let objective: BatchObjective

  func judge(_ loop: TrainingLoop) throws -> Judgement {
    objective.clearRound()
    let tally = try loop.tally(rows, objective)
    objective.settle(memory: 0, pace: 0, steps: 1)
    return Judgement(tally, objective.constraints)
  }
}
