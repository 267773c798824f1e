import Platform
import PlatformKernels
import TableKernels

#if canImport(Glibc)
  import Glibc
#endif

/// The cells of the first rows of a text.
final class FirstCells {
  var table = table_cells()
  /// The offset at which the cutting stopped.
  var stopped = 0

  init(columns: Int) { table.columns = columns }

  deinit { table_cells_free(&table) }
}

/// A text that is divided into cells, and the positions for errors.
struct CellSource {
  let name: String
  let text: UnsafePointer<CChar>
  let count: Int
  let format: table_format

  /// The cells of the first rows from an offset on.
  ///
  /// - Parameter columns: the number of cells of each row; 0: as many as the first row has.
  func cells(from start: Int, rows: Int, columns: Int) throws -> FirstCells {
    let cells = FirstCells(columns: columns)
    cells.stopped = cut(from: start, to: count, rows: rows, into: &cells.table)
    guard cells.table.status == TABLE_OK else { throw failure(cells.table, columns: columns) }
    return cells
  }

  /// Appends the cells of rows to a table, from a row's start on, until a row starts at or after `end`.
  ///
  /// - Parameter rows: the most rows that the table has then.
  /// - Returns: the offset of the next row.
  func cut(from start: Int, to end: Int, rows: Int = Int.max, into table: inout table_cells) -> Int {
    var format = format
    return table_cells_split(text, start, end, count, &format, rows, &table)
  }

  func failure(_ table: table_cells, columns: Int) -> Failure {
    let place = "\(name):\(table_line_of(text, table.failure_offset))"
    switch table.status {
    case TABLE_RAGGED:
      let hint =
        table.failure_found == table.columns + 1 && endsWithDelimiter(table.failure_offset)
        ? "; if lines end with a delimiter, the header must end with one, too" : ""
      return .invalidData(
        "\(table.failure_found) cells are found where \(table.columns) columns are expected\(hint)", at: place
      )
    case TABLE_OPEN_QUOTE where table.text_behind_quotes > 0:
      return .invalidData(
        "a quoted cell starts here and never ends, because text follows its closing quote; quotes within a cell "
          + "must be doubled, or \"escape\" must name the character before them; if quotes have no meaning, set "
          + "\"quote\" to null", at: place)
    case TABLE_OPEN_QUOTE:
      return .invalidData(
        "a quoted cell starts here and never ends; if quotes have no meaning, set \"quote\" to null",
        at: place)
    case TABLE_CELL_TOO_LONG:
      return .invalidData(
        "a cell has more than \(TABLE_CELL_LENGTH_LIMIT - 1) bytes; is a quote missing?", at: place)
    default: return .outOfMemory(bytes: table.cell_count * 16, for: "the cells of \(name)")
    }
  }

  /// Logs the place of text after a closing quote, because its meaning is ambiguous.
  func warnOfTextBehindQuotes(_ tables: some Sequence<table_cells>) {
    guard let first = tables.first(where: { $0.text_behind_quotes > 0 }) else { return }
    let count = tables.reduce(0) { $0 + $1.text_behind_quotes }
    Log.write(
      .warning,
      "\(name):\(table_line_of(text, first.text_behind_offset)): text follows a closing quote"
        + (count > 1 ? ", and in \(count - 1) other cells" : "")
        + "; if a backslash precedes quotes within cells, set \"escape\"")
  }

  /// Whether the line that starts at an offset ends with a delimiter.
  private func endsWithDelimiter(_ offset: Int) -> Bool {
    guard offset < count else { return false }
    var end =
      memchr(text + offset, 10, count - offset).map {
        UnsafeRawPointer(text).distance(to: UnsafeRawPointer($0))
      } ?? count
    if end > offset, text[end - 1] == 13 { end -= 1 }
    return end > offset && UInt8(bitPattern: text[end - 1]) == format.delimiter
  }

  /// "people.csv:1041".
  func location(_ table: table_cells, cell: UInt64) -> String {
    var table = table
    return "\(name):\(table_line_of(text, table_cell_source(&table, cell)))"
  }

  /// nil if the cell is not UTF-8.
  func string(_ table: table_cells, _ cell: UInt64) -> String? {
    let bytes = self.bytes(table, cell)
    guard text_is_utf8(bytes.baseAddress, bytes.count) else { return nil }
    return String(decoding: UnsafeRawBufferPointer(bytes), as: UTF8.self)
  }

  /// The start of a cell, for messages.
  func excerpt(_ table: table_cells, _ cell: UInt64) -> String {
    let bytes = self.bytes(table, cell)
    let text = String(
      decoding: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes).prefix(160)), as: UTF8.self)
    return text.count > 40 ? "\(text.prefix(37))..." : text
  }

  private func bytes(_ table: table_cells, _ cell: UInt64) -> UnsafeBufferPointer<CChar> {
    var table = table
    var length = 0
    let start = table_cell_text(text, &table, cell, &length)
    return UnsafeBufferPointer(start: start, count: length)
  }
}
