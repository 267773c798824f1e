import Engine
import Fairness
import Platform

/// A training whose length depends on the data: it runs until loss and multipliers have converged, or the
/// budget of steps is used up.
///
/// 1. **Fit**, without constraints, until the held-out loss stops decreasing. The base model's weights are
///   the first candidate. The result is the baseline: the model that would be trained without constraints.
///   With penalties and no constraints, this phase minimizes loss and penalties, and is the only one.
/// 2. **Constrain**: cycles of rounds of dual ascent under the constraints, with predictions kept close to
///   the baseline's (`AnchorLoss`). The learning rate decreases within a cycle. The best round is the result.
struct PhasedTraining {
  let loop: TrainingLoop
  private let effort: Effort
  private var progress: Progress
  /// The reason why training ended.
  private(set) var ending = Ending.settled
  /// The judgements of the network without constraints.
  private(set) var baseline: Judgements?
  /// Estimates how much larger gaps are on new rows; nil: it is not estimated.
  var crossFitting: CrossFitting?

  enum Ending: String { case settled, budget, kept }

  init(_ loop: TrainingLoop, _ callback: Progress.Callback?) {
    self.loop = loop
    effort = loop.effort
    progress = Progress(
      callback, totalSteps: effort.fitSteps + (loop.hasConstraints ? effort.cycleSteps * effort.cycles : 0),
      firstStep: 0)
  }

  /// - Parameter fitted: called with the network of the first phase, which stays valid until the call
  ///   returns.
  mutating func run(fitted: () throws -> Void) throws {
    if effort.fitSteps > 0 { try fit() }
    loop.best = nil
    try fitted()
    guard loop.hasConstraints else { return }
    loop.objective.act(penalties: true, constraints: true)
    let training = try loop.measureTrainingRows(pace: 0)
    for entry in loop.objective.constraints { entry.constraint.setReference() }
    let heldOut = try loop.heldOut?.judge(loop)
    if let heldOut = loop.heldOut {
      for (own, known) in zip(heldOut.objective.constraints, loop.objective.constraints) {
        own.constraint.takeMultipliers(of: known.constraint)
      }
    }
    baseline = Judgements(training: training, heldOut: heldOut)
    if let outputs = loop.trainingOutputs, loop.anchorsFit {
      loop.makeAnchors(try Buffer(copying: outputs.elements, for: "anchors"))
      loop.objective.act(penalties: true, constraints: true, anchorShare: 1)
    }
    loop.unconstrained = UnconstrainedDecisions(training.tally)
    let rank = loop.rank(training, heldOut)
    try loop.keepIfBest(rank)
    // If the constraints already hold, including the margin, the second phase is skipped. Penalties act in it.
    let holds = (training.gaps + (heldOut?.gaps ?? [])).allSatisfy { $0.value <= $0.target }
    if rank.isSound, holds, !loop.goal.hasPenalties { return }
    try constrain(training)
  }

  // MARK: Fit

  private mutating func fit() throws {
    loop.objective.act(penalties: !loop.hasConstraints, constraints: false)
    var stalls = 0
    var halvings = 0
    loop.rateFactor = 1
    var bestLoss = try judgedLoss()
    try loop.keepIfBest(CandidateRank(loss: bestLoss))
    var steps = 0
    while steps < effort.fitSteps, halvings < 4 {
      steps += try block(minimum: 32, phase: "fit", spent: steps)
      let loss = try judgedLoss()
      note(phase: "fit", validationLoss: loss)
      if loss < bestLoss - effort.leastGain * abs(bestLoss) { stalls = 0 } else { stalls += 1 }
      if loss < bestLoss {
        bestLoss = loss
        loop.best = nil
        try loop.keepIfBest(CandidateRank(loss: loss))
      }
      if stalls >= 4 {
        if let best = loop.best { loop.take(best) }
        loop.rateFactor *= 0.4
        halvings += 1
        stalls = 0
      }
    }
    if halvings < 4 { ending = .budget }
    if let best = loop.best { loop.take(best) }
    loop.rateFactor = 1
    loop.resetOptimizer()
  }

  /// The loss on the held-out rows; without such rows, on the training rows. Penalties are added, which are measured on
  /// the training rows: groups have too few held-out rows.
  private func judgedLoss() throws -> Double {
    let heldOut = try loop.heldOut?.judge(loop).loss
    if let heldOut, !loop.goal.isPenalized { return heldOut }
    let training = try loop.measureTrainingRows(pace: 0)
    return (heldOut ?? training.loss) + (loop.goal.isPenalized ? training.tally.meanPenalty : 0)
  }

  // MARK: Constrain

  private mutating func constrain(_ training: Judgement) throws {
    for placed in loop.objective.constraints {
      placed.constraint.firstGain = loop.firstGain(ofTerm: placed.term, loss: training.loss)
    }
    try crossFitting?.correct()
    loop.home = try Buffer(copying: loop.trainer.weights.elements, for: "weights")
    loop.pull = effort.pull
    if var candidates = try ReducedCandidates(loop) { try candidates.find() }
    try loop.measureTrainingRows(pace: 1)
    var steps = 0
    ending = .budget
    for cycle in 0..<effort.cycles {
      let before = loop.best?.rank
      var spent = 0
      while spent < effort.cycleSteps {
        // Decreases from 1 to 1/20 along half a cosine.
        let phase = Float(spent) / Float(effort.cycleSteps)
        loop.rateFactor = (0.05 + 0.95 * 0.5 * (1 + cosine(phase))) * (cycle == 0 ? 1 : 0.5)
        let count = try block(minimum: 8, phase: "constrain", spent: effort.fitSteps + steps)
        spent += count
        steps += count
        let training = try loop.measureTrainingRows(pace: Double(loop.rateFactor), fitsThreshold: true)
        let heldOut = try loop.heldOut?.judge(loop)
        note(phase: "constrain", validationLoss: heldOut?.loss)
        try loop.keepIfBest(loop.rank(training, heldOut))
      }
      // Another cycle is run only if the last one improved the best candidate by more than noise.
      if cycle > 0, let best = loop.best?.rank, let before, !best.isClearlyBetter(than: before) {
        ending = .settled
        break
      }
    }
    loop.rateFactor = 1
  }

  /// An approximation of cos(π x) that is sufficient for a schedule.
  private func cosine(_ x: Float) -> Float { 1 - 2 * x * x * (3 - 2 * x) }

  /// Runs whole epochs until at least `minimum` steps are taken.
  ///
  /// - Returns: the number of steps.
  private mutating func block(minimum: Int, phase: String, spent: Int) throws -> Int {
    let first = loop.position.step
    loop.position.sums = TrainingLoop.EpochSums(
      gaps: Array(repeating: 0, count: loop.objective.gapNames.count))
    let started = monotonicSeconds()
    repeat {
      loop.arrangeRows()
      while loop.position.row < loop.rows.rows {
        try loop.step()
        let sums = loop.position.sums
        let rows = sums.batches * Double(effort.batchSize)
        try progress.report(
          phase: phase, epoch: loop.position.epoch + 1, step: spent + loop.position.step - first,
          rowsPerSecond: rows / max(monotonicSeconds() - started, 1e-9), always: false
        ) { (sums.loss / max(sums.batches, 1), loop.gapsJSON(loop.meanGaps)) }
      }
      loop.position.epoch += 1
      loop.position.row = 0
    } while loop.position.step - first < minimum
    return loop.position.step - first
  }

  private func note(phase: String, validationLoss: Double?) {
    loop.noteHistory(phase: phase, validationLoss: validationLoss)
  }
}

extension CandidateRank {
  /// The rank in the first phase: the loss alone.
  init(loss: Double) {
    (violation, cost, isConstant, isWrecked, isUseful) = (0, loss, false, false, true)
  }

  func isClearlyBetter(than other: CandidateRank) -> Bool {
    isBetter(than: other)
      && (isSound != other.isSound || violation < 0.9 * other.violation - 1e-9 || cost < other.cost - 1e-3)
  }
}

extension TrainingLoop {
  /// Whether there is one label per row, so that outputs can be kept close to anchors.
  var anchorsFit: Bool { rows.words == nil && rows.targets.count == 1 }

  /// Stores the network's outputs as anchors.
  func makeAnchors(_ outputs: Buffer<Float>) {
    TrainingObjective.makeAnchors(
      outputs.pointer, rows: rows.rows, width: network.graph.outputWidth, task: rows.targets[0].labels.task)
    anchors = outputs
  }

  /// The first gain of a multiplier: twice the loss per row divided by the square of the signal's scale.
  func firstGain(ofTerm term: Int, loss: Double) -> Float {
    let entry = goal.fairness[term]
    let scale: Double
    switch entry.signal ?? entry.objective.defaultSignal {
    case .probability, .decision:
      if rows.targets[0].labels.task == .regression { scale = labelDeviation } else { scale = 1 }
    case .logit: scale = rows.targets[0].labels.task == .regression ? labelDeviation : 2
    case .loss: scale = max(loss, 1e-9)
    }
    return Float(2 * max(loss, 1e-3 * scale * scale) / (scale * scale))
  }

  private var labelDeviation: Double {
    let values = rows.targets[0].values
    guard values.count > 0 else { return 1 }
    let mean = values.elements.reduce(0) { $0 + Double($1) } / Double(values.count)
    let variance =
      values.elements.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count)
    return variance > 0 ? variance.squareRoot() : 1
  }

  /// Adds an entry for a phase to the history.
  func noteHistory(phase: String, validationLoss: Double?) {
    let batches = max(position.sums.batches, 1)
    var entry: [JSONValue.Member] = [
      .init("phase", .string(phase)), .init("epoch", .integer(position.epoch)),
      .init("loss", .finite(position.sums.loss / batches)),
      .init("prediction_loss", .finite(position.sums.prediction / batches)),
      .init("gaps", gapsJSON(meanGaps)), .init("multipliers", multipliersJSON),
      .init("learning_rate", .finite(effort.learningRate * Double(rateFactor))),
    ]
    if let validationLoss { entry.append(.init("validation_loss", .finite(validationLoss))) }
    position.history.append(.object(entry))
  }
}
