import EngineKernels
import Platform

/// The nearest neighbours of all rows among themselves. Each pair of rows is compared once, for both of its rows.
///
/// The rows are divided into parts. In a round, every part is compared with one other part, so that workers change the
/// neighbours of different rows; after as many rounds as a tournament has, every part has met every other.
struct NearestPairs {
  private let set: CentredRows
  private let values: Buffer<Float>
  private let rows: Int
  private let width: Int
  /// An even number of them; the last ones may be empty.
  private let parts: [Range<Int>]

  init(_ set: CentredRows, _ values: Buffer<Float>, rows: Int, width: Int) {
    (self.set, self.values, self.rows, self.width) = (set, values, rows, width)
    // Each worker has the same number of comparisons in a round; large parts take long to cancel.
    let panel = Int(ROW_PANEL)
    let panels = (rows + panel - 1) / panel
    let share = 2 * max(1, WorkerPool.threads)
    let wanted = min(max(rows / 1024, 1), 1 << 12)
    let count = (wanted + share - 1) / share * share
    parts = (0..<count).map { part in
      min(panels * part / count * panel, rows)..<min(panels * (part + 1) / count * panel, rows)
    }
  }

  /// - Returns: (rows, count) row indices; -1 at the end if there are fewer than `count` other rows.
  /// - Throws: `outOfMemory`, `cancelled`.
  func nearest(_ count: Int) throws -> [Int32] {
    let (places, overflow) = rows.multipliedReportingOverflow(by: count)
    guard !overflow else { throw Failure.outOfMemory(bytes: Int.max, for: "neighbours") }
    let neighbours = try Buffer<Int32>(count: places, for: "neighbours")
    let distances = try Buffer<Float>(count: places, for: "neighbours")
    let limits = try Buffer<Float>(count: set.norms.count, for: "neighbours")
    var found = near_pairs(
      neighbours: neighbours.pointer, distances: distances.pointer, limits: limits.pointer)
    nearest_pairs_begin(Int64(rows), Int64(count), &found)
    try compare(parts.indices.map { ($0, $0) }, count, found)
    for round in 0..<parts.count - 1 {
      try compare(Self.pairs(of: parts.count, round), count, found)
    }
    return neighbours.array
  }

  /// Which parts meet in a round: one stays in its place, and the others move on in a circle.
  static func pairs(of parts: Int, _ round: Int) -> [(Int, Int)] {
    let circle = parts - 1
    return [(round, circle)]
      + (1..<max(1, parts / 2)).map { ((round + $0) % circle, (round - $0 + circle) % circle) }
  }

  private func compare(_ pairs: [(Int, Int)], _ count: Int, _ found: near_pairs) throws {
    let cancel = HostCall.cancelFlag
    WorkerPool.run(shards: pairs.count) { index in
      let (own, other) = (parts[pairs[index].0], parts[pairs[index].1])
      guard cancel?.isRequested != true, !own.isEmpty, !other.isEmpty else { return }
      var (rows, found) = (set.kernelRows(values, rows: rows, width: width), found)
      nearest_pairs(
        &rows, set.centred.pointer, Int64(count), Int64(own.lowerBound), Int64(own.upperBound),
        Int64(other.lowerBound), Int64(other.upperBound), &found)
    }
    try HostCall.check()
  }
}
