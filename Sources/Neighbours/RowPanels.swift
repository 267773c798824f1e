import EngineKernels
import Platform

/// Rows in panels of ROW_PANEL rows, stored column by column for the kernels: (panels, width, ROW_PANEL).
public struct RowPanels {
  public let values: Buffer<Float>

  /// - Parameter values: row-major (rows, width).
  /// - Throws: `outOfMemory`.
  public init(_ values: Buffer<Float>, rows: Int, width: Int) throws {
    let panel = Int(ROW_PANEL)
    self.values = try Buffer<Float>(count: (rows + panel - 1) / panel * panel * width, for: "neighbours")
    row_panels(values.pointer, Int64(rows), Int64(width), self.values.pointer)
  }
}
