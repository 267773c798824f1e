import Platform
import TableKernels

#if canImport(Glibc)
  import Glibc
#endif

/// The distinct values of a column as text, and the index of each row's value.
///
/// Texts are in byte order, numbers in ascending order. The order therefore depends on the values that occur,
/// but not on the order of the rows.
public final class Categories: @unchecked Sendable {
  /// The index of each row's value in `names`; -1 for a missing value.
  public let codes: Buffer<Int32>
  public let names: [String]

  init(codes: Buffer<Int32>, names: [String]) {
    self.codes = codes
    self.names = names
  }

  /// The index of a name; nil if it does not occur.
  public func index(of name: String) -> Int? { names.firstIndex(of: name) }

  convenience init(of column: Column) throws {
    let codes = try Buffer<Int32>(count: column.rows, for: "categories of \"\(column.name)\"")
    let validity = column.validity.map { UnsafePointer($0.pointer) }
    switch column.values {
    case .text(let texts):
      let rows = try Self.number(codes) { from, to, table in
        category_codes_text(
          texts.block.pointer, texts.offsets.pointer, validity, from, to, &table, codes.pointer)
      } hash: { row in
        UnsafeRawBufferPointer(start: texts.cell(row), count: texts.length(row))
      } precedes: {
        strcmp(texts.cell($0), texts.cell($1)) < 0
      }
      self.init(codes: codes, names: rows.map { texts.string($0) })
    case .int64(let values):
      if let names = try Self.byLookup(values, validity: validity, codes: codes) {
        self.init(codes: codes, names: names.map { String($0) })
        return
      }
      let rows = try Self.number(
        codes, bits: UnsafeRawPointer(values.pointer), validity: validity
      ) { values.pointer[$0] < values.pointer[$1] }
      self.init(codes: codes, names: rows.map { String(values.pointer[$0]) })
    case .float32, .float64:
      try self.init(numbers: column.doubles(), single: column.values.typeName == "float32", codes: codes)
    case .tensor(_, let shape):
      throw Failure(
        .invalidData,
        "column \"\(column.name)\" holds tensors of shape \(shape), not categories", at: column.name)
    }
  }

  /// For fractions: NaN is missing, -0 is 0, and whole numbers are written without a fraction.
  private convenience init(numbers: Buffer<Double>, single: Bool, codes: Buffer<Int32>) throws {
    let missing = try Buffer<UInt8>(count: (numbers.count + 7) / 8, for: "categories")
    let clean = try Buffer<Double>(count: numbers.count, for: "categories")
    let whole = try Buffer<Int64>(count: numbers.count, for: "categories")
    var allWhole = true
    for row in 0..<numbers.count {
      let number = numbers.pointer[row]
      if number.isNaN { continue }
      missing.pointer[row >> 3] |= 1 << UInt8(row & 7)
      clean.pointer[row] = number == 0 ? 0 : number
      if allWhole {
        if let integer = Int64(exactly: number) { whole.pointer[row] = integer } else { allWhole = false }
      }
    }
    let validity = UnsafePointer(missing.pointer)
    if allWhole, let names = try Self.byLookup(whole, validity: validity, codes: codes) {
      self.init(codes: codes, names: names.map { String($0) })
      return
    }
    let rows = try Self.number(codes, bits: UnsafeRawPointer(clean.pointer), validity: validity) {
      clean.pointer[$0] < clean.pointer[$1]
    }
    self.init(
      codes: codes,
      names: rows.map { row in
        let number = clean.pointer[row]
        if let integer = Int64(exactly: number) { return String(integer) }
        return single ? "\(Float(number))" : "\(number)"
      })
  }

  /// For integers in a narrow range: two passes with a lookup table over the range. nil if the range is wide.
  private static func byLookup(
    _ values: Buffer<Int64>, validity: UnsafePointer<UInt8>?, codes: Buffer<Int32>
  ) throws -> [Int64]? {
    let shards = WorkerPool.shards(of: values.count, minimum: 100_000)
    var ranges = [(least: Int64, greatest: Int64)?](repeating: nil, count: shards.count)
    ranges.withUnsafeMutableBufferPointer { ranges in
      let ranges = ranges
      WorkerPool.run(shards: shards.count) { shard in
        var (least, greatest): (Int64, Int64) = (0, 0)
        if category_range_i64(
          values.pointer, validity, shards[shard].lowerBound, shards[shard].upperBound, &least, &greatest)
        {
          ranges[shard] = (least, greatest)
        }
      }
    }
    let present = ranges.compactMap { $0 }
    guard let least = present.map(\.least).min(), let greatest = present.map(\.greatest).max() else {
      for row in 0..<values.count { codes.pointer[row] = -1 }
      return []
    }
    let (span, overflow) = greatest.subtractingReportingOverflow(least)
    guard !overflow, span < 1 << 20 else { return nil }
    let width = Int(span) + 1
    let seen = try Buffer<UInt8>(count: width * shards.count, for: "categories")
    WorkerPool.run(shards: shards.count) { shard in
      category_mark_i64(
        values.pointer, validity, shards[shard].lowerBound, shards[shard].upperBound, least, width,
        seen.pointer + width * shard)
    }
    let table = try Buffer<Int32>(count: width, for: "categories")
    var names: [Int64] = []
    for place in 0..<width {
      let occurs = shards.indices.contains { seen.pointer[width * $0 + place] != 0 }
      table.pointer[place] = occurs ? Int32(names.count) : -1
      if occurs { names.append(least + Int64(place)) }
    }
    let isDense = validity == nil && names.count == width
    WorkerPool.run(shards: shards.count) { shard in
      if isDense {
        category_offsets_i64(
          values.pointer, shards[shard].lowerBound, shards[shard].upperBound, least, codes.pointer)
        return
      }
      category_look_up_i64(
        values.pointer, validity, shards[shard].lowerBound, shards[shard].upperBound, least,
        table.pointer, codes.pointer)
    }
    return names
  }

  private static func number(
    _ codes: Buffer<Int32>, bits: UnsafeRawPointer, validity: UnsafePointer<UInt8>?,
    precedes: (Int, Int) -> Bool
  ) throws -> [Int] {
    let words = bits.assumingMemoryBound(to: UInt64.self)
    return try number(codes) { from, to, table in
      category_codes_u64(words, validity, from, to, &table, codes.pointer)
    } hash: { row in
      UnsafeRawBufferPointer(start: words + row, count: 8)
    } precedes: {
      precedes($0, $1)
    }
  }

  /// Numbers the values of each shard by hashing, merges the shards' tables and sorts the values. Returns,
  /// for each value, a row that contains it.
  private static func number(
    _ codes: Buffer<Int32>,
    codesOf: (Int, Int, inout category_table) -> Bool,
    hash bytes: (Int) -> UnsafeRawBufferPointer,
    precedes: (Int, Int) -> Bool
  ) throws -> [Int] {
    let shards = WorkerPool.shards(of: codes.count, minimum: 50_000)
    let tables = try Buffer<category_table>(count: shards.count, for: "categories")
    defer { for table in 0..<shards.count { category_table_free(tables.pointer + table) } }
    let succeeded = try Buffer<Bool>(count: shards.count, for: "categories")
    WorkerPool.run(shards: shards.count) { shard in
      succeeded.pointer[shard] = codesOf(
        shards[shard].lowerBound, shards[shard].upperBound, &tables.pointer[shard])
    }
    guard succeeded.array.allSatisfy({ $0 }) else {
      throw Failure.outOfMemory(bytes: codes.count * 16, for: "categories")
    }
    var candidates: [(row: Int, shard: Int, code: Int)] = []
    for shard in 0..<shards.count {
      let table = tables.pointer[shard]
      for code in 0..<table.count { candidates.append((Int(table.rows[code]), shard, code)) }
    }
    candidates.sort { precedes($0.row, $1.row) || (!precedes($1.row, $0.row) && $0.shard < $1.shard) }
    var rows: [Int] = []
    var maps = (0..<shards.count).map { [Int32](repeating: 0, count: tables.pointer[$0].count) }
    for candidate in candidates {
      if let last = rows.last, equal(bytes(last), bytes(candidate.row)) {
        maps[candidate.shard][candidate.code] = Int32(rows.count - 1)
      } else {
        maps[candidate.shard][candidate.code] = Int32(rows.count)
        rows.append(candidate.row)
      }
    }
    WorkerPool.run(shards: shards.count) { shard in
      category_renumber(codes.pointer, shards[shard].lowerBound, shards[shard].upperBound, maps[shard])
    }
    return rows
  }

  private static func equal(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Bool {
    guard first.count == second.count, let a = first.baseAddress, let b = second.baseAddress else {
      return first.count == second.count
    }
    return memcmp(a, b, first.count) == 0
  }
}
