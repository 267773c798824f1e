import FairnessKernels
import Platform

/// A column of small whole numbers (labels, decisions, group codes); it refers to memory without copying it.
///
/// A missing value is -1 in an `int32` column and 255 in a `uint8` column.
public struct CodeColumn {
  enum Storage {
    case uint8(UnsafePointer<UInt8>)
    case int32(UnsafePointer<Int32>)
  }
  let storage: Storage
  /// The object that keeps the memory alive; nil if the caller keeps it alive while the audit runs.
  private let owner: AnyObject?

  public init(_ codes: UnsafePointer<UInt8>, owner: AnyObject? = nil) {
    storage = .uint8(codes)
    self.owner = owner
  }
  public init(_ codes: UnsafePointer<Int32>, owner: AnyObject? = nil) {
    storage = .int32(codes)
    self.owner = owner
  }
  public init(_ buffer: Buffer<UInt8>) { self.init(UnsafePointer(buffer.pointer), owner: buffer) }
  public init(_ buffer: Buffer<Int32>) { self.init(UnsafePointer(buffer.pointer), owner: buffer) }
  /// - Throws: `outOfMemory`.
  public init(copying codes: [Int32]) throws { self.init(try Buffer(copying: codes, for: "codes")) }

  /// The code of `row`, which must exist; nil for a missing value.
  func code(at row: Int) -> Int? {
    switch storage {
    case .uint8(let codes): codes[row] == 255 ? nil : Int(codes[row])
    case .int32(let codes): codes[row] == -1 ? nil : Int(codes[row])
    }
  }

  /// The codes of the chosen rows.
  func selecting(_ rows: [Int]) throws -> CodeColumn {
    try CodeColumn(copying: rows.map { code(at: $0).map { Int32(clamping: $0) } ?? -1 })
  }

  /// cells[i] = cells[i] · slots + slot of row `rows.lowerBound + i` (see group_cells.h).
  ///
  /// - Returns: false if some code is outside the slots.
  func append(
    _ rows: Range<Int>, to cells: UnsafeMutablePointer<UInt32>, slots: Int, missingAllowed: Bool, first: Bool
  ) -> Bool {
    let slots = UInt32(clamping: slots)
    return switch storage {
    case .uint8(let codes):
      group_cells_append_u8(
        cells, codes + rows.lowerBound, Int64(rows.count), slots, missingAllowed, first)
    case .int32(let codes):
      group_cells_append_i32(
        cells, codes + rows.lowerBound, Int64(rows.count), slots, missingAllowed, first)
    }
  }
}
