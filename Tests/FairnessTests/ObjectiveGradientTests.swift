import Fairness
import Platform
import Testing

/// A batch with all difficult cases: weights, three groups, outputs of different sizes.
struct ExampleBatch {
  let task: Task
  let width: Int
  let rows = 40
  var outputs: [Float]
  let labels: [Float]
  let weights: [Float]
  let codes: [Int32]

  init(task: Task, width: Int, copies: Int = 1, seed: UInt64 = 3) {
    var random = RandomStream(seed: seed)
    self.task = task
    self.width = width
    outputs = (0..<40 * width * copies).map { _ in Float(random.uniform() * 4 - 2) }
    let classes =
      switch task {
      case .binary: 2
      case .multiclass(let classes): classes
      case .regression: 0
      }
    labels = (0..<40).map { _ in classes > 0 ? Float(random.below(classes)) : Float(random.uniform() * 3) }
    weights = (0..<40).map { _ in Float(random.uniform() + 0.5) }
    codes = (0..<40).map { _ in Int32(random.below(3)) }
  }

  /// The loss of `objective`, and its gradient with respect to the outputs.
  func evaluate(_ objective: TrainingObjective) throws -> (loss: Double, gradient: [Float]) {
    let (outputs, labels) = (try Buffer(copying: outputs), try Buffer(copying: labels))
    let (weights, codes) = (try Buffer(copying: weights), try Buffer(copying: codes))
    let gradient = try Buffer<Float>(count: outputs.count)
    let loss = objective.evaluate(
      Batch(
        task: task, rows: rows, width: width, outputs: outputs.pointer, labels: labels.pointer,
        weights: weights.pointer),
      groupings: [BatchGroups(codes: codes.pointer, count: 3)], gradients: gradient.pointer
    ).loss
    return withExtendedLifetime((outputs, labels, weights, codes)) { (loss, gradient.array) }
  }

  /// The maximum difference between the gradient and central differences, relative to its largest value.
  func gradientError(_ make: () throws -> TrainingObjective, step: Float = 1e-2) throws -> Float {
    let gradient = try evaluate(make()).gradient
    var worst: Float = 0
    for index in outputs.indices {
      var (above, below) = (self, self)
      above.outputs[index] += step
      below.outputs[index] -= step
      let numeric = Float(try (above.evaluate(make()).loss - below.evaluate(make()).loss) / Double(2 * step))
      worst = max(worst, abs(numeric - gradient[index]))
    }
    return worst / max(gradient.map(abs).max() ?? 0, 1e-4)
  }
}

@Suite("Gradients of losses and objectives against central differences")
struct ObjectiveGradientTests {
  static let shapes: [(Task, Int)] = [
    (.binary, 1), (.binary, 2), (.multiclass(classes: 4), 4), (.regression, 1),
  ]

  @Test("Prediction losses")
  func losses() throws {
    let classification: [any Loss] = [
      CrossEntropy(), CrossEntropy(smoothing: 0.1), Focal(gamma: 2), Focal(gamma: 0.5),
    ]
    let regression: [any Loss] = [SquaredError(), AbsoluteError(), Huber(delta: 0.7)]
    for (task, width) in Self.shapes {
      for loss in task == .regression ? regression : classification {
        let error = try ExampleBatch(task: task, width: width).gradientError {
          try TrainingObjective(loss: loss, task: task, width: width, terms: [], capacity: 40)
        }
        #expect(error < 5e-3, "\(loss) for \(task) of width \(width): \(error)")
      }
    }
  }

  @Test("Every criterion, on every signal it accepts, for every task", arguments: Criterion.allCases)
  func criteria(criterion: Criterion) throws {
    var checked = 0
    // Of `statistic`: false negatives over all positives and selected.
    let stated =
      criterion != .statistic
      ? nil
      : GroupStatistic(
        name: "stated", needsProbability: true, numerator: { (intercept: $0, slope: -$0) },
        denominator: { (intercept: $0, slope: 1) })
    for (task, width) in Self.shapes {
      for signal in Signal.allCases {
        let disparities: [Disparity?] =
          criterion.statistics(stated: stated).isEmpty ? [nil] : [nil, .worst, .pairs, .overall, .largest]
        for disparity in disparities {
          guard
            (try? criterion.validate(
              stated: stated, task: task, signal: signal, disparity: disparity, at: "")) != nil
          else { continue }
          checked += 1
          let batch = ExampleBatch(task: task, width: width, copies: criterion == .counterfactual ? 2 : 1)
          let loss: any Loss = task == .regression ? SquaredError() : CrossEntropy()
          let strengths: [TrainingObjective.Term.Strength] = [
            .weight(0.8), .tolerance(.init(tolerance: 0.01, rate: 3, most: 10, damping: 0.5)),
          ]
          for strength in strengths {
            let error = try batch.gradientError(
              {
                let objective = try TrainingObjective(
                  loss: loss, task: task, width: width,
                  terms: [
                    .init(
                      name: "gap", criterion: criterion, stated: stated, grouping: 0, groups: 3,
                      signal: signal,
                      temperature: 0.8, disparity: disparity, strength: strength)
                  ], capacity: 40)
                // Multipliers that are not zero: those after a step from the batch itself.
                _ = try batch.evaluate(objective)
                objective.ascend()
                objective.settle(memory: 0, steps: 1)
                return objective
              }, step: 2e-3)
            #expect(
              error < 3e-2,
              "\(criterion) on \(signal), \(String(describing: disparity)), \(task) × \(width): \(error)")
          }
        }
      }
    }
    #expect(checked > 0)
  }

  @Test("Several objectives at once: their gradients add up")
  func several() throws {
    let error = try ExampleBatch(task: .binary, width: 1, copies: 2).gradientError(
      {
        try TrainingObjective(
          loss: CrossEntropy(), task: .binary, width: 1,
          terms: [
            .init(
              name: "a", criterion: .demographicParity, grouping: 0, groups: 3, signal: .logit,
              strength: .weight(0.3)),
            .init(name: "b", criterion: .equalizedOdds, grouping: 0, groups: 3, strength: .weight(0.5)),
            .init(name: "c", criterion: .counterfactual, grouping: 0, groups: 3, strength: .weight(0.4)),
            .init(name: "d", criterion: .boundedGroupLoss, grouping: 0, groups: 3, strength: .weight(0.2)),
          ], capacity: 40)
      }, step: 2e-3)
    #expect(error < 2e-2)
  }
}
