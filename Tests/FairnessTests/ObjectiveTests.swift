import Fairness
import Platform
import Testing

/// Evaluates a batch of arrays, which are valid during the call.
func evaluate(
  _ objective: TrainingObjective, outputs: [Float], labels: [Float], codes: [Int32], groups: Int
) throws -> (loss: Double, gradient: [Float]) {
  let outputs = try Buffer(copying: outputs)
  let labels = try Buffer(copying: labels)
  let codes = try Buffer(copying: codes)
  let gradient = try Buffer<Float>(count: outputs.count)
  let loss = objective.evaluate(
    Batch(task: .binary, rows: labels.count, width: 1, outputs: outputs.pointer, labels: labels.pointer),
    groupings: [BatchGroups(codes: codes.pointer, count: groups)], gradients: gradient.pointer
  ).loss
  return withExtendedLifetime((outputs, labels, codes)) { (loss, gradient.array) }
}

@Suite("Objectives")
struct ObjectiveTests {
  /// Two rows of each group with labels 1, 0; probabilities .8 .4 in group 0 and .6 .1 in group 1.
  func gaps(_ criterion: Criterion, disparity: Disparity? = nil, signal: Signal = .probability) throws
    -> [Float]
  {
    let logits: [Float] = [0.8, 0.4, 0.6, 0.1].map { p in Float(logOdds(p)) }
    let objective = try TrainingObjective(
      loss: CrossEntropy(), task: .binary, width: 1,
      terms: [
        .init(
          name: "g", criterion: criterion, grouping: 0, groups: 2, signal: signal, disparity: disparity,
          strength: .weight(1))
      ], capacity: 4)
    _ = try evaluate(objective, outputs: logits, labels: [1, 0, 1, 0], codes: [0, 0, 1, 1], groups: 2)
    return objective.gaps.array
  }

  func logOdds(_ p: Double) -> Double {
    // atanh by its definition, so that the oracle does not depend on the code under test
    var (low, high) = (-20.0, 20.0)
    for _ in 0..<80 {
      let middle = (low + high) / 2
      var power = 1.0
      var sum = 1.0
      for k in 1..<80 {
        power *= -middle / Double(k)
        sum += power
      }
      if 1 / (1 + sum) < p { low = middle } else { high = middle }
    }
    return low
  }

  @Test("Gaps of four rows, by hand")
  func byHand() throws {
    func equal(_ values: [Float], _ expected: [Float]) -> Bool {
      values.count == expected.count && zip(values, expected).allSatisfy { abs($0 - $1) < 1e-5 }
    }
    #expect(equal(try gaps(.demographicParity), [0.6 - 0.35]))
    #expect(equal(try gaps(.equalOpportunity), [0.2]))
    #expect(equal(try gaps(.equalizedOdds), [0.2, 0.3]))
    #expect(equal(try gaps(.predictiveParity), [0.6 / 0.7 - 0.8 / 1.2]))
    // right with probability .8 and .6 in group 0, .6 and .9 in group 1
    #expect(equal(try gaps(.accuracyParity), [0.75 - 0.7]))
    #expect(equal(try gaps(.demographicParity, disparity: .overall), [0.125]))
    // cov(1[group 0], p) = mean((1[0] − ½) p) = ½ (0.6 + … ) → (1.2 − 0.7) / 2 / 4
    #expect(equal(try gaps(.covariance), [0.0625]))
  }

  // Group 0 gives 0.8, then 0.6; group 1 gives 0.2, then 0.6. With half of the first batch in the sums of the second:
  // (0.4 + 0.6) / 1.5 − (0.1 + 0.6) / 1.5 = 0.2; without memory the gap of the second batch is 0.
  @Test("The gap of a penalty with memory is that of decayed sums", arguments: [(Float(0), 0.0), (0.5, 0.2)])
  func memory(memory: Float, expected: Double) throws {
    let objective = try TrainingObjective(
      loss: CrossEntropy(), task: .binary, width: 1,
      terms: [
        .init(
          name: "g", criterion: .demographicParity, grouping: 0, groups: 2, memory: memory,
          strength: .weight(1))
      ], capacity: 2)
    for probabilities in [[0.8, 0.2], [0.6, 0.6]] {
      _ = try evaluate(
        objective, outputs: probabilities.map { Float(logOdds($0)) }, labels: [1, 0], codes: [0, 1], groups: 2
      )
    }
    #expect(abs(Double(objective.gaps.array[0]) - expected) < 1e-6)
  }

  // Probabilities 0.8 and 0.6: from 0.5 on both are positive, from 0.7 on only the first.
  @Test(
    "A constraint judges the decisions at the model's own threshold",
    arguments: [(Float(0.5), 0.0), (0.7, 1.0)])
  func threshold(threshold: Float, gap: Double) throws {
    let objective = try TrainingObjective(
      loss: CrossEntropy(), task: .binary, width: 1,
      terms: [
        .init(
          name: "g", criterion: .demographicParity, grouping: 0, groups: 2,
          strength: .tolerance(.init(tolerance: 0.1, minimumCount: 0)), judgesDecisions: true)
      ], capacity: 2, threshold: threshold)
    _ = try evaluate(
      objective, outputs: [0.8, 0.6].map { Float(logOdds($0)) }, labels: [1, 0], codes: [0, 1], groups: 2)
    objective.settle(memory: 0, steps: 1)
    let constraint = try #require(objective.constraints.first?.constraint)
    #expect(abs(constraint.judgedGap(0).value - gap) < 1e-9)
  }

  @Test("A multiplier climbs while its gap is above the tolerance and falls back to zero below it")
  func multipliers() throws {
    let objective = try TrainingObjective(
      loss: CrossEntropy(), task: .binary, width: 1,
      terms: [
        .init(
          name: "g", criterion: .demographicParity, grouping: 0, groups: 2,
          strength: .tolerance(.init(tolerance: 0.1, rate: 0.5, most: 0.12)))
      ], capacity: 2)
    func step(_ outputs: [Float]) throws {
      _ = try evaluate(objective, outputs: outputs, labels: [1, 0], codes: [0, 1], groups: 2)
      objective.settle(memory: 0, steps: 1)
    }
    try step([0.5, -0.5])  // gap σ(.5) − σ(−.5) = 0.244919
    #expect(abs(objective.multipliers.array[0] - 0.5 * (0.244919 - 0.1)) < 1e-5)
    try step([5, -5])
    #expect(objective.multipliers.array[0] == 0.12)
    for _ in 0..<3 { try step([0, 0]) }
    #expect(objective.multipliers.array[0] == 0)
  }

  @Test("A group without rows, or a batch of one group, has no gap and no gradient")
  func absentGroups() throws {
    let objective = try TrainingObjective(
      loss: CrossEntropy(), task: .binary, width: 1,
      terms: Criterion.allCases.filter { $0 != .counterfactual }.map {
        .init(name: $0.rawValue, criterion: $0, grouping: 0, groups: 5, strength: .weight(1))
      }, capacity: 3)
    let result = try evaluate(
      objective, outputs: [1, 2, 3], labels: [1, 1, 1], codes: [2, 2, 2], groups: 5)
    #expect(result.loss.isFinite && result.gradient.allSatisfy(\.isFinite))
    let gaps = Dictionary(uniqueKeysWithValues: zip(objective.gapNames, objective.gaps.array))
    #expect(gaps["demographic_parity"] == 0 && gaps["covariance"] == 0)
  }
}
