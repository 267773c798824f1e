import Platform

/// Resampled counts of cells: rows are drawn with replacement, and only their counts are stored. A stratum is
/// a range of cells whose total is fixed.
struct DrawnCounts {
  private struct Stratum {
    var cells: Range<Int>
    var trials: Double
    /// The stratum's range in `cellOfRow`.
    var rows: Range<Int>
  }

  /// Up to this number of rows per cell, drawing single rows is faster than drawing a binomial for every
  /// cell.
  private static let rowsPerCell = 6

  private let counts: [Double]
  private var strata: [Stratum] = []
  /// The cell of each row if rows are drawn one by one; otherwise empty.
  private var cellOfRow: [UInt32] = []
  /// The weight of a drawn row; 1 for unweighted rows.
  private var scales: [Double] = []

  /// - Parameters:
  ///   - counts: whole numbers, or sums of weights.
  ///   - strata: the cells of each stratum.
  ///   - trials: the number of rows of each stratum; nil: the sum of its counts.
  init(_ counts: [Double], strata: [Range<Int>], trials: [Double]? = nil) {
    self.counts = counts
    for (index, cells) in strata.enumerated() where counts.indices.contains(cells.lowerBound) {
      let clamped = cells.clamped(to: counts.indices)
      let total = counts[clamped].reduce(0, +)
      let wanted = trials.flatMap { $0.indices.contains(index) ? $0[index] : nil } ?? total
      let start = cellOfRow.count
      if trials == nil, total <= Double(clamped.count * DrawnCounts.rowsPerCell) {
        for cell in clamped {
          let rows = Int(exactly: counts[cell].rounded()) ?? 0
          cellOfRow += [UInt32](repeating: UInt32(clamping: cell), count: rows)
        }
      }
      self.strata.append(
        Stratum(cells: clamped, trials: wanted.rounded(), rows: start..<cellOfRow.count))
      scales.append(wanted > 0 ? total / wanted.rounded() : 0)
    }
  }

  var count: Int { counts.count }

  /// The observed counts.
  func observed(into drawn: UnsafeMutableBufferPointer<Double>) {
    for (index, value) in counts.enumerated() where index < drawn.count { drawn[index] = value }
  }

  func draw(_ stream: inout RandomStream, into drawn: UnsafeMutableBufferPointer<Double>) {
    counts.withUnsafeBufferPointer { counts in
      for (stratum, scale) in zip(strata, scales) {
        let target = UnsafeMutableBufferPointer(rebasing: drawn[stratum.cells])
        if stratum.rows.isEmpty {
          stream.multinomial(
            stratum.trials, UnsafeBufferPointer(rebasing: counts[stratum.cells]), into: target)
          if scale != 1 { for index in target.indices { target[index] *= scale } }
        } else {
          target.update(repeating: 0)
          cellOfRow.withUnsafeBufferPointer { cells in
            for _ in 0..<stratum.rows.count {
              drawn[Int(cells[stratum.rows.lowerBound + stream.below(stratum.rows.count)])] += 1
            }
          }
        }
      }
    }
  }
}
