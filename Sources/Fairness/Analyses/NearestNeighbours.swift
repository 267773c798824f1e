import Kernels
import Platform

/// Rows of encoded inputs with exact Euclidean distances between them.
public struct EncodedRows {
  public let rows: Int
  public let width: Int
  /// Row-major (rows, width).
  let values: Buffer<Float>
  /// The rows in panels of ROW_PANEL, column by column, for the kernels: (panels, width, ROW_PANEL).
  let panels: Buffer<Float>

  /// - Parameter values: row-major (rows, width), finite.
  /// - Throws: `invalidArgument` when the sizes do not fit or there are more than 2³¹ − 1 rows; `outOfMemory`.
  public init(_ values: Buffer<Float>, rows: Int, width: Int) throws {
    let (count, overflow) = rows.multipliedReportingOverflow(by: width)
    guard rows >= 0, width > 0, !overflow, count <= values.count, rows <= Int(Int32.max) else {
      throw Failure.invalidArgument("\(values.count) encoded values are not \(rows) rows of \(width)")
    }
    self.rows = rows
    self.width = width
    self.values = values
    let panel = Int(ROW_PANEL)
    panels = try Buffer<Float>(count: (rows + panel - 1) / panel * panel * width, for: "neighbours")
    row_panels(values.pointer, Int64(rows), Int64(width), panels.pointer)
  }

  /// The `count` nearest other rows of each of `queries`, nearest first; of rows at the same distance
  /// the earlier one.
  ///
  /// - Returns: (queries, count) row numbers; fewer than `count` others leave -1 at the end.
  /// - Throws: `outOfMemory`, `cancelled`.
  public func nearest(_ count: Int, of queries: [Int32]) throws -> [Int32] {
    guard count > 0, !queries.isEmpty else { return [] }
    let found = try Buffer<Int32>(count: count * queries.count, for: "neighbours")
    let distances = try Buffer<Float>(count: count * queries.count, for: "neighbours")
    // Pieces of a few queries, between which a call can be stopped.
    let piece = 256
    let pieces = (queries.count + piece - 1) / piece
    let cancel = HostCall.cancelFlag
    queries.withUnsafeBufferPointer { queries in
      WorkerPool.run(shards: pieces) { index in
        guard let base = queries.baseAddress, cancel?.isRequested != true else { return }
        let first = index * piece
        nearest_rows(
          panels.pointer, Int64(rows), Int64(width), values.pointer, base + first,
          Int64(min(piece, queries.count - first)), Int64(count), found.pointer + first * count,
          distances.pointer + first * count)
      }
    }
    try HostCall.check()
    return found.array
  }
}

/// Consistency of outcomes: 1 − mean over rows of |yᵢ − mean of y over the k nearest neighbours of i|
/// (Zemel et al. 2013, "Learning Fair Representations", section 4.2: yNN).
public struct Consistency: Sendable {
  /// Neighbours are k other rows.
  public let withoutSelf: MetricValue
  /// Every row is the nearest neighbour of itself, as in AIF360: itself and k − 1 others.
  public let withSelf: MetricValue
  /// The same over the rows of one group each; neighbours may be of any group.
  public let groups: [(withoutSelf: MetricValue, withSelf: MetricValue)]

  /// - Parameters:
  ///   - neighbours: (queries, k) rows, as `EncodedRows.nearest` gives them; at least k other rows exist.
  ///   - queries: the rows whose consistency is averaged.
  ///   - outcomes: a decision or a score a row.
  ///   - weights: by row, for the mean over the rows; nil: all are 1.
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
      // The first sum is that of all rows.
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
