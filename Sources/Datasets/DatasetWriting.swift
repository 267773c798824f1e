import Platform

extension Dataset {
  /// Writes CSV, TSV or JSON Lines, compressed with gzip if the path ends in .gz. The file is written
  /// atomically. Numbers are written in the shortest form that is read back as the same value.
  ///
  /// - Throws: `io`; `unsupported` for tensors and, in JSON Lines, infinite numbers (location: the column).
  public func write(path: String, options: WriteOptions = WriteOptions()) throws {
    try options.validate(at: "")
    var naming = OpenOptions()
    naming.format = options.format
    let format = try naming.resolvedFormat(path: path)
    for column in columns {
      if case .tensor(_, let shape) = column.values {
        throw Failure.unsupported(
          "column \"\(column.name)\" holds tensors of shape \(shape); only numbers and texts are written",
          at: column.name)
      }
    }
    try AtomicFile.write(to: path) { write in
      let packer = path.lowercased().hasSuffix(".gz") ? try GzipPacker() : nil
      var block: [UInt8] = []
      block.reserveCapacity(1 << 20)
      func flush(last: Bool) throws {
        try block.withUnsafeBytes { bytes in
          if let packer { try packer.pack(bytes, last: last, to: write) } else { try write(bytes) }
        }
        block.removeAll(keepingCapacity: true)
      }
      let encoder = RowText(self, format: format, options: options)
      if format != .jsonl && options.header { encoder.appendHeader(to: &block) }
      for row in 0..<rows {
        try encoder.append(row: row, to: &block)
        if block.count > 1 << 20 { try flush(last: false) }
        try Memory.check()
      }
      try flush(last: true)
    }
  }
}

/// Rows of a dataset as text.
private struct RowText {
  let columns: [Column]
  let isJSON: Bool
  let delimiter: UInt8
  let missing: [UInt8]
  /// Texts that would be read as missing values unless they are quoted.
  let markers: Set<String>
  let keys: [[UInt8]]
  let quotesFormulas: Bool

  init(_ dataset: Dataset, format: OpenOptions.Format, options: WriteOptions) {
    columns = dataset.columns
    isJSON = format == .jsonl
    delimiter = (options.delimiter ?? (format == .tsv ? "\t" : ",")).utf8.first ?? 44
    let marker = options.missing ?? (dataset.columns.count == 1 ? "NA" : "")
    missing = Array(marker.utf8)
    quotesFormulas = options.formulas == .quote
    markers = Set(OpenOptions().missing + [marker])
    keys = dataset.columns.map { Array(JSONValue.string($0.name).text().utf8) + [58] }
  }

  func appendHeader(to output: inout [UInt8]) {
    for (index, column) in columns.enumerated() {
      if index > 0 { output.append(delimiter) }
      append(text: column.name, to: &output)
    }
    output.append(10)
  }

  func append(row: Int, to output: inout [UInt8]) throws {
    if isJSON { output.append(123) }
    for (index, column) in columns.enumerated() {
      if index > 0 { output.append(isJSON ? 44 : delimiter) }
      if isJSON { output += keys[index] }
      if column.isMissing(row) {
        output += isJSON ? Array("null".utf8) : missing
        continue
      }
      switch column.values {
      case .int64(let values): output += String(values.pointer[row]).utf8
      case .float64(let values): try append(values.pointer[row], column, row, to: &output)
      case .float32(let values): try append(values.pointer[row], column, row, to: &output)
      case .text(let texts):
        if isJSON {
          output += JSONValue.string(texts.string(row)).text().utf8
        } else {
          append(text: texts.string(row), to: &output)
        }
      case .tensor: break
      }
    }
    if isJSON { output.append(125) }
    output.append(10)
  }

  private func append(
    _ number: some BinaryFloatingPoint & CustomStringConvertible, _ column: Column, _ row: Int,
    to output: inout [UInt8]
  ) throws {
    guard number.isFinite || !isJSON else {
      throw Failure.unsupported(
        "column \"\(column.name)\", row \(row): JSON has no \(number); write CSV", at: column.name)
    }
    output += number.description.utf8
  }

  /// Adds a text, in quotes if it would otherwise be read differently.
  private func append(text: String, to output: inout [UInt8]) {
    // Text that spreadsheets would take for a formula (OWASP, "CSV injection") is prefixed, so that they take
    // it for text.
    let isFormula = quotesFormulas && [61, 43, 45, 64, 9, 13].contains(text.utf8.first)
    let text = isFormula ? "'" + text : text
    let bytes = text.utf8
    let special = bytes.contains { $0 == delimiter || $0 == 34 || $0 == 10 || $0 == 13 }
    let blanks: [UInt8?] = [32, 9]
    guard special || blanks.contains(bytes.first) || blanks.contains(bytes.last) || markers.contains(text)
    else {
      output += bytes
      return
    }
    output.append(34)
    for byte in bytes {
      if byte == 34 { output.append(34) }
      output.append(byte)
    }
    output.append(34)
  }
}
