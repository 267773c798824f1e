import Platform
import PlatformKernels
import TableKernels

#if canImport(Glibc)
  import Glibc
#endif

/// The cells of a text: one table for each part that was cut separately, in the order of the text.
final class CutCells {
  let tables: Buffer<table_cells>
  /// The number of rows before each table, followed by the total.
  fileprivate(set) var firstRows: [Int] = [0]
  /// The offset at which the cutting stopped.
  fileprivate(set) var stopped = 0

  init(parts: Int) throws { tables = try Buffer(count: parts, for: "cells") }

  deinit {
    for part in 0..<tables.count { table_cells_free(tables.pointer + part) }
  }

  var rows: Int { firstRows.last ?? 0 }
}

/// A text that is divided into cells, and the positions for errors.
struct CellSource {
  let name: String
  let text: UnsafePointer<CChar>
  let count: Int
  let format: table_format
  /// Whether a quote character with a meaning occurs anywhere.
  let hasQuote: Bool
  /// Whether all bytes are ASCII and none is NUL.
  let isPlain: Bool

  init(name: String, text: UnsafePointer<CChar>, count: Int, format: table_format) {
    self.name = name
    self.text = text
    self.count = count
    self.format = format
    let shards = WorkerPool.shards(of: count, minimum: 1 << 20)
    var features = [Int32](repeating: 0, count: shards.count)
    features.withUnsafeMutableBufferPointer { features in
      let features = features
      WorkerPool.run(shards: shards.count) { shard in
        features[shard] = table_text_features(
          text + shards[shard].lowerBound, shards[shard].count, CChar(truncatingIfNeeded: format.quote))
      }
    }
    let all = features.reduce(0, |)
    hasQuote = format.has_quote && all & TABLE_HAS_QUOTE != 0
    isPlain = all & (TABLE_HAS_NUL | TABLE_HAS_NON_ASCII) == 0
  }

  /// - Parameter columns: the number of cells of each record; 0: as many as the first record has.
  func cut(from start: Int, to end: Int, maximumRows: Int?, columns: Int) throws -> CutCells {
    let borders = maximumRows == nil ? parts(from: start, to: end) : [start, end]
    let cells = try CutCells(parts: borders.count - 1)
    var stops = [Int](repeating: end, count: borders.count - 1)
    func cut(_ part: Int, from start: Int, to end: Int) -> Int {
      cells.tables.pointer[part].columns = columns
      var format = format
      return table_cells_split(
        text, start, borders[part + 1], end, &format, maximumRows ?? Int.max, cells.tables.pointer + part)
    }
    stops.withUnsafeMutableBufferPointer { stops in
      let stops = stops
      WorkerPool.run(shards: stops.count) { part in
        stops[part] = cut(part, from: borders[part], to: hasQuote ? end : borders[part + 1])
      }
    }
    if hasQuote {
      // A border may be inside quotes, which can contain line ends. The end of the previous part is the true
      // start of the next one; if it differs from the assumed border, the part is cut again.
      var place = start
      for part in stops.indices {
        if place != borders[part] {
          table_cells_free(cells.tables.pointer + part)
          cells.tables.pointer[part] = table_cells()
          stops[part] = cut(part, from: place, to: end)
        }
        place = stops[part]
        if cells.tables.pointer[part].status != TABLE_OK { break }
      }
    }
    cells.stopped = stops.last ?? end
    for part in 0..<cells.tables.count {
      let table = cells.tables.pointer[part]
      guard table.status == TABLE_OK else { throw failure(table, columns: columns) }
      cells.firstRows.append(cells.rows + table.rows)
    }
    warnOfTextBehindQuotes(cells)
    return cells
  }

  /// The borders of the parts, after line ends (which may be inside quotes).
  private func parts(from start: Int, to end: Int) -> [Int] {
    let size = end - start
    let wanted = min(WorkerPool.threads * 4, size / (1 << 18))
    guard wanted > 1, WorkerPool.threads > 1 else { return [start, end] }
    var borders = [start]
    for part in 1..<wanted {
      let near = max(start + size / wanted * part, borders.last ?? start)
      guard let feed = memchr(text + near, 10, end - near) else { break }
      let border = UnsafeRawPointer(text).distance(to: UnsafeRawPointer(feed)) + 1
      if border > (borders.last ?? start) && border < end { borders.append(border) }
    }
    return borders + [end]
  }

  private func failure(_ table: table_cells, columns: Int) -> Failure {
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
  private func warnOfTextBehindQuotes(_ cells: CutCells) {
    guard let first = cells.tables.elements.first(where: { $0.text_behind_quotes > 0 }) else { return }
    let count = cells.tables.elements.reduce(0) { $0 + $1.text_behind_quotes }
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
