/// How strongly a number (a score, a decision, an error) depends on a continuous sensitive attribute: four
/// coefficients, each 0 for independence and at most 1.
public struct ContinuousDependence {
  /// Correlation of the values: linear dependence (Pearson 1895), with its sign.
  public let pearson: MetricValue
  /// Correlation of the ranks, where ties share their middle rank: monotone dependence (Spearman 1904), with
  /// its sign.
  public let spearman: MetricValue
  /// Distance correlation (Székely, Rizzo and Bakirov 2007, definition 5): 0 only for independence.
  public let distanceCorrelation: MetricValue
  /// Maximal correlation: the largest correlation between any function of the attribute and any function of
  /// the value (Hirschfeld, Gebelein and Rényi 1959). Both are cut into bins with about equal numbers of
  /// rows; the coefficient is the second singular value of P_ij / √(p_i q_j) (Witsenhausen 1975). For n
  /// independent rows it is about 2 √((bins − 1) / n), not 0.
  public let maximalCorrelation: MetricValue

  /// - Parameters:
  ///   - attribute, values, weights: one finite number per row; weights are at least 0.
  ///   - sample: the rows used for the distance correlation; the cost is the square of their number.
  ///   - bins: the number of bins for the maximal correlation, for each of the two variables: 2 to 100.
  public init(_ attribute: [Double], _ values: [Double], _ weights: [Double], sample: [Int], bins: Int) {
    pearson = ContinuousDependence.correlation(attribute, values, weights)
    let ranks = (
      ContinuousDependence.middleRanks(attribute, weights), ContinuousDependence.middleRanks(values, weights)
    )
    spearman = ContinuousDependence.correlation(ranks.0, ranks.1, weights)
    distanceCorrelation = ContinuousDependence.distance(
      sample.map { attribute[$0] }, sample.map { values[$0] }, sample.map { weights[$0] })
    let bins = min(max(2, bins), 100)
    maximalCorrelation = ContinuousDependence.maximal(ranks.0, ranks.1, weights, bins)
  }

  static func correlation(_ x: [Double], _ y: [Double], _ weights: [Double]) -> MetricValue {
    let total = weights.reduce(0, +)
    guard total > 0 else { return .undefined(reason: "no rows") }
    let (meanX, meanY) = (
      zip(x, weights).reduce(0) { $0 + $1.0 * $1.1 } / total,
      zip(y, weights).reduce(0) { $0 + $1.0 * $1.1 } / total
    )
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for ((x, y), weight) in zip(zip(x, y), weights) {
      let (dx, dy) = (x - meanX, y - meanY)
      xx += weight * dx * dx
      yy += weight * dy * dy
      xy += weight * dx * dy
    }
    guard xx > 0, yy > 0 else { return .undefined(reason: "the values are all equal") }
    return .defined(min(1, max(-1, xy / (xx.squareRoot() * yy.squareRoot()))))
  }

  /// For each value: the share of the weight below it, plus half of the weight at it.
  static func middleRanks(_ values: [Double], _ weights: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    let total = weights.reduce(0, +)
    var ranks = values
    var (below, start) = (0.0, 0)
    while start < order.count {
      var end = start
      var tied = 0.0
      while end < order.count, values[order[end]] == values[order[start]] {
        tied += weights[order[end]]
        end += 1
      }
      for place in start..<end { ranks[order[place]] = total > 0 ? (below + tied / 2) / total : 0 }
      below += tied
      start = end
    }
    return ranks
  }

  /// Distance correlation from sums over pairs: dCov² = E[a b] − 2 E[a_i. b_i.] + E[a] E[b], where a and b
  /// are the distances.
  private static func distance(_ x: [Double], _ y: [Double], _ weights: [Double]) -> MetricValue {
    let total = weights.reduce(0, +)
    guard total > 0 else { return .undefined(reason: "no rows") }
    var (ab, aa, bb) = (0.0, 0.0, 0.0)
    var (rowsAB, rowsAA, rowsBB, meanA, meanB) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for i in x.indices {
      var (sumA, sumB, sumAB, sumAA, sumBB) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for j in x.indices {
        let (a, b, weight) = (abs(x[i] - x[j]), abs(y[i] - y[j]), weights[j])
        sumA += weight * a
        sumB += weight * b
        sumAB += weight * a * b
        sumAA += weight * a * a
        sumBB += weight * b * b
      }
      let weight = weights[i] / total
      let (rowA, rowB) = (sumA / total, sumB / total)
      ab += weight * sumAB / total
      aa += weight * sumAA / total
      bb += weight * sumBB / total
      rowsAB += weight * rowA * rowB
      rowsAA += weight * rowA * rowA
      rowsBB += weight * rowB * rowB
      meanA += weight * rowA
      meanB += weight * rowB
    }
    let (varianceX, varianceY) = (aa - 2 * rowsAA + meanA * meanA, bb - 2 * rowsBB + meanB * meanB)
    guard varianceX > 0, varianceY > 0 else { return .undefined(reason: "the values are all equal") }
    let square = max(0, ab - 2 * rowsAB + meanA * meanB) / (varianceX.squareRoot() * varianceY.squareRoot())
    return .defined(min(1, square.squareRoot()))
  }

  private static func maximal(_ x: [Double], _ y: [Double], _ weights: [Double], _ bins: Int) -> MetricValue {
    let total = weights.reduce(0, +)
    guard total > 0 else { return .undefined(reason: "no rows") }
    var table = [Double](repeating: 0, count: bins * bins)
    func bin(_ rank: Double) -> Int { min(bins - 1, Int(max(0, rank) * Double(bins))) }
    for ((x, y), weight) in zip(zip(x, y), weights) { table[bin(x) * bins + bin(y)] += weight / total }
    let rows = (0..<bins).map { row in (0..<bins).reduce(0) { $0 + table[row * bins + $1] } }
    let columns = (0..<bins).map { column in (0..<bins).reduce(0) { $0 + table[$1 * bins + column] } }
    guard rows.filter({ $0 > 0 }).count > 1, columns.filter({ $0 > 0 }).count > 1 else {
      return .undefined(reason: "the values are in one bin")
    }
    // The first pair of singular vectors (√p and √q, singular value 1) is removed.
    for row in 0..<bins {
      for column in 0..<bins where rows[row] > 0 && columns[column] > 0 {
        let scale = (rows[row] * columns[column]).squareRoot()
        table[row * bins + column] = table[row * bins + column] / scale - scale
      }
    }
    return .defined(min(1, largestSingularValue(table, bins)))
  }

  /// Power iteration on the table times its transpose.
  private static func largestSingularValue(_ table: [Double], _ size: Int) -> Double {
    var vector = (0..<size).map { 1 + Double($0 * $0 % 7) / 7 + Double($0) / Double(size) }
    var value = 0.0
    for _ in 0..<2_000 {
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 0 else { return 0 }
      let image = (0..<size).map { row in
        (0..<size).reduce(0) { $0 + table[row * size + $1] * vector[$1] } / length
      }
      vector = (0..<size).map { column in
        (0..<size).reduce(0) { $0 + table[$1 * size + column] * image[$1] }
      }
      let next = image.reduce(0) { $0 + $1 * $1 }.squareRoot()
      if abs(next - value) <= 1e-14 * next { return next }
      value = next
    }
    return value
  }
}
