/// Scores in bins, with the observed share of positives in each bin: a reliability curve.
struct CalibrationBins {
  struct Bin {
    var weight = 0.0
    var score = 0.0
    var positives = 0.0
    var meanScore: Double { score / weight }
    var rate: Double { positives / weight }
    var error: Double { abs(meanScore - rate) }
  }
  /// The bins that are not empty, in ascending order.
  private(set) var bins: [Bin] = []
  var weight: Double { bins.reduce(0) { $0 + $1.weight } }

  /// How scores are put into bins.
  enum Rule: Sendable {
    /// (i / n, (i + 1) / n], where the first bin includes 0, as in scikit-learn's `calibration_curve` and Guo
    /// et al. 2017.
    case equalWidth
    /// Equal shares of the rows; rows with the same score stay together.
    case equalMass
  }

  init(_ distribution: ScoreDistribution, _ count: Int, _ rule: Rule) {
    let total = distribution.weight
    let count = min(max(1, count), 1 << 16)
    guard total > 0 else { return }
    var found = [Bin](repeating: Bin(), count: count)
    var below = 0.0
    for (score, (positive, negative)) in zip(
      distribution.scores, zip(distribution.positives, distribution.negatives))
    {
      let weight = positive + negative
      let place =
        switch rule {
        case .equalWidth: CalibrationBins.place(score, count)
        case .equalMass: min(count - 1, Int((below + weight / 2) / total * Double(count)))
        }
      below += weight
      found[place].weight += weight
      found[place].score += weight * score
      found[place].positives += positive
    }
    bins = found.filter { $0.weight > 0 }
  }

  private static func place(_ score: Double, _ count: Int) -> Int {
    var place = min(count - 1, Int(min(max(score, 0), 1) * Double(count)))
    // A score at an edge belongs to the bin below it, even if the product was rounded up.
    while place > 0, score <= Double(place) / Double(count) { place -= 1 }
    while place < count - 1, score > Double(place + 1) / Double(count) { place += 1 }
    return place
  }
}
