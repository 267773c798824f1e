import Platform
import TableKernels

/// The categories of a column as audits read them: the same names and codes as `Categories`, but a byte for each row if
/// that is enough. The speed of an audit is limited by the bytes that it reads.
public struct CompactCategories: Sendable {
  public enum Codes: Sendable {
    /// Fewer than 255 categories, and no missing value.
    case bytes(Buffer<UInt8>)
    /// -1 for a missing value.
    case words(Buffer<Int32>)
  }
  public let names: [String]
  public let codes: Codes
  /// The integer of code 0, if the other codes follow it without gaps.
  let start: Int64?

  init(_ categories: Categories) {
    names = categories.names
    codes = .words(categories.codes)
    start = nil
  }

  /// The index of a row's value in `names`; nil for a missing value.
  public func code(at row: Int) -> Int? {
    switch codes {
    case .bytes(let bytes): Int(bytes.pointer[row])
    case .words(let words): words.pointer[row] < 0 ? nil : Int(words.pointer[row])
    }
  }

  /// nil unless the column has integers that span fewer than 255 numbers, none of them missing.
  init?(bytesOf column: Column) throws {
    guard case .int64(let values) = column.values, column.validity == nil, column.rows > 0 else { return nil }
    let bytes = try UnclearedMemory.buffer(
      of: UInt8.self, count: column.rows, for: "categories of \"\(column.name)\"")
    let shards = WorkerPool.shards(of: column.rows, minimum: 100_000)
    let found = try Buffer<category_bytes>(count: shards.count, for: "categories")
    let fits = try Buffer<Bool>(count: shards.count, for: "categories")
    WorkerPool.run(shards: shards.count) { shard in
      fits.pointer[shard] = category_bytes_i64(
        values.pointer, shards[shard].lowerBound, shards[shard].upperBound, bytes.pointer,
        found.pointer + shard)
    }
    guard fits.array.allSatisfy({ $0 }), let least = found.elements.map(\.least).min(),
      let greatest = found.elements.map(\.greatest).max()
    else { return nil }
    let (span, overflow) = greatest.subtractingReportingOverflow(least)
    guard !overflow, span < CATEGORY_BYTES else { return nil }
    var names: [String] = []
    let map = try Buffer<UInt8>(count: 256, for: "categories")
    for value in least...greatest {
      let byte = Int(UInt8(truncatingIfNeeded: value))
      let occurs = (0..<shards.count).contains { category_byte_occurs(found.pointer + $0, byte) }
      guard occurs else { continue }
      map.pointer[byte] = UInt8(truncatingIfNeeded: names.count)
      names.append(String(value))
    }
    let isDense = names.count == span + 1
    if !isDense || least & 0xff != 0 {
      WorkerPool.run(shards: shards.count) { shard in
        let rows = shards[shard]
        if isDense {
          category_bytes_shift(
            bytes.pointer, rows.lowerBound, rows.upperBound, UInt8(truncatingIfNeeded: least))
        } else {
          category_bytes_renumber(bytes.pointer, rows.lowerBound, rows.upperBound, map.pointer)
        }
      }
    }
    self.names = names
    codes = .bytes(bytes)
    start = isDense ? least : nil
  }
}
