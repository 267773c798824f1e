import Platform
import Testing

@testable import Fairness

/// The sums and multipliers of constraints from round to round.
@Suite("Rounds of constraints")
struct ConstraintRoundTests {
  private static func constraint(
    _ statistic: GroupStatistic, _ settings: ConstraintSettings, judgesDecisions: Bool = false
  ) throws -> GapConstraint {
    try GapConstraint(
      [statistic], disparity: .worst, columns: 1, groups: 2, judgesDecisions: judgesDecisions, settings)
  }

  private static func observe(_ rows: GroupRows, by constraint: GapConstraint) throws {
    try rows.read { constraint.observe($0, values: $1, decisions: $1, groups: $2) }
  }

  /// Corrects a constraint by rows whose decisions, times the sign of their group, are differences.
  private static func correct(_ constraint: GapConstraint, by rows: GroupRows, signs: [Float]) throws {
    let estimate = try Optimism(of: constraint)
    try rows.read { batch, decisions, groups in
      let differences = try Buffer<Float>(count: batch.rows)
      for row in 0..<batch.rows {
        differences.pointer[row] = decisions[row] * signs[Int(groups.codes[row])]
      }
      estimate.add(batch, differences: differences.pointer, groups: groups)
    }
    constraint.correct(by: estimate)
  }

  // All rows: 8 of 8 and 0 of 8 selected. Scaled to four rows they count as 2 of 2 and 0 of 2. A round of
  // 0 of 2 and 0 of 2 rows at a memory of ½ then gives (½ · 2) / (½ · 2 + 2) = 1/3 and 0.
  @Test("Scaled sums of all rows count like the rows of a few batches, for signal and decisions (by hand)")
  func scaledSums() throws {
    let constraint = try Self.constraint(
      .selectionRate, ConstraintSettings(tolerance: 0.1), judgesDecisions: true)
    try Self.observe(GroupRows([(8, 8), (8, 0)]), by: constraint)
    constraint.settle(memory: 0, pace: 0, steps: 1)
    constraint.weigh(rows: 4)
    #expect(constraint.gaps(0) == (1, 1))
    try Self.observe(GroupRows([(2, 0), (2, 0)]), by: constraint)
    constraint.settle(memory: 0.5, pace: 0, steps: 1)
    let gaps = constraint.gaps(0)
    #expect(abs(gaps.signal - 1.0 / 3) < 1e-12 && abs(gaps.judged - 1.0 / 3) < 1e-12)
  }

  // 3 of 4 and 1 of 4 hundred rows are selected in training. Trainings that left rows out select 20 rows of the first
  // group more and 60 of the second less: the values differ by 0.05 and −0.15, with the squared errors 19 / 400² and
  // 51 / 400², so the shares kept are 1 − 0.0475 and 1 − 0.01416….
  @Test(
    "The optimism of groups is added to the gap at which training aims, at most by the tolerance (by hand)")
  func optimism() throws {
    let own = GroupRows([(400, 300), (400, 100)])
    for tolerance in [0.3, 0.1] {
      let settings = ConstraintSettings(tolerance: tolerance, rate: 1, damping: 0)
      let constraint = try Self.constraint(.selectionRate, settings, judgesDecisions: true)
      try Self.observe(own, by: constraint)
      constraint.settle(memory: 0, pace: 0, steps: 1)
      try Self.correct(constraint, by: GroupRows([(400, 20), (400, 60)]), signs: [1, -1])
      let (first, second) = (0.05 * (1 - 0.0475), -0.15 * (1 - 51.0 / 3600))
      let span = first - second
      let share = min(1.9 * tolerance / span, 1)
      let expected = constraint.expectedGap(0)
      #expect(abs(expected.whole - (0.5 + span)) < 1e-9 && abs(expected.aimed - (0.5 + share * span)) < 1e-9)
      #expect(constraint.judgedGap(0).value == 0.5)
      // The multiplier moves by the excess of the corrected gap.
      try Self.observe(own, by: constraint)
      constraint.settle(memory: 0, pace: 1, steps: 1)
      #expect(abs(Double(constraint.upper.pointer[0].value) - (0.5 + share * span - tolerance)) < 1e-6)
    }
  }

  @Test("An optimism smaller than its standard error, and that of a bound on losses, is 0")
  func noOptimism() throws {
    let constraint = try Self.constraint(
      .selectionRate, ConstraintSettings(tolerance: 0.1), judgesDecisions: true)
    try Self.observe(GroupRows([(100, 50), (100, 25)]), by: constraint)
    constraint.settle(memory: 0, pace: 0, steps: 1)
    // One row of 100: 0.01 with an error of √0.99 / 100, just below it; none: 0.
    try Self.correct(constraint, by: GroupRows([(100, 0), (100, 1)]), signs: [1, 1])
    #expect(constraint.expectedGap(0).whole < 0.25 && constraint.expectedGap(0).whole > 0.2498)
    try Self.correct(constraint, by: GroupRows([(100, 0), (100, 0)]), signs: [1, 1])
    #expect(constraint.expectedGap(0) == (0.25, 0.25))
  }

  @Test(
    "Rates of decisions are corrected, accuracies only estimated; precisions and values of a signal are neither"
  )
  func corrected() throws {
    func uses(_ statistic: GroupStatistic, judgesDecisions: Bool = true) throws -> [Bool] {
      let constraint = try Self.constraint(
        statistic, ConstraintSettings(tolerance: 0.1), judgesDecisions: judgesDecisions)
      return [constraint.canBeEstimated, constraint.canBeCorrected]
    }
    #expect(try uses(.selectionRate) == [true, true] && uses(.falsePositiveRate) == [true, true])
    #expect(try uses(.accuracy) == [true, false] && uses(.precision) == [false, false])
    #expect(try uses(.selectionRate, judgesDecisions: false) == [false, false])
  }

  // A false positive rate gets worse by rising: group 0 from 1/4 to 3/4, while that of group 1 falls.
  @Test("no_worse pushes down a rate that is better when lower")
  func noWorseOfLowerRates() throws {
    let constraint = try Self.constraint(
      .falsePositiveRate, ConstraintSettings(tolerance: 0.1, rate: 1, damping: 0, noWorse: true))
    try Self.observe(GroupRows([(4, 1), (4, 3)], label: 0), by: constraint)
    constraint.settle(memory: 0, pace: 0, steps: 1)
    constraint.setReference()
    let risen = GroupRows([(4, 3), (4, 1)], label: 0)
    try Self.observe(risen, by: constraint)
    constraint.settle(memory: 0, pace: 1, steps: 1)
    #expect(abs(constraint.judgedGap(0).value - 0.5) < 1e-12)
    // The multiplier of the upper bound is twice the excess: 2 (0.5 − 0.1).
    #expect(abs(constraint.upper.pointer[0].value - 0.8) < 1e-6)
    #expect(constraint.upper.pointer[1].value == 0 && constraint.lower.array.allSatisfy { $0.value == 0 })
    let gradient = try risen.read { batch, values, groups in
      let result = try Buffer<Float>(count: batch.rows)
      _ = constraint.addGradient(batch, values: values, groups: groups, to: result.pointer)
      return result.array
    }
    #expect(gradient[..<4].allSatisfy { $0 > 0 } && gradient[4...].allSatisfy { $0 == 0 })
  }

  @Test("A multiplier that moves each step moves by rate times gap less tolerance, from 0 upwards")
  func steps() throws {
    func multiplier(tolerance: Double) throws -> (gap: Float, moved: Float) {
      let objective = try TrainingObjective(
        loss: CrossEntropy(), task: .binary, width: 1,
        terms: [
          .init(
            name: "g", criterion: .covariance, grouping: 0, groups: 2,
            strength: .tolerance(.init(tolerance: tolerance, rate: 0.5)))
        ], capacity: 2)
      _ = try evaluate(objective, outputs: [2, -2], labels: [1, 0], codes: [0, 1], groups: 2)
      objective.ascend()
      return (objective.judgedGaps.array[0], objective.multipliers.array[0])
    }
    let (gap, moved) = try multiplier(tolerance: 0.05)
    #expect(gap > 0.1 && abs(moved - 0.5 * (gap - 0.05)) < 1e-6)
    #expect(try multiplier(tolerance: 2 * Double(gap)).moved == 0)
  }

  // Of three groups of four rows 3, 1 and 2 are selected, within the tolerance. A multiplier of 0.4 is left on
  // the largest value; the other side has none, and its lowest group takes half of it.
  @Test("The multipliers of one side are balanced by the group that is furthest on the other (by hand)")
  func balance() throws {
    let constraint = try GapConstraint(
      [.selectionRate], disparity: .worst, columns: 1, groups: 3, judgesDecisions: false,
      ConstraintSettings(tolerance: 0.9, damping: 0))
    let rows = GroupRows([(4, 3), (4, 1), (4, 2)])
    try Self.observe(rows, by: constraint)
    constraint.upper.pointer[0].value = 0.4
    constraint.settle(memory: 0, pace: 0, steps: 1)
    let gradient = try rows.read { batch, values, groups in
      let result = try Buffer<Float>(count: batch.rows)
      _ = constraint.addGradient(batch, values: values, groups: groups, to: result.pointer)
      return result.array
    }
    let expected = [Float](repeating: 0.05, count: 4) + [Float](repeating: -0.05, count: 4) + [0, 0, 0, 0]
    #expect(largest(gradient, expected) < 1e-6, "\(gradient)")
  }

  @Test("Training decides for the first of equally likely classes, like DecisionRule")
  func equalClasses() throws {
    let objective = try TrainingObjective(
      loss: CrossEntropy(), task: .multiclass(classes: 3), width: 3, terms: [], capacity: 2)
    let outputs: [Float] = [1, 2, 2, 3, 3, 3]
    outputs.withUnsafeBufferPointer { outputs in
      guard let start = outputs.baseAddress else { return }
      objective.decide(
        Batch(task: .multiclass(classes: 3), rows: 2, width: 3, outputs: start, labels: start), columns: 3)
    }
    #expect(Array(objective.decisions.elements[..<6]) == [0, 1, 0, 1, 0, 0])
  }

  @Test("Half a step has half of the gradient of loss, penalty and constraint")
  func shares() throws {
    let objective = try TrainingObjective(
      loss: CrossEntropy(), task: .binary, width: 1,
      terms: [
        .init(name: "p", criterion: .demographicParity, grouping: 0, groups: 2, strength: .weight(1)),
        .init(
          name: "c", criterion: .equalOpportunity, grouping: 0, groups: 2,
          strength: .tolerance(.init(tolerance: 0.01))),
      ], capacity: 4)
    func gradient(share: Float) throws -> [Float] {
      let (outputs, labels) = (
        try Buffer<Float>(copying: [1, 0.5, -1, 0.25]), try Buffer<Float>(copying: [1, 0, 1, 0])
      )
      let (codes, result) = (try Buffer<Int32>(copying: [0, 0, 1, 1]), try Buffer<Float>(count: 4))
      return withExtendedLifetime((outputs, labels, codes)) {
        _ = objective.evaluate(
          Batch(task: .binary, rows: 4, width: 1, outputs: outputs.pointer, labels: labels.pointer),
          groupings: [BatchGroups(codes: codes.pointer, count: 2)], gradients: result.pointer, share: share)
        return result.array
      }
    }
    _ = try gradient(share: 1)
    objective.settle(memory: 0, steps: 1)
    let whole = try gradient(share: 1)
    #expect(try zip(gradient(share: 0.5), whole).allSatisfy { abs($0 - $1 / 2) < 1e-7 })
  }

  // With the whole weight on the anchors, labels have no influence: σ(z) − anchor, over two rows.
  @Test("The anchor replaces the labels by its share (by hand)")
  func anchors() throws {
    let objective = try TrainingObjective(
      loss: CrossEntropy(), task: .binary, width: 1, terms: [], capacity: 2)
    func gradient(share: Float, labels: [Float]) throws -> [Float] {
      objective.anchorShare = share
      let (outputs, labels) = (try Buffer<Float>(copying: [0, 0]), try Buffer(copying: labels))
      let (anchors, result) = (try Buffer<Float>(copying: [0.25, 0.75]), try Buffer<Float>(count: 2))
      return withExtendedLifetime((outputs, labels, anchors)) {
        _ = objective.evaluate(
          Batch(
            task: .binary, rows: 2, width: 1, outputs: outputs.pointer, labels: labels.pointer,
            anchors: UnsafePointer(anchors.pointer)), groupings: [], gradients: result.pointer)
        return result.array
      }
    }
    #expect(try largest(gradient(share: 1, labels: [1, 0]), [0.125, -0.125]) < 1e-6)
    #expect(try largest(gradient(share: 1, labels: [0, 1]), [0.125, -0.125]) < 1e-6)
    #expect(try largest(gradient(share: 0.5, labels: [1, 1]), [-0.0625, -0.1875]) < 1e-6)
  }

  private func largest(_ found: [Float], _ expected: [Float]) -> Float {
    zip(found, expected).map { abs($0 - $1) }.max() ?? 0
  }
}
