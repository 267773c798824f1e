/// Venn-Abers predictors: two probabilities for a score, one of which is calibrated under any distribution,
/// and one probability that merges them (Vovk and Petej 2014, "Venn-Abers predictors"; Vovk, Petej and
/// Fedorova 2015, equation 6). The two are isotonic calibrations of the rows and the score itself, once with
/// the label 0 and once with the label 1.
///
///     p = p₁ / (1 − p₀ + p₁)
public struct VennAbers: Calibrator, Equatable {
  /// The rows' distinct scores, ascending.
  public let scores: [Double]
  /// The lower probabilities. Entry 2 i is for scores between elements i − 1 and i of `scores`, entry 2 i + 1
  /// for scores equal to element i.
  public let lower: [Double]
  /// The upper probabilities, in the order of `lower`.
  public let upper: [Double]
  /// The maximum number of distinct scores; of more, neighbouring scores are merged.
  private static let mostScores = 1000

  public init(scores: [Double], lower: [Double], upper: [Double]) {
    (self.scores, self.lower, self.upper) = (scores, lower, upper)
  }

  public init(_ rows: CalibrationRows) {
    let order = rows.scores.indices.sorted { rows.scores[$0] < rows.scores[$1] }
    var heaps: [(score: Double, sum: Double, weight: Double)] = []
    let size = max(1, (order.count + Self.mostScores - 1) / Self.mostScores)
    var inHeap = 0
    for row in order {
      let (score, weight) = (rows.scores[row], rows.weight(row))
      let gain = rows.labels[row] ? weight : 0
      if let last = heaps.last, last.score == score || inHeap < size {
        heaps[heaps.count - 1] = (last.score, last.sum + gain, last.weight + weight)
        inHeap += 1
      } else {
        heaps.append((score, gain, weight))
        inHeap = 1
      }
    }
    scores = heaps.map(\.score)
    var (lower, upper) = ([Double](), [Double]())
    for place in 0...(2 * heaps.count) {
      lower.append(Self.isotonic(heaps, at: place, label: 0))
      upper.append(Self.isotonic(heaps, at: place, label: 1))
    }
    (self.lower, self.upper) = (lower, upper)
  }

  /// The isotonic value of one additional row with the given label at a place.
  private static func isotonic(
    _ heaps: [(score: Double, sum: Double, weight: Double)], at place: Int, label: Double
  ) -> Double {
    var blocks: [(sum: Double, weight: Double, hasRow: Bool)] = []
    func add(_ sum: Double, _ weight: Double, _ hasRow: Bool) {
      blocks.append((sum, weight, hasRow))
      while blocks.count > 1 {
        let (a, b) = (blocks[blocks.count - 2], blocks[blocks.count - 1])
        guard a.sum * b.weight >= b.sum * a.weight else { break }
        blocks.removeLast()
        blocks[blocks.count - 1] = (a.sum + b.sum, a.weight + b.weight, a.hasRow || b.hasRow)
      }
    }
    for (index, heap) in heaps.enumerated() {
      if place == 2 * index { add(label, 1, true) }
      let own = place == 2 * index + 1
      add(heap.sum + (own ? label : 0), heap.weight + (own ? 1 : 0), own)
    }
    if place == 2 * heaps.count { add(label, 1, true) }
    return blocks.first { $0.hasRow }.map { $0.sum / $0.weight } ?? label
  }

  /// The two probabilities of a score.
  public func bounds(_ score: Double) -> (lower: Double, upper: Double) {
    var (low, high) = (0, scores.count)
    while low < high {
      let middle = (low + high) / 2
      if scores[middle] >= score { high = middle } else { low = middle + 1 }
    }
    let place = low < scores.count && scores[low] == score ? 2 * low + 1 : 2 * low
    return (lower[place], upper[place])
  }

  public func probability(_ score: Double) -> Double {
    let (low, high) = bounds(score)
    return high / (1 - low + high)
  }
}
