import Engine
import EngineKernels
import Fairness
import Formats
import Models
import Platform

/// Trains a network on rows whose labels and weights follow from costs, again and again.
///
/// If all rows can be read in one pass quickly, L-BFGS minimizes the mean loss over them; otherwise batches are
/// trained for the usual number of epochs.
final class CostLearner {
  let loop: TrainingLoop
  /// The labels and weights of the training rows, and of the held-out rows, which are replaced.
  private let rows: CostRows
  private let heldOut: CostRows?
  private let usesAllRows: Bool
  /// The maximum number of L-BFGS steps of a training with early stopping, after the first.
  private let steps: Int
  /// The strength of the pull of the weights towards `home`: the penalty is strength / 2 · |w − home|².
  private let pull: Float
  private let home: Buffer<Float>
  /// Whether the training ends when the held-out loss does not decrease any more.
  private let stopsEarly: Bool
  /// The weights after the first training, from which those with early stopping start, so that what single rows
  /// taught does not add up.
  private var start: Buffer<Float>?
  /// For linear models: the weights of earlier trainings by their multipliers. The loss is convex, so that the nearest
  /// ones only save steps.
  private var earlier: [(multipliers: [Double], weights: Buffer<Float>)] = []

  /// Where trainings start.
  enum Training {
    /// From the network's weights, with as many steps as they need; batches are trained if the configuration sets how.
    ///
    /// - Parameter judge: judges a network on the validation rows, for early stopping.
    case whole(judge: (Network) throws -> Validation.Result)
    /// From weights that are trained without costs already, by L-BFGS alone; networks with hidden layers take at most
    /// this number of steps.
    case continuing(steps: Int)
  }
  private let training: Training

  /// - Parameters:
  ///   - rows, heldOut: copies of the loop's rows whose labels and weights may be replaced
  ///     (`TrainingRows.withOwnTarget`).
  init(_ loop: TrainingLoop, rows: TrainingRows, heldOut: TrainingRows?, _ training: Training) throws {
    self.loop = loop
    self.training = training
    self.rows = try CostRows(rows)
    self.heldOut = try heldOut.map(CostRows.init)
    // As scikit-learn's logistic regression: one half of the squared weights counts as much as one row's loss.
    pull = 1 / Float(max(loop.rows.rows, 1))
    stopsEarly = !loop.effort.isLinear && loop.heldOut != nil
    home = try Buffer(copying: loop.trainer.weights.elements, for: "weights")
    if loop.effort.kind == .newLinear { home.clear() }
    switch training {
    case .whole:
      usesAllRows = Self.readsAllRows(loop) && !loop.settings.setsBatches
      steps = 60
    case .continuing(let most):
      usesAllRows = true
      steps = most
      if stopsEarly { start = try Buffer(copying: loop.trainer.weights.elements, for: "weights") }
    }
  }

  /// Whether L-BFGS trains the network: it needs quick passes over all rows, and the same function in each of them,
  /// without dropout and statistics of batches.
  static func readsAllRows(_ loop: TrainingLoop) -> Bool {
    let graph = loop.network.graph
    return loop.rows.inputs.tokens == nil && graph.work < 1 << 18
      && graph.nodes.allSatisfy { !$0.operation.isIdentityInPrediction && $0.operation.statistics.isEmpty }
  }

  /// Trains with the costs that multipliers give to the rows.
  func learn(_ reduced: ReducedRows, _ multipliers: [Double]) throws {
    rows.take(try reduced.problem.costs(multipliers), reduced.problem.goal)
    if let held = reduced.heldOut { heldOut?.take(try held.costs(multipliers), held.goal) }
    guard usesAllRows else { return try trainEpochs() }
    // Multipliers with the same costs are the same.
    let multipliers = reduced.problem.reduced(multipliers)
    startWeights(for: multipliers)
    try minimize()
    if !stopsEarly {
      earlier.append(
        (multipliers, try Buffer(copying: loop.trainer.weights.elements, for: "weights")))
    }
  }

  /// Sets the weights from which a training starts.
  private func startWeights(for multipliers: [Double]) {
    func distance(_ other: [Double]) -> Double {
      zip(multipliers, other).reduce(0) { $0 + abs($1.0 - $1.1) }
    }
    let nearest = earlier.min { distance($0.multipliers) < distance($1.multipliers) }
    guard let from = start ?? nearest?.weights else { return }
    loop.trainer.weights.pointer.update(from: from.pointer, count: from.count)
  }

  private func minimize() throws {
    var best: (loss: Double, weights: Buffer<Float>)?
    var stalls = 0
    var method = LimitedMemoryBFGS()
    // Weights that fit single rows are not wanted, so that the last steps of a network or of leaves are not taken.
    (method.steps, method.leastDecrease) = stopsEarly ? (start == nil ? 200 : steps, 1e-4) : (200, 1e-5)
    try method.minimize(loop.trainer.weights) { gradient in
      try lossOfAllRows(gradient)
    } continues: { step, _ in
      guard stopsEarly, step % 4 == 0, let loss = try heldOutLoss() else { return true }
      if let known = best, loss >= known.loss {
        stalls += 1
      } else {
        stalls = 0
        let weights = try best?.weights ?? Buffer<Float>(count: loop.trainer.weights.count, for: "weights")
        weights.pointer.update(from: loop.trainer.weights.pointer, count: weights.count)
        best = (loss, weights)
      }
      return stalls < 5
    }
    if let best { loop.trainer.weights.pointer.update(from: best.weights.pointer, count: best.weights.count) }
    if stopsEarly, start == nil { start = try Buffer(copying: loop.trainer.weights.elements, for: "weights") }
  }

  private func trainEpochs() throws {
    loop.resetOptimizer()
    loop.position = TrainingLoop.Position()
    loop.position.sums = TrainingLoop.EpochSums(gaps: [])
    guard case .whole(let judge) = training else { throw Failure.internal("batches of a short training") }
    try loop.run(progress: nil, judge: { try judge(self.loop.presentNetwork()) }) { _ in }
  }

  // MARK: All rows

  private func lossOfAllRows(_ gradient: Buffer<Float>) throws -> Double {
    gradient.clear()
    var sum = 0.0
    try loop.forEachBatch(of: loop.rows) { first, count in
      sum += rows.slopes(first, count, loop, to: loop.trainer.outputGradients.pointer)
      try loop.trainer.backward(seed: 0)
      add_values(gradient.pointer, loop.trainer.gradients.pointer, gradient.count)
    }
    var distance = 0.0
    let weights = loop.trainer.weights
    for index in 0..<weights.count {
      let difference = weights.pointer[index] - home.pointer[index]
      gradient.pointer[index] += pull * difference
      distance += Double(difference) * Double(difference)
    }
    return sum + 0.5 * Double(pull) * distance
  }

  private func heldOutLoss() throws -> Double? {
    guard let held = loop.heldOut?.rows, let heldOut else { return nil }
    var sum = 0.0
    try loop.forEachBatch(of: held) { first, count in
      sum += heldOut.slopes(first, count, loop, to: loop.trainer.outputGradients.pointer)
    }
    return sum
  }
}

/// The labels and weights of rows, which follow from costs.
final class CostRows {
  private let rows: TrainingRows
  private let values: Buffer<Float>
  private let weights: Buffer<Float>
  private let losses: Buffer<Float>

  /// - Parameter rows: rows whose labels and weights may be replaced (`TrainingRows.withOwnTarget`).
  init(_ rows: TrainingRows) throws {
    guard let target = rows.targets.first, let weights = target.weights else {
      throw Failure.internal("rows without weights in a reduction")
    }
    self.rows = rows
    (values, self.weights) = (target.values, weights)
    losses = try Buffer<Float>(count: rows.rows, for: "losses")
  }

  /// For decisions, the label becomes the decision with the lower cost, and the weight the difference of the
  /// costs; for losses, only the weight changes. The mean weight is 1.
  func take(_ costs: Buffer<Double>, _ goal: ReductionProblem.Goal) {
    let sum = costs.elements.reduce(0) { $0 + abs($1) }
    let scale = Double(costs.count) / max(sum, .leastNormalMagnitude)
    for row in 0..<costs.count {
      let cost = costs.pointer[row]
      if goal == .errors { values.pointer[row] = cost < 0 ? 1 : 0 }
      weights.pointer[row] = Float(abs(cost) * scale)
    }
  }

  /// Computes the weighted losses of some rows whose outputs the trainer has, as shares of the mean over all rows.
  ///
  /// - Parameter slopes: out, (count, width): the gradient of the sum.
  func slopes(_ first: Int, _ count: Int, _ loop: TrainingLoop, to slopes: UnsafeMutablePointer<Float>)
    -> Double
  {
    let width = loop.network.graph.outputWidth
    loop.objective.loss.evaluate(
      Batch(
        task: rows.targets[0].labels.task, rows: count, width: width, outputs: loop.trainer.outputs.pointer,
        labels: values.pointer + first), losses: losses.pointer, slopes: slopes)
    var sum = 0.0
    for row in 0..<count {
      let share = weights.pointer[first + row] / Float(weights.count)
      sum += Double(share) * Double(losses.pointer[row])
      for index in row * width..<(row + 1) * width { slopes[index] *= share }
    }
    return sum
  }
}

extension TrainingRows {
  /// The same rows with a target whose labels and weights may be replaced.
  func withOwnTarget() throws -> TrainingRows {
    let target = targets[0]
    let weights = try Buffer<Float>(count: target.values.count, for: "weights")
    weights.elements.update(repeating: 1)
    return replacing(
      target: Target(
        name: target.name, labels: target.labels,
        values: try Buffer(copying: target.values.elements, for: "labels"), weights: weights))
  }
}
