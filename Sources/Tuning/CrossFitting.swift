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
  ///   - makeLoop: makes the same training on a part of the rows.
  /// - Returns: nil if no constraint needs a correction: a linear model's optimism is small, and a network that was fitted to all
  ///   rows before, as in a search, knows the rows that are left out.
  init?(
    of loop: TrainingLoop, _ rows: TrainingRows, _ makeLoop: @escaping (TrainingRows) throws -> TrainingLoop
  ) {
    let (work, overflow) = rows.rows.multipliedReportingOverflow(by: loop.network.graph.work)
    guard loop.settings.crossFits, !loop.settings.isFitted, loop.hasConstraints, !loop.effort.isLinear,
      rows.inputs.tokens == nil,
      !rows.hasCounterfactuals,
      (Self.leastRows...Self.mostRows).contains(rows.rows), !overflow, work <= Self.mostWork,
      loop.objective.constraints.contains(where: \.constraint.canBeCorrected)
    else { return nil }
    (self.loop, self.rows, self.makeLoop) = (loop, rows, makeLoop)
  }

  /// Corrects the constraints of the training on all rows.
  func correct() throws {
    let constraints = loop.objective.constraints.map(\.constraint)
    let estimates = try constraints.map { try Optimism(of: $0) }
    let folds = folds()
    let (failure, found, stop) = (FirstFailure(), FoundFolds(), HostCall.cancelFlag)
    WorkerPool.run(shards: Self.folds) { fold in
      func train() throws { found.set(fold, try trained(without: fold, of: folds)) }
      failure.catching { try stop.map { try HostCall(following: $0).run(train) } ?? train() }
    }
    try HostCall.check()
    try failure.rethrow()
    // In order, so that sums do not depend on which training ends first.
    for fold in 0..<Self.folds {
      for (estimate, pair) in zip(estimates, found[fold]) {
        estimate.add(inside: pair.own, outside: pair.left)
      }
    }
    for (constraint, estimate) in zip(constraints, estimates) { constraint.correct(by: estimate) }
    loop.isCorrected = true
  }

  /// The constraints of a training without one fold, measured on the rows of the training and on those left out.
  private func trained(without fold: Int, of folds: [Int]) throws -> [FoundFolds.Pair] {
    func places(_ isLeft: Bool) -> [Int64] {
      folds.indices.filter { (folds[$0] == fold) == isLeft }.map(Int64.init)
    }
    let part = try makeLoop(rows.selecting(places(false)))
    var training = PhasedTraining(part, nil)
    try training.run {}
    _ = try part.close()
    let left = try part.judge(of: rows.selecting(places(true)), isOfTraining: false)
    _ = try left.judge(part)
    return zip(part.objective.constraints, left.objective.constraints).map { ($0.constraint, $1.constraint) }
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

/// The measured constraints of each fold, which workers store.
private final class FoundFolds: @unchecked Sendable {
  typealias Pair = (own: GapConstraint, left: GapConstraint)
  private let lock = Lock()
  private var folds: [Int: [Pair]] = [:]

  func set(_ fold: Int, _ pairs: [Pair]) { lock.withLock { folds[fold] = pairs } }
  subscript(fold: Int) -> [Pair] { lock.withLock { folds[fold] ?? [] } }
}
