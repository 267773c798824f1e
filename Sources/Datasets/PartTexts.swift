import Platform
import TableKernels

#if canImport(Glibc)
  import Glibc
#endif

/// The texts of one part of a column, in one block that grows while the part is converted.
final class PartTexts {
  /// The bytes that copies of constant size may write behind a text.
  private static let margin = 32
  /// The first block.
  private static let smallest = 1 << 16

  private var memory: UnclearedMemory?
  /// The bytes of the texts so far, each with its NUL.
  private(set) var used = 0

  /// Converts the rows of a table of which the first one is row `done` of a part of `rows` rows.
  ///
  /// - Parameter bytes: the length of the text that the table was cut from.
  /// - Throws: `outOfMemory`.
  func append(
    _ state: UnsafeMutablePointer<column_cells>, bytes: Int, done: Int, of rows: Int,
    offsets: UnsafeMutablePointer<Int64>, validity: UnsafeMutablePointer<UInt8>
  ) throws {
    // A text is not longer than its cell, and its NUL takes the place of the delimiter or line end, which only the last
    // row may lack.
    let needed = used + bytes + 1 + Self.margin
    if memory.map({ $0.bytes < needed }) ?? true { try grow(to: needed, done: done, of: rows) }
    guard let memory else { return }
    used = column_cells_to_texts(
      state, 0, state.pointee.table.pointee.rows, memory.start.assumingMemoryBound(to: CChar.self), used,
      offsets, validity)
  }

  /// Moves the texts to a larger block: as large as the part will need if its other rows are like those before.
  private func grow(to needed: Int, done: Int, of rows: Int) throws {
    let each = done > 0 ? Double(used) / Double(done) : 0
    let expected = Int(exactly: (each * Double(rows) * 17 / 16).rounded(.up)) ?? 0
    let larger = memory.map { $0.bytes / 2 * 3 } ?? Self.smallest
    let wider = try UnclearedMemory(bytes: max(needed, max(expected, larger)), for: "texts")
    if let memory { memcpy(wider.start, memory.start, used) }
    memory = wider
  }

  /// The block itself.
  ///
  /// - Throws: `outOfMemory` for a part without rows.
  func block() throws -> Buffer<CChar> {
    guard let memory else { return try Buffer(count: 0, for: "texts") }
    return memory.buffer(of: CChar.self, count: used)
  }

  /// Copies the texts to `place`.
  func copy(to place: UnsafeMutablePointer<CChar>) {
    if let memory { memcpy(place, memory.start, used) }
  }
}
