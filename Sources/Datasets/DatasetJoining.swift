import Platform

extension Dataset {
  /// The rows of all parts in sequence. All parts must have the same columns in the same order.
  ///
  /// - Throws: `invalidArgument` (location: the column) if they do not; `outOfMemory`.
  public static func concatenating(_ parts: [Dataset]) throws -> Dataset {
    guard let first = parts.first else { return try Dataset(rows: 0) }
    guard parts.count > 1 else { return first }
    for (index, part) in parts.enumerated() where part.names != first.names {
      let other = zip(first.names, part.names).first { $0 != $1 }
      throw Failure.invalidArgument(
        "part \(index) has other columns than part 0 "
          + (other.map { "(\"\($1)\" where part 0 has \"\($0)\")" }
            ?? "(\(part.columns.count) where there are \(first.columns.count))"),
        at: other?.0 ?? "")
    }
    var rows = 0
    for part in parts {
      let (sum, overflow) = rows.addingReportingOverflow(part.rows)
      guard !overflow else { throw Failure.outOfMemory(bytes: Int.max, for: "the rows of all parts") }
      rows = sum
    }
    let result = try Dataset(rows: rows)
    for index in first.columns.indices {
      try result.add(Column.concatenating(parts.map { $0.columns[index] }))
    }
    return result
  }
}

extension Column {
  static func concatenating(_ parts: [Column]) throws -> Column {
    guard let first = parts.first else { throw Failure.internal("a column without parts") }
    let rows = parts.reduce(0) { $0 + $1.rows }
    var validity: Buffer<UInt8>?
    if parts.contains(where: { $0.validity != nil }) {
      let bits = try Buffer<UInt8>(count: (rows + 7) / 8, for: "validity")
      var start = 0
      for part in parts {
        for row in 0..<part.rows where !part.isMissing(row) {
          bits.pointer[(start + row) >> 3] |= 1 << UInt8((start + row) & 7)
        }
        start += part.rows
      }
      validity = bits
    }
    return try Column(
      name: first.name, values: joined(parts, first), validity: validity,
      missing: parts.reduce(0) { $0 + $1.missingCount })
  }

  private static func joined(_ parts: [Column], _ first: Column) throws -> ColumnValues {
    func join<Element>(_ pieces: [Buffer<Element>?]) throws -> Buffer<Element> {
      let total = pieces.reduce(0) { $0 + ($1?.count ?? 0) }
      let all = try UnclearedMemory.buffer(of: Element.self, count: total, for: "column \"\(first.name)\"")
      var start = 0
      for piece in pieces {
        guard let piece else {
          throw Failure.invalidArgument(
            "column \"\(first.name)\" has a different type in one of the parts", at: first.name)
        }
        (all.pointer + start).update(from: piece.pointer, count: piece.count)
        start += piece.count
      }
      return all
    }
    switch first.values {
    case .float32:
      return .float32(try join(parts.map { if case .float32(let it) = $0.values { it } else { nil } }))
    case .float64:
      return .float64(try join(parts.map { if case .float64(let it) = $0.values { it } else { nil } }))
    case .int64:
      return .int64(try join(parts.map { if case .int64(let it) = $0.values { it } else { nil } }))
    case .tensor(_, let shape):
      return .tensor(
        try join(
          parts.map { if case .tensor(let it, let other) = $0.values, other == shape { it } else { nil } }),
        shape: shape)
    case .text:
      let texts = parts.map { if case .text(let it) = $0.values { it } else { nil as TextValues? } }
      let block = try join(
        texts.map { part in
          part.map {
            Buffer(borrowing: $0.block.pointer, count: Int($0.offsets.pointer[$0.count]), owner: $0.block)
          }
        })
      let rows = texts.reduce(0) { $0 + ($1?.count ?? 0) }
      let offsets = try Buffer<Int64>(count: rows + 1, for: "column \"\(first.name)\"")
      var (row, start) = (0, Int64(0))
      for part in texts.compactMap({ $0 }) {
        for index in 0..<part.count { offsets.pointer[row + index] = start + part.offsets.pointer[index] }
        row += part.count
        start += part.offsets.pointer[part.count]
      }
      offsets.pointer[rows] = start
      return .text(TextValues(count: rows, block: block, offsets: offsets))
    }
  }
}
