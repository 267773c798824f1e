import EngineKernels
import Platform

/// Rows of encoded inputs, and exact Euclidean distances between them.
public struct EncodedRows {
  public let rows: Int
  public let width: Int
  /// Row-major (rows, width).
  public let values: Buffer<Float>
  private let layout: Layout

  /// The layout of the rows for the kernels.
  private enum Layout {
    case panels(RowPanels)
    /// Wide rows are first compared by matrix products.
    case centred(CentredRows)
  }
  private static let centredFrom = 24

  /// - Parameter values: row-major (rows, width), finite.
  /// - Throws: `invalidArgument` if the sizes do not fit or there are more than 2³¹ − 1 rows; `outOfMemory`.
  public init(_ values: Buffer<Float>, rows: Int, width: Int) throws {
    let (count, overflow) = rows.multipliedReportingOverflow(by: width)
    guard rows >= 0, width > 0, !overflow, count <= values.count, rows <= Int(Int32.max) else {
      throw Failure.invalidArgument("\(values.count) encoded values are not \(rows) rows of \(width)")
    }
    self.rows = rows
    self.width = width
    self.values = values
    layout =
      try width >= Self.centredFrom
      ? .centred(CentredRows(values, rows: rows, width: width))
      : .panels(RowPanels(values, rows: rows, width: width))
  }

  /// The `count` nearest other rows for each of `queries`, nearest first; at equal distances the earlier row
  /// comes first.
  ///
  /// - Returns: (queries, count) row indices; -1 at the end if there are fewer than `count` other rows.
  /// - Throws: `outOfMemory`, `cancelled`.
  public func nearest(_ count: Int, of queries: [Int32]) throws -> [Int32] {
    let points = try Buffer<Float>(count: queries.count * width, for: "neighbours")
    for (place, row) in queries.enumerated() {
      (points.pointer + place * width).update(from: values.pointer + Int(row) * width, count: width)
    }
    return try nearest(count, points, selves: queries).neighbours
  }

  /// The `count` nearest other rows of each row, in the order of `nearest(_:of:)`.
  ///
  /// - Returns: (rows, count) row indices; -1 at the end if there are fewer than `count` other rows.
  /// - Throws: `outOfMemory`, `cancelled`.
  public func nearestOfEach(_ count: Int) throws -> [Int32] {
    guard case .centred(let set) = layout, count > 0, rows > 0 else {
      return try nearest(count, values, selves: (0..<Int32(clamping: rows)).map { $0 }).neighbours
    }
    return try NearestPairs(set, values, rows: rows, width: width).nearest(count)
  }

  /// The `count` nearest rows of points that are not among the rows.
  ///
  /// - Parameter points: row-major (points, width).
  /// - Returns: (points, count) row indices and squared distances; -1 and infinity if there are fewer rows.
  public func nearest(_ count: Int, to points: Buffer<Float>) throws -> (
    neighbours: [Int32], squares: [Float]
  ) {
    let selves = [Int32](repeating: -1, count: points.count / width)
    return try nearest(count, points, selves: selves)
  }

  private func nearest(_ count: Int, _ points: Buffer<Float>, selves: [Int32]) throws -> (
    neighbours: [Int32], squares: [Float]
  ) {
    guard count > 0, !selves.isEmpty else { return ([], []) }
    let found = try Buffer<Int32>(count: count * selves.count, for: "neighbours")
    let distances = try Buffer<Float>(count: count * selves.count, for: "neighbours")
    // Points are processed in small pieces, between which the call can be cancelled.
    let piece = 256
    let pieces = (selves.count + piece - 1) / piece
    let cancel = HostCall.cancelFlag
    let wide: (centred: Buffer<Float>, norms: Buffer<Float>)? =
      if case .centred = layout {
        (
          try Buffer<Float>(count: selves.count * width, for: "neighbours"),
          try Buffer<Float>(count: selves.count, for: "neighbours")
        )
      } else { nil }
    selves.withUnsafeBufferPointer { selves in
      WorkerPool.run(shards: pieces) { index in
        guard let base = selves.baseAddress, cancel?.isRequested != true else { return }
        let first = index * piece
        let length = min(piece, selves.count - first)
        let (own, place) = (points.pointer + first * width, first * count)
        switch layout {
        case .panels(let panels):
          nearest_rows(
            panels.values.pointer, Int64(rows), Int64(width), own, base + first, Int64(length), Int64(count),
            found.pointer + place, distances.pointer + place)
        case .centred(let set):
          guard let wide else { return }
          let (centred, norms) = (wide.centred.pointer + first * width, wide.norms.pointer + first)
          CentredRows.centre(own, rows: length, width: width, set.means, centred, norms)
          var rows = set.kernelRows(values, rows: rows, width: width)
          nearest_rows_by_products(
            &rows, own, centred, norms, base + first, Int64(length), Int64(count), found.pointer + place,
            distances.pointer + place)
        }
      }
    }
    try HostCall.check()
    return (found.array, distances.array)
  }
}
