import CEquipoise
import Platform
import PlatformKernels

#if canImport(Glibc)
  import Glibc
#endif

/// Arrays of texts in Arrow's format.
enum ArrowText {
  /// Reads utf8 and large_utf8: row i has the bytes offsets[i] ..< offsets[i + 1] of one block.
  ///
  /// - Throws: `invalidData` for decreasing offsets, and for bytes that are not text.
  static func read(_ slice: ArrowSlice, offsetBytes: Int) throws -> TextValues {
    let offsets = try slice.buffer(1)
    // The address of an empty block may be NULL.
    let block = slice.array.n_buffers > 2 ? slice.array.buffers?[2] : nil
    func offset(_ row: Int) -> Int64 {
      offsetBytes == 4
        ? Int64(offsets.loadUnaligned(fromByteOffset: (slice.first + row) * 4, as: Int32.self))
        : offsets.loadUnaligned(fromByteOffset: (slice.first + row) * 8, as: Int64.self)
    }
    return try copy(slice) { row in
      let (start, end) = (offset(row), offset(row + 1))
      guard start >= 0, end >= start else {
        throw slice.failure(row, "the text's offsets \(start) and \(end) are out of order")
      }
      guard end > start else { return UnsafeRawBufferPointer(start: nil, count: 0) }
      guard let block else { throw slice.failure(row, "the Arrow array has no texts") }
      return UnsafeRawBufferPointer(start: block + Int(start), count: Int(end - start))
    }
  }

  /// Reads utf8_view: 16 bytes per row, with the text itself if it has up to 12 bytes, otherwise with the
  /// index of a buffer and an offset.
  ///
  /// - Throws: `invalidData` for a view outside its buffer, and for bytes that are not text.
  static func readViews(_ slice: ArrowSlice) throws -> TextValues {
    let views = try slice.buffer(1)
    // The buffers: validity, views, blocks, and last the sizes of the blocks.
    let blocks = Int(slice.array.n_buffers) - 3
    let sizes = blocks > 0 ? try slice.buffer(blocks + 2) : nil
    return try copy(slice) { row in
      let view = views + (slice.first + row) * 16
      let count = Int(view.loadUnaligned(as: Int32.self))
      guard count >= 0 else { throw slice.failure(row, "the text's length is \(count)") }
      if count <= 12 { return UnsafeRawBufferPointer(start: view + 4, count: count) }
      let block = Int(view.loadUnaligned(fromByteOffset: 8, as: Int32.self))
      let start = Int(view.loadUnaligned(fromByteOffset: 12, as: Int32.self))
      guard let sizes, block >= 0, block < blocks, start >= 0,
        Int64(start) + Int64(count) <= sizes.loadUnaligned(fromByteOffset: block * 8, as: Int64.self)
      else { throw slice.failure(row, "the text's view is outside of its buffer") }
      return UnsafeRawBufferPointer(start: try slice.buffer(block + 2) + start, count: count)
    }
  }

  /// Copies each row's text; missing texts become empty.
  private static func copy(
    _ slice: ArrowSlice, _ text: (Int) throws -> UnsafeRawBufferPointer
  ) throws -> TextValues {
    let offsets = try Buffer<Int64>(count: slice.rows + 1, for: "column \"\(slice.column)\"")
    var total: Int64 = 0
    for row in 0..<slice.rows {
      offsets.pointer[row] = total
      let count = slice.isPresent(row) ? try text(row).count : 0
      let (sum, overflow) = total.addingReportingOverflow(Int64(count) + 1)
      guard !overflow else { throw slice.failure(row, "the texts are longer than any memory") }
      total = sum
    }
    offsets.pointer[slice.rows] = total
    let block = try Buffer<CChar>(count: Int(total), for: "column \"\(slice.column)\"")
    for row in 0..<slice.rows where slice.isPresent(row) {
      let bytes = try text(row)
      guard let base = bytes.baseAddress, bytes.count > 0 else { continue }
      guard text_is_utf8(base.assumingMemoryBound(to: CChar.self), bytes.count) else {
        throw slice.failure(row, "the text is not UTF-8")
      }
      guard memchr(base, 0, bytes.count) == nil else {
        throw slice.failure(row, "the text has a NUL character")
      }
      memcpy(block.pointer + Int(offsets.pointer[row]), base, bytes.count)
    }
    return TextValues(count: slice.rows, block: block, offsets: offsets)
  }
}
