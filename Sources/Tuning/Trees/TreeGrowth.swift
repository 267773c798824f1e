import Configurations
import Engine
import Fairness
import Formats
import Models
import Platform

/// Grows more trees for an ensemble with XGBoost's library, from the gradient and the curvature of the
/// training objective (Friedman 2001; Chen and Guestrin 2016, equation 7):
///
///     value of a leaf = − learning rate · Σ g / (Σ h + λ)      over the leaf's rows
///
/// g is the gradient of the loss and the fairness terms, as in a training step over all rows. h is the
/// curvature of the prediction loss plus, for the fairness terms, the absolute value of their gradient:
/// signals are sigmoids of the outputs, and |σ″| ≤ σ′. A leaf that only the fairness terms move therefore
/// moves by at most the learning rate. For several classes, whose trees grow at the same time, h is twice the second
/// derivative with respect to an output: diag(p) − p pᵀ ≤ 2 diag(p (1 − p)).
struct TreeGrowth {
  private let settings: XGBoostGrowth.Settings
  private let rows: TrainingRows
  /// Training continues with its multipliers.
  let objective: TrainingObjective
  private let memory: BatchMemory
  private let order: Buffer<Int64>
  private let width: Int
  private let losses: Buffer<Float>
  private let lower: Buffer<Float>
  private let upper: Buffer<Float>
  private let moved: Buffer<Float>

  init(_ settings: XGBoostGrowth.Settings, _ goal: TrainingGoal, _ rows: TrainingRows, width: Int) throws {
    self.settings = settings
    self.rows = rows
    self.width = width
    objective = try TrainingObjective(
      loss: goal.loss.loss(for: rows.targets[0].labels.task, at: "/train/loss"),
      task: rows.targets[0].labels.task,
      width: width,
      terms: BatchObjective.terms(goal, rows, task: rows.targets[0].labels.task),
      capacity: rows.rows,
      threshold: Float(goal.threshold))
    memory = try BatchMemory(rows, rows.targets[0], capacity: rows.rows, width: width)
    order = try Buffer<Int64>(count: rows.rows, for: "the order of rows")
    for row in 0..<rows.rows { order.pointer[row] = Int64(row) }
    losses = try Buffer<Float>(count: rows.rows, for: "losses")
    lower = try Buffer<Float>(count: rows.rows * width, for: "curvatures")
    upper = try Buffer<Float>(count: rows.rows * width, for: "curvatures")
    moved = try Buffer<Float>(count: rows.rows * width, for: "curvatures")
  }

  /// The features of a table, for growing trees.
  struct Features {
    /// Features that trees must not use.
    var unseen = Set<Int>()
    /// Features whose numbers are categories, in addition to those that the trees split by category.
    var categorical = Set<Int>()
    /// Whether the trees before are only in the place of trees, and are dropped.
    var replacesTrees = false
  }

  /// - Parameters:
  ///   - rounds: the maximum number of rounds.
  ///   - stopping: judges each round; nil: all rounds are used.
  /// - Returns: the network with the new trees, and one report entry per round.
  /// - Throws: `unsupported` for a network that has other layers than trees, or if XGBoost's library is not
  ///   installed.
  func grow(
    _ network: Network, _ features: Features, rounds: Int, stopping: GrowthStopping? = nil,
    progress callback: Progress.Callback?
  ) throws -> (network: Network, history: [JSONValue]) {
    let model = try TreeModel(network) { "no trees can be grown for this model: \($0)" }
    guard let ensemble = network.graph.soleEnsemble?.ensemble, model.ending == .none else {
      throw Failure.unsupported(
        "no trees can be grown for this model: its values are \(model.ending.phrase)")
    }
    let growth = try XGBoostGrowth(
      rows.inputs.values, rows: rows.rows, features: ensemble.trees.features,
      unseen: features.unseen,
      categorical: ensemble.trees.categoricalFeatures.union(features.categorical), outputs: width,
      sized(settings, features: ensemble.trees.features))
    try stopping?.begin(network, growth)
    let base = try network.graph.outputs(of: rows.inputs)
    let outputs = try Buffer<Float>(count: base.count, for: "outputs")
    var progress = Progress(callback, totalSteps: rounds, firstStep: 0)
    var history: [JSONValue] = []
    let started = monotonicSeconds()
    for round in 0..<rounds {
      outputs.pointer.update(from: base.pointer, count: base.count)
      if round > 0 { try growth.addSums(to: outputs.pointer) }
      let loss = derivatives(at: outputs, growth)
      objective.ascend()
      // A round moves the outputs only by a part of the gradient step, so multipliers are updated more
      // slowly.
      objective.settle(memory: 0, pace: min(3 * settings.learningRate, 1), steps: 1)
      try growth.grow(round: round)
      let gaps = JSONValue.object(
        zip(objective.gapNames, objective.gaps.array).map { .init($0, .finite(Double($1))) })
      var entry: [JSONValue.Member] = [
        .init("round", .integer(round + 1)), .init("loss", .finite(loss)), .init("gaps", gaps),
      ]
      if let loss = try stopping?.judge(round, growth) {
        entry.append(.init("validation_loss", .finite(loss)))
      }
      history.append(.object(entry))
      let speed = Double(rows.rows * (round + 1)) / max(monotonicSeconds() - started, 1e-9)
      try progress.report(
        phase: "grow", epoch: 0, step: round + 1, rowsPerSecond: speed, always: false
      ) { (loss, gaps) }
      if stopping?.isOver ?? false { break }
    }
    let used = stopping?.bestRounds ?? rounds
    var grown = network
    if features.replacesTrees {
      let (trees, values) = try growth.appended(
        to: DecisionTrees(features: ensemble.trees.features, outputs: width), rounds: used)
      grown.graph = try network.graph.replacing(trees, values: values)
    } else {
      let (trees, values) = try growth.appended(to: ensemble.trees, rounds: used)
      let unit = model.scale * ensemble.sums.factor
      grown.graph = try network.graph.growing(to: trees, values: values.map { $0 / unit })
    }
    return (grown, history)
  }

  /// Numbers of the table for each thread. XGBoost's threads wait for each other at every split, which takes much longer
  /// than the work of a small table if other programs use the same processors.
  private static let numbersPerThread = 1_000_000

  private func sized(_ settings: XGBoostGrowth.Settings, features: Int) -> XGBoostGrowth.Settings {
    var settings = settings
    let (numbers, overflow) = rows.rows.multipliedReportingOverflow(by: features)
    let useful = overflow ? settings.threads : numbers / Self.numbersPerThread
    settings.threads = min(max(useful, 1), settings.threads)
    return settings
  }

  /// Writes the gradient and the curvature of every row and output.
  private func derivatives(at outputs: Buffer<Float>, _ growth: XGBoostGrowth) -> Double {
    let count = rows.rows
    let batch = memory.batch(
      rows, rows.targets[0], order.pointer, count: count, width: width, outputs: outputs.pointer)
    let (loss, _) = objective.evaluate(
      batch, groupings: memory.groupings, gradients: growth.gradients.pointer)
    // Sums instead of means, as XGBoost's settings expect.
    var total = Double(count)
    if let weights = rows.targets[0].weights { total = weights.elements.reduce(0) { $0 + Double($1) } }
    for index in 0..<growth.gradients.count { growth.gradients.pointer[index] *= Float(total) }
    let curvature = writeCurvature(outputs, to: growth.curvatures)
    // `lower` now holds the slopes of the loss alone.
    objective.loss.evaluate(batch, losses: losses.pointer, slopes: lower.pointer)
    for row in 0..<count {
      let weight = rows.targets[0].weights?.pointer[row] ?? 1
      for index in row * width..<(row + 1) * width {
        // A loss without curvature, such as the absolute error, uses the row weights.
        let own = curvature > 1e-6 * total ? growth.curvatures.pointer[index] : weight
        let fairness = abs(growth.gradients.pointer[index] - lower.pointer[index] * weight)
        growth.curvatures.pointer[index] = max(own, 1e-6) + fairness
      }
    }
    return loss
  }

  /// Writes the second derivatives of the loss for each output, where positive, by formula or finite differences.
  ///
  /// - Returns: their sum.
  private func writeCurvature(_ outputs: Buffer<Float>, to curvatures: Buffer<Float>) -> Double {
    let bound: Float = width > 1 ? 2 : 1
    let known = memory.batch(
      rows, rows.targets[0], order.pointer, count: rows.rows, width: width, outputs: outputs.pointer)
    if objective.loss.writeCurvatures(known, to: curvatures.pointer) {
      var sum = 0.0
      for place in 0..<curvatures.count {
        curvatures.pointer[place] *= bound * (rows.targets[0].weights?.pointer[place / width] ?? 1)
        sum += Double(curvatures.pointer[place])
      }
      return sum
    }
    let batch = memory.batch(
      rows, rows.targets[0], order.pointer, count: rows.rows, width: width, outputs: moved.pointer)
    func step(_ place: Int) -> Float { max(1, abs(outputs.pointer[place])) / 32 }
    var sum = 0.0
    for output in 0..<width {
      let places = stride(from: output, to: outputs.count, by: width)
      moved.pointer.update(from: outputs.pointer, count: outputs.count)
      for place in places { moved.pointer[place] -= step(place) }
      objective.loss.evaluate(batch, losses: losses.pointer, slopes: lower.pointer)
      for place in places { moved.pointer[place] = outputs.pointer[place] + step(place) }
      objective.loss.evaluate(batch, losses: losses.pointer, slopes: upper.pointer)
      for place in places {
        let quotient = (upper.pointer[place] - lower.pointer[place]) / (2 * step(place))
        curvatures.pointer[place] =
          bound * max(quotient, 0) * (rows.targets[0].weights?.pointer[place / width] ?? 1)
        sum += Double(curvatures.pointer[place])
      }
    }
    return sum
  }
}

extension TreesConfig {
  /// - Parameter isNew: whether the model has no trees yet.
  func growth(isNew: Bool, seed: Int) -> XGBoostGrowth.Settings {
    var settings = XGBoostGrowth.Settings()
    settings.depth = depth ?? (isNew ? 5 : 4)
    settings.learningRate = learningRate ?? (isNew ? 0.05 : 0.1)
    settings.subsample = subsample ?? (isNew ? 0.8 : 1)
    settings.lambda = lambda
    settings.minimumChildWeight = minimumChildWeight
    settings.seed = seed
    settings.threads = ThreadBudget.threads
    return settings
  }
}

extension Graph {
  /// The outputs of all rows, (rows, output width).
  func outputs(of inputs: NetworkInputs) throws -> Buffer<Float> {
    let width = outputWidth
    let outputs = try Buffer<Float>(count: inputs.rows * width, for: "outputs")
    try Predictor(self).run(rows: inputs.rows, fill: inputs.fill) { range, values in
      (outputs.pointer + range.lowerBound * width).update(from: values, count: range.count * width)
    }
    return outputs
  }
}
