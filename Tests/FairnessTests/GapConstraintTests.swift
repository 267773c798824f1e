import Platform
import Testing

@testable import Fairness

@Suite("Constraints on group statistics")
struct GapConstraintTests {
  /// Demographic parity of three groups, whose values are known after a pass over `outputs`.
  static func objective(
    tolerance: Double = 0.01, rate: Double? = nil, minimumCount: Double = 0, policy: SmallGroups = .pool,
    groups: Int = 3, capacity: Int = 12, noWorse: Bool = false
  ) throws -> TrainingObjective {
    try TrainingObjective(
      loss: CrossEntropy(), task: .binary, width: 1,
      terms: [
        .init(
          name: "g", criterion: .demographicParity, grouping: 0, groups: groups,
          strength: .tolerance(
            .init(
              tolerance: tolerance, rate: rate, minimumCount: minimumCount, smallGroups: policy,
              noWorse: noWorse)))
      ], capacity: capacity)
  }

  // Group 0 has four rows, group 1 six, group 2 two.
  static let outputs: [Float] = [2, 1, 2, 1, -1, -2, -1, 0, -1, -2, 0, 0.5]
  static let codes: [Int32] = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2]
  static let labels: [Float] = [1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0]

  /// The constraint's part of a batch's gradient: the whole gradient minus that of the loss.
  static func fairness(_ objective: TrainingObjective, _ rows: [Int]) throws -> [Float] {
    let plain = try TrainingObjective(
      loss: CrossEntropy(), task: .binary, width: 1, terms: [], capacity: rows.count)
    func gradient(_ objective: TrainingObjective) throws -> [Float] {
      try evaluate(
        objective, outputs: rows.map { outputs[$0] }, labels: rows.map { labels[$0] },
        codes: rows.map { codes[$0] }, groups: 3
      ).gradient
    }
    return zip(try gradient(objective), try gradient(plain)).map { $0 - $1 }
  }

  @Test("A batch without rows of a group pushes the others no more than the whole table does")
  func absentPartners() throws {
    let objective = try Self.objective()
    let all = Array(Self.outputs.indices)
    _ = try Self.fairness(objective, all)
    objective.settle(memory: 0, steps: 1)
    let whole = try Self.fairness(objective, all)
    objective.clearRound()
    #expect(whole.contains { abs($0) > 1e-4 })
    // A batch of the four rows of group 0 only: the mean is over 4 rows instead of 12, and everything else is
    // equal.
    let alone = try Self.fairness(objective, [0, 1, 2, 3])
    for (row, gradient) in alone.enumerated() {
      #expect(abs(gradient - 3 * whole[row]) < 1e-6, "row \(row): \(gradient), \(whole[row])")
    }
    // With respect to s, the slopes sum to 0 over all rows: ∂L/∂z divided by σ′(z) is ∂L/∂s.
    let slopes = zip(whole, Self.outputs).map { gradient, z -> Double in
      let p = 1 / (1 + exponential(-Double(z)))
      return Double(gradient) / (p * (1 - p))
    }
    #expect(abs(slopes.reduce(0, +)) < 1e-5, "\(slopes)")
  }

  /// eˣ by its series, so that the oracle does not depend on the code under test.
  func exponential(_ x: Double) -> Double {
    var (term, sum) = (1.0, 1.0)
    for k in 1..<60 {
      term *= x / Double(k)
      sum += term
    }
    return sum
  }

  @Test("A multiplier's gain grows by 1.3 while the excess keeps its sign, and halves when it changes")
  func gains() {
    var multiplier = Multiplier()
    multiplier.move(by: 0.1, first: 2, pace: 1, most: 100)
    #expect(abs(multiplier.value - 0.2) < 1e-6)  // 2 · 1 · 0.1
    multiplier.move(by: 0.1, first: 2, pace: 1, most: 100)
    #expect(abs(multiplier.value - 0.46) < 1e-6)  // + 2 · 1.3 · 0.1
    multiplier.move(by: -0.1, first: 2, pace: 1, most: 100)
    #expect(abs(multiplier.value - 0.33) < 1e-6)  // − 2 · 0.65 · 0.1
    multiplier.move(by: -10, first: 2, pace: 1, most: 100)
    #expect(multiplier.value == 0)
    multiplier.move(by: .nan, first: 2, pace: 1, most: 100)
    #expect(multiplier.value == 0)
    // Ten changes of the sign would halve a gain of 1 to 1/1024.
    multiplier = Multiplier()
    for turn in 0..<11 { multiplier.move(by: turn % 2 == 0 ? 1 : -0.001, first: 1, pace: 1, most: 100) }
    #expect(multiplier.gain == 0.02)
  }

  @Test("Small groups are pooled, shrunk or left out, by the rows that count for them")
  func smallGroups() {
    let counts = [100.0, 12, 20, 0]
    let pooled = GroupPooling(counts: counts, minimum: 30, policy: .pool)
    #expect(pooled.places == [0, 1, 1, 1] && pooled.count == 2 && pooled.small == [1, 2, 3])
    let few = GroupPooling(counts: [100, 12, 10], minimum: 30, policy: .pool)
    #expect(few.places == [0, nil, nil] && few.count == 1)
    let shrunk = GroupPooling(counts: counts, minimum: 30, policy: .shrink)
    #expect(
      shrunk.places == [0, 1, 2, nil]
        && shrunk.weights == [.whole, .share(12.0 / 42), .share(20.0 / 50)])
    #expect(GroupPooling(counts: counts, minimum: 0, policy: .pool).count == 4)
    let out = GroupPooling(counts: counts, minimum: 30, policy: .leaveOut)
    #expect(out.places == [0, nil, nil, nil])
    let bound = GroupPooling(counts: [100, 12, 9, 3, 1], minimum: 30, policy: .bound)
    #expect(bound.places == [0, 1, 2, 2, 2])
    #expect(bound.weights == [.whole, .lowerBound(errors: 2), .lowerBound(errors: 2)])
    #expect(GroupPooling(counts: [100, 9], minimum: 30, policy: .bound).places == [0, nil])
  }

  @Test("A small group counts by its difference to all rows less two standard errors (by hand)")
  func smallGroupsByTheirBound() throws {
    let sums = try StatisticSums([.selectionRate], columns: 1, groups: 2)
    // 20 of 100 and 12 of 16 are selected; of all 32 of 116.
    let decisions = (0..<116).map { Float($0 < 20 || $0 >= 104 ? 1 : 0) }
    let codes = (0..<116).map { Int32($0 < 100 ? 0 : 1) }
    let labels = [Float](repeating: 0, count: 116)
    decisions.withUnsafeBufferPointer { decisions in
      codes.withUnsafeBufferPointer { codes in
        labels.withUnsafeBufferPointer { labels in
          sums.add(
            Batch(
              task: .binary, rows: 116, width: 1, outputs: decisions.baseAddress!, labels: labels.baseAddress!
            ),
            values: decisions.baseAddress!, groups: BatchGroups(codes: codes.baseAddress!, count: 2))
        }
      }
    }
    let values = try GroupValues(groups: 2)
    values.read(sums, 0, GroupPooling(counts: [100, 16], minimum: 30, policy: .bound))
    let overall = 32.0 / 116
    let error = (0.75 * 0.25 / 16).squareRoot()
    #expect(abs(values.values.elements[0] - 0.2) < 1e-12)
    #expect(abs(values.own.elements[1] - 0.75) < 1e-12)
    #expect(abs(values.values.elements[1] - (overall + (0.75 - overall - 2 * error))) < 1e-12)
    // Uncertain differences do not count.
    values.read(sums, 0, GroupPooling(counts: [100, 16], minimum: 30, policy: .leaveOut))
    #expect(values.count == 1 && values.gap(.worst).value == 0)
  }

  @Test("A group of two rows has no influence if thirty rows are needed")
  func smallGroupsHaveNoPart() throws {
    let objective = try Self.objective(minimumCount: 3)
    let all = Array(Self.outputs.indices)
    _ = try Self.fairness(objective, all)
    objective.settle(memory: 0, steps: 1)
    let gradient = try Self.fairness(objective, all)
    #expect(gradient[10] == 0 && gradient[11] == 0 && gradient[0] > 0 && gradient[4] < 0)
  }

  // Selection rates may not fall: after all outputs of group 0 fell by 3, its rows alone are pulled upwards.
  @Test("no_worse pulls up the group that has fallen below its base, and leaves the others alone")
  func fallenGroup() throws {
    let objective = try Self.objective(tolerance: 0.01, noWorse: true)
    let all = Array(Self.outputs.indices)
    _ = try Self.fairness(objective, all)
    objective.settle(memory: 0, steps: 1)
    try #require(objective.constraints.first?.constraint).setReference()
    let fallen = zip(Self.outputs, Self.codes).map { $1 == 0 ? $0 - 3 : $0 }
    for _ in 0..<2 {
      _ = try evaluate(objective, outputs: fallen, labels: Self.labels, codes: Self.codes, groups: 3)
      objective.settle(memory: 0, steps: 1)
    }
    let plain = try TrainingObjective(
      loss: CrossEntropy(), task: .binary, width: 1, terms: [], capacity: fallen.count)
    let gradients = try [objective, plain].map {
      try evaluate($0, outputs: fallen, labels: Self.labels, codes: Self.codes, groups: 3).gradient
    }
    for (row, code) in Self.codes.enumerated() {
      let own = gradients[0][row] - gradients[1][row]
      #expect(code == 0 ? own < -1e-4 : abs(own) < 1e-7, "row \(row): \(own)")
    }
  }

  // The oracle is the gap of precisions, Σ w y p / Σ w p of each group, in double by its definition.
  @Test("The gradient of a constraint on a ratio points along the gradient of the gap, with rows weighted")
  func ratioGradient() throws {
    let outputs: [Float] = [0.5, -1, 1.5, 0.2, -0.3, 1, -2, 0.7]
    let labels: [Float] = [1, 0, 1, 1, 0, 1, 0, 0]
    let weights: [Float] = [1, 2, 1, 3, 1, 0.5, 2, 1]
    let codes: [Int32] = [0, 0, 0, 0, 1, 1, 1, 1]
    func gap(_ z: [Double]) -> Double {
      func precision(_ group: Int32) -> Double {
        let rows = codes.indices.filter { codes[$0] == group }
        let p = z.map { 1 / (1 + exponential(-$0)) }
        return rows.reduce(0) { $0 + Double(weights[$1] * labels[$1]) * p[$1] }
          / rows.reduce(0) { $0 + Double(weights[$1]) * p[$1] }
      }
      return precision(0) - precision(1)
    }
    func gradient(_ terms: [TrainingObjective.Term]) throws -> [Float] {
      let objective = try TrainingObjective(
        loss: CrossEntropy(), task: .binary, width: 1, terms: terms, capacity: 8)
      let (z, y, w) = (
        try Buffer(copying: outputs), try Buffer(copying: labels), try Buffer(copying: weights)
      )
      let groups = try Buffer(copying: codes)
      let result = try Buffer<Float>(count: 8)
      for _ in 0..<2 {
        result.clear()
        _ = objective.evaluate(
          Batch(
            task: .binary, rows: 8, width: 1, outputs: z.pointer, labels: y.pointer,
            weights: UnsafePointer(w.pointer)),
          groupings: [BatchGroups(codes: groups.pointer, count: 2)], gradients: result.pointer)
        objective.settle(memory: 0, steps: 1)
      }
      return withExtendedLifetime((z, y, w, groups)) { result.array }
    }
    let term = TrainingObjective.Term(
      name: "g", criterion: .predictiveParity, grouping: 0, groups: 2,
      strength: .tolerance(.init(tolerance: 0.01, minimumCount: 0)))
    let own = zip(try gradient([term]), try gradient([])).map { Double($0 - $1) }
    let numeric = outputs.indices.map { row -> Double in
      var (above, below) = (outputs.map(Double.init), outputs.map(Double.init))
      above[row] += 1e-4
      below[row] -= 1e-4
      return (gap(above) - gap(below)) / 2e-4
    }
    let length = zip(own, numeric).reduce(0) { $0 + $1.0 * $1.1 } / numeric.reduce(0) { $0 + $1 * $1 }
    #expect(abs(length) > 1e-3)
    for (row, value) in own.enumerated() {
      #expect(abs(value - length * numeric[row]) < 1e-4 * abs(length), "row \(row)")
    }
  }

  // Values 0.75 and 0.25 of two groups of four rows; all rows: 0.5. Each group is 0.25 from it, and two
  // multipliers of rate 1 move by 0.25 − δ: with δ = 0.2 by 0.05, with δ = 0.3 not at all.
  @Test("Differences to all rows may be as large as the tolerance", arguments: [(0.2, 0.05), (0.3, 0.0)])
  func overallTolerance(tolerance: Double, multiplier: Double) throws {
    let constraint = try GapConstraint(
      [.selectionRate], disparity: .overall, columns: 1, groups: 2, judgesDecisions: false,
      ConstraintSettings(tolerance: tolerance, rate: 1, minimumCount: 0, margin: 0))
    let decisions: [Float] = [1, 1, 1, 0, 1, 0, 0, 0]
    let codes: [Int32] = [0, 0, 0, 0, 1, 1, 1, 1]
    let labels = [Float](repeating: 1, count: 8)
    decisions.withUnsafeBufferPointer { decisions in
      codes.withUnsafeBufferPointer { codes in
        labels.withUnsafeBufferPointer { labels in
          constraint.observe(
            Batch(
              task: .binary, rows: 8, width: 1, outputs: decisions.baseAddress!, labels: labels.baseAddress!),
            values: decisions.baseAddress!, decisions: nil,
            groups: BatchGroups(codes: codes.baseAddress!, count: 2))
        }
      }
    }
    constraint.settle(memory: 0, pace: 1, steps: 1)
    #expect(abs(Double(constraint.upper.pointer[0].value) - multiplier) < 1e-6)
    #expect(abs(Double(constraint.lower.pointer[1].value) - multiplier) < 1e-6)
  }

  @Test("Training aims at the tolerance less the margin, of a standard error by the ratio of sums")
  func targets() throws {
    let settings = ConstraintSettings(tolerance: 0.1, margin: 2, leastTarget: 0.25)
    let constraint = try GapConstraint(
      [.selectionRate], disparity: .worst, columns: 1, groups: 2, judgesDecisions: false, settings)
    #expect(abs(constraint.target(error: 0.01) - 0.08) < 1e-12)
    #expect(abs(constraint.target(error: 1) - 0.025) < 1e-12)
    #expect(abs(ConstraintSettings.margin(confidence: 0.9) - 1.2815515655) < 1e-6)
    // 3 of 4 and 2 of 8 are selected: √(.75 · .25 / 4 + .25 · .75 / 8) = √(.046875 + .0234375)
    let decisions: [Float] = [1, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0]
    let codes: [Int32] = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]
    let labels = [Float](repeating: 1, count: 12)
    decisions.withUnsafeBufferPointer { decisions in
      codes.withUnsafeBufferPointer { codes in
        labels.withUnsafeBufferPointer { labels in
          constraint.observe(
            Batch(
              task: .binary, rows: 12, width: 1, outputs: decisions.baseAddress!, labels: labels.baseAddress!),
            values: decisions.baseAddress!, decisions: nil,
            groups: BatchGroups(codes: codes.baseAddress!, count: 2))
        }
      }
    }
    constraint.settle(memory: 0, pace: 0, steps: 1)
    let gap = constraint.judgedGap(0)
    #expect(abs(gap.value - 0.5) < 1e-9 && abs(gap.error - 0.0703125.squareRoot()) < 1e-9)
  }

  @Test("Sums of parts add up to the sums of the whole, and a missing group adds nothing")
  func sums() throws {
    func sums(_ rows: Range<Int>) throws -> StatisticSums {
      let sums = try StatisticSums([.truePositiveRate], columns: 1, groups: 3)
      let (values, labels) = (
        try Buffer(copying: Array(Self.outputs[rows])), try Buffer(copying: Array(Self.labels[rows]))
      )
      let codes = try Buffer(copying: rows.map { $0 == 11 ? -1 : Self.codes[$0] })
      sums.add(
        Batch(task: .binary, rows: rows.count, width: 1, outputs: values.pointer, labels: labels.pointer),
        values: values.pointer, groups: BatchGroups(codes: codes.pointer, count: 3))
      return withExtendedLifetime((values, labels, codes)) { sums }
    }
    let whole = try sums(0..<12)
    let parts = try sums(0..<5)
    parts.merge(try sums(5..<12))
    for group in 0...3 {
      for sum in StatisticSums.Sum.allCases {
        #expect(abs(whole.sum(sum, 0, group) - parts.sum(sum, 0, group)) < 1e-12)
      }
    }
    // Of group 2 row 10 is positive with the value 0; row 11 is of no group.
    #expect(whole.sum(.count, 0, 2) == 1 && whole.sum(.denominator, 0, 2) == 1 && whole.rows == 12)
    #expect(whole.sum(.numerator, 0, 0) == 4)  // rows 0 and 2
  }
}
