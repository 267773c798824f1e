import Platform
import PlatformKernels
import TableKernels

/// Converts the cells of a text to columns. Type inference is part of the conversion: a column is converted to integers
/// if possible, then to numbers, then to text. A sample of the first rows avoids most failed attempts.
final class CellConverter {
  private let source: CellSource
  private let columnCount: Int
  private let options: OpenOptions
  private let markers: MissingMarkers
  private let numberMarkers: MissingMarkers
  private let sample: FirstCells
  private var parts: RowParts
  private var hasWarned = false
  /// The bytes that are cut at a time: they and their cells stay in the cache while column after column is converted.
  private let piece: Int

  /// - Parameters:
  ///   - start: the offset of the first row.
  ///   - columns: the number of cells of each row.
  /// - Throws: `invalidData` for one of the first rows with another number of cells.
  init(source: CellSource, from start: Int, columns: Int, options: OpenOptions) throws {
    self.source = source
    self.options = options
    columnCount = columns
    markers = try MissingMarkers(options.missing, quoted: options.quotedMissing)
    numberMarkers = try MissingMarkers(options.missingNumbers, quoted: false)
    sample = try source.cells(from: start, rows: min(64, options.maximumRows ?? 64), columns: columns)
    parts = try RowParts(of: source, from: start, maximumRows: options.maximumRows, columns: columns)
    let rowLength = (sample.stopped - start) / max(sample.table.rows, 1)
    piece = min(max(1 << 14, 32 * min(rowLength, 1 << 16)), 1 << 20)
  }

  func columns(named names: [String], types: [OpenOptions.ColumnType?]) throws -> Dataset {
    var kinds = try names.indices.map {
      try types[$0].map(Self.kind) ?? sampledKind(column: $0, named: names[$0])
    }
    var found = [Column?](repeating: nil, count: names.count)
    // Columns without any value, which are texts only if some cell is a quoted marker of missing values.
    var empty = Set<Int>()
    while true {
      let pending = names.indices.filter { found[$0] == nil }
      guard !pending.isEmpty else { break }
      try HostCall.report("read", names.count - pending.count, of: names.count)
      let drafts = try converted(pending.map { ($0, kinds[$0], types[$0] == nil) })
      for draft in drafts {
        let (column, name) = (draft.column, names[draft.column])
        if let fault = draft.fault {
          kinds[column] = try other(than: draft, after: fault, named: name, isDemanded: types[column] != nil)
          continue
        }
        if draft.kind == .integer, types[column] == nil, draft.missing == parts.rows {
          kinds[column] = .text
          empty.insert(column)
          continue
        }
        if draft.missing < parts.rows { noteMarked(draft, name: name) }
        let values = try draft.finished(named: name, parts: parts)
        found[column] =
          if empty.contains(column), values.missingCount == parts.rows {
            try allMissing(named: name)
          } else if draft.kind == .text {
            try NumberForm(options).numbers(of: values, demanded: types[column], in: source.name) ?? values
          } else {
            values
          }
      }
    }
    let result = try Dataset(rows: parts.rows)
    for column in found { if let column { try result.add(column) } }
    return result
  }

  private static func kind(_ type: OpenOptions.ColumnType) -> ColumnDraft.Kind {
    switch type {
    case .integer: .integer
    case .number: .number
    case .text: .text
    }
  }

  /// A column without any value has no type; it becomes numbers, all missing.
  private func allMissing(named name: String) throws -> Column {
    let numbers = try Buffer<Double>(count: parts.rows, for: "column \"\(name)\"")
    numbers.elements.update(repeating: .nan)
    let validity = try Buffer<UInt8>(count: (parts.rows + 7) / 8, for: "column \"\(name)\"")
    return try Column(name: name, values: .float64(numbers), validity: validity, missing: parts.rows)
  }

  // MARK: Cutting and converting

  private typealias Wanted = (column: Int, kind: ColumnDraft.Kind, keepsCodes: Bool)

  /// Cuts all rows and converts some columns, each up to its first fault.
  private func converted(_ columns: [Wanted]) throws -> [ColumnDraft] {
    if let result = try attempt(columns) { return result }
    parts = try parts.measured(source, maximumRows: options.maximumRows, columns: columnCount)
    guard let result = try attempt(columns) else {
      throw Failure.invalidData("the text changed while it was read", at: source.name)
    }
    return result
  }

  /// nil if the parts do not have the rows that are expected.
  private func attempt(_ columns: [Wanted]) throws -> [ColumnDraft]? {
    let tables = try PartTables(parts: parts.count, columns: columnCount)
    let drafts = try columns.map {
      try ColumnDraft(
        column: $0.column, kind: $0.kind, rows: parts.rows, parts: parts.count,
        state: state(keepsCodes: $0.keepsCodes))
    }
    var isRight = [Bool](repeating: false, count: parts.count)
    let failure = FirstFailure()
    isRight.withUnsafeMutableBufferPointer { isRight in
      let isRight = isRight
      WorkerPool.run(shards: parts.count) { part in
        failure.catching { isRight[part] = try convert(part, into: tables.pointer(part), drafts) }
      }
    }
    try failure.rethrow()
    guard isRight.allSatisfy({ $0 }) else {
      for table in tables.all where table.status == TABLE_NO_MEMORY {
        throw source.failure(table, columns: columnCount)
      }
      return nil
    }
    if !hasWarned { source.warnOfTextBehindQuotes(tables.all) }
    hasWarned = true
    return drafts
  }

  /// Returns whether the part has the rows that are expected.
  private func convert(_ part: Int, into table: UnsafeMutablePointer<table_cells>, _ drafts: [ColumnDraft])
    throws -> Bool
  {
    var (place, done) = (parts.start(part), 0)
    let (end, expected) = (parts.end(part), parts.rows(in: part))
    while place < end {
      table.pointee.rows = 0
      table.pointee.cell_count = 0
      table.pointee.unescaped_count = 0
      let start = place
      place = source.cut(
        from: place, to: min(place + piece, end), rows: max(expected - done, 1), into: &table.pointee)
      guard table.pointee.status == TABLE_OK, done + table.pointee.rows <= expected else { return false }
      let rows = TablePiece(
        table: table, part: part, firstRow: parts.rows(before: part), partRows: expected, done: done,
        bytes: place - start, isUTF8: parts.isASCII || text_is_utf8(source.text + start, place - start))
      for draft in drafts { try draft.convert(rows, source) }
      done += table.pointee.rows
    }
    return done == expected && place == end
  }

  private func state(keepsCodes: Bool) -> column_cells {
    var cells = column_cells()
    cells.bytes = source.text
    cells.byte_count = source.count
    cells.markers = UnsafePointer(markers.pointer)
    cells.number_markers = UnsafePointer(numberMarkers.pointer)
    cells.keeps_codes = keepsCodes
    cells.has_nul = parts.hasNUL
    return cells
  }

  // MARK: Types

  /// The narrowest type that the first rows allow.
  private func sampledKind(column: Int, named name: String) throws -> ColumnDraft.Kind {
    for kind in [ColumnDraft.Kind.integer, .number] {
      let draft = try ColumnDraft(
        column: column, kind: kind, rows: sample.table.rows, parts: 1,
        state: state(keepsCodes: true))
      let (rows, bytes) = (sample.table.rows, sample.stopped)
      try withUnsafePointer(to: &sample.table) { table in
        let all = TablePiece(
          table: table, part: 0, firstRow: 0, partRows: rows, done: 0, bytes: bytes, isUTF8: false)
        try draft.convert(all, source)
      }
      guard let fault = draft.fault else { return kind }
      if fault.fault == COLUMN_CODE {
        noteCode(fault, named: name)
        return .text
      }
    }
    return .text
  }

  /// The next wider type, after a cell that does not have the draft's type.
  ///
  /// - Throws: `invalidData` if there is none, or if the type is demanded.
  private func other(
    than draft: ColumnDraft, after fault: ColumnDraft.NotedCell, named name: String, isDemanded: Bool
  ) throws -> ColumnDraft.Kind {
    switch draft.kind {
    case .text: throw notText(fault, name: name)
    case .integer, .number:
      if isDemanded { throw notANumber(fault, draft.kind, name: name) }
      if fault.fault == COLUMN_CODE {
        noteCode(fault, named: name)
        return .text
      }
      return draft.kind == .integer ? .number : .text
    }
  }

  // MARK: Messages

  /// Logs that a column is text although its cells are digits, because numbers could not reproduce them.
  private func noteCode(_ cell: ColumnDraft.NotedCell, named name: String) {
    Log.write(
      .warning,
      "\(cell.place): column \"\(name)\" is read as text, because \"\(cell.text)\" would be written differently as a number; "
        + "\"types\" can make it a number")
  }

  /// Logs that cells were read as missing although they would be texts in a text column.
  private func noteMarked(_ draft: ColumnDraft, name: String) {
    guard let marked = draft.marked else { return }
    Log.write(
      .warning,
      "\(marked.first.place): column \"\(name)\": \"\(marked.first.text)\" is read as missing, because the other cells "
        + "are numbers (\(Dataset.grouped(marked.count)) in all); \"missing_numbers\" lists such texts")
  }

  private func notANumber(_ cell: ColumnDraft.NotedCell, _ kind: ColumnDraft.Kind, name: String) -> Failure {
    let kind = kind == .integer ? "an integer" : "a number"
    let history =
      switch cell.row {
      case 0: ""
      case 1: " (the first row was)"
      default: " (the first \(Dataset.grouped(cell.row)) rows were)"
      }
    return .invalidData("column \"\(name)\": \"\(cell.text)\" is not \(kind)\(history)", at: cell.place)
  }

  private func notText(_ cell: ColumnDraft.NotedCell, name: String) -> Failure {
    if cell.fault == COLUMN_NUL {
      return .invalidData("column \"\(name)\": a text has a NUL byte", at: cell.place)
    }
    return .invalidData(
      "column \"\(name)\": \"\(cell.text)\" is not UTF-8; convert the file, for example with iconv -f LATIN1 -t UTF-8",
      at: cell.place)
  }
}
