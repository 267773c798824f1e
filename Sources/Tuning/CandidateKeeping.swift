import Engine
import Fairness
import Platform

// Stores the best weights.
extension TrainingLoop {
  /// Whether the result is the best epoch or round instead of the last.
  var keepsBest: Bool { (settings.keep ?? (hasConstraints ? .best : .last)) == .best }

  /// The rank of the network that was judged.
  func rank(_ training: Judgement, _ heldOut: Judgement?) -> CandidateRank {
    CandidateRank(training: training, heldOut: heldOut, unconstrained: unconstrained)
  }

  /// The number of thresholds that are tried for each of many candidates.
  static let thresholds = 24

  /// The rank of the current weights at the threshold with the best rank, to which the offset is set; at the model's own
  /// threshold, if outputs have none that can be shifted.
  func rankAtBestThreshold() throws -> CandidateRank {
    offset = 0
    if let found = try shift?.search(tries: Self.thresholds) {
      offset = found.offset
      return found.rank
    }
    let training = try measureTrainingRows(pace: 0)
    return rank(training, try heldOut?.judge(self))
  }

  /// - Parameter isOfReduction: whether a reduction found the weights, instead of an epoch or a round.
  @discardableResult
  func keepIfBest(_ rank: CandidateRank, isOfReduction: Bool = false) throws -> Bool {
    if let best, !rank.isBetter(than: best.rank) { return false }
    let weights =
      try best?.weights ?? Buffer<Float>(count: trainer.weights.count, for: "weights")
    weights.pointer.update(from: trainer.weights.pointer, count: weights.count)
    best = Candidate(
      rank: rank, weights: weights, offset: offset,
      statistics: try trainer.runningStatistics.map { try Buffer(copying: $0.elements) },
      epoch: isOfReduction ? nil : position.epoch)
    return true
  }

  /// Restores the best weights and ends the training; shifts the outputs if that satisfies more tolerances or
  /// makes fewer errors.
  ///
  /// - Returns: the final judgements of the training and held-out rows; nil without constraints.
  func close() throws -> Judgements? {
    if var best {
      if hasConstraints, keepsBest, !(best.rank.isSound && best.rank.isUseful),
        rows.inputs.tokens == nil
      {
        best = try Restoration(loop: self).restored(best)
      }
      take(best)
      keptEpoch = best.epoch
      keepsReduction = best.epoch == nil
    }
    best = nil
    guard hasConstraints else { return nil }
    if keepsBest, let shift { outputsWereShifted = try shift.improve() }
    return Judgements(training: try measureTrainingRows(pace: 0), heldOut: try heldOut?.judge(self))
  }

  /// Restores the weights of a candidate.
  func take(_ candidate: Candidate) {
    offset = candidate.offset
    trainer.weights.pointer.update(from: candidate.weights.pointer, count: candidate.weights.count)
    for (target, source) in zip(trainer.runningStatistics, candidate.statistics) {
      target.pointer.update(from: source.pointer, count: source.count)
    }
  }
}
