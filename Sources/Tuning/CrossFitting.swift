import Fairness
import Platform

/// Estimates the optimism of a training with constraints: how much larger gaps are on new rows than on the rows of the
/// training.
///
/// A network with hidden layers, or the leaves of many trees, can close a gap on exactly the rows that it sees. The
/// same training therefore runs on two thirds of the rows, three times; the rows that it leaves out show how much of
/// the closed gap opens again. The training on all rows then aims lower by that much.
struct CrossFitting {
  private let loop: TrainingLoop
  private let rows: TrainingRows
  private let makeLoop: (TrainingRows) throws -> TrainingLoop
  private let refitsLeaves: Bool

  private static let folds = 3
  /// With fewer rows, the estimate is mostly chance.
  private static let leastRows = 200
  /// With more rows, the optimism is small, and three more trainings take long.
  private static let mostRows = 20_000
  /// The most multiplications of a pass over all rows; networks for images would train for too long.
  private static let mostWork = 1 << 30

  /// - Parameters:
  ///   - loop: the training on all rows.
  ///   - rows: its rows.
  ///   - refitsLeaves: whether leaves that were grown on the rows are computed again for each part of them.
  ///   - makeLoop: makes the same training on a part of the rows.
  /// - Returns: nil if there is nothing to estimate: a linear model's optimism is small, and a network that was
  ///   fitted to all rows before, as in a search, knows the rows that are left out.
  init?(
    of loop: TrainingLoop, _ rows: TrainingRows, refitsLeaves: Bool,
    _ makeLoop: @escaping (TrainingRows) throws -> TrainingLoop
  ) {
    let (work, overflow) = rows.rows.multipliedReportingOverflow(by: loop.network.graph.work)
    guard loop.settings.crossFits, !loop.settings.isFitted, loop.hasConstraints, !loop.effort.isLinear,
      rows.inputs.tokens == nil,
      !rows.hasCounterfactuals,
      (Self.leastRows...Self.mostRows).contains(rows.rows), !overflow, work <= Self.mostWork,
      loop.objective.constraints.contains(where: \.constraint.canBeEstimated)
    else { return nil }
    (self.loop, self.rows, self.refitsLeaves, self.makeLoop) = (loop, rows, refitsLeaves, makeLoop)
  }

  /// Estimates the optimism of the constraints of the training on all rows, and corrects these.
  func correct() throws {
    let folds = folds()
    let refitting = refitsLeaves ? LeafRefitting(loop.network, rows) : nil
    let (failure, found, stop) = (FirstFailure(), FoundFolds(), HostCall.cancelFlag)
    WorkerPool.run(shards: Self.folds) { fold in
      func train() throws { found.set(fold, try trained(without: fold, of: folds, refitting)) }
      failure.catching { try stop.map { try HostCall(following: $0).run(train) } ?? train() }
    }
    try HostCall.check()
    try failure.rethrow()
    let estimates = try loop.optimism(differences(of: folds, found))
    for (placed, estimate) in zip(loop.objective.constraints, estimates) {
      placed.constraint.correct(by: estimate)
    }
    loop.isCorrected = true
  }

  /// The decisions for all rows of a training without one fold, label by label.
  ///
  /// - Parameter refitting: nil unless the network's trees were grown on these rows.
  private func trained(without fold: Int, of folds: [Int], _ refitting: LeafRefitting?) throws
    -> [Buffer<Float>]
  {
    let own = folds.indices.filter { folds[$0] != fold }.map(Int64.init)
    let part = try makeLoop(rows.selecting(own))
    if let refitting { part.start(refitting.leaves(from: own), ofParameter: refitting.parameter) }
    var training = PhasedTraining(part, nil)
    try training.run {}
    _ = try part.close()
    return try part.decisions(of: rows)
  }

  /// For each row, the decision of the training that left it out, minus the mean of the others' decisions; label by
  /// label, (rows, columns).
  private func differences(of folds: [Int], _ found: FoundFolds) throws -> [Buffer<Float>] {
    try found[0].indices.map { label in
      let decisions = (0..<Self.folds).map { found[$0][label].pointer }
      let count = found[0][label].count
      let differences = try Buffer<Float>(count: count, for: "decisions")
      let columns = count / max(folds.count, 1)
      for index in 0..<count {
        let sum = decisions.reduce(0) { $0 + $1[index] }
        let left = decisions[folds[index / columns]][index]
        differences.pointer[index] = left - (sum - left) / Float(Self.folds - 1)
      }
      return differences
    }
  }

  /// The fold of each row, stratified by label and by the groups of the first constraint.
  private func folds() -> [Int] {
    var random = RandomStream(
      seed: UInt64(bitPattern: Int64(loop.settings.seed)), purpose: "cross-fitting")
    let labels = rows.targets[0].values
    let codes = rows.groupings.first?.codes
    let isRegression = rows.targets[0].labels.task == .regression
    let keys = (0..<rows.rows).map { row in
      (
        group: codes?.pointer[row] ?? 0, label: isRegression ? 0 : labels.pointer[row], draw: random.next(),
        row: row
      )
    }
    var folds = [Int](repeating: 0, count: rows.rows)
    for (place, key) in keys.sorted(by: { ($0.group, $0.label, $0.draw) < ($1.group, $1.label, $1.draw) })
      .enumerated()
    {
      folds[key.row] = place % Self.folds
    }
    return folds
  }
}

/// The decisions of each fold's training, which workers store.
private final class FoundFolds: @unchecked Sendable {
  private let lock = Lock()
  private var folds: [Int: [Buffer<Float>]] = [:]

  func set(_ fold: Int, _ decisions: [Buffer<Float>]) { lock.withLock { folds[fold] = decisions } }
  subscript(fold: Int) -> [Buffer<Float>] { lock.withLock { folds[fold] ?? [] } }
}
