import Datasets
import Platform

/// A key for each row, from which random decisions are drawn; equal rows have equal keys.
package enum RowKeys {
  private static let offset: UInt64 = 0xcbf2_9ce4_8422_2325
  private static let prime: UInt64 = 0x100_0000_01b3

  /// The keys in a column: integers unchanged, texts as a hash of their bytes (FNV-1a).
  ///
  /// - Throws: `invalidData` if the column is absent, or has missing values or fractions.
  package static func keys(of dataset: Dataset, in name: String) throws -> Buffer<UInt64> {
    let column = try dataset.column(name)
    guard column.missingCount == 0 else {
      let row = (0..<dataset.rows).first { column.isMissing($0) } ?? 0
      throw Failure.invalidColumn(name, "row \(row) has no key, which is needed to draw its decision")
    }
    let keys = try Buffer<UInt64>(count: dataset.rows, for: "keys")
    guard case .text(let texts) = column.values else {
      let numbers = try column.integers()
      for row in 0..<dataset.rows { keys.pointer[row] = UInt64(bitPattern: numbers.pointer[row]) }
      return keys
    }
    for row in 0..<dataset.rows {
      let text = texts.string(row)
      keys.pointer[row] = key(of: text)
    }
    return keys
  }

  /// The key of a text: the integer that it writes, otherwise a hash of its bytes (FNV-1a).
  static func key(of text: String) -> UInt64 {
    Int64(text).map { UInt64(bitPattern: $0) } ?? text.utf8.reduce(offset) { ($0 ^ UInt64($1)) &* prime }
  }

  /// Keys computed from the values of several columns (FNV-1a). Numbers are read as 32-bit floats. A column that is
  /// absent, because the model does not need it, has no part in the keys.
  package static func keys(of dataset: Dataset, among names: [String]) throws -> Buffer<UInt64> {
    let keys = try Buffer<UInt64>(count: dataset.rows, for: "keys")
    for row in 0..<dataset.rows { keys.pointer[row] = offset }
    for name in names where dataset.contains(name) {
      let column = try dataset.column(name)
      switch column.values {
      case .text(let texts):
        for row in 0..<dataset.rows {
          var key = keys.pointer[row]
          let cell = texts.cell(row)
          if column.isMissing(row) {
            key = (key ^ 0x1ff) &* prime
          } else {
            for place in 0..<texts.length(row) {
              key = (key ^ UInt64(UInt8(bitPattern: cell[place]))) &* prime
            }
          }
          keys.pointer[row] = (key ^ 0x100) &* prime
        }
      case .tensor(let values, let shape):
        let width = shape.reduce(1, *)
        for row in 0..<dataset.rows {
          for place in 0..<width { mix(values.pointer[row * width + place], into: &keys.pointer[row]) }
        }
      case .float32, .float64, .int64:
        let numbers = try column.numbers()
        for row in 0..<dataset.rows { mix(numbers.pointer[row], into: &keys.pointer[row]) }
      }
    }
    return keys
  }

  private static func mix(_ value: Float, into key: inout UInt64) {
    // All NaNs have one bit pattern here, and so have both zeros.
    let bits = value.isNaN ? Float.nan.bitPattern : value == 0 ? 0 : value.bitPattern
    key = (key ^ UInt64(bits)) &* prime
    key ^= key >> 32
  }
}
