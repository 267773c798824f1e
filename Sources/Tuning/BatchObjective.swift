import Engine
import Fairness
import Kernels
import Models
import Platform

/// What a step minimizes over a batch of rows, whatever their labels are of: one objective over the rows; over the
/// words of their texts that have tags; or one for each of several labels, summed.
final class BatchObjective {
  /// One, or one a label.
  private let objectives: [TrainingObjective]
  let gapNames: [String]
  /// Of the last batch.
  let gaps: Buffer<Float>
  private let memory: [BatchMemory]
  private let words: WordBatch?
  /// Of one label: its outputs and their gradient, lines after one another.
  private let column: (outputs: Buffer<Float>, gradients: Buffer<Float>)?

  /// - Parameters:
  ///   - width: of the network's outputs.
  ///   - capacity: the most rows of a batch.
  init(
    _ goal: TrainingGoal, rows: TrainingRows, width: Int, capacity: Int, movesEachStep: Bool
  ) throws {
    let things = rows.words.map { max($0.most(of: capacity), 1) } ?? capacity
    words = try rows.words.map { try WordBatch($0, capacity: things, width: width) }
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
          capacity: things, threshold: Float(goal.threshold)))
    }
    self.objectives = objectives
    gapNames = objectives.flatMap(\.gapNames)
    gaps = try Buffer<Float>(count: gapNames.count)
    memory = try rows.targets.map { try BatchMemory(rows, $0, capacity: things, width: width) }
    let lines = rows.hasCounterfactuals ? 2 * capacity : capacity
    column =
      separates
      ? (try Buffer<Float>(count: lines, for: "a batch"), try Buffer<Float>(count: lines, for: "a batch"))
      : nil
  }

  /// - Parameters:
  ///   - label: which of several the objective is of.
  ///   - moves: whether multipliers move after every step, by the gaps of recent batches, at a rate; else they move
  ///     after rounds and find their own.
  ///   - fixed: whether the weight of every gap is set from outside, in the place of multipliers that are learnt.
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

  /// The only one, or that of the first label.
  var ofRows: TrainingObjective { objectives[0] }
  var loss: any Loss { ofRows.loss }
  /// The present multipliers of constraints, and the weights of penalties.
  var multipliers: [Float] { objectives.flatMap(\.multipliers.array) }
  /// Everything that changes from step to step, for checkpoints.
  var state: [Buffer<Float>] { objectives.flatMap(\.state) }
  /// Moves the multipliers of the constraints that are no group statistics; once a step.
  func ascend() { for objective in objectives { objective.ascend() } }
  /// Ends a round of the constraints on group statistics.
  func settle(memory: Double, pace: Double = 1, steps: Int) {
    for objective in objectives { objective.settle(memory: memory, pace: pace, steps: steps) }
  }
  /// Scales the sums of past rounds to a number of rows, so that later rounds count.
  func weigh(rows: Int) { for objective in objectives { objective.weigh(rows: rows) } }
  func clearRound() { for objective in objectives { objective.clearRound() } }
  /// Makes what follows from `state`, after a checkpoint filled it.
  func resume() { for objective in objectives { objective.resume() } }
  /// The constraints on group statistics, of every label in turn.
  var constraints: [PlacedConstraint] { objectives.flatMap(\.constraints) }
  /// Moves the logit from which decisions are positive.
  func decide(offset: Float) { for objective in objectives { objective.decisionOffset = offset } }
  /// What every label's objective has in its gradient.
  func act(penalties: Bool, constraints: Bool, anchorShare: Float = 0) {
    for objective in objectives {
      objective.penaltiesAct = penalties
      objective.constraintsAct = constraints
      objective.anchorShare = anchorShare
    }
  }

  /// The loss of a batch and its gradient for the network's outputs.
  ///
  /// - Parameters:
  ///   - anchors: what training stays near, (all rows, width); of labels that are of rows.
  ///   - order: the batch's `count` rows.
  ///   - outputs, gradients: of rows, (rows, width), then of as many rows as they might have been; or of the rows'
  ///     tokens.
  ///   - share: of this batch in the step.
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
          0, rows, words.things.pointer, count: words.count, width: width, outputs: words.outputs.pointer,
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

  /// Adds rows to the round's sums and to a tally of predictions, without a gradient. Parameters as `evaluate`.
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
      observe(0, words.things.pointer, words.count, words.outputs.pointer)
    } else if let column {
      for label in objectives.indices {
        copy_lines(outputs + label, width, column.outputs.pointer, 1, count, 1, false)
        observe(label, order, count, column.outputs.pointer)
      }
    } else {
      observe(0, order, count, outputs)
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

/// The tagged words of a batch of texts, and their outputs taken from among those of all tokens.
private final class WordBatch {
  /// The number of each word among all, and its token among the batch's.
  let things: Buffer<Int64>
  let lines: Buffer<Int64>
  let outputs: Buffer<Float>
  let gradients: Buffer<Float>
  private(set) var count = 0
  private var tokens = 0
  private let width: Int

  init(_ words: WordTokens, capacity: Int, width: Int) throws {
    self.width = width
    things = try Buffer(count: capacity, for: "a batch")
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
        things.pointer[count] = Int64(words.words.pointer[pair])
        lines.pointer[count] = Int64(tokens + Int(words.places.pointer[pair]))
        count += 1
      }
      tokens += Int(texts.lengths.pointer[row])
    }
    gather_rows(source, lines.pointer, outputs.pointer, count, width)
  }

  // ∂outputs (words, width) → (tokens, width), 0 where a token is not a word's first
  func scatter(to target: UnsafeMutablePointer<Float>) {
    target.update(repeating: 0, count: tokens * width)
    for place in 0..<count {
      (target + Int(lines.pointer[place]) * width).update(
        from: gradients.pointer + place * width, count: width)
    }
  }
}
