import EngineKernels
import Platform

/// Rows minus their columns' means. Products of these find the rows that may be near.
struct CentredRows {
  let means: [Float]
  /// Row-major (rows, width).
  let centred: Buffer<Float>
  let panels: RowPanels
  /// The squared norms of the centred rows; infinity for the padding of the last panel.
  let norms: Buffer<Float>

  init(_ values: Buffer<Float>, rows: Int, width: Int) throws {
    let means = try Self.means(values, rows: rows, width: width)
    let centred = try Buffer<Float>(count: rows * width, for: "neighbours")
    let panel = Int(ROW_PANEL)
    let norms = try Buffer<Float>(count: (rows + panel - 1) / panel * panel, for: "neighbours")
    let shards = WorkerPool.shards(of: rows, minimum: 512)
    WorkerPool.run(shards: shards.count) { shard in
      let range = shards[shard]
      let place = range.lowerBound * width
      Self.centre(
        values.pointer + place, rows: range.count, width: width, means, centred.pointer + place,
        norms.pointer + range.lowerBound)
    }
    for row in rows..<norms.count { norms.pointer[row] = .infinity }
    self.means = means
    self.centred = centred
    self.norms = norms
    panels = try RowPanels(centred, rows: rows, width: width)
  }

  /// Blocks of rows are summed in double precision on all workers, and added in their order.
  private static func means(_ values: Buffer<Float>, rows: Int, width: Int) throws -> [Float] {
    let block = 4096
    let blocks = (rows + block - 1) / block
    let sums = try Buffer<Double>(count: blocks * width, for: "neighbours")
    WorkerPool.run(shards: blocks) { index in
      let own = sums.pointer + index * width
      for column in 0..<width { own[column] = 0 }
      for row in index * block..<min((index + 1) * block, rows) {
        let line = values.pointer + row * width
        for column in 0..<width { own[column] += Double(line[column]) }
      }
    }
    return (0..<width).map { column in
      let sum = (0..<blocks).reduce(0.0) { $0 + sums.pointer[$1 * width + column] }
      return Float(sum / Double(max(1, rows)))
    }
  }

  /// Writes values (rows, width) minus the means, and the squared norms of the results.
  static func centre(
    _ values: UnsafePointer<Float>, rows: Int, width: Int, _ means: [Float],
    _ result: UnsafeMutablePointer<Float>, _ norms: UnsafeMutablePointer<Float>
  ) {
    means.withUnsafeBufferPointer { means in
      guard let means = means.baseAddress else { return }
      for row in 0..<rows {
        let (line, own) = (values + row * width, result + row * width)
        for column in 0..<width { own[column] = line[column] - means[column] }
      }
    }
    row_norms(result, Int64(rows), Int64(width), norms)
  }
}

extension CentredRows {
  /// The rows for the kernels; valid while this struct and `values` exist.
  ///
  /// - Parameter values: the rows without centring.
  func kernelRows(_ values: Buffer<Float>, rows: Int, width: Int) -> near_rows {
    near_rows(
      values: values.pointer, panels: panels.values.pointer, norms: norms.pointer, rows: Int64(rows),
      width: Int64(width))
  }
}
