import EngineKernels
import Platform

/// Rows in panels of ROW_PANEL rows, stored column by column for the kernels: (panels, width, ROW_PANEL).
public struct RowPanels {
  public let values: Buffer<Float>

  /// - Parameter values: row-major (rows, width).
  /// - Throws: `outOfMemory`.
  public init(_ values: Buffer<Float>, rows: Int, width: Int) throws {
    let panel = Int(ROW_PANEL)
    let count = (rows + panel - 1) / panel
    let panels = try Buffer<Float>(count: count * panel * width, for: "neighbours")
    let shards = WorkerPool.shards(of: count, minimum: 16)
    WorkerPool.run(shards: shards.count) { shard in
      let (first, end) = (shards[shard].lowerBound * panel, min(shards[shard].upperBound * panel, rows))
      row_panels(
        values.pointer + first * width, Int64(end - first), Int64(width), panels.pointer + first * width)
    }
    self.values = panels
  }
}
