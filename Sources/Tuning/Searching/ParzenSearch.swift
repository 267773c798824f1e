import Configurations
import Platform

/// The tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kégl 2011, section 4).
///
/// The best γ of the finished trials and the others each have a density, l and g, over every coordinate. Of several
/// points that are drawn from l, the one with the largest l / g is proposed, which has the largest expected
/// improvement.
struct ParzenSearch: SearchMethod {
  private let space: SearchSpace
  private let trials: Int
  private let order: CandidateOrder
  private let seed: UInt64
  private var proposed = 0

  /// The share of trials that count as good.
  private static let goodShare = 0.15
  /// The number of random trials before the first estimate.
  private static let firstTrials = 10
  /// The number of trials in a batch, for any number of threads.
  private static let batch = 4
  /// The number of points that are drawn for a proposal.
  private static let draws = 24

  init(_ space: SearchSpace, trials: Int, _ order: CandidateOrder, seed: UInt64) {
    self.space = space
    self.trials = trials
    self.order = order
    self.seed = seed
  }

  var plannedTrainings: Int { trials }

  mutating func next(after finished: [Trial]) -> [Proposal] {
    let first = min(Self.firstTrials, trials)
    let count = proposed < first ? first : min(Self.batch, trials - proposed)
    guard count > 0 else { return [] }
    let sorted = order.sorted(finished)
    defer { proposed += count }
    return (0..<count).map { index in
      var stream = RandomStream(seed: seed, purpose: "proposal \(proposed + index)")
      guard proposed >= first, sorted.count > 1 else { return Proposal(point: space.drawn(&stream)) }
      let good = max(1, min(sorted.count - 1, Int((Self.goodShare * Double(sorted.count)).rounded(.up))))
      return Proposal(
        point: point(
          good: sorted.prefix(good).map(\.point), others: sorted.dropFirst(good).map(\.point), &stream))
    }
  }

  private func point(good: [SearchPoint], others: [SearchPoint], _ stream: inout RandomStream) -> SearchPoint
  {
    let spaces = space.alternatives.count
    let alternatives = (
      good: ChoiceDensity(good.map(\.alternative), of: spaces),
      others: ChoiceDensity(others.map(\.alternative), of: spaces)
    )
    var best: (point: SearchPoint, gain: Double)?
    for _ in 0..<Self.draws {
      let alternative = alternatives.good.drawn(&stream)
      var gain = alternatives.good.logarithm(alternative) - alternatives.others.logarithm(alternative)
      let coordinates = space.alternatives[alternative].enumerated().map { place, entry in
        func seen(_ points: [SearchPoint]) -> [SearchPoint.Coordinate] {
          points.filter { $0.alternative == alternative && $0.coordinates.indices.contains(place) }
            .map { $0.coordinates[place] }
        }
        let densities = (
          good: CoordinateDensity(entry.values, seen(good)),
          others: CoordinateDensity(entry.values, seen(others))
        )
        let coordinate = densities.good.drawn(&stream)
        gain += densities.good.logarithm(coordinate) - densities.others.logarithm(coordinate)
        return coordinate
      }
      if gain > best?.gain ?? -.infinity {
        best = (SearchPoint(alternative: alternative, coordinates: coordinates), gain)
      }
    }
    return best?.point ?? space.drawn(&stream)
  }
}
