import Configurations
import Engine
import Fairness
import Formats
import Platform

/// Removes harmful trees: those without which the objective on held-out rows is smaller.
///
/// The objective is loss + Σ multiplier · gap over all these rows, with the final multipliers of the training
/// (for penalties, their weights). The gap of a constraint (of decisions, if these are judged) must not
/// become larger than its tolerance or its former value. Rounds of trees are tried in the order of their
/// individual gains and removed while the objective decreases, until no removal helps.
struct TreePruning: TrainingMethod {
  let settings: TreesConfig

  func train(_ course: TrainingCourse) throws {
    let width = course.network.graph.outputWidth
    let choice = try TreeChoice(
      settings, course.problem.goal, course.problem.judgedRows(), width: width, trained: course.objective)
    let (network, pruned) = try choice.prune(course.network)
    course.network = network
    course.account.trees?.pruned = pruned
  }
}

/// The choice of the trees to remove.
private struct TreeChoice {
  private let rows: TrainingRows
  private let objective: TrainingObjective
  private let memory: BatchMemory
  private let order: Buffer<Int64>
  private let gradients: Buffer<Float>
  private let minimumGain: Double
  private let tolerances: [(gaps: Range<Int>, largest: Float)]
  private let width: Int

  /// - Parameter trained: the objective with the final multipliers; nil: no multipliers were updated.
  init(
    _ settings: TreesConfig, _ goal: TrainingGoal, _ rows: TrainingRows, width: Int,
    trained: TrainingObjective?
  ) throws {
    self.rows = rows
    minimumGain = settings.minimumGain
    self.width = width
    let task = rows.targets[0].labels.task
    objective = try TrainingObjective(
      loss: goal.loss.loss(for: task, at: "/train/loss"), task: task, width: width,
      terms: BatchObjective.terms(goal, rows, task: task, fixed: true), capacity: rows.rows,
      threshold: Float(goal.threshold))
    if let trained {
      objective.multipliers.pointer.update(
        from: trained.multipliers.pointer, count: trained.multipliers.count)
    }
    tolerances = goal.fairness.enumerated().compactMap { [objective] place, entry in
      entry.tolerance.map { (objective.components(ofTerm: place), Float($0)) }
    }
    memory = try BatchMemory(rows, rows.targets[0], capacity: rows.rows, width: width)
    order = try Buffer<Int64>(count: rows.rows, for: "the order of rows")
    for row in 0..<rows.rows { order.pointer[row] = Int64(row) }
    gradients = try Buffer<Float>(count: rows.rows * width, for: "gradients")
  }

  /// - Returns: the network without the removed trees, and their number.
  /// - Throws: `unsupported` for a network that has other layers than trees.
  func prune(_ network: Network) throws -> (network: Network, pruned: Int) {
    let model = try TreeModel(network) { "the trees of this model cannot be pruned: \($0)" }
    let trees = model.trees
    guard let ensemble = network.graph.soleEnsemble?.ensemble, ensemble.sums.factor == 1,
      model.ending == .none
    else {
      throw Failure.unsupported(
        "the trees of this model cannot be pruned: their leaves are averaged, or its values are not sums")
    }
    let rounds = trees.rounds

    let leaves = try withExtendedLifetime(rows.inputs) {
      try ensemble.layout.route(rows.inputs.values.pointer, rows: rows.rows)
    }
    let outputs = try network.graph.outputs(of: rows.inputs)
    /// Adds the sums of a round to the outputs, or subtracts them.
    func move(_ round: Range<Int>, by sign: Float) {
      for tree in round {
        let output = trees.trees[tree].output
        for row in 0..<rows.rows {
          let leaf = Int(leaves.pointer[row * trees.trees.count + tree])
          outputs.pointer[row * width + output] += sign * model.scale * model.values[leaf]
        }
      }
    }
    var kept = [Bool](repeating: true, count: rounds.count)
    var current = value(outputs)
    let limits = tolerances.map { entry in
      (entry.gaps, entry.gaps.map { max(entry.largest, objective.judgedGaps.pointer[$0]) })
    }
    /// Whether the gaps of the last evaluated outputs are within their limits.
    func staysWithin() -> Bool {
      limits.allSatisfy { gaps, most in zip(gaps, most).allSatisfy { objective.judgedGaps.pointer[$0] <= $1 }
      }
    }
    var alone = rounds.indices.map { round -> (round: Int, value: Double) in
      move(rounds[round], by: -1)
      defer { move(rounds[round], by: 1) }
      return (round, value(outputs))
    }
    alone.sort { $0.value < $1.value }
    var isChanged = true
    while isChanged {
      isChanged = false
      for (round, _) in alone where kept[round] && kept.count(where: { $0 }) > 1 {
        move(rounds[round], by: -1)
        let without = value(outputs)
        if without < current - minimumGain, staysWithin() {
          (current, kept[round], isChanged) = (without, false, true)
        } else {
          move(rounds[round], by: 1)
        }
      }
    }
    return try Self.network(network, trees, keeping: zip(rounds, kept).filter(\.1).map(\.0))
  }

  private static func network(_ network: Network, _ trees: DecisionTrees, keeping rounds: [Range<Int>]) throws
    -> (
      network: Network, pruned: Int
    )
  {
    var keeps = [Bool](repeating: false, count: trees.trees.count)
    for round in rounds { for tree in round { keeps[tree] = true } }
    let pruned = keeps.count { !$0 }
    guard pruned > 0 else { return (network, 0) }
    let (fewer, order) = try trees.keeping(keeps)
    var result = network
    result.graph = try network.graph.replacing(fewer, leaves: order)
    return (result, pruned)
  }

  private func value(_ outputs: Buffer<Float>) -> Double {
    let batch = memory.batch(
      rows, rows.targets[0], order.pointer, count: rows.rows, width: width, outputs: outputs.pointer)
    return objective.evaluate(batch, groupings: memory.groupings, gradients: gradients.pointer).loss
  }
}

extension DecisionTrees {
  /// Consecutive trees of one round: one per output, or single trees.
  fileprivate var rounds: [Range<Int>] {
    let takeTurns = trees.enumerated().allSatisfy { $0.element.output == $0.offset % outputs }
    let size = takeTurns ? outputs : 1
    return stride(from: 0, to: trees.count, by: size).map { $0..<min($0 + size, trees.count) }
  }
}
