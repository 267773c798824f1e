import CEquipoise
import Platform

/// A bitmap with one bit per row, least significant first, from row `first` on.
struct ArrowBits {
  private let bytes: UnsafePointer<UInt8>
  private let first: Int

  init(_ bytes: UnsafeRawPointer, first: Int) {
    self.bytes = bytes.assumingMemoryBound(to: UInt8.self)
    self.first = first
  }

  subscript(_ row: Int) -> Bool { bytes[(first + row) >> 3] >> UInt8((first + row) & 7) & 1 == 1 }
}

/// The rows of one array in a batch. The offsets of the array and of its parent are applied here and only
/// here. Arrow's interface does not contain the sizes of buffers, so they cannot be checked.
struct ArrowSlice {
  let array: ArrowArray
  /// The first row, counted from the start of the buffers.
  let first: Int
  let rows: Int
  let column: String
  /// The number of rows in earlier batches, for messages.
  let rowsBefore: Int
  private let own: ArrowBits?
  private let parent: ArrowBits?

  /// - Parameters:
  ///   - first: the first row within the array, before the array's own offset.
  ///   - parent: which rows of the batch are present; nil: all.
  /// - Throws: `invalidData` if offset, length and number of buffers are inconsistent.
  init(
    _ array: ArrowArray, first: Int, rows: Int, column: String, rowsBefore: Int, parent: ArrowBits? = nil
  ) throws {
    let (start, overflow) = Int(array.offset).addingReportingOverflow(first)
    let (end, endOverflow) = first.addingReportingOverflow(rows)
    guard array.offset >= 0, array.length >= 0, first >= 0, rows >= 0, !overflow, !endOverflow,
      end <= Int(array.length), start <= Int.max - rows
    else {
      throw Failure.invalidColumn(
        column,
        "an Arrow array of length \(array.length) and offset \(array.offset) has no rows \(first) to \(end)")
    }
    self.array = array
    self.first = start
    self.rows = rows
    self.column = column
    self.rowsBefore = rowsBefore
    self.parent = parent
    // With a null count of 0 the bitmap is ignored; -1 means that the producer does not know the count.
    own =
      array.null_count != 0 && array.n_buffers > 0
      ? array.buffers?[0].map { ArrowBits($0, first: start) } : nil
  }

  /// A buffer that must exist if there are rows.
  ///
  /// - Throws: `invalidData` if it does not exist.
  func buffer(_ index: Int) throws -> UnsafeRawPointer {
    guard index < Int(array.n_buffers), let buffer = array.buffers?[index] else {
      throw Failure.invalidColumn(column, "the Arrow array has no buffer \(index)")
    }
    return buffer
  }

  func isPresent(_ row: Int) -> Bool { (own?[row] ?? true) && (parent?[row] ?? true) }

  var mayMiss: Bool { own != nil || parent != nil }

  /// nil if every row has a value.
  func validity(alsoMissing: (Int) -> Bool = { _ in false }, asks: Bool = false) throws -> Buffer<UInt8>? {
    guard mayMiss || asks else { return nil }
    let bits = try Buffer<UInt8>(count: (rows + 7) / 8, for: "column \"\(column)\"")
    var missing = false
    for row in 0..<rows {
      if isPresent(row) && !alsoMissing(row) {
        bits.pointer[row >> 3] |= 1 << UInt8(row & 7)
      } else {
        missing = true
      }
    }
    return missing ? bits : nil
  }

  /// The error for one value.
  func failure(_ row: Int, _ what: String) -> Failure {
    .invalidColumn(column, "row \(rowsBefore + row): \(what)")
  }
}
