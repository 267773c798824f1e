import Engine
import Fairness
import Platform

// Passes over all rows without a gradient, with which a training is judged.
extension TrainingLoop {
  /// Judges the current network on all training rows, and ends a round.
  ///
  /// - Parameters:
  ///   - pace: a factor for the updates of the multipliers; 0: no update.
  ///   - fitsThreshold: whether decisions are made at the threshold with the fewest errors.
  @discardableResult
  func measureTrainingRows(pace: Double, fitsThreshold: Bool = false) throws -> Judgement {
    objective.clearRound()
    let tally: PredictionTally
    if let outputs = trainingOutputs {
      try compute(rows, into: outputs)
      if fitsThreshold, let shift { offset = try shift.offset(of: outputs, rows.targets[0], from: offset) }
      tally = self.tally(outputs, rows: rows, objective)
    } else {
      tally = try self.tally(rows, objective)
    }
    // Rows that were set aside for the choice of weights are also training rows for the caller.
    if let heldOut, heldOut.isOfTraining { _ = try self.tally(heldOut.rows, objective) }
    objective.settle(memory: 0, pace: pace, steps: max(position.roundSteps, 1))
    position.roundSteps = 0
    let judgement = Judgement(tally, objective.constraints)
    if !effort.hasPhases { objective.weigh(rows: Self.window * batchCapacity) }
    return judgement
  }

  /// Runs the current network on rows as in training, batch by batch; `body` may run backward.
  func forEachBatch(of rows: TrainingRows, _ body: (_ first: Int, _ count: Int) throws -> Void) throws {
    try forEachChunk(of: rows, isTraining: true) { first, count, _ in try body(first, count) }
  }

  /// Runs the current network on rows, chunk by chunk.
  private func forEachChunk(
    of rows: TrainingRows, isTraining: Bool = false,
    _ body: (_ first: Int, _ count: Int, _ indices: UnsafePointer<Int64>) throws -> Void
  ) throws {
    try withUnsafeTemporaryAllocation(of: Int64.self, capacity: max(passCapacity, 1)) { places in
      guard let start = places.baseAddress else { return }
      var first = 0
      while first < rows.rows {
        try HostCall.check()
        let count = min(rows.passRows(from: first, atMost: passCapacity, trainer.capacity), rows.rows - first)
        for place in 0..<count { start[place] = Int64(first + place) }
        let lengths = rows.inputs.tokens.map { UnsafePointer($0.lengths.pointer + first) }
        do {
          try trainer.forward(rows: count, lengths: lengths, isTraining: isTraining, seed: 0) {
            range, inputs in
            rows.gather(start, count: count, lines: range, seed: 0, inputs)
          }
        } catch let failure as RowFailure {
          throw failure.failure { first + $0 }
        }
        try body(first, count, start)
        first += count
      }
    }
  }

  /// Adds rows to the round of an objective, and tallies the predictions.
  func tally(_ rows: TrainingRows, _ objective: BatchObjective) throws -> PredictionTally {
    var tally = PredictionTally()
    try forEachChunk(of: rows) { _, count, indices in
      objective.observe(
        rows, indices, count: count, width: network.graph.outputWidth, outputs: trainer.outputs.pointer,
        tally: &tally)
    }
    return tally
  }

  /// Writes the network's outputs for rows, (rows, outputs).
  func compute(_ rows: TrainingRows, into outputs: Buffer<Float>) throws {
    let width = network.graph.outputWidth
    try forEachChunk(of: rows) { first, count, _ in
      (outputs.pointer + first * width).update(from: trainer.outputs.pointer, count: count * width)
    }
  }

  /// The decisions of the current network for other rows, label by label: (rows, columns).
  func decisions(of others: TrainingRows) throws -> [Buffer<Float>] {
    let rows = try frozen.map { try others.computed(by: $0) } ?? others
    let decisions = try objective.decisionColumns.map {
      try Buffer<Float>(count: rows.rows * $0, for: "decisions")
    }
    try forEachChunk(of: rows) { first, count, indices in
      objective.decide(
        rows, indices, count: count, width: network.graph.outputWidth, outputs: trainer.outputs.pointer,
        to: decisions, from: first)
    }
    return decisions
  }

  /// The optimism of each constraint, from each training row's difference of decisions.
  ///
  /// - Parameter differences: label by label, (rows, columns).
  func optimism(_ differences: [Buffer<Float>]) throws -> [Optimism] {
    let estimates = try objective.constraints.map { try Optimism(of: $0.constraint) }
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: max(passCapacity, 1)) { places in
      guard let start = places.baseAddress else { return }
      for first in stride(from: 0, to: rows.rows, by: passCapacity) {
        let count = min(passCapacity, rows.rows - first)
        for place in 0..<count { start[place] = Int64(first + place) }
        objective.add(rows, start, count: count, differences: differences, to: estimates)
      }
    }
    return estimates
  }

  /// The same tally for rows whose outputs are known.
  func tally(_ outputs: Buffer<Float>, rows: TrainingRows, _ objective: BatchObjective) -> PredictionTally {
    var tally = PredictionTally()
    let width = network.graph.outputWidth
    withUnsafeTemporaryAllocation(of: Int64.self, capacity: max(passCapacity, 1)) { places in
      guard let start = places.baseAddress else { return }
      var first = 0
      while first < rows.rows {
        let count = min(passCapacity, rows.rows - first)
        for place in 0..<count { start[place] = Int64(first + place) }
        objective.observe(
          rows, start, count: count, width: width, outputs: outputs.pointer + first * width, tally: &tally)
        first += count
      }
    }
    return tally
  }

  /// Sets the rows on which candidates are judged; rows that do not fit into the trainer's memory are left
  /// out.
  ///
  /// - Parameters:
  ///   - held: the rows; group numbers are those of the training rows.
  ///   - isOfTraining: whether they were set aside from the training rows.
  func hold(out held: TrainingRows, isOfTraining: Bool) throws {
    guard hasConstraints || effort.hasPhases, held.rows > 0, held.fit(trainer.capacity) else { return }
    heldOut = try judge(of: held, isOfTraining: isOfTraining)
  }

  /// A judge on other rows; group numbers are those of the training rows.
  func judge(of others: TrainingRows, isOfTraining: Bool) throws -> RowJudge {
    let rows = try frozen.map { try others.computed(by: $0) } ?? others
    let judge = RowJudge(
      rows: rows, isOfTraining: isOfTraining,
      objective: try BatchObjective(
        goal, rows: rows, width: network.graph.outputWidth, capacity: passCapacity,
        movesEachStep: !effort.hasPhases))
    // The training rows decide which groups are small, because every group may have few held-out rows.
    for (own, known) in zip(judge.objective.constraints, objective.constraints) {
      own.constraint.poolsAs = known.constraint
    }
    return judge
  }
}
