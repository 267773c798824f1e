/// Replaces a score by the share of positive rows in its bin; all bins have equal numbers of rows (Zadrozny
/// and Elkan 2001).
public struct HistogramBinning: Calibrator, Equatable {
  /// The lower edges of all bins except the first, ascending.
  public let edges: [Double]
  /// The share of positive rows in each bin, one more than `edges`.
  public let probabilities: [Double]

  public init(edges: [Double], probabilities: [Double]) {
    (self.edges, self.probabilities) = (edges, probabilities)
  }

  /// Fits the bins.
  ///
  /// - Parameters:
  ///   - rows: the scores and labels.
  ///   - bins: the maximum number of bins; equal scores share a bin.
  public init(_ rows: CalibrationRows, bins: Int) {
    let order = rows.scores.indices.sorted { rows.scores[$0] < rows.scores[$1] }
    var edges: [Double] = []
    for bin in 1..<max(bins, 1) {
      let place = order.count * bin / max(bins, 1)
      guard order.indices.contains(place), place > 0 else { continue }
      let edge = rows.scores[order[place]]
      if edge > edges.last ?? rows.scores[order[0]] { edges.append(edge) }
    }
    var sums = [Double](repeating: 0, count: edges.count + 1)
    var weights = sums
    for row in order {
      let bin = Self.bin(rows.scores[row], edges)
      weights[bin] += rows.weight(row)
      if rows.labels[row] { sums[bin] += rows.weight(row) }
    }
    self.edges = edges
    let overall = sums.reduce(0, +) / max(weights.reduce(0, +), .leastNormalMagnitude)
    probabilities = zip(sums, weights).map { $1 > 0 ? $0 / $1 : overall }
  }

  private static func bin(_ score: Double, _ edges: [Double]) -> Int {
    var (low, high) = (0, edges.count)
    while low < high {
      let middle = (low + high) / 2
      if edges[middle] <= score { low = middle + 1 } else { high = middle }
    }
    return low
  }

  public func probability(_ score: Double) -> Double {
    score.isNaN ? 0.5 : probabilities[Self.bin(score, edges)]
  }
}
