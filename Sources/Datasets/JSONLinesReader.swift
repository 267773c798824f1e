import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Reads JSON Lines: one object per line, whose members are the cells. A name that is absent in a line gives
/// a missing value; columns are in the order in which names first occur. Booleans become the texts "true" and
/// "false"; a column of numbers and texts becomes text.
struct JSONLinesReader {
  let name: String
  let options: OpenOptions

  /// The cells of a column in the lines that have it.
  private struct Given {
    var rows: [Int] = []
    var values: [JSONValue] = []
  }

  /// The maximum number of cells per byte of the file, for tables with more than a million cells. Lines
  /// without common names would give a table whose size is the square of their number.
  private static let cellsPerByte = 64

  func read(_ bytes: UnsafeRawBufferPointer) throws -> Dataset {
    var names: [String] = []
    var cells: [Given] = []
    var places: [String: Int] = [:]
    var rows = 0
    var line = 0
    var at = 0
    while at < bytes.count, rows < options.maximumRows ?? Int.max {
      let end = lineEnd(bytes, from: at)
      line += 1
      if line % 1024 == 0 { try HostCall.report("read", at, of: bytes.count) }
      let text = UnsafeRawBufferPointer(rebasing: bytes[at..<end])
      at = end + 1
      if line <= options.skipRows || text.allSatisfy({ [9, 13, 32].contains($0) }) { continue }
      for member in try members(text, line: line) {
        let place = places[member.key] ?? names.count
        if place == names.count {
          places[member.key] = place
          names.append(member.key)
          cells.append(Given())
        }
        try cells[place].rows.makeRoom(purpose: "cells")
        try cells[place].values.makeRoom(purpose: "cells")
        cells[place].rows.append(rows)
        cells[place].values.append(try plain(member, line: line))
      }
      rows += 1
    }
    guard rows > 0 else { throw Failure.invalidData("the file has no rows", at: "\(name):1") }
    for entry in options.types.entries where places[entry.key] == nil {
      throw Failure.invalidConfig(
        "\(name) has no column \"\(entry.key)\"\(Suggestion.phrase(for: entry.key, among: names))",
        at: "/types/\(entry.key)")
    }
    let (all, overflow) = rows.multipliedReportingOverflow(by: names.count)
    guard !overflow, (all - (1 << 20)) / Self.cellsPerByte <= bytes.count else {
      throw Failure.invalidData(
        "\(rows) rows with \(names.count) different keys are a table of mostly missing cells; at most "
          + "\(Self.cellsPerByte) cells for each byte of the file are read", at: name)
    }
    let result = try Dataset(rows: rows)
    for (place, column) in names.enumerated() {
      try HostCall.check()
      var values = try [JSONValue].filled(with: .null, count: rows, for: "a column")
      for (row, value) in zip(cells[place].rows, cells[place].values) { values[row] = value }
      cells[place] = Given()
      try result.add(self.column(column, values, type: options.types[column]))
    }
    return result
  }

  private func lineEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    guard let base = bytes.baseAddress, let feed = memchr(base + start, 10, bytes.count - start) else {
      return bytes.count
    }
    return base.distance(to: UnsafeRawPointer(feed))
  }

  private func members(_ text: UnsafeRawBufferPointer, line: Int) throws -> [JSONValue.Member] {
    let value: JSONValue
    do {
      value = try JSONValue.parse(
        text.bindMemory(to: UInt8.self), failing: .invalidData, largeIntegers: .strings)
    } catch let failure as Failure where failure.kind == .invalidData {
      throw Failure.invalidData(failure.message, at: "\(name):\(line)")
    }
    guard let members = value.members else {
      throw Failure.invalidData("\(value.kindName) stands where an object is expected", at: "\(name):\(line)")
    }
    return members
  }

  private func plain(_ member: JSONValue.Member, line: Int) throws -> JSONValue {
    switch member.value {
    case .array, .object:
      throw Failure.invalidData(
        "\"\(member.key)\" is \(member.value.kindName); a cell is a number, a text, true, false or null",
        at: "\(name):\(line)")
    case .string(let text):
      guard !text.utf8.contains(0) else {
        throw Failure.invalidData(
          "column \"\(member.key)\": a text has a NUL character", at: "\(name):\(line)")
      }
      return options.quotedMissing && options.missing.contains(text) ? .null : member.value
    case .bool(let value): return .string(value ? "true" : "false")
    case .null, .integer, .number: return member.value
    }
  }

  private func column(
    _ name: String, _ cells: [JSONValue], type: OpenOptions.ColumnType?
  ) throws -> Column {
    let present = cells.map { $0 != .null }
    let validity = present.contains(false) ? try Column.bitmap(of: present) : nil
    let asIntegers = type == .integer || (type == nil && cells.allSatisfy { $0 == .null || isInteger($0) })
    if asIntegers, type != nil || present.contains(true) {
      let integers = try cells.enumerated().map { row, cell -> Int64 in
        if cell == .null { return 0 }
        guard let integer = integer(cell) else { throw mismatch(name, cell, row: row, "an integer") }
        return integer
      }
      return try Column(name: name, values: .int64(Buffer(copying: integers)), validity: validity)
    }
    if type == .number || (type == nil && cells.allSatisfy { $0 == .null || isHeldByDouble($0) }) {
      let numbers = try cells.enumerated().map { row, cell -> Double in
        if cell == .null { return .nan }
        guard let number = cell.double else { throw mismatch(name, cell, row: row, "a number") }
        return number
      }
      return try Column(name: name, values: .float64(Buffer(copying: numbers)), validity: validity)
    }
    return try Column(name: name, texts: cells.map { $0 == .null ? nil : $0.string ?? $0.text() })
  }

  private func isInteger(_ cell: JSONValue) -> Bool {
    if case .integer = cell { true } else { false }
  }

  /// Whether a double represents the number exactly; integers beyond 2^53 may not be.
  private func isHeldByDouble(_ cell: JSONValue) -> Bool {
    if case .integer(let value) = cell { Int64(exactly: Double(value)) == value } else { cell.double != nil }
  }

  private func integer(_ cell: JSONValue) -> Int64? {
    switch cell {
    case .integer(let value): value
    case .number(let value): Int64(exactly: value)
    default: nil
    }
  }

  private func mismatch(_ column: String, _ cell: JSONValue, row: Int, _ kind: String) -> Failure {
    Failure(
      .invalidData, "\(name): column \"\(column)\", row \(row): \(cell.text()) is not \(kind)", at: column)
  }
}
