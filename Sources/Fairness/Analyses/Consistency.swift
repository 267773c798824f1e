import Platform

/// Consistency of outcomes: 1 − mean over rows of |yᵢ − mean of y over the k nearest neighbours of i|
/// (Zemel et al. 2013, "Learning Fair Representations", section 4.2: yNN).
public struct Consistency: Sendable {
  /// Neighbours are the k nearest other rows.
  public let withoutSelf: MetricValue
  /// Every row counts as its own nearest neighbour, as in AIF360: the row itself and k − 1 others.
  public let withSelf: MetricValue
  /// The same two numbers for the rows of each group; the neighbours may belong to any group.
  public let groups: [(withoutSelf: MetricValue, withSelf: MetricValue)]

  /// - Parameters:
  ///   - neighbours: (queries, k) row indices, as returned by `EncodedRows.nearest`; at least k other rows
  ///     must exist.
  ///   - queries: the rows whose consistency is averaged.
  ///   - outcomes: one decision or score per row.
  ///   - weights: one weight per row, for the mean over the rows; nil: all are 1.
  ///   - codes: the group of each row, from 0.
  public init(
    neighbours: [Int32], k: Int, queries: [Int32], outcomes: [Double], weights: [Double]? = nil,
    codes: [Int32] = [], groupCount: Int = 0
  ) {
    var sums = [(weight: Double, without: Double, with: Double)](
      repeating: (0, 0, 0), count: max(0, groupCount) + 1)
    for (place, query) in queries.enumerated() {
      let row = Int(query)
      let own = outcomes[row]
      let weight = weights?[row] ?? 1
      var total = 0.0
      var nearest = own
      for index in 0..<k {
        let other = outcomes[Int(neighbours[place * k + index])]
        total += other
        if index < k - 1 { nearest += other }
      }
      let without = weight * abs(own - total / Double(k))
      let with = weight * abs(own - nearest / Double(k))
      // Sum 0 is over all rows; sum g + 1 is over group g.
      let group = codes.indices.contains(row) ? Int(codes[row]) + 1 : 0
      for slot in group > 0 ? [0, group] : [0] where sums.indices.contains(slot) {
        sums[slot].weight += weight
        sums[slot].without += without
        sums[slot].with += with
      }
    }
    let values = sums.map { sum in
      (
        withoutSelf: MetricValue.rate(sum.without, of: sum.weight, unless: "no rows").consistency,
        withSelf: MetricValue.rate(sum.with, of: sum.weight, unless: "no rows").consistency
      )
    }
    (withoutSelf, withSelf) = (values[0].withoutSelf, values[0].withSelf)
    groups = Array(values.dropFirst())
  }
}

extension MetricValue {
  fileprivate var consistency: MetricValue {
    if case .defined(let inconsistency) = self { return .defined(1 - inconsistency) }
    return .undefined(reason: "no rows")
  }
}
