import Configurations
import Platform
import Testing

@testable import Fairness
@testable import Tuning

/// Which of two networks a training keeps.
@Suite("The rank of candidates")
struct CandidateTests {
  /// A judgement of decisions at a tolerance of 0.1 on a gap of a statistic.
  ///
  /// - Parameters:
  ///   - groups: for each group, the labels and decisions of its rows.
  ///   - loss: of every row.
  static func judgement(
    _ groups: [[(label: Float, decision: Float)]], _ statistic: GroupStatistic = .selectionRate,
    loss: Float = 0.5
  ) throws -> Judgement {
    let rows = groups.flatMap { $0 }
    let constraint = try GapConstraint(
      [statistic], disparity: .worst, columns: 1, groups: groups.count, judgesDecisions: true,
      ConstraintSettings(tolerance: 0.1))
    let (decisions, labels) = (
      try Buffer(copying: rows.map(\.decision)), try Buffer(copying: rows.map(\.label))
    )
    let codes = try Buffer(
      copying: groups.enumerated().flatMap { [Int32](repeating: Int32($0), count: $1.count) })
    let losses = try Buffer(copying: [Float](repeating: loss, count: rows.count))
    var tally = PredictionTally()
    withExtendedLifetime((decisions, labels, codes, losses)) {
      let batch = Batch(
        task: .binary, rows: rows.count, width: 1, outputs: decisions.pointer, labels: labels.pointer)
      tally.add(batch, losses: losses.pointer, decisions: decisions.pointer, columns: 1)
      constraint.observe(
        batch, values: decisions.pointer, decisions: decisions.pointer,
        groups: BatchGroups(codes: codes.pointer, count: groups.count))
    }
    constraint.settle(memory: 0, pace: 0, steps: 1)
    return Judgement(tally, [PlacedConstraint(term: 0, constraint: constraint)])
  }

  /// Rows of one group: right and wrong decisions for each label.
  static func group(_ positives: (right: Int, wrong: Int), _ negatives: (right: Int, wrong: Int)) -> [(
    label: Float, decision: Float
  )] {
    func rows(_ count: Int, _ label: Float, _ decision: Float) -> [(label: Float, decision: Float)] {
      (0..<count).map { _ in (label, decision) }
    }
    return rows(positives.right, 1, 1) + rows(positives.wrong, 1, 0) + rows(negatives.right, 0, 0)
      + rows(negatives.wrong, 0, 1)
  }

  @Test("A candidate that is only as good does not replace the earlier one")
  func equals() throws {
    let rank = try CandidateRank(training: Self.judgement([Self.group((4, 1), (4, 1))]), heldOut: nil)
    #expect(!rank.isBetter(than: rank))
  }

  // Of 20 rows 11 are positive. The other candidate selects all of them: as many errors, a smaller loss.
  @Test("A candidate that decides all rows alike comes after one that does not, whatever its loss")
  func constantDecisions() throws {
    let group = Self.group((7, 4), (4, 5))
    let useful = try CandidateRank(training: Self.judgement([group, group], loss: 0.9), heldOut: nil)
    let all = Self.group((11, 0), (0, 9))
    let constant = try CandidateRank(training: Self.judgement([all, all], loss: 0.1), heldOut: nil)
    #expect(constant.isConstant && !constant.isWrecked && constant.violation == 0)
    #expect(useful.cost > constant.cost && useful.isSound && useful.isBetter(than: constant))
  }

  // 40% of the rows have the rarer label.
  @Test(
    "Decisions are nearly constant below a tenth of the rarer label's rows and of the decisions without constraints",
    arguments: [
      (rarer: 0.02, unconstrained: 0.6, isConstant: true), (0.05, 0.6, false),
      // Without constraints 7% are selected: a tenth of them is fewer than 1% of the rows.
      (0.02, 0.93, false), (0.009, 0.93, true), (0.02, nil, false), (0.009, nil, true),
    ] as [(rarer: Double, unconstrained: Double?, isConstant: Bool)])
  func fewDecisions(of decisions: (rarer: Double, unconstrained: Double?, isConstant: Bool)) {
    #expect(
      CandidateRank.isConstant(
        largestDecision: 1 - decisions.rarer, largestClass: 0.6, unconstrained: decisions.unconstrained)
        == decisions.isConstant)
  }

  @Test("A group without a value counts as a violation of 1")
  func undefinedValues() throws {
    // No row of the second group is selected, so that its precision is not defined.
    let rank = try CandidateRank(
      training: Self.judgement([Self.group((4, 1), (4, 1)), Self.group((0, 5), (5, 0))], .precision),
      heldOut: nil)
    #expect(rank.violation == 1)
  }

  // Of the held-out rows, 20 of 20 and 0 of 20 are selected: the gap is 1. With one row of either outcome
  // added, each rate has the standard error √(1/22 · 21/22 / 20), so that half of 1 − 0.1 − √2 error counts.
  @Test("A held-out gap above the tolerance costs half of its excess over a standard error (by hand)")
  func heldOutGaps() throws {
    let training = try Self.judgement([Self.group((10, 0), (10, 0)), Self.group((10, 0), (10, 0))])
    func cost(_ groups: [[(label: Float, decision: Float)]]) throws -> Double {
      try CandidateRank(training: training, heldOut: Self.judgement(groups)).cost
    }
    let unequal = try cost([Self.group((20, 0), (0, 0)), Self.group((0, 0), (20, 0))])
    let equal = try cost([Self.group((10, 0), (10, 0)), Self.group((10, 0), (10, 0))])
    let error = (2 * (1.0 / 22 * 21.0 / 22) / 20).squareRoot()
    #expect(abs(unequal - equal - 0.5 * (0.9 - error)) < 1e-9, "\(unequal) \(equal)")
  }

  @Test("Rows count in the tally by their weights")
  func weights() throws {
    var tally = PredictionTally()
    let (labels, weights) = (try Buffer<Float>(copying: [1, 0]), try Buffer<Float>(copying: [3, 1]))
    let losses = try Buffer<Float>(copying: [0.5, 0.25])
    let decisions = try Buffer<Float>(copying: [0, 0])
    withExtendedLifetime((labels, weights, losses, decisions)) {
      tally.add(
        Batch(
          task: .binary, rows: 2, width: 1, outputs: decisions.pointer, labels: labels.pointer,
          weights: UnsafePointer(weights.pointer)), losses: losses.pointer, decisions: decisions.pointer,
        columns: 1)
    }
    #expect(tally.weight == 4 && tally.errorRate == 0.75 && tally.largestClass == 0.75)
    #expect(tally.meanLoss == (3 * 0.5 + 0.25) / 4)
  }

  @Test("A tolerance is met, not met, or unknown within two standard errors of the held-out gap")
  func verdicts() throws {
    let entry = try FairnessConfig(json: #"{"objective": "demographic_parity", "tolerance": 0.1}"#)
    func verdict(
      _ training: Double, undefined: Int = 0, heldOut: Double? = nil, expected: Double? = nil,
      isRemembered: Bool = false
    ) -> ToleranceVerdict {
      ConstraintOutcome(
        entry: entry, attribute: "g", statistic: nil, asked: 0.1, aimedAt: 0.1,
        training: .init(value: training, error: 0.02),
        heldOut: heldOut.map { .init(value: $0, error: 0.02) }, expected: expected,
        isOfRememberedRows: isRemembered, unconstrained: 0, undefined: undefined,
        smallGroups: [], missingGroups: [], improvements: []
      ).verdict
    }
    #expect(verdict(0.1) == .yes && verdict(0.11) == .no)
    #expect(verdict(0.05, undefined: 1) == .no)
    #expect(verdict(0.05, heldOut: 0.1) == .yes)
    #expect(verdict(0.05, expected: 0.1) == .yes && verdict(0.05, expected: 0.11) == .unknown)
    #expect(verdict(0.05, heldOut: 0.05, expected: 0.11) == .unknown)
    #expect(verdict(0.05, isRemembered: true) == .unknown && verdict(0.11, isRemembered: true) == .no)
    #expect(verdict(0.05, heldOut: 0.135) == .unknown && verdict(0.05, heldOut: 0.145) == .no)
  }

  // From 1.5 to 1.75 is exactly the minimum change, and no improvement.
  @Test("Training stops after more epochs without an improvement than the patience")
  func patience() throws {
    var stopping = EarlyStopping(try EarlyStoppingConfig(json: #"{"patience": 2, "minimum_change": 0.25}"#))
    let stops = [1, 1.5, 1.75, 1.75, 1.5].map { stopping.observe($0) }
    #expect(stops == [false, false, false, false, true] && stopping.best == 1.5)
  }
}
