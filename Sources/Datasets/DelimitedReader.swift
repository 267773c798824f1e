import CCSV
import Platform
import TableKernels

#if canImport(Glibc)
  import Glibc
#endif

/// Reads delimited text. A survey divides it into parts of whole rows. One parallel pass cuts them into cells and
/// converts all columns, each to the narrowest type that its first rows allow; a column whose other rows do not allow it
/// is converted again.
struct DelimitedReader {
  let name: String
  let options: OpenOptions
  let delimiter: UInt8
  let quote: UInt8?

  init(name: String, options: OpenOptions, defaultDelimiter: String) throws {
    try options.validate(at: "")
    self.name = name
    self.options = options
    delimiter = (options.delimiter ?? defaultDelimiter).utf8.first ?? 44
    quote = options.quote?.utf8.first
  }

  /// The delimiter from a first line such as "sep=;", which spreadsheets write.
  private static func declaredDelimiter(_ bytes: UnsafeRawBufferPointer) -> (delimiter: String, length: Int)?
  {
    let line = bytes.prefix(16).prefix { $0 != 10 && $0 != 13 }
    var text = Array(line)
    if text.count > 2, text.first == 34, text.last == 34 { text = Array(text.dropFirst().dropLast()) }
    guard text.count == 5, String(decoding: text.prefix(4), as: UTF8.self).lowercased() == "sep=",
      text[4] < 0x80, line.count < bytes.count
    else { return nil }
    let end = bytes[line.count] == 13 && line.count + 1 < bytes.count && bytes[line.count + 1] == 10 ? 2 : 1
    return (String(decoding: text.suffix(1), as: UTF8.self), line.count + end)
  }

  func read(_ bytes: UnsafeRawBufferPointer) throws -> Dataset {
    if options.skipRows == 0, let declared = Self.declaredDelimiter(bytes) {
      var options = options
      options.delimiter = options.delimiter ?? declared.delimiter
      let reader = try DelimitedReader(name: name, options: options, defaultDelimiter: declared.delimiter)
      return try reader.read(rows: UnsafeRawBufferPointer(rebasing: bytes.dropFirst(declared.length)))
    }
    return try read(rows: bytes)
  }

  private func read(rows bytes: UnsafeRawBufferPointer) throws -> Dataset {
    guard let escape = options.escape?.utf8.first, let quote else { return try read(plain: bytes) }
    let doubled = try Self.doublingQuotes(bytes, escape: escape, quote: quote)
    return try withExtendedLifetime(doubled) { try read(plain: UnsafeRawBufferPointer(doubled.elements)) }
  }

  /// The text with escaped quotes written as doubled quotes; the result is not longer.
  private static func doublingQuotes(_ bytes: UnsafeRawBufferPointer, escape: UInt8, quote: UInt8) throws
    -> Buffer<UInt8>
  {
    let all = try Buffer<UInt8>(count: bytes.count, for: "a table")
    var (at, count, isQuoted) = (0, 0, false)
    func append(_ byte: UInt8) {
      all.pointer[count] = byte
      count += 1
    }
    while at < bytes.count {
      let next = at + 1 < bytes.count ? bytes[at + 1] : 0
      if isQuoted, bytes[at] == escape, next == quote || next == escape {
        append(next)
        if next == quote { append(quote) }
        at += 2
        continue
      }
      if bytes[at] == quote { isQuoted.toggle() }
      append(bytes[at])
      at += 1
    }
    return try Buffer(copying: UnsafeBufferPointer(rebasing: all.elements[..<count]), for: "a table")
  }

  private func read(plain bytes: UnsafeRawBufferPointer) throws -> Dataset {
    guard let base = bytes.baseAddress, !bytes.isEmpty else {
      throw Failure.invalidData("the file is empty", at: "\(name):1")
    }
    guard bytes.count < TABLE_CELL_OFFSET_LIMIT else {
      throw Failure.unsupported("\(name) has \(bytes.count) bytes; at most 64 GiB are read at once")
    }
    return try base.withMemoryRebound(to: CChar.self, capacity: bytes.count) { text in
      try withFormat { format in try read(text, count: bytes.count, format) }
    }
  }

  private func read(_ text: UnsafePointer<CChar>, count: Int, _ format: table_format) throws -> Dataset {
    let source = CellSource(name: name, text: text, count: count, format: format)
    var start = skippedLines(text, count: count)
    let header = try source.cells(from: start, rows: 1, columns: 0)
    guard header.table.rows == 1 else {
      throw Failure.invalidData("the file has no rows", at: "\(name):1")
    }
    source.warnOfTextBehindQuotes([header.table])
    var names = try columnNames(header, source)
    try requireDelimiter(names, text, count: count, from: start, to: header.stopped)
    if options.header { start = header.stopped }
    let demanded = try demandedTypes(names)
    let converter = try CellConverter(source: source, from: start, columns: names.count, options: options)
    let found = try converter.columns(named: names, types: demanded)
    // A delimiter at the end of every line does not create a column.
    let last = header.table
    guard options.header, options.columnNames.isEmpty, names.count > 1, last.columns == names.count,
      source.string(last, last.cells[last.columns - 1])?.isEmpty == true, let empty = found.columns.last,
      empty.missingCount == empty.rows
    else { return found }
    Log.write(
      .info, "\(name): every line ends with a delimiter; the column without a name after it is left out")
    names.removeLast()
    return try found.selecting(columns: names)
  }

  /// - Throws: `invalidData` if the text has a single column whose name and first row contain equal numbers
  ///   of another delimiter, and the options set no delimiter.
  private func requireDelimiter(
    _ names: [String], _ text: UnsafePointer<CChar>, count: Int, from start: Int, to end: Int
  ) throws {
    guard options.delimiter == nil, options.header, options.columnNames.isEmpty, names.count == 1, end < count
    else {
      return
    }
    func number(of delimiter: UInt8, _ range: Range<Int>) -> Int {
      range.reduce(0) { $0 + (UInt8(bitPattern: text[$1]) == delimiter ? 1 : 0) }
    }
    let line = memchr(text + end, 10, count - end).map {
      UnsafeRawPointer(text).distance(to: UnsafeRawPointer($0))
    }
    for other in [UInt8(ascii: ";"), 9, UInt8(ascii: "|"), UInt8(ascii: ",")] where other != delimiter {
      let inHeader = number(of: other, start..<end)
      guard inHeader > 0, number(of: other, end..<(line ?? count)) == inHeader else { continue }
      let shown = other == 9 ? "a tab" : "\"\(Character(Unicode.Scalar(other)))\""
      throw Failure.invalidData(
        "there is one column, \"\(names[0].prefix(60))\", whose lines all have \(shown): if it separates cells, "
          + "name it as the \"delimiter\" in the options; otherwise name the delimiter \""
          + "\(delimiter == 9 ? "\\t" : String(Character(Unicode.Scalar(delimiter))))\"", at: "\(name):1")
    }
  }

  private func withFormat<Result>(_ body: (table_format) throws -> Result) throws -> Result {
    let comment = options.comment ?? ""
    return try comment.withCString { pointer in
      var format = table_format()
      format.comment = pointer
      format.comment_length = comment.utf8.count
      format.delimiter = delimiter
      format.quote = quote ?? 0
      format.has_quote = quote != nil
      format.trim = options.trim
      return try body(format)
    }
  }

  /// The offset after the skipped lines.
  private func skippedLines(_ text: UnsafePointer<CChar>, count: Int) -> Int {
    var at = 0
    for _ in 0..<options.skipRows {
      guard at < count, let found = memchr(text + at, 10, count - at) else { return count }
      at = UnsafeRawPointer(text).distance(to: UnsafeRawPointer(found)) + 1
    }
    return at
  }

  /// The names of the columns, all different: from the options, from the header, or `column_1` and so on.
  private func columnNames(_ header: FirstCells, _ source: CellSource) throws -> [String] {
    let table = header.table
    var names: [String] = []
    for column in 0..<table.columns {
      let text = source.string(table, table.cells[column])
      if options.header, text == nil || text?.utf8.contains(0) == true {
        throw Failure.invalidData(
          "the name of column \(column + 1) is not UTF-8 text",
          at: source.location(table, cell: table.cells[column]))
      }
      names.append(options.header && text?.isEmpty == false ? text ?? "" : "column_\(column + 1)")
    }
    if !options.columnNames.isEmpty {
      guard options.columnNames.count == names.count else {
        throw Failure.invalidConfig(
          "\(options.columnNames.count) names are given; \(name) has \(names.count) columns",
          at: "/column_names")
      }
      names = options.columnNames
    }
    return unique(names)
  }

  private func unique(_ names: [String]) -> [String] {
    var taken = Set<String>()
    let all = Set(names)
    // For each name, the number with which the search for an unused name continues.
    var numbers: [String: Int] = [:]
    return names.map { original in
      var candidate = original
      var number = numbers[original] ?? 2
      defer { numbers[original] = number }
      if taken.contains(original) {
        candidate = "\(original)_\(number)"
        number += 1
      }
      while taken.contains(candidate) || (candidate != original && all.contains(candidate)) {
        candidate = "\(original)_\(number)"
        number += 1
      }
      if candidate != original {
        Log.write(
          .warning, "\(name): column \"\(original)\" occurs twice; this one is named \"\(candidate)\"")
      }
      taken.insert(candidate)
      return candidate
    }
  }

  private func demandedTypes(_ names: [String]) throws -> [OpenOptions.ColumnType?] {
    for entry in options.types.entries where !names.contains(entry.key) {
      throw Failure.invalidConfig(
        "\(name) has no column \"\(entry.key)\"\(Suggestion.phrase(for: entry.key, among: names))",
        at: "/types/\(entry.key)")
    }
    return names.map { options.types[$0] }
  }
}
