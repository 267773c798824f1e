import Engine
import Fairness
import Platform

/// Searches weights near the best ones that satisfy the tolerances, measured on the decisions themselves: a
/// (1 + 1) evolution strategy with the one-fifth rule (Rechenberg 1973). Decisions of few rows change in
/// steps, which a gradient does not show; a small table can be evaluated many times.
struct Restoration {
  let loop: TrainingLoop

  /// The maximum number of row evaluations.
  private static let budget = 600_000

  /// - Returns: the best candidate, which may be the start.
  func restore(_ start: Candidate) throws -> Candidate {
    let rows = loop.rows.rows + (loop.heldOut?.rows.rows ?? 0)
    let tries = min(Self.budget / max(rows, 1), 600)
    guard tries >= 30 else { return start }
    var best = start
    var random = RandomStream(seed: UInt64(bitPattern: Int64(loop.settings.seed)), purpose: "restoration")
    let weights = loop.trainer.weights
    let size = max(
      (start.weights.elements.reduce(0) { $0 + Double($1 * $1) } / Double(max(weights.count, 1)))
        .squareRoot(), 1e-6)
    var step = 0.05
    for _ in 0..<tries {
      loop.take(best)
      for index in 0..<weights.count { weights.pointer[index] += Float(random.normal() * step * size) }
      let training = try loop.measureTrainingRows(pace: 0)
      let rank = CandidateRank(training: training, heldOut: try loop.heldOut?.judge(loop))
      if rank.isBetter(than: best.rank) {
        best = Candidate(
          rank: rank, weights: try Buffer(copying: weights.elements, for: "weights"), offset: best.offset,
          statistics: best.statistics, epoch: best.epoch)
        step *= 1.5
      } else {
        step *= 0.9
      }
      if step < 1e-4 { step = 0.05 }
      if best.rank.isSound { break }
    }
    return best
  }
}
