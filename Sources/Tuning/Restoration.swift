import Engine
import Fairness
import Platform

/// Searches weights that satisfy the tolerances, measured on the decisions themselves: a (1 + 1) evolution strategy
/// whose steps grow with success (Rechenberg 1973). Decisions of few rows change in steps, which a gradient does not
/// show; a small table can be evaluated many times. Where outputs have a threshold, each try is judged with its best one.
struct Restoration {
  let loop: TrainingLoop

  /// The maximum number of evaluations of rows in one search.
  private static let budget = 2_000_000
  private static let mostTries = 600
  /// With fewer tries, a search gets nowhere.
  private static let leastTries = 30

  /// - Returns: the best candidate of a search near the best one and of another from the weights of the model without
  ///   constraints. From weights that decide nearly all rows alike, small steps do not lead to better ones: on the way,
  ///   the tolerances are not satisfied. The second search therefore begins with large steps.
  func restored(_ best: Candidate) throws -> Candidate {
    let tries = min(Self.budget / max(evaluations, 1), Self.mostTries)
    guard tries >= Self.leastTries else { return best }
    var random = RandomStream(seed: UInt64(bitPattern: Int64(loop.settings.seed)), purpose: "restoration")
    let near = try search(best, firstStep: 0.05, tries, &random)
    guard let home = loop.home else { return near }
    let far = try search(try unconstrained(home, like: best), firstStep: 1, tries, &random)
    return far.rank.isBetter(than: near.rank) ? far : near
  }

  /// The rows that are evaluated for a try. Judging a group takes about as long as ten rows.
  private var evaluations: Int {
    let rows = loop.rows.rows + (loop.heldOut?.rows.rows ?? 0)
    let groups = loop.rows.groupings.reduce(0) { $0 + $1.names.count }
    return (rows + 10 * groups) * (loop.shift == nil ? 1 : 1 + min(TrainingLoop.thresholds, rows))
  }

  private func unconstrained(_ home: Buffer<Float>, like best: Candidate) throws -> Candidate {
    loop.take(best)
    loop.offset = 0
    loop.trainer.weights.pointer.update(from: home.pointer, count: home.count)
    let rank = try loop.rankAtBestThreshold()
    return Candidate(
      rank: rank, weights: try Buffer(copying: home.elements, for: "weights"), offset: loop.offset,
      statistics: best.statistics, epoch: best.epoch)
  }

  /// - Parameter firstStep: the standard deviation of the first change of a weight, as a multiple of the root of the mean
  ///   of the squared weights.
  private func search(
    _ start: Candidate, firstStep: Double, _ tries: Int, _ random: inout RandomStream
  ) throws -> Candidate {
    var best = start
    let weights = loop.trainer.weights
    let size = max(
      (start.weights.elements.reduce(0) { $0 + Double($1 * $1) } / Double(max(weights.count, 1)))
        .squareRoot(), 1e-6)
    var step = firstStep
    for _ in 0..<tries {
      loop.take(best)
      for index in 0..<weights.count { weights.pointer[index] += Float(random.normal() * step * size) }
      let rank = try loop.rankAtBestThreshold()
      if rank.isBetter(than: best.rank) {
        best = Candidate(
          rank: rank, weights: try Buffer(copying: weights.elements, for: "weights"), offset: loop.offset,
          statistics: best.statistics, epoch: best.epoch)
        step *= 1.5
      } else {
        step *= 0.9
      }
      if step < 1e-3 { step = firstStep }
    }
    return best
  }
}
