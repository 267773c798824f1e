import Engine
import Fairness
import Platform

/// Shifts the outputs of all rows by one number, so that decisions have the fewest errors and satisfy the
/// tolerances. The effect on decisions is that of another threshold, but the scores are shifted too.
///
/// A constraint moves scores closer together; with the former threshold, nearly all rows may then get the
/// same decision. During training, decisions are therefore made at the threshold with the fewest errors; at
/// the end the outputs are shifted accordingly.
struct OutputShifting {
  private unowned let loop: TrainingLoop
  private let shift: OutputShift
  /// The logit of the threshold.
  private let logit: Float

  /// - Returns: nil if the network's outputs cannot be shifted by its weights, if they have no threshold, or
  ///   if a constraint is not judged by decisions.
  init?(_ loop: TrainingLoop) {
    guard loop.anchorsFit, loop.rows.targets[0].labels.task == .binary, loop.network.graph.outputWidth == 1,
      let shift = loop.trainer.graph.outputShift, loop.trainer.offset(ofParameter: shift.parameter) != nil
    else { return nil }
    logit = loop.objective.ofRows.decisionLogit
    let constraints = loop.objective.constraints
    guard logit.isFinite,
      constraints.allSatisfy({ loop.objective.ofRows.judgesDecisions(ofTerm: $0.term) })
    else { return nil }
    self.loop = loop
    self.shift = shift
  }

  /// The offset of the decision logit with the fewest errors on the training rows. Among all thresholds
  /// within a quarter of a standard error of the best one, the one closest to no offset is chosen.
  func offset(of outputs: Buffer<Float>, _ target: TrainingRows.Target, from present: Float) throws -> Float {
    let order = try DescendingRows(outputs.count) { outputs.pointer[$0] }
    guard order.count > 0 else { return 0 }
    func weight(_ row: Int) -> Double { Double(target.weights?.pointer[row] ?? 1) }
    // With the threshold above all outputs, every decision is negative.
    var errors = 0.0
    var total = 0.0
    for row in 0..<outputs.count {
      total += weight(row)
      if target.values.pointer[row] > 0.5 { errors += weight(row) }
    }
    guard total > 0 else { return 0 }
    var tried: [(offset: Float, errors: Double)] = []
    var own = order[0]
    for place in 1..<order.count {
      let next = order[place]
      errors += target.values.pointer[own.row] > 0.5 ? -weight(own.row) : weight(own.row)
      if next.score < own.score { tried.append(((own.score + next.score) / 2 - logit, errors)) }
      own = next
    }
    guard let least = tried.map(\.errors).min() else { return 0 }
    let rate = least / total
    let allowed = least + 0.25 * (rate * (1 - rate) * total).squareRoot()
    if unshiftedErrors(outputs, target) <= allowed { return 0 }
    return tried.filter { $0.errors <= allowed }.min { abs($0.offset) < abs($1.offset) }?.offset ?? 0
  }

  private func unshiftedErrors(_ outputs: Buffer<Float>, _ target: TrainingRows.Target) -> Double {
    var errors = 0.0
    for row in 0..<outputs.count where (outputs.pointer[row] >= logit) != (target.values.pointer[row] > 0.5) {
      errors += Double(target.weights?.pointer[row] ?? 1)
    }
    return errors
  }

  /// Searches for the threshold with the best rank of the network (errors and tolerances), and shifts the
  /// outputs by it.
  ///
  /// - Returns: whether the outputs were shifted.
  func improve() throws -> Bool {
    guard let found = try search(tries: Self.manyTries) else { return false }
    loop.offset = 0
    guard found.offset != 0, found.offset.isFinite else { return false }
    apply(-found.offset)
    return true
  }

  /// The threshold with the best rank among the present one and `tries` others, and this rank. Another threshold is taken
  /// only if it is clearly better than the present one. Afterwards the loop has the offset that was tried last.
  func search(tries: Int) throws -> (rank: CandidateRank, offset: Float)? {
    guard let outputs = loop.trainingOutputs else { return nil }
    let held = try loop.heldOut.map { try Buffer<Float>(count: $0.rows.rows, for: "outputs") }
    try loop.compute(loop.rows, into: outputs)
    if let held, let heldOut = loop.heldOut { try loop.compute(heldOut.rows, into: held) }
    func rank(_ offset: Float) -> CandidateRank {
      loop.offset = offset
      return loop.rank(
        judge(outputs, loop.rows, loop.objective, held: held),
        held.flatMap { outputs in loop.heldOut.map { judge(outputs, $0.rows, $0.objective, held: nil) } })
    }
    let present = (rank: rank(loop.offset), offset: loop.offset)
    var best = present
    let sorted = outputs.array.sorted()
    for place in Self.places(sorted.count, tries: tries) where sorted[place - 1] < sorted[place] {
      try HostCall.check()
      let offset = (sorted[place - 1] + sorted[place]) / 2 - logit
      let tried = rank(offset)
      if tried.isBetter(than: best.rank), tried.isClearlyBetter(than: present.rank) { best = (tried, offset) }
    }
    return best
  }

  private func judge(
    _ outputs: Buffer<Float>, _ rows: TrainingRows, _ objective: BatchObjective, held: Buffer<Float>?
  ) -> Judgement {
    objective.clearRound()
    let tally = loop.tally(outputs, rows: rows, objective)
    // As in `TrainingLoop.measureTrainingRows`.
    if objective === loop.objective, let held, let heldOut = loop.heldOut, heldOut.isOfTraining {
      _ = loop.tally(held, rows: heldOut.rows, objective)
    }
    objective.settle(memory: 0, pace: 0, steps: 1)
    return Judgement(tally, objective.constraints)
  }

  private func apply(_ move: Float) {
    guard let offset = loop.trainer.offset(ofParameter: shift.parameter), shift.unit != 0 else { return }
    for element in shift.elements { loop.trainer.weights.pointer[offset + element] += move / shift.unit }
  }

  /// As many thresholds as are tried at the end; for large tables fewer, so that they take about as long.
  private static let manyTries = 200
  private static let mostRows = 2_000_000

  /// Evenly spaced indices into the sorted outputs, at which the threshold is tried.
  private static func places(_ count: Int, tries: Int) -> [Int] {
    guard count > 1 else { return [] }
    let tries = min(count - 1, max(24, min(tries, mostRows / count)))
    return (1...tries).map { 1 + ($0 * (count - 1) - 1) / (tries + 1) }
  }
}
