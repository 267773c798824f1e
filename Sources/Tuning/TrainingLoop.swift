import Engine
import Fairness
import Formats
import Models
import Platform

/// Runs the epochs of a fine-tuning: the batches in order, the objective, the optimizer, and the validation
/// after each epoch.
final class TrainingLoop {
  let settings: GradientSettings
  let goal: TrainingGoal
  let rows: TrainingRows
  let network: Network
  let trainer: Trainer
  let objective: BatchObjective
  let updates: WeightUpdates
  private let schedule: Schedule
  let effort: Effort
  private let order: Buffer<Int64>
  /// For texts: the number of tokens of each row in the batch.
  private let batchLengths: Buffer<Int32>
  /// For texts: divides their tokens evenly among the workers.
  private let balance: BatchBalance?
  private let accumulated: Buffer<Float>?
  let batchCapacity: Int
  /// The number of rows in one chunk of a pass without gradients.
  let passCapacity: Int
  let frozen: FrozenPart?
  private let augmentation: Augmentation?
  let rankAllocation: RankAllocation?

  /// The position of the training; checkpoints store it in addition to the arrays.
  struct Position {
    /// The number of completed steps.
    var step = 0
    var epoch = 0
    /// The index of the next row in the epoch's order.
    var row = 0
    /// The number of steps in the current round of the constraints.
    var roundSteps = 0
    var history: [JSONValue] = []
    var steps: [JSONValue] = []
    var sums = EpochSums()
    var stopped = false
  }
  /// Sums over the batches of an epoch, for its entry in the history.
  struct EpochSums {
    var loss = 0.0
    var prediction = 0.0
    var gaps: [Double] = []
    var batches = 0.0
    var seconds = 0.0
  }
  var position = Position()
  var earlyStopping: EarlyStopping?
  var best: Candidate?
  /// The epoch, or round, of the tuned model's weights; nil: the last one.
  var keptEpoch: Int?
  /// Whether a reduction found the tuned model's weights.
  var keepsReduction = false
  /// Whether cross-fitting corrected the constraints.
  var isCorrected = false
  /// Whether all outputs were shifted at the end.
  var outputsWereShifted = false
  /// The held-out rows; nil: there are none, or they cannot be judged between epochs.
  var heldOut: RowJudge?
  /// The outputs of the anchor model, (rows, outputs).
  var anchors: Buffer<Float>?
  /// The outputs of the training rows, for one label per row; allocated when training begins.
  private(set) var trainingOutputs: Buffer<Float>?
  /// How all outputs can be shifted; nil: they cannot.
  private(set) lazy var shift = OutputShifting(self)
  /// The offset of the decision logit until the outputs are shifted.
  var offset: Float = 0 {
    didSet {
      objective.decide(offset: offset)
      heldOut?.objective.decide(offset: offset)
    }
  }
  /// nil: there is no model without constraints.
  var unconstrained: UnconstrainedDecisions?
  /// The weights of the model without constraints, towards which steps are pulled.
  var home: Buffer<Float>?
  /// The strength of the pull.
  var pull: Float = 0
  /// A factor for the learning rate, set by phases.
  var rateFactor: Float = 1
  /// The number of steps in a round of the constraints.
  private let roundLength: Int
  let hasConstraints: Bool

  let stepsPerEpoch: Int
  /// The number of passes over the rows, for a training without phases.
  let epochs: Int
  var totalSteps: Int { stepsPerEpoch.multipliedReportingOverflow(by: epochs).partialValue }

  /// - Parameter trainedGraph: the network's graph, or the part above the layers whose outputs are the same
  ///   in every epoch; it has the same parameters.
  /// - Parameter rateShares: for each parameter, its factor for the learning rate; nil: 1 for all.
  init(
    _ settings: GradientSettings, _ goal: TrainingGoal, rows: TrainingRows, network: Network,
    trainedGraph: Graph,
    trainable: [Bool], effort: Effort, rateShares: [Float]? = nil
  ) throws {
    self.settings = settings
    self.goal = goal
    self.effort = effort
    epochs = settings.epochs ?? effort.epochs
    hasConstraints = goal.hasConstraints
    self.network = network
    augmentation = try Augmentation(settings.augment, network.graph)
    // Layers below all trained layers are computed once for all epochs, if their inputs do not change.
    let frozen =
      rows.hasCounterfactuals || augmentation != nil
      ? nil : try FrozenPart(of: trainedGraph, trainable: trainable)
    let rows = try frozen.map { try rows.computed(by: $0) } ?? rows
    self.rows = rows
    batchCapacity = min(effort.batchSize, max(rows.rows, 1))
    let passes = hasConstraints || effort.hasPhases
    passCapacity =
      passes && rows.inputs.tokens == nil && network.graph.work < 1 << 18
      ? max(batchCapacity, min(rows.rows, 1024)) : batchCapacity
    let rowsAtOnce = rows.hasCounterfactuals ? 2 * batchCapacity : batchCapacity
    self.frozen = frozen
    let trainer = try Trainer(
      frozen?.above ?? trainedGraph, trainable: trainable,
      capacity: rows.capacity(passCapacity),
      recomputation: settings.recompute.recomputation(
        ofTexts: network.graph.readsTokens, memoryLimit: settings.memoryLimit))
    self.trainer = trainer
    objective = try BatchObjective(
      goal, rows: rows, width: network.graph.outputWidth, capacity: passCapacity,
      movesEachStep: !effort.hasPhases)
    updates = try WeightUpdates(
      settings.optimizer.optimizer(weightDecay: effort.weightDecay), of: trainer, rateShares: rateShares)
    let batches = (rows.rows + batchCapacity - 1) / batchCapacity
    stepsPerEpoch = (batches + settings.accumulate - 1) / settings.accumulate
    let (total, overflow) = stepsPerEpoch.multipliedReportingOverflow(by: epochs)
    schedule = settings.schedule.schedule(steps: overflow ? Int.max / 2 : total)
    let rounds = max((stepsPerEpoch + 63) / 64, 1)
    roundLength = effort.hasPhases ? (stepsPerEpoch + rounds - 1) / rounds : 1
    batchLengths = try Buffer<Int32>(count: rows.inputs.tokens == nil ? 0 : rowsAtOnce, for: "a batch")
    balance =
      rows.inputs.tokens == nil
      ? nil : try BatchBalance(capacity: batchCapacity, parts: WorkerPool.threads)
    order = try Buffer<Int64>(count: rows.rows, for: "the order of rows")
    accumulated =
      settings.accumulate > 1 ? try Buffer<Float>(count: trainer.gradients.count, for: "gradients") : nil
    earlyStopping = settings.earlyStopping.map(EarlyStopping.init)
    rankAllocation = try RankAllocation(
      settings.adapter, network.graph, trainer, steps: overflow ? Int.max / 2 : total)
    position.sums.gaps = Array(repeating: 0, count: objective.gapNames.count)
    if passes, rows.words == nil, rows.targets.count == 1 {
      trainingOutputs = try Buffer<Float>(count: rows.rows * network.graph.outputWidth, for: "outputs")
    }
  }

  /// - Parameters:
  ///   - judge: judges the current weights on the validation rows; called only if the result is needed.
  ///   - checkpoint: called between steps.
  func run(
    progress callback: Progress.Callback?, judge: () throws -> Validation.Result,
    checkpoint: (TrainingLoop) throws -> Void
  ) throws {
    var progress = Progress(callback, totalSteps: totalSteps, firstStep: position.step)
    if hasConstraints, position.step == 0 { try measureTrainingRows(pace: 0) }
    while position.epoch < epochs && !position.stopped {
      arrangeRows()
      var started = monotonicSeconds()
      while position.row < rows.rows {
        try step()
        try Memory.check()
        let seconds = monotonicSeconds() - started
        try progress.report(
          phase: "train", epoch: position.epoch + 1, step: position.step,
          rowsPerSecond: Double(position.row) / max(position.sums.seconds + seconds, 1e-9), always: false
        ) { (position.sums.loss / max(position.sums.batches, 1), gapsJSON(meanGaps)) }
        if let every = settings.checkpoint?.everySteps, position.step % every == 0,
          position.row < rows.rows
        {
          position.sums.seconds += monotonicSeconds() - started
          started = monotonicSeconds()
          try checkpoint(self)
        }
      }
      position.sums.seconds += monotonicSeconds() - started
      try finishEpoch(&progress, judge)
      if let every = settings.checkpoint?.everySteps, position.step % every == 0 { try checkpoint(self) }
    }
  }

  /// The order depends only on seed and epoch, so that a resumed training sees the same rows.
  func arrangeRows() {
    for row in 0..<rows.rows { order.pointer[row] = Int64(row) }
    guard settings.shuffle else { return }
    var random = RandomStream(
      seed: UInt64(bitPattern: Int64(settings.seed)), purpose: "order of epoch \(position.epoch)")
    for row in stride(from: rows.rows - 1, to: 0, by: -1) {
      let other = random.below(row + 1)
      (order.pointer[row], order.pointer[other]) = (order.pointer[other], order.pointer[row])
    }
  }

  func step() throws {
    let started = position.row
    let remaining = rows.rows - started
    let micro = min(settings.accumulate, (remaining + batchCapacity - 1) / batchCapacity)
    var seed = RandomStream(seed: UInt64(bitPattern: Int64(settings.seed)) &+ UInt64(position.step))
    let draw = seed.next()
    var (loss, prediction) = (0.0, 0.0)
    for part in 0..<micro {
      let (partLoss, partPrediction) = try backward(seed: draw &+ UInt64(part), share: 1 / Float(micro))
      loss += partLoss / Double(micro)
      prediction += partPrediction / Double(micro)
      for index in position.sums.gaps.indices {
        position.sums.gaps[index] += Double(objective.gaps.pointer[index]) / Double(micro)
      }
      if let accumulated, micro > 1 { fold(part, of: micro, into: accumulated) }
    }
    loss += rankAllocation?.observe() ?? 0
    let norm = settings.clipNorm != nil || settings.trace ? trainer.gradientNorm : 0
    if let limit = settings.clipNorm, norm > Float(limit) {
      trainer.scaleGradients(by: Float(limit) / norm)
    }
    position.step += 1
    let rate = Float(effort.learningRate) * rateFactor * schedule.factor(step: position.step)
    updates.apply(rate: rate, step: position.step)
    drawBack(rate: rate)
    rankAllocation?.prune(step: position.step)
    if settings.trace { trace(loss, prediction, norm: norm, rate: rate) }
    objective.ascend()
    endRoundIfDue()
    position.sums.loss += loss
    position.sums.prediction += prediction
    position.sums.batches += 1
  }

  private func drawBack(rate: Float) {
    guard let home, pull > 0 else { return }
    let share = min(rate * pull, 1)
    for index in 0..<home.count {
      trainer.weights.pointer[index] -= share * (trainer.weights.pointer[index] - home.pointer[index])
    }
  }

  /// Within an epoch, a round ends after a number of steps; at the end of an epoch, all rows are measured.
  private func endRoundIfDue() {
    guard hasConstraints else { return }
    position.roundSteps += 1
    guard position.roundSteps >= roundLength, position.row < rows.rows || !effort.hasPhases else { return }
    objective.settle(
      memory: effort.hasPhases ? Self.roundMemory : 1 - 1 / Double(Self.window), pace: Double(rateFactor),
      steps: position.roundSteps)
    position.roundSteps = 0
  }
  /// The weight of earlier rounds in the statistics of a round that has not seen all rows.
  private static let roundMemory = 0.5
  /// The number of batches behind the gaps if multipliers are updated after every step.
  static let window = 10

  /// Replaces the values of a parameter before training begins.
  func start(_ values: [Float], ofParameter parameter: Int) {
    guard let offset = trainer.offset(ofParameter: parameter), offset + values.count <= trainer.weights.count
    else { return }
    for (index, value) in values.enumerated() { trainer.weights.pointer[offset + index] = value }
  }

  /// Clears the optimizer's state at the beginning of a phase.
  func resetOptimizer() {
    updates.forget()
    position.step = 0
  }

  /// Runs forward, objective and backward for the next batch.
  private func backward(seed: UInt64, share: Float) throws -> (loss: Double, prediction: Double) {
    let count = min(batchCapacity, rows.rows - position.row)
    let indices = UnsafePointer(order.pointer + position.row)
    position.row += count
    let lines = rows.hasCounterfactuals ? 2 * count : count
    if let tokens = rows.inputs.tokens {
      balance?.arrange(order.pointer + (position.row - count), count: count, by: tokens.lengths)
      for place in 0..<count { batchLengths.pointer[place] = tokens.lengths.pointer[Int(indices[place])] }
      if let switched = rows.counterfactualTokens {
        for place in 0..<count {
          batchLengths.pointer[count + place] = switched.lengths.pointer[Int(indices[place])]
        }
      }
    }
    let lengths = rows.inputs.tokens == nil ? nil : UnsafePointer(batchLengths.pointer)
    do {
      try trainer.forward(rows: lines, lengths: lengths, seed: seed) { range, inputs in
        rows.gather(indices, count: count, lines: range, seed: seed, inputs)
        augmentation?.apply(to: inputs[0], rows: range.count, firstRow: range.lowerBound, seed: seed)
      }
    } catch let failure as RowFailure {
      // Switched copies of the rows follow them.
      throw failure.failure { Int(indices[$0 < count ? $0 : $0 - count]) }
    }
    let losses = objective.evaluate(
      rows, anchors: anchors, indices, count: count, width: network.graph.outputWidth,
      outputs: trainer.outputs.pointer,
      gradients: trainer.outputGradients.pointer, share: share)
    try trainer.backward(seed: seed)
    return losses
  }

  /// Adds the gradients of one batch to those of the step; after the last part, the sum is stored in the
  /// trainer.
  private func fold(_ part: Int, of parts: Int, into sum: Buffer<Float>) {
    if part == 0 {
      sum.pointer.update(from: trainer.gradients.pointer, count: sum.count)
    } else {
      for index in 0..<sum.count { sum.pointer[index] += trainer.gradients.pointer[index] }
    }
    if part == parts - 1 { trainer.gradients.pointer.update(from: sum.pointer, count: sum.count) }
  }

  var meanGaps: [Double] { position.sums.gaps.map { $0 / max(position.sums.batches, 1) } }

  func gapsJSON(_ values: [Double]) -> JSONValue {
    .object(zip(objective.gapNames, values).map { .init($0, .finite($1)) })
  }

  /// The multipliers of the constraints, by gap; penalties have none.
  var multipliersJSON: JSONValue {
    .object(
      zip(objective.gapNames, objective.multipliers).filter { name, _ in
        zip(goal.fairness, goal.attributes).contains { entry, attribute in
          entry.tolerance != nil && name.hasPrefix("\(entry.objective.rawValue)(\(attribute.label))")
        }
      }.map { .init($0, .finite($1)) })
  }

  private func trace(_ loss: Double, _ prediction: Double, norm: Float, rate: Float) {
    position.steps.append([
      "step": .integer(position.step), "loss": .finite(loss), "prediction_loss": .finite(prediction),
      "gaps": gapsJSON(objective.gaps.array.map(Double.init)), "multipliers": multipliersJSON,
      "gradient_norm": .finite(norm), "learning_rate": .finite(rate),
    ])
  }

  private func finishEpoch(_ progress: inout Progress, _ judge: () throws -> Validation.Result) throws {
    position.epoch += 1
    position.row = 0
    let batches = max(position.sums.batches, 1)
    let speed = Double(rows.rows) / max(position.sums.seconds, 1e-9)
    let rate = effort.learningRate * Double(schedule.factor(step: max(position.step, 1)))
    var entry: [JSONValue.Member] = [
      .init("epoch", .integer(position.epoch)), .init("loss", .finite(position.sums.loss / batches)),
      .init("prediction_loss", .finite(position.sums.prediction / batches)),
      .init("gaps", gapsJSON(meanGaps)), .init("multipliers", multipliersJSON),
      .init("learning_rate", .finite(rate)), .init("rows_per_second", .finite(speed.rounded())),
    ]
    if hasConstraints || keepsBest {
      let training = try measureTrainingRows(pace: 0, fitsThreshold: keepsBest)
      let judgement = try heldOut?.judge(self)
      if let judgement { entry.append(.init("validation_loss", .finite(judgement.loss))) }
      if keepsBest { try keepIfBest(rank(training, judgement)) }
    }
    if earlyStopping != nil {
      let result = try judge()
      if !entry.contains(where: { $0.key == "validation_loss" }) {
        entry.append(.init("validation_loss", .finite(result.loss)))
      }
      if var stopping = earlyStopping {
        let (value, merit) = try stopping.value(of: result)
        entry.append(.init("validation_metric", .finite(value)))
        position.stopped = stopping.observe(merit)
        earlyStopping = stopping
      }
    }
    position.history.append(.object(entry))
    let (loss, gaps) = (position.sums.loss / batches, gapsJSON(meanGaps))
    position.sums = EpochSums(gaps: Array(repeating: 0, count: objective.gapNames.count))
    try progress.report(
      phase: "epoch", epoch: position.epoch, step: position.step, rowsPerSecond: speed, always: true
    ) { (loss, gaps) }
  }

  /// The network with the selected weights; ends the training.
  func tunedNetwork() throws -> Network {
    trainer.finish()
    updates.forget()
    var tuned = try presentNetwork()
    tuned.graph = try tuned.graph.droppingPrunedRanks().withPrecision(network.graph.precision)
    return tuned
  }

  /// The current network; valid until the next step, unless its weights are copied.
  func presentNetwork(copied: Bool = false) throws -> Network {
    var tuned = network
    tuned.graph = try trainer.trained(network.graph, copied: copied)
    return tuned
  }
}
