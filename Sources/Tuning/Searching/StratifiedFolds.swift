import Platform

/// The parts of a cross-validation. Two parts differ by at most one in their number of rows of each stratum, and by at
/// most one in their number of all rows (Kohavi 1995).
struct StratifiedFolds {
  /// The part of each row.
  let parts: [Int]
  let count: Int

  /// - Parameters:
  ///   - strata: for each row, a number that is the same for rows of one stratum.
  ///   - count: the number of parts, at least 1.
  ///   - stream: draws the rows of each part.
  init(strata: [Int], count: Int, _ stream: inout RandomStream) {
    self.count = max(count, 1)
    var members: [Int: [Int]] = [:]
    for (row, stratum) in strata.enumerated() { members[stratum, default: []].append(row) }
    var parts = [Int](repeating: 0, count: strata.count)
    // The next stratum continues where the last one stopped, so that all parts have about the same size.
    var next = 0
    for stratum in members.keys.sorted() {
      var rows = members[stratum] ?? []
      stream.shuffle(&rows)
      for row in rows {
        parts[row] = next
        next = (next + 1) % self.count
      }
    }
    self.parts = parts
  }

  /// The rows of a part, in ascending order.
  func rows(of part: Int) -> [Int] { parts.indices.filter { parts[$0] == part } }

  /// The rows of all other parts, in ascending order.
  func rows(outside part: Int) -> [Int] { parts.indices.filter { parts[$0] != part } }
}
