import EngineKernels
import Platform

/// Rows minus their columns' means, rounded to bfloat16. Products of these find the rows that may be near.
struct PackedRows {
  let means: [Float]
  /// Panels of the transposed rows, padded to a multiple of NEAR_ROWS.
  let panels: Buffer<Float>
  /// The squared norms of the centred rows; infinity for padding.
  let norms: Buffer<Float>

  init(_ values: Buffer<Float>, rows: Int, width: Int) throws {
    let block = Int(NEAR_ROWS)
    let filled = (rows + block - 1) / block * block
    var sums = try [Double].filled(with: 0, count: width, for: "neighbours")
    sums.withUnsafeMutableBufferPointer { sums in
      for row in 0..<rows {
        for column in 0..<width { sums[column] += Double(values.pointer[row * width + column]) }
      }
    }
    means = sums.map { Float($0 / Double(max(1, rows))) }
    let centred = try Buffer<Float>(count: filled * width, for: "neighbours")
    Self.centre(values.pointer, rows: rows, width: width, means, centred.pointer)
    norms = try Buffer<Float>(count: filled, for: "neighbours")
    row_norms(centred.pointer, Int64(rows), Int64(width), norms.pointer)
    for row in rows..<filled { norms.pointer[row] = .infinity }
    let panels = try Buffer<Float>(count: bfloat16_panels_count(width, filled), for: "neighbours")
    let part = Int(BFLOAT16_PART)
    WorkerPool.run(shards: filled / part) { shard in
      bfloat16_pack_panels(
        centred.pointer, true, width, filled, shard * part, (shard + 1) * part, panels.pointer)
    }
    self.panels = panels
  }

  /// Writes values (rows, width) minus the means.
  static func centre(
    _ values: UnsafePointer<Float>, rows: Int, width: Int, _ means: [Float],
    _ result: UnsafeMutablePointer<Float>
  ) {
    means.withUnsafeBufferPointer { means in
      for row in 0..<rows {
        for column in 0..<width {
          result[row * width + column] = values[row * width + column] - means[column]
        }
      }
    }
  }
}
