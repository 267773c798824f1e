import Engine
import EngineKernels
import Fairness
import Models
import Platform

/// The function that a step minimizes over a batch. It has one objective over the rows, or over the tagged
/// words of their texts; with several labels, it is the sum of one objective per label.
final class BatchObjective {
  /// A single objective, or one per label.
  private let objectives: [TrainingObjective]
  let gapNames: [String]
  /// The gaps of the last batch.
  let gaps: Buffer<Float>
  private let memory: [BatchMemory]
  private let words: WordBatch?
  /// The outputs of a single label and their gradient, contiguous.
  private let column: (outputs: Buffer<Float>, gradients: Buffer<Float>)?

  /// - Parameters:
  ///   - width: the width of the network's outputs.
  ///   - capacity: the maximum number of rows in a batch.
  init(
    _ goal: TrainingGoal, rows: TrainingRows, width: Int, capacity: Int, movesEachStep: Bool
  ) throws {
    let units = rows.words.map { max($0.most(of: capacity), 1) } ?? capacity
    words = try rows.words.map { try WordBatch($0, capacity: units, width: width) }
    let separates = rows.targets.count > 1
    var objectives: [TrainingObjective] = []
    for target in rows.targets {
      objectives.append(
        try TrainingObjective(
          loss: goal.loss.loss(for: target.labels.task, at: "/train/loss"), task: target.labels.task,
          width: separates ? 1 : width,
          terms: Self.terms(
            goal, rows, task: target.labels.task, of: separates ? "[\(target.name)]" : "",
            movesEachStep: movesEachStep),
          capacity: units, threshold: Float(goal.threshold)))
    }
    self.objectives = objectives
    gapNames = objectives.flatMap(\.gapNames)
    gaps = try Buffer<Float>(count: gapNames.count)
    memory = try rows.targets.map { try BatchMemory(rows, $0, capacity: units, width: width) }
    let lines = rows.hasCounterfactuals ? 2 * capacity : capacity
    column =
      separates
      ? (try Buffer<Float>(count: lines, for: "a batch"), try Buffer<Float>(count: lines, for: "a batch"))
      : nil
  }

  /// - Parameters:
  ///   - label: the label of the objective, if there are several.
  ///   - moves: whether multipliers are updated after every step, with the gaps of recent batches and a fixed
  ///     rate; otherwise they are updated after rounds, with adaptive gains.
  ///   - fixed: whether the caller sets the weight of every gap, so that there are no multipliers.
  static func terms(
    _ goal: TrainingGoal, _ rows: TrainingRows, task: Task, of label: String = "",
    movesEachStep moves: Bool = false, fixed: Bool = false
  ) throws -> [TrainingObjective.Term] {
    try goal.fairness.enumerated().map { index, entry in
      try entry.objective.validate(
        stated: entry.statistic?.statistic, task: task, signal: entry.signal ?? entry.objective.defaultSignal,
        disparity: entry.gap,
        at: "/fairness/\(index)")
      let constraint = fixed ? nil : entry.constraint(movesEachStep: moves)
      return TrainingObjective.Term(
        name: "\(entry.objective.rawValue)(\(goal.attributes[index].label))\(label)",
        criterion: entry.objective, stated: entry.statistic?.statistic,
        grouping: index,
        groups: rows.groupings[index].names.count, signal: entry.signal,
        temperature: Float(entry.temperature),
        disparity: entry.gap, memory: fixed || constraint != nil ? 0 : Float(entry.memory ?? 0),
        strength: constraint.map { .tolerance($0) } ?? .weight(Float(entry.weight ?? 0)),
        judgesDecisions: entry.tolerance != nil && entry.judgedBy == .decisions)
    }
  }

  /// The single objective, or that of the first label.
  var ofRows: TrainingObjective { objectives[0] }
  var loss: any Loss { ofRows.loss }
  /// The current multipliers of constraints, and the weights of penalties.
  var multipliers: [Float] { objectives.flatMap(\.multipliers.array) }
  /// The state that changes from step to step, for checkpoints.
  var state: [Buffer<Float>] { objectives.flatMap(\.state) }
  /// Updates the multipliers of constraints that are not on group statistics; called once per step.
  func ascend() { for objective in objectives { objective.ascend() } }
  /// Ends a round of the constraints on group statistics.
  func settle(memory: Double, pace: Double = 1, steps: Int) {
    for objective in objectives { objective.settle(memory: memory, pace: pace, steps: steps) }
  }
  /// Rescales the sums of past rounds to a number of rows, so that later rounds have an effect.
  func weigh(rows: Int) { for objective in objectives { objective.weigh(rows: rows) } }
  func clearRound() { for objective in objectives { objective.clearRound() } }
  /// Recomputes the values that follow from `state` after a checkpoint was loaded.
  func resume() { for objective in objectives { objective.resume() } }
  /// The constraints on group statistics, label by label.
  var constraints: [PlacedConstraint] { objectives.flatMap(\.constraints) }
  /// Sets the offset of the decision logit.
  func decide(offset: Float) { for objective in objectives { objective.decisionOffset = offset } }
  /// Selects which terms contribute to the gradient, for all labels.
  func act(penalties: Bool, constraints: Bool, anchorShare: Float = 0) {
    for objective in objectives {
      objective.penaltiesAct = penalties
      objective.constraintsAct = constraints
      objective.anchorShare = anchorShare
    }
  }

  /// Computes the loss of a batch and its gradient with respect to the network's outputs.
  ///
  /// - Parameters:
  ///   - anchors: the outputs of the anchor model, (all rows, width); only for one label per row.
  ///   - order: the indices of the batch's `count` rows.
  ///   - outputs, gradients: (rows, width), followed by the same number of switched rows if there are
  ///     counterfactuals; for words, one per token of the rows' texts.
  ///   - share: the share of this batch in the step.
  func evaluate(
    _ rows: TrainingRows, anchors: Buffer<Float>? = nil, _ order: UnsafePointer<Int64>, count: Int,
    width: Int,
    outputs: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>, share: Float
  ) -> (loss: Double, prediction: Double) {
    var sums = (loss: 0.0, prediction: 0.0)
    func add(_ part: (loss: Double, prediction: Double)) {
      sums = (sums.loss + part.loss, sums.prediction + part.prediction)
    }
    if let words, let places = rows.words, let tokens = rows.inputs.tokens {
      words.gather(order, count: count, places, tokens, outputs)
      add(
        evaluate(
          0, rows, words.units.pointer, count: words.count, width: width, outputs: words.outputs.pointer,
          gradients: words.gradients.pointer, share: share))
      words.scatter(to: gradients)
    } else if let column {
      let lines = rows.hasCounterfactuals ? 2 * count : count
      for label in objectives.indices {
        copy_lines(outputs + label, width, column.outputs.pointer, 1, lines, 1, false)
        add(
          evaluate(
            label, rows, order, count: count, width: 1, outputs: column.outputs.pointer,
            gradients: column.gradients.pointer, share: share))
        copy_lines(column.gradients.pointer, 1, gradients + label, width, lines, 1, false)
      }
    } else {
      add(
        evaluate(
          0, rows, anchors: anchors, order, count: count, width: width, outputs: outputs,
          gradients: gradients,
          share: share))
    }
    return sums
  }

  /// Adds rows to the sums of the round and to a tally of predictions, without a gradient. Parameters as for
  /// `evaluate`.
  func observe(
    _ rows: TrainingRows, _ order: UnsafePointer<Int64>, count: Int, width: Int,
    outputs: UnsafePointer<Float>, tally: inout PredictionTally
  ) {
    func observe(_ index: Int, _ order: UnsafePointer<Int64>, _ count: Int, _ outputs: UnsafePointer<Float>) {
      let batch = memory[index].batch(
        rows, rows.targets[index], order, count: count, width: column == nil ? width : 1, outputs: outputs)
      objectives[index].observe(batch, groupings: memory[index].groupings, tally: &tally)
    }
    if let words, let places = rows.words, let tokens = rows.inputs.tokens {
      words.gather(order, count: count, places, tokens, outputs)
      observe(0, words.units.pointer, words.count, words.outputs.pointer)
    } else if let column {
      for label in objectives.indices {
        copy_lines(outputs + label, width, column.outputs.pointer, 1, count, 1, false)
        observe(label, order, count, column.outputs.pointer)
      }
    } else {
      observe(0, order, count, outputs)
    }
  }

  /// The number of decisions of a row, label by label.
  var decisionColumns: [Int] { objectives.map(\.decisionColumns) }

  /// Writes the decisions for rows. Parameters as for `evaluate`; not for words.
  ///
  /// - Parameters:
  ///   - decisions: label by label, (all rows, columns).
  ///   - first: the index in `decisions` of the first row.
  func decide(
    _ rows: TrainingRows, _ order: UnsafePointer<Int64>, count: Int, width: Int,
    outputs: UnsafePointer<Float>, to decisions: [Buffer<Float>], from first: Int
  ) {
    for (index, objective) in objectives.enumerated() {
      if let column { copy_lines(outputs + index, width, column.outputs.pointer, 1, count, 1, false) }
      let batch = memory[index].batch(
        rows, rows.targets[index], order, count: count, width: column == nil ? width : 1,
        outputs: column.map { UnsafePointer($0.outputs.pointer) } ?? outputs)
      objective.writeDecisions(
        batch, to: decisions[index].pointer + first * objective.decisionColumns)
    }
  }

  /// Adds rows to estimates of optimism.
  ///
  /// - Parameters:
  ///   - order: the indices of the `count` rows, which follow each other.
  ///   - differences: label by label, (all rows, columns).
  ///   - estimates: one for each of `constraints`.
  func add(
    _ rows: TrainingRows, _ order: UnsafePointer<Int64>, count: Int, differences: [Buffer<Float>],
    to estimates: [Optimism]
  ) {
    var next = 0
    for (index, objective) in objectives.enumerated() {
      let values = differences[index].pointer + Int(order[0]) * objective.decisionColumns
      // Estimates read labels, weights and groups only, so that any pointer serves as outputs.
      let batch = memory[index].batch(
        rows, rows.targets[index], order, count: count, width: objective.decisionColumns, outputs: values)
      let last = next + objective.constraints.count
      objective.add(
        batch, differences: values, groupings: memory[index].groupings, to: estimates[next..<last])
      next = last
    }
  }

  private func evaluate(
    _ index: Int, _ rows: TrainingRows, anchors: Buffer<Float>? = nil, _ order: UnsafePointer<Int64>,
    count: Int,
    width: Int, outputs: UnsafePointer<Float>, gradients: UnsafeMutablePointer<Float>, share: Float
  ) -> (loss: Double, prediction: Double) {
    let (objective, memory) = (objectives[index], memory[index])
    let batch = memory.batch(
      rows, rows.targets[index], order, count: count, width: width, outputs: outputs, anchors: anchors)
    let result = objective.evaluate(
      batch, groupings: memory.groupings, gradients: gradients, share: share)
    let first = objectives[..<index].reduce(0) { $0 + $1.gaps.count }
    (gaps.pointer + first).update(from: objective.gaps.pointer, count: objective.gaps.count)
    return result
  }
}

/// The tagged words of a batch of texts, with their outputs gathered from the outputs of all tokens.
private final class WordBatch {
  /// The index of each word among all words.
  let units: Buffer<Int64>
  /// The index of each word's token in the batch.
  let lines: Buffer<Int64>
  let outputs: Buffer<Float>
  let gradients: Buffer<Float>
  private(set) var count = 0
  private var tokens = 0
  private let width: Int

  init(_ words: WordTokens, capacity: Int, width: Int) throws {
    self.width = width
    units = try Buffer(count: capacity, for: "a batch")
    lines = try Buffer(count: capacity, for: "a batch")
    outputs = try Buffer(count: capacity * width, for: "a batch")
    gradients = try Buffer(count: capacity * width, for: "a batch")
  }

  // outputs (tokens, width) → (words, width)
  func gather(
    _ order: UnsafePointer<Int64>, count rows: Int, _ words: WordTokens, _ texts: TokenRows,
    _ source: UnsafePointer<Float>
  ) {
    (count, tokens) = (0, 0)
    for place in 0..<rows {
      let row = Int(order[place])
      for pair in words.pairs(row) {
        units.pointer[count] = Int64(words.words.pointer[pair])
        lines.pointer[count] = Int64(tokens + Int(words.places.pointer[pair]))
        count += 1
      }
      tokens += Int(texts.lengths.pointer[row])
    }
    gather_rows(source, lines.pointer, outputs.pointer, count, width)
  }

  // ∂outputs (words, width) → (tokens, width); 0 for tokens that are not the first of a word
  func scatter(to target: UnsafeMutablePointer<Float>) {
    target.update(repeating: 0, count: tokens * width)
    for place in 0..<count {
      (target + Int(lines.pointer[place]) * width).update(
        from: gradients.pointer + place * width, count: width)
    }
  }
}
