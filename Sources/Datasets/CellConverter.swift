import Platform
import TableKernels

#if canImport(Glibc)
  import Glibc
#endif

/// Converts cut cells to columns. Type inference is part of the conversion: a column is converted to integers
/// if possible, then to numbers, then to text. A sample of the first rows avoids most failed attempts.
final class CellConverter {
  private enum Kind: Int { case integer, number, text }

  private let source: CellSource
  private let table: CutCells
  private let options: OpenOptions
  private let markers: MarkerTable
  private let numberMarkers: MarkerTable
  /// The number of rows that are converted column by column at a time: their cells fit into the cache.
  private static let block = 128

  init(source: CellSource, table: CutCells, options: OpenOptions) throws {
    self.source = source
    self.table = table
    self.options = options
    markers = try MarkerTable(options.missing, quoted: options.quotedMissing)
    numberMarkers = try MarkerTable(options.missingNumbers, quoted: false)
  }

  func columns(named names: [String], types: [OpenOptions.ColumnType?]) throws -> Dataset {
    let result = try Dataset(rows: table.rows)
    var kinds = names.indices.map { types[$0].map(Self.kind) ?? sampledKind(column: $0, named: names[$0]) }
    var found = [Column?](repeating: nil, count: names.count)
    while true {
      let pending = names.indices.filter { found[$0] == nil && kinds[$0] != .text }
      guard !pending.isEmpty else { break }
      try HostCall.report("read", names.count - pending.count, of: names.count)
      let drafts = try pending.map { column in
        try Draft(
          column: column, kind: kinds[column], keepsCodes: types[column] == nil, rows: table.rows,
          parts: table.tables.count)
      }
      convert(drafts)
      for draft in drafts {
        guard let fault = draft.firstFault else {
          found[draft.column] = try finished(
            draft, name: names[draft.column], demanded: types[draft.column] != nil)
          continue
        }
        if types[draft.column] != nil {
          throw notANumber(fault, draft, name: names[draft.column])
        }
        if draft.parts.pointer[fault.part].fault == COLUMN_CODE {
          kinds[draft.column] = .text
          noteCode(excerpt(fault, draft), at: place(fault, draft), named: names[draft.column])
        } else {
          kinds[draft.column] = draft.kind == .integer ? .number : .text
        }
      }
    }
    let texts = names.indices.filter { found[$0] == nil }
    for (column, values) in zip(texts, try textColumns(texts, names: texts.map { names[$0] })) {
      found[column] =
        try NumberForm(options).numbers(of: values, demanded: types[column], in: source.name) ?? values
    }
    for column in found { if let column { try result.add(column) } }
    return result
  }

  private static func kind(_ type: OpenOptions.ColumnType) -> Kind {
    switch type {
    case .integer: .integer
    case .number: .number
    case .text: .text
    }
  }

  // MARK: Numbers

  /// A column of numbers under construction.
  private final class Draft {
    let column: Int
    let kind: Kind
    /// Whether digits that a number could not reproduce (such as leading zeros) make the column text.
    let keepsCodes: Bool
    let integers: Buffer<Int64>?
    let doubles: Buffer<Double>?
    let validity: Buffer<UInt8>
    /// For each part: the cell at which the conversion stopped, and the number of missing cells.
    let parts: Buffer<column_cells>

    init(column: Int, kind: Kind, keepsCodes: Bool, rows: Int, parts: Int) throws {
      self.column = column
      self.keepsCodes = keepsCodes
      self.kind = kind
      integers =
        kind == .integer ? try UnclearedMemory.buffer(of: Int64.self, count: rows, for: "a column") : nil
      doubles =
        kind == .number ? try UnclearedMemory.buffer(of: Double.self, count: rows, for: "a column") : nil
      validity = try Self.allPresent(rows)
      self.parts = try Buffer(count: parts, for: "a column")
    }

    static func allPresent(_ rows: Int) throws -> Buffer<UInt8> {
      let bits = try Buffer<UInt8>(count: (rows + 7) / 8, for: "a column's validity")
      memset(bits.pointer, 0xff, bits.count)
      return bits
    }

    var missing: Int { parts.elements.reduce(0) { $0 + $1.missing } }

    var firstFault: (part: Int, row: Int)? {
      for part in 0..<parts.count where parts.pointer[part].fault != COLUMN_OK {
        return (part, parts.pointer[part].fault_row)
      }
      return nil
    }
  }

  private func cells(column: Int, part: Int, keepsCodes: Bool = false) -> column_cells {
    var cells = column_cells()
    cells.bytes = source.text
    cells.byte_count = source.count
    cells.table = UnsafePointer(table.tables.pointer + part)
    cells.column = column
    cells.first_row = table.firstRows[part]
    cells.markers = UnsafePointer(markers.pointer)
    cells.number_markers = UnsafePointer(numberMarkers.pointer)
    cells.keeps_codes = keepsCodes
    cells.is_plain = source.isPlain
    return cells
  }

  private func convert(_ drafts: [Draft]) {
    WorkerPool.run(shards: table.tables.count) { part in
      for draft in drafts {
        draft.parts.pointer[part] = cells(column: draft.column, part: part, keepsCodes: draft.keepsCodes)
      }
      forBlocks(part) { start, end in
        for draft in drafts where draft.parts.pointer[part].fault == COLUMN_OK {
          if let integers = draft.integers {
            column_cells_to_integers(
              draft.parts.pointer + part, start, end, integers.pointer, draft.validity.pointer)
          } else if let doubles = draft.doubles {
            column_cells_to_doubles(
              draft.parts.pointer + part, start, end, doubles.pointer, draft.validity.pointer)
          }
        }
      }
    }
  }

  /// The narrowest type that the first rows allow.
  private func sampledKind(column: Int, named name: String) -> Kind {
    guard table.tables.count > 0 else { return .integer }
    let rows = min(table.tables.pointer[0].rows, 64)
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: 64 * 8 + 8, alignment: 8)
    defer { scratch.deallocate() }
    let validity = (scratch + 64 * 8).assumingMemoryBound(to: UInt8.self)
    var cells = self.cells(column: column, part: 0, keepsCodes: true)
    column_cells_to_integers(&cells, 0, rows, scratch.assumingMemoryBound(to: Int64.self), validity)
    if cells.fault == COLUMN_OK { return .integer }
    let fault = cells.fault
    cells.fault = COLUMN_OK
    if fault == COLUMN_CODE {
      let table = table.tables.pointer[0]
      let cell = table.cells[cells.fault_row * table.columns + column]
      noteCode(source.excerpt(table, cell), at: source.location(table, cell: cell), named: name)
      return .text
    }
    column_cells_to_doubles(&cells, 0, rows, scratch.assumingMemoryBound(to: Double.self), validity)
    return cells.fault == COLUMN_OK ? .number : .text
  }

  private func finished(_ draft: Draft, name: String, demanded: Bool) throws -> Column {
    let missing = draft.missing
    if missing < table.rows { noteMarked(draft, name: name) }
    let validity = missing > 0 ? draft.validity : nil
    if let doubles = draft.doubles {
      return try Column(name: name, values: .float64(doubles), validity: validity, missing: missing)
    }
    if let integers = draft.integers, demanded || missing < table.rows {
      return try Column(name: name, values: .int64(integers), validity: validity, missing: missing)
    }
    // Quoted missing-value markers are texts. A column without any value has no type; it becomes numbers, all
    // missing.
    let texts = try textColumns([draft.column], names: [name])
    if let texts = texts.first, texts.missingCount < table.rows { return texts }
    let numbers = try Buffer<Double>(count: table.rows, for: "column \"\(name)\"")
    numbers.elements.update(repeating: .nan)
    return try Column(name: name, values: .float64(numbers), validity: validity)
  }

  /// Logs that a column is text although its cells are digits, because numbers could not reproduce them.
  private func noteCode(_ text: String, at place: String, named name: String) {
    Log.write(
      .warning,
      "\(place): column \"\(name)\" is read as text, because \"\(text)\" would be written differently as a number; "
        + "\"types\" can make it a number")
  }

  /// Logs that cells were read as missing although they would be texts in a text column.
  private func noteMarked(_ draft: Draft, name: String) {
    let marked = draft.parts.elements.reduce(0) { $0 + $1.marked }
    guard marked > 0, let part = draft.parts.elements.firstIndex(where: { $0.marked > 0 }) else { return }
    let fault = (part: part, row: draft.parts.pointer[part].marked_row)
    Log.write(
      .warning,
      "\(place(fault, draft)): column \"\(name)\": \"\(excerpt(fault, draft))\" is read as missing, because the other cells "
        + "are numbers (\(Dataset.grouped(marked)) in all); \"missing_numbers\" lists such texts")
  }

  private func excerpt(_ fault: (part: Int, row: Int), _ draft: Draft) -> String {
    let cells = table.tables.pointer[fault.part]
    return source.excerpt(cells, cells.cells[fault.row * cells.columns + draft.column])
  }

  private func place(_ fault: (part: Int, row: Int), _ draft: Draft) -> String {
    let cells = table.tables.pointer[fault.part]
    return source.location(cells, cell: cells.cells[fault.row * cells.columns + draft.column])
  }

  private func notANumber(_ fault: (part: Int, row: Int), _ draft: Draft, name: String) -> Failure {
    let cells = table.tables.pointer[fault.part]
    let cell = cells.cells[fault.row * cells.columns + draft.column]
    let before = table.firstRows[fault.part] + fault.row
    let kind = draft.kind == .integer ? "an integer" : "a number"
    let history =
      switch before {
      case 0: ""
      case 1: " (the first row was)"
      default: " (the first \(Dataset.grouped(before)) rows were)"
      }
    return .invalidData(
      "column \"\(name)\": \"\(source.excerpt(cells, cell))\" is not \(kind)\(history)",
      at: source.location(cells, cell: cell))
  }

  // MARK: Text

  /// Texts under construction.
  private final class TextDraft {
    let name: String
    /// The number of bytes of each part, and later the offset of the part's next text.
    let places: Buffer<Int64>
    let states: Buffer<column_cells>
    let offsets: Buffer<Int64>
    let validity: Buffer<UInt8>
    var block: Buffer<CChar>

    init(name: String, rows: Int, parts: Int) throws {
      self.name = name
      places = try Buffer(count: parts, for: "column \"\(name)\"")
      states = try Buffer(count: parts, for: "column \"\(name)\"")
      offsets = try UnclearedMemory.buffer(of: Int64.self, count: rows + 1, for: "column \"\(name)\"")
      validity = try Draft.allPresent(rows)
      block = try Buffer(count: 0)
    }

    /// Converts the parts' sizes to their offsets.
    func allocate(rows: Int) throws {
      var total: Int64 = 0
      for part in 0..<places.count {
        let size = places.pointer[part]
        places.pointer[part] = total
        total += size
      }
      offsets.pointer[rows] = total
      block = try UnclearedMemory.buffer(of: CChar.self, count: Int(total), for: "column \"\(name)\"")
    }
  }

  private func textColumns(_ columns: [Int], names: [String]) throws -> [Column] {
    let parts = table.tables.count
    let drafts = try names.map { try TextDraft(name: $0, rows: table.rows, parts: parts) }
    WorkerPool.run(shards: parts) { part in
      for (draft, column) in zip(drafts, columns) {
        draft.states.pointer[part] = cells(column: column, part: part)
      }
      forBlocks(part) { from, to in
        for draft in drafts {
          draft.places.pointer[part] += Int64(
            column_cells_text_bytes(draft.states.pointer + part, from, to))
        }
      }
    }
    for draft in drafts { try draft.allocate(rows: table.rows) }
    WorkerPool.run(shards: parts) { part in
      forBlocks(part) { from, to in
        for draft in drafts where draft.states.pointer[part].fault == COLUMN_OK {
          draft.places.pointer[part] = column_cells_to_text(
            draft.states.pointer + part, from, to, draft.block.pointer, draft.places.pointer[part],
            draft.offsets.pointer, draft.validity.pointer)
        }
      }
    }
    return try drafts.map { draft in
      if let broken = draft.states.elements.first(where: { $0.fault != COLUMN_OK }) {
        throw notText(broken, name: draft.name)
      }
      let missing = draft.states.elements.reduce(0) { $0 + $1.missing }
      return try Column(
        name: draft.name,
        values: .text(TextValues(count: table.rows, block: draft.block, offsets: draft.offsets)),
        validity: missing > 0 ? draft.validity : nil, missing: missing)
    }
  }

  /// Calls `body` for blocks of the part's rows; the cells of a block stay in the cache from column to
  /// column.
  private func forBlocks(_ part: Int, _ body: (_ from: Int, _ to: Int) -> Void) {
    let rows = table.tables.pointer[part].rows
    for start in stride(from: 0, to: rows, by: Self.block) { body(start, min(start + Self.block, rows)) }
  }

  private func notText(_ cells: column_cells, name: String) -> Failure {
    let table = cells.table.pointee
    let cell = table.cells[cells.fault_row * table.columns + cells.column]
    let place = source.location(table, cell: cell)
    if cells.fault == COLUMN_NUL {
      return .invalidData("column \"\(name)\": a text has a NUL byte", at: place)
    }
    return .invalidData(
      "column \"\(name)\": \"\(source.excerpt(table, cell))\" is not UTF-8; convert the file, for example "
        + "with iconv -f LATIN1 -t UTF-8", at: place)
  }
}

/// The markers of missing values in the kernels' format.
private final class MarkerTable {
  let pointer: UnsafeMutablePointer<missing_markers>
  private let texts: Buffer<UnsafePointer<CChar>?>
  private let lengths: Buffer<Int>

  init(_ markers: [String], quoted: Bool) throws {
    texts = try Buffer(count: markers.count, for: "markers")
    lengths = try Buffer(count: markers.count, for: "markers")
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: missing_markers())
    for (index, marker) in markers.enumerated() {
      guard let copy = strdup(marker) else { throw Failure.outOfMemory(bytes: 64, for: "markers") }
      texts.elements[index] = UnsafePointer(copy)
      lengths.elements[index] = marker.utf8.count
    }
    pointer.pointee.texts = UnsafePointer(texts.pointer)
    pointer.pointee.lengths = UnsafePointer(lengths.pointer)
    pointer.pointee.count = markers.count
    pointer.pointee.quoted = quoted
    pointer.pointee.empty = markers.contains("")
    withUnsafeMutableBytes(of: &pointer.pointee.first_bytes) { bytes in
      for marker in markers {
        if let first = marker.utf8.first { bytes[Int(first)] = 1 }
      }
    }
  }

  deinit {
    for text in texts.elements { free(UnsafeMutablePointer(mutating: text)) }
    pointer.deallocate()
  }
}
