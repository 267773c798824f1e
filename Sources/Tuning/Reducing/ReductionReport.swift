import Configurations
import Fairness
import Platform

extension ReductionState {
  /// The report's member "reduction".
  func json(_ config: ReductionConfig) -> JSONValue {
    .object(
      [
        .init("method", .string(config.method.rawValue)), .init("result", .string(config.result.rawValue)),
        .init("trainings", .integer(trainings)),
      ] + account + [
        .init(
          "models",
          .array(
            zip(members, shares).filter { $1 > 0 }.map { member, share in
              [
                "share": .number(share), "error": .finite(member.answer.error),
                "excess": .finite(member.answer.excesses.max() ?? 0),
              ]
            }))
      ])
  }

  /// The results of the constraints for the reduction's result.
  func report() throws -> ConstraintReport {
    let result = try mixed()
    let training = try problem.gaps(of: result.training.pointer)
    let heldOut = try result.heldOut.flatMap { numbers in
      try heldOutProblem.map { try $0.gaps(of: numbers.pointer) }
    }
    let outcomes = training.indices.map { index in
      outcome(index, training[index], heldOut?[index])
    }
    guard problem.goal == .errors else { return ConstraintReport(outcomes, predictionNotes: []) }
    let (selected, positive) = shares(result.training)
    return ConstraintReport(
      outcomes,
      predictionNotes: ConstraintReport.notes(
        largestDecision: max(selected, 1 - selected), largestClass: max(positive, 1 - positive),
        errorRate: problem.error(of: result.training.pointer)))
  }

  private func outcome(_ index: Int, _ training: ReductionGap, _ heldOut: ReductionGap?)
    -> ConstraintOutcome
  {
    let goal = course.problem.goal
    let entry = goal.fairness[training.term]
    let grouping = course.problem.rows.groupings[training.term]
    let before = unconstrained[index]
    // A ratio is reported as the share that the smallest value lacks of the largest one.
    func reached(_ gap: ReductionGap) -> ConstraintOutcome.Reached {
      entry.ratio == nil
        ? .init(value: gap.value, error: gap.error)
        : .init(value: 1 - gap.ratio, error: gap.error / max(gap.places.map(\.value).max() ?? 1, 1e-9))
    }
    let asked = entry.ratio.map { 1 - $0 } ?? entry.tolerance ?? 0
    return ConstraintOutcome(
      entry: entry, attribute: goal.attributes[training.term].label, statistic: training.statistic,
      asked: asked, aimedAt: entry.ratio == nil ? problem.target(index) ?? asked : asked,
      training: reached(training),
      heldOut: heldOut.map(reached), expected: nil, isOfRememberedRows: false,
      unconstrained: reached(before).value, undefined: 0,
      smallGroups: problem.smallGroups(index).map { grouping.names[$0] },
      missingGroups: heldOut == nil
        ? [] : ConstraintReport.missing(course.problem.heldOut?.groupings[training.term]),
      improvements: training.direction.improvements(
        from: before.places.map(\.value), to: training.places.map(\.value)))
  }

  /// The result's probability of a positive decision, or its loss, for each row.
  private func mixed() throws -> (training: Buffer<Float>, heldOut: Buffer<Float>?) {
    let decidesByScores = combination == .scores && problem.goal == .errors
    func sum(_ numbers: (Member) -> ReducedRows.Numbers?, rows: Int) throws -> Buffer<Float> {
      let sum = try Buffer<Float>(count: rows, for: "decisions")
      for (member, share) in zip(members, shares) where share > 0 {
        guard let own = numbers(member) else { continue }
        let values = decidesByScores ? own.scores ?? own.values : own.values
        for row in 0..<rows { sum.pointer[row] += Float(share) * values.pointer[row] }
      }
      if decidesByScores {
        for row in 0..<rows { sum.pointer[row] = rule.isPositive(sum.pointer[row]) ? 1 : 0 }
      }
      return sum
    }
    return (
      try sum(\.measured.training, rows: course.problem.rows.rows),
      try heldOutProblem.map { try sum(\.measured.heldOut, rows: $0.rows) }
    )
  }

  /// The share of rows that are selected, and that have a positive label.
  private func shares(_ decisions: Buffer<Float>) -> (selected: Double, positive: Double) {
    let target = course.problem.rows.targets[0]
    var (selected, positive, total) = (0.0, 0.0, 0.0)
    for row in 0..<decisions.count {
      let weight = Double(target.weights?.pointer[row] ?? 1)
      selected += weight * Double(decisions.pointer[row])
      positive += weight * Double(target.values.pointer[row])
      total += weight
    }
    return (selected / max(total, 1e-300), positive / max(total, 1e-300))
  }
}
