import Engine
import Fairness
import Formats
import Platform

/// Runs the epochs of a fine-tuning: batches in order, the objective, the optimizer, and after each epoch
/// the validation rows.
final class TrainingLoop {
  let config: FineTuneConfig
  let rows: TrainingRows
  let attributes: [AttributeReference]
  let network: Network
  let trainer: Trainer
  let objective: BatchObjective
  let optimizer: any Optimizer
  let optimizerMemory: [Buffer<Float>]
  let touchedWeights: TouchedWeights
  private let schedule: Schedule
  private let order: Buffer<Int64>
  /// For texts: the tokens of each of the batch's rows.
  private let batchLengths: Buffer<Int32>
  private let accumulated: Buffer<Float>?
  private let batchCapacity: Int
  private let augmentation: Augmentation?
  let rankAllocation: RankAllocation?
  /// Parts of the weights, by where they begin, that have so large a share of the learning rate.
  private let rateSpans: [(start: Int, end: Int, share: Float)]

  /// Where training stands; what a checkpoint keeps beside the arrays.
  struct Position {
    /// Whole steps taken.
    var step = 0
    var epoch = 0
    /// The next row of the epoch's order.
    var row = 0
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
  var best: (rank: EpochRank, weights: Buffer<Float>, statistics: [Buffer<Float>], epoch: Int)?

  let stepsPerEpoch: Int
  var totalSteps: Int { stepsPerEpoch * config.train.epochs }

  /// - Parameter trainedGraph: the network's graph, or the part of it behind what stays the same for each row; of the
  ///   same parameters.
  /// - Parameter rateShares: of each parameter: what of the learning rate it has; nil: all have all of it.
  init(
    _ config: FineTuneConfig, rows: TrainingRows, attributes: [AttributeReference], network: Network,
    trainedGraph: Graph, trainable: [Bool], rateShares: [Float]? = nil
  ) throws {
    self.config = config
    self.attributes = attributes
    self.network = network
    augmentation = try Augmentation(config.train.augment, network.graph)
    // Layers below everything that is trained are computed once for all epochs, if they see the same each time.
    let frozen =
      rows.hasCounterfactuals || augmentation != nil
      ? nil : try FrozenPart(of: trainedGraph, trainable: trainable)
    let rows = try frozen.map { try rows.computed(by: $0) } ?? rows
    self.rows = rows
    batchCapacity = min(config.train.batchSize, max(rows.rows, 1))
    let rowsAtOnce = rows.hasCounterfactuals ? 2 * batchCapacity : batchCapacity
    let trainer = try Trainer(
      frozen?.above ?? trainedGraph, trainable: trainable,
      capacity: rows.capacity(batchCapacity),
      recomputation: config.train.recomputation(ofTexts: network.graph.readsTokens))
    self.trainer = trainer
    objective = try BatchObjective(
      config, rows: rows, attributes: attributes, width: network.graph.outputWidth, capacity: batchCapacity)
    optimizer = config.train.optimizer.optimizer
    optimizerMemory = try (0..<optimizer.memories).map { _ in
      try Buffer<Float>(count: trainer.weights.count, for: "the optimizer")
    }
    touchedWeights = try TouchedWeights(count: trainer.weights.count)
    let batches = (rows.rows + batchCapacity - 1) / batchCapacity
    stepsPerEpoch = (batches + config.train.accumulate - 1) / config.train.accumulate
    let (total, overflow) = stepsPerEpoch.multipliedReportingOverflow(by: config.train.epochs)
    schedule = config.train.schedule.schedule(steps: overflow ? Int.max / 2 : total)
    batchLengths = try Buffer<Int32>(count: rows.inputs.tokens == nil ? 0 : rowsAtOnce, for: "a batch")
    order = try Buffer<Int64>(count: rows.rows, for: "the order of rows")
    accumulated =
      config.train.accumulate > 1 ? try Buffer<Float>(count: trainer.gradients.count, for: "gradients") : nil
    earlyStopping = config.train.earlyStopping.map(EarlyStopping.init)
    rankAllocation = try RankAllocation(
      config.train.adapter, network.graph, trainer, steps: overflow ? Int.max / 2 : total)
    rateSpans = Self.spans(rateShares ?? [], trainer)
    position.sums.gaps = Array(repeating: 0, count: objective.gapNames.count)
  }

  private static func spans(_ shares: [Float], _ trainer: Trainer) -> [(start: Int, end: Int, share: Float)] {
    var spans: [(start: Int, end: Int, share: Float)] = []
    for (parameter, share) in shares.enumerated() {
      guard let start = trainer.offset(ofParameter: parameter) else { continue }
      if let last = spans.indices.last {
        if spans[last].share == share { continue }
        spans[last].end = start
      }
      spans.append((start, trainer.weights.count, share))
    }
    return spans.isEmpty ? [(0, trainer.weights.count, 1)] : spans
  }

  /// - Parameters:
  ///   - judge: the validation rows' judgement of the weights as they are; called when something needs it.
  ///   - checkpoint: called between steps.
  func run(
    progress callback: Progress.Callback?, judge: () throws -> Validation.Result,
    checkpoint: (TrainingLoop) throws -> Void
  ) throws {
    var progress = Progress(callback, totalSteps: totalSteps, firstStep: position.step)
    while position.epoch < config.train.epochs && !position.stopped {
      arrangeRows()
      var started = monotonicSeconds()
      while position.row < rows.rows {
        step()
        try Memory.check()
        let seconds = monotonicSeconds() - started
        try progress.report(
          phase: "train", epoch: position.epoch + 1, step: position.step,
          rowsPerSecond: Double(position.row) / max(position.sums.seconds + seconds, 1e-9), always: false
        ) { (position.sums.loss / max(position.sums.batches, 1), gapsJSON(meanGaps)) }
        if let every = config.train.checkpoint?.everySteps, position.step % every == 0,
          position.row < rows.rows
        {
          position.sums.seconds += monotonicSeconds() - started
          started = monotonicSeconds()
          try checkpoint(self)
        }
      }
      position.sums.seconds += monotonicSeconds() - started
      try finishEpoch(&progress, judge)
      if let every = config.train.checkpoint?.everySteps, position.step % every == 0 { try checkpoint(self) }
    }
  }

  /// The order follows from seed and epoch alone, so that a resumed training sees the same rows.
  private func arrangeRows() {
    for row in 0..<rows.rows { order.pointer[row] = Int64(row) }
    guard config.train.shuffle else { return }
    var random = RandomStream(
      seed: UInt64(bitPattern: Int64(config.train.seed)), purpose: "order of epoch \(position.epoch)")
    for row in stride(from: rows.rows - 1, to: 0, by: -1) {
      let other = random.below(row + 1)
      (order.pointer[row], order.pointer[other]) = (order.pointer[other], order.pointer[row])
    }
  }

  private func step() {
    let started = position.row
    let remaining = rows.rows - started
    let micro = min(config.train.accumulate, (remaining + batchCapacity - 1) / batchCapacity)
    var seed = RandomStream(seed: UInt64(bitPattern: Int64(config.train.seed)) &+ UInt64(position.step))
    let draw = seed.next()
    var (loss, prediction) = (0.0, 0.0)
    for part in 0..<micro {
      let (partLoss, partPrediction) = backward(seed: draw &+ UInt64(part), share: 1 / Float(micro))
      loss += partLoss / Double(micro)
      prediction += partPrediction / Double(micro)
      for index in position.sums.gaps.indices {
        position.sums.gaps[index] += Double(objective.gaps.pointer[index]) / Double(micro)
      }
      if let accumulated, micro > 1 { fold(part, of: micro, into: accumulated) }
    }
    loss += rankAllocation?.observe() ?? 0
    let norm = config.train.clipNorm != nil || config.train.trace ? trainer.gradientNorm : 0
    if let limit = config.train.clipNorm, norm > Float(limit) {
      trainer.scaleGradients(by: Float(limit) / norm)
    }
    position.step += 1
    let rate = Float(config.train.optimizer.learningRate) * schedule.factor(step: position.step)
    updateWeights(rate: rate)
    rankAllocation?.prune(step: position.step)
    if config.train.trace { trace(loss, prediction, norm: norm, rate: rate) }
    objective.ascend()
    position.sums.loss += loss
    position.sums.prediction += prediction
    position.sums.batches += 1
  }

  /// The optimizer on all workers: each weight's change depends on that weight alone.
  private func updateWeights(rate: Float) {
    let block = TouchedWeights.block
    let pieces = rateSpans.flatMap { span in
      WorkerPool.shards(of: (span.end - span.start) / block, minimum: (1 << 18) / block).map {
        (span.start + $0.lowerBound * block..<span.start + $0.upperBound * block, span.share)
      }
    }
    WorkerPool.run(shards: pieces.count) { index in
      touchedWeights.update(
        pieces[index].0, by: optimizer, of: trainer.weights.pointer, trainer.gradients.pointer,
        learningRate: rate * pieces[index].1, step: position.step, memory: optimizerMemory.map(\.pointer))
    }
  }

  /// Forward, objective and backward of the next batch.
  private func backward(seed: UInt64, share: Float) -> (loss: Double, prediction: Double) {
    let count = min(batchCapacity, rows.rows - position.row)
    let indices = UnsafePointer(order.pointer + position.row)
    position.row += count
    let lines = rows.hasCounterfactuals ? 2 * count : count
    if let tokens = rows.inputs.tokens {
      tokens.balance(order.pointer + (position.row - count), count: count, parts: WorkerPool.threads)
      for place in 0..<count { batchLengths.pointer[place] = tokens.lengths.pointer[Int(indices[place])] }
      if let switched = rows.counterfactualTokens {
        for place in 0..<count {
          batchLengths.pointer[count + place] = switched.lengths.pointer[Int(indices[place])]
        }
      }
    }
    let lengths = rows.inputs.tokens == nil ? nil : UnsafePointer(batchLengths.pointer)
    trainer.forward(rows: lines, lengths: lengths, seed: seed) { range, inputs in
      rows.gather(indices, count: count, lines: range, seed: seed, inputs)
      augmentation?.apply(to: inputs[0], rows: range.count, firstRow: range.lowerBound, seed: seed)
    }
    let losses = objective.evaluate(
      rows, indices, count: count, width: network.graph.outputWidth, outputs: trainer.outputs.pointer,
      gradients: trainer.outputGradients.pointer, share: share)
    trainer.backward(seed: seed)
    return losses
  }

  /// Adds one batch's gradients to those of the step; the last part leaves the sum with the trainer.
  private func fold(_ part: Int, of parts: Int, into sum: Buffer<Float>) {
    if part == 0 {
      sum.pointer.update(from: trainer.gradients.pointer, count: sum.count)
    } else {
      for index in 0..<sum.count { sum.pointer[index] += trainer.gradients.pointer[index] }
    }
    if part == parts - 1 { trainer.gradients.pointer.update(from: sum.pointer, count: sum.count) }
  }

  private var meanGaps: [Double] { position.sums.gaps.map { $0 / max(position.sums.batches, 1) } }

  func gapsJSON(_ values: [Double]) -> JSONValue {
    .object(zip(objective.gapNames, values).map { .init($0, .finite($1)) })
  }

  /// The multipliers of the constraints, by gap; penalties have none.
  private var multipliersJSON: JSONValue {
    .object(
      zip(objective.gapNames, objective.multipliers).filter { name, _ in
        zip(config.fairness, attributes).contains { entry, attribute in
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
    let rate = config.train.optimizer.learningRate * Double(schedule.factor(step: max(position.step, 1)))
    var entry: [JSONValue.Member] = [
      .init("epoch", .integer(position.epoch)), .init("loss", .finite(position.sums.loss / batches)),
      .init("prediction_loss", .finite(position.sums.prediction / batches)),
      .init("gaps", gapsJSON(meanGaps)), .init("multipliers", multipliersJSON),
      .init("learning_rate", .finite(rate)), .init("rows_per_second", .finite(speed.rounded())),
    ]
    if earlyStopping != nil || config.train.keep == .best {
      let result = try judge()
      entry.append(.init("validation_loss", .finite(result.loss)))
      let gaps = Dictionary(zip(objective.gapNames, meanGaps), uniquingKeysWith: { first, _ in first })
      if config.train.keep == .best {
        try keepIfBest(EpochRank(result, config, attributes: attributes, gaps: gaps))
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

  private func keepIfBest(_ rank: EpochRank) throws {
    if let best, !rank.isBetter(than: best.rank) { return }
    best = (
      rank, try Buffer(copying: trainer.weights.elements, for: "weights"),
      try trainer.runningStatistics.map { try Buffer(copying: $0.elements) }, position.epoch
    )
  }

  /// The network with the weights to keep, and the end of the training.
  func tunedNetwork() throws -> Network {
    if let best {
      trainer.weights.pointer.update(from: best.weights.pointer, count: best.weights.count)
      for (target, source) in zip(trainer.runningStatistics, best.statistics) {
        target.pointer.update(from: source.pointer, count: source.count)
      }
    }
    trainer.finish()
    for memory in optimizerMemory { memory.clear() }
    var tuned = try presentNetwork()
    tuned.graph = try tuned.graph.droppingPrunedRanks().withPrecision(network.graph.precision)
    return tuned
  }

  /// The network as it is now, until the next step.
  func presentNetwork() throws -> Network {
    var tuned = network
    tuned.graph = try trainer.trained(network.graph)
    return tuned
  }
}
