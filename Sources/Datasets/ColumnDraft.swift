import Platform
import PlatformKernels
import TableKernels

#if canImport(Glibc)
  import Glibc
#endif

/// A column under construction; its parts are converted at the same time.
final class ColumnDraft {
  enum Kind { case integer, number, text }

  /// The values of all rows. Texts are apart for each part, and so are their offsets until the parts are joined.
  private enum Values {
    case integers(Buffer<Int64>)
    case doubles(Buffer<Double>)
    case texts([PartTexts], offsets: Buffer<Int64>)
  }

  /// A cell that a message is about.
  struct NotedCell {
    let row: Int
    let place: String
    let text: String
    let fault: column_fault
  }

  let column: Int
  let kind: Kind
  let rows: Int
  private let values: Values
  private let validity: Buffer<UInt8>
  private let states: Buffer<column_cells>
  private let lock = Lock()
  /// The cell that ended a part's conversion, and the first one that only a column of numbers calls missing.
  private var faults: [Int: NotedCell] = [:]
  private var marks: [Int: NotedCell] = [:]

  /// - Parameter state: what does not depend on the part.
  init(column: Int, kind: Kind, rows: Int, parts: Int, state: column_cells) throws {
    self.column = column
    self.kind = kind
    self.rows = rows
    values =
      switch kind {
      case .integer: .integers(try UnclearedMemory.buffer(of: Int64.self, count: rows, for: "a column"))
      case .number: .doubles(try UnclearedMemory.buffer(of: Double.self, count: rows, for: "a column"))
      case .text:
        .texts(
          (0..<parts).map { _ in PartTexts() },
          offsets: try UnclearedMemory.buffer(of: Int64.self, count: rows + 1, for: "a column"))
      }
    validity = try Buffer(count: (rows + 7) / 8, for: "a column's validity")
    memset(validity.pointer, 0xff, validity.count)
    states = try Buffer(count: parts, for: "a column")
    for part in 0..<parts {
      states.pointer[part] = state
      states.pointer[part].column = column
    }
  }

  /// Converts a piece of a part. Does nothing after a fault in the same part.
  ///
  /// - Throws: `outOfMemory`.
  func convert(_ piece: TablePiece, _ source: CellSource) throws {
    let part = piece.part
    let state = states.pointer + part
    guard state.pointee.fault == COLUMN_OK else { return }
    state.pointee.table = piece.table
    state.pointee.first_row = piece.firstRow + piece.done
    state.pointee.is_utf8 = piece.isUTF8
    let (rows, marked) = (piece.table.pointee.rows, state.pointee.marked)
    switch values {
    case .integers(let integers):
      column_cells_to_integers(state, 0, rows, integers.pointer, validity.pointer)
    case .doubles(let doubles):
      column_cells_to_doubles(state, 0, rows, doubles.pointer, validity.pointer)
    case .texts(let texts, let offsets):
      try texts[part].append(
        state, bytes: piece.bytes, done: piece.done, of: piece.partRows, offsets: offsets.pointer,
        validity: validity.pointer)
    }
    if state.pointee.fault != COLUMN_OK {
      note(state.pointee.fault_row, in: state.pointee, part, source, &faults)
    }
    if marked == 0, state.pointee.marked > 0 {
      note(state.pointee.marked_row, in: state.pointee, part, source, &marks)
    }
  }

  private func note(
    _ row: Int, in state: column_cells, _ part: Int, _ source: CellSource, _ cells: inout [Int: NotedCell]
  ) {
    let table = state.table.pointee
    let cell = table.cells[row * table.columns + column]
    let noted = NotedCell(
      row: state.first_row + row, place: source.location(table, cell: cell),
      text: source.excerpt(table, cell),
      fault: state.fault)
    lock.withLock { cells[part] = noted }
  }

  /// The first cell that could not be converted.
  var fault: NotedCell? { faults.min { $0.key < $1.key }?.value }
  /// The first cell that only a column of numbers calls missing, and the number of them.
  var marked: (first: NotedCell, count: Int)? {
    marks.min { $0.key < $1.key }.map { ($0.value, states.elements.reduce(0) { $0 + $1.marked }) }
  }
  var missing: Int { states.elements.reduce(0) { $0 + $1.missing } }

  /// The column, after all parts were converted without a fault.
  func finished(named name: String, parts: RowParts) throws -> Column {
    let missing = missing
    let validity = missing > 0 ? validity : nil
    let values: ColumnValues =
      switch values {
      case .integers(let integers): .int64(integers)
      case .doubles(let doubles): .float64(doubles)
      case .texts(let texts, let offsets): .text(try joined(texts, offsets, named: name, parts))
      }
    return try Column(name: name, values: values, validity: validity, missing: missing)
  }

  /// The texts of all parts in one block.
  private func joined(_ texts: [PartTexts], _ offsets: Buffer<Int64>, named name: String, _ parts: RowParts)
    throws -> TextValues
  {
    let total = texts.reduce(0) { $0 + $1.used }
    offsets.pointer[rows] = Int64(total)
    if texts.count == 1 { return TextValues(count: rows, block: try texts[0].block(), offsets: offsets) }
    let block = try UnclearedMemory.buffer(of: CChar.self, count: total, for: "column \"\(name)\"")
    WorkerPool.run(shards: parts.count) { part in
      let start = texts[..<part].reduce(0) { $0 + $1.used }
      texts[part].copy(to: block.pointer + start)
      let own = parts.rows(before: part)..<parts.rows(before: part + 1)
      for row in own { offsets.pointer[row] += Int64(start) }
    }
    return TextValues(count: rows, block: block, offsets: offsets)
  }
}

/// Rows that were cut and are converted next: column after column, while they are in the cache.
struct TablePiece {
  let table: UnsafePointer<table_cells>
  let part: Int
  /// The part's first row in the text, the number of its rows, and of those before the piece.
  let firstRow: Int
  let partRows: Int
  let done: Int
  /// The length of the text that was cut, and whether it is UTF-8.
  let bytes: Int
  let isUTF8: Bool
}

/// The table into which each part is cut, a few rows at a time.
final class PartTables {
  private let tables: Buffer<table_cells>

  init(parts: Int, columns: Int) throws {
    tables = try Buffer(count: parts, for: "cells")
    for part in 0..<parts { tables.pointer[part].columns = columns }
  }

  deinit {
    for part in 0..<tables.count { table_cells_free(tables.pointer + part) }
  }

  func pointer(_ part: Int) -> UnsafeMutablePointer<table_cells> { tables.pointer + part }
  var all: UnsafeBufferPointer<table_cells> { UnsafeBufferPointer(tables.elements) }
}
