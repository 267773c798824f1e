import Platform
import TableKernels

#if canImport(Glibc)
  import Glibc
#endif

/// Parts of a text that are converted at the same time, each of whole rows.
///
/// A quick survey of the text finds them: it takes each line end outside quotes for the end of a row. For some texts
/// this is wrong, for example if a line is blank. The part then has another number of rows when it is cut, and
/// `CellConverter` calls `measured`, which cuts the whole text to count its rows.
struct RowParts {
  /// The offset at which each part starts, followed by the end of the last one.
  private(set) var starts: [Int]
  /// The number of rows before each part, followed by the total.
  private(set) var firstRows: [Int]
  /// Whether all bytes are ASCII, and whether some byte is NUL.
  private(set) var isASCII: Bool
  private(set) var hasNUL: Bool

  var count: Int { starts.count - 1 }
  var rows: Int { firstRows.last ?? 0 }

  func start(_ part: Int) -> Int { starts[part] }
  func end(_ part: Int) -> Int { starts[part + 1] }
  func rows(before part: Int) -> Int { firstRows[part] }
  func rows(in part: Int) -> Int { firstRows[part + 1] - firstRows[part] }

  /// The smallest part, in bytes.
  private static let smallest = 1 << 18

  /// The parts of a text from the start of its first row on, by a survey.
  ///
  /// - Parameter maximumRows: the most rows to read.
  /// - Throws: if `maximumRows` is given, what `measured` throws.
  init(of source: CellSource, from start: Int, maximumRows: Int?, columns: Int) throws {
    let size = source.count - start
    let wanted = WorkerPool.threads > 1 ? max(1, min(WorkerPool.threads * 4, size / Self.smallest)) : 1
    let borders = (0...wanted).map { start + size / wanted * $0 + size % wanted * $0 / wanted }
    var surveys = [text_survey](repeating: text_survey(), count: wanted)
    surveys.withUnsafeMutableBufferPointer { surveys in
      let surveys = surveys
      WorkerPool.run(shards: wanted) { part in
        var format = source.format
        surveys[part] = table_survey(
          source.text + borders[part], borders[part + 1] - borders[part], &format)
      }
    }
    isASCII = surveys.allSatisfy { !$0.has_non_ascii }
    hasNUL = surveys.contains { $0.has_nul }
    (starts, firstRows) = Self.rows(of: source, borders: borders, surveys: surveys)
    if maximumRows != nil { self = try measured(source, maximumRows: maximumRows, columns: columns) }
  }

  /// Moves each border to the start of the next row. A row that extends over a whole part leaves one part fewer.
  private static func rows(of source: CellSource, borders: [Int], surveys: [text_survey]) -> (
    starts: [Int], firstRows: [Int]
  ) {
    var (starts, firstRows, rows, isInside) = ([borders[0]], [0], 0, false)
    for (part, survey) in surveys.enumerated() {
      let border = borders[part]
      if part > 0 {
        var format = source.format
        let startsRow = !isInside && source.text[border - 1] == 10
        let next =
          startsRow ? border : table_next_row(source.text, border, borders[part + 1], isInside, &format)
        if next < borders[part + 1] {
          starts.append(next)
          firstRows.append(startsRow ? rows : rows + 1)
        }
      }
      rows += isInside ? survey.feeds_inside : survey.feeds_outside
      if survey.ends_inside { isInside.toggle() }
    }
    let end = source.count
    if end > borders[0], source.text[end - 1] != 10 { rows += 1 }
    return (starts + [end], firstRows + [rows])
  }

  /// The same text in parts with their exact numbers of rows.
  ///
  /// - Throws: `invalidData` for a row with another number of cells, a quote that is never closed, or a cell that is too long.
  func measured(_ source: CellSource, maximumRows: Int?, columns: Int) throws -> RowParts {
    var table = table_cells()
    table.columns = columns
    defer { table_cells_free(&table) }
    let goal = maximumRows ?? Int.max
    var (starts, firstRows, place, rows) = ([start(0)], [0], start(0), 0)
    let size = max(Self.smallest, (source.count - start(0)) / max(count, 1))
    while place < source.count, rows < goal {
      table.rows = 0
      table.cell_count = 0
      table.unescaped_count = 0
      let end = min(place + size, source.count)
      place = source.cut(from: place, to: end, rows: goal - rows, into: &table)
      guard table.status == TABLE_OK else { throw source.failure(table, columns: columns) }
      rows += table.rows
      starts.append(place)
      firstRows.append(rows)
    }
    var parts = self
    (parts.starts, parts.firstRows) = (starts, firstRows)
    return parts
  }
}
