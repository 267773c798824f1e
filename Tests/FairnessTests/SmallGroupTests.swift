import Platform
import Testing

@testable import Fairness

/// Constraints with groups of fewer rows than the minimum.
@Suite("Small groups in constraints")
struct SmallGroupTests {
  static func constraint(
    minimumCount: Double, _ policy: SmallGroups, groups: Int, on rows: GroupRows, rate: Double = 1,
    likeness: GapConstraint? = nil
  ) throws -> GapConstraint {
    let constraint = try GapConstraint(
      [.selectionRate], disparity: .worst, columns: 1, groups: groups, judgesDecisions: false,
      ConstraintSettings(
        tolerance: 0, rate: rate, damping: 0, minimumCount: minimumCount, smallGroups: policy))
    constraint.poolsAs = likeness
    try rows.read { constraint.observe($0, values: $1, decisions: nil, groups: $2) }
    constraint.settle(memory: 0, pace: 1, steps: 1)
    return constraint
  }

  // Group 0 has 6 of 8 rows selected, group 1 none of 4, all rows 6 of 12. With a minimum of 8, group 1 has
  // the share 4 / (4 + 8) = 1/3 of its difference, and the value ½ − ½ · 1/3 = 1/3. Both are 5/24 from the
  // middle, and a multiplier of rate 1 moves by twice that: the slopes are 5/12 and −5/12 · 1/3. The gradient
  // of a row is the slope divided by the rows of its group.
  @Test("The slope of a shrunk group is scaled by its share of the difference (by hand)")
  func shrunkSlope() throws {
    let rows = GroupRows([(8, 6), (4, 0)])
    let constraint = try Self.constraint(minimumCount: 8, .shrink, groups: 2, on: rows)
    let gradient = try rows.read { batch, values, groups in
      let result = try Buffer<Float>(count: batch.rows)
      _ = constraint.addGradient(batch, values: values, groups: groups, to: result.pointer)
      return result.array
    }
    // The standard error of a share of the difference is that share of it; of no positives in 4, √(1/6 · 5/6 / 4).
    let error = try #require(constraint.values(0).errors.last)
    #expect(abs(error - (5.0 / 36 / 4).squareRoot() / 3) < 1e-12)
    for (row, value) in gradient.enumerated() {
      let expected = rows.codes[row] == 0 ? 5.0 / 12 / 8 : -5.0 / 12 / 3 / 4
      #expect(abs(Double(value) - expected) < 1e-7, "row \(row): \(value), \(expected)")
    }
  }

  // A group counts alone from `minimum` rows, and by its bound from a third of them.
  @Test("A group of exactly the minimum counts alone, of exactly a third of it by its bound")
  func exactMinimum() {
    for policy in SmallGroups.allCases {
      let pooling = GroupPooling(counts: [40, 30], minimum: 30, policy: policy)
      #expect(pooling.places == [0, 1] && pooling.weights == [.whole, .whole] && pooling.small.isEmpty)
    }
    let third = GroupPooling(counts: [40, 10, 4, 6], minimum: 30, policy: .bound)
    #expect(third.places == [0, 1, 2, 2])
    #expect(third.weights == [.whole, .lowerBound(errors: 2), .lowerBound(errors: 2)])
    #expect(GroupPooling(counts: [40, 12, 18], minimum: 30, policy: .pool).places == [0, 1, 1])
  }

  // 8 and 6 training rows with a minimum of 5, and 2 held-out rows of each group. Alone, both groups would be
  // too small among the held-out rows, and no gap would be measured: 2 of 2 against 1 of 2.
  @Test("Groups of held-out rows are pooled as those of the training rows")
  func heldOutRows() throws {
    let training = try Self.constraint(minimumCount: 5, .pool, groups: 2, on: GroupRows([(8, 4), (6, 3)]))
    let heldOut = GroupRows([(2, 2), (2, 1)])
    let alike = try Self.constraint(minimumCount: 5, .pool, groups: 2, on: heldOut, likeness: training)
    #expect(alike.judgedGap(0).value == 0.5 && alike.smallGroups(0).isEmpty)
    let alone = try Self.constraint(minimumCount: 5, .pool, groups: 2, on: heldOut)
    #expect(alone.judgedGap(0).value == 0 && alone.smallGroups(0) == [0, 1])
  }
}
