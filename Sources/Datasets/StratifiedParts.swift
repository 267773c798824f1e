import Platform

/// Rows divided into parts that have the same share of every stratum.
public struct StratifiedParts {
  /// The part of each row.
  public let parts: [Int]

  /// Assigns the rows in random order, stratum by stratum, to the part with the largest deficit. The size of
  /// every part, in total and within each stratum, is then within about one row of its share.
  ///
  /// - Parameters:
  ///   - strata: for each row, the number of its stratum, from 0.
  ///   - shares: of all rows, for each part; the remaining rows are one more part.
  ///   - shuffled: whether the rows of a stratum are drawn; otherwise they are taken in their order.
  public init(_ strata: [Int], shares: [Double], shuffled: Bool, _ random: inout RandomStream) {
    let rows = strata.count
    var order = Array(0..<rows)
    if shuffled { random.shuffle(&order) }
    // Counting sort by stratum, which keeps the random order within each stratum.
    var starts = [Int](repeating: 0, count: (strata.max() ?? 0) + 2)
    for stratum in strata { starts[stratum + 1] += 1 }
    for index in 1..<starts.count { starts[index] += starts[index - 1] }
    var sorted = order
    for row in order {
      sorted[starts[strata[row]]] = row
      starts[strata[row]] += 1
    }
    // The rest of the shares is a part, which is dropped.
    let all = shares + [max(0, 1 - shares.reduce(0, +))]
    let targets = all.last ?? 0 > 1e-9 ? all : shares
    var parts = [Int](repeating: 0, count: rows)
    if !shuffled && strata.allSatisfy({ $0 == 0 }) {
      // Without shuffling, parts are contiguous.
      var (part, end) = (0, targets[0])
      for row in 0..<rows {
        while part + 1 < targets.count, Double(row) >= (end * Double(rows)).rounded() {
          part += 1
          end += targets[part]
        }
        parts[row] = part
      }
      self.parts = parts
      return
    }
    var lacking = [Double](repeating: 0, count: targets.count)
    for row in sorted {
      var best = 0
      for part in targets.indices {
        lacking[part] += targets[part]
        if lacking[part] > lacking[best] + 1e-9 { best = part }
      }
      lacking[best] -= 1
      parts[row] = best
    }
    self.parts = parts
  }
}
