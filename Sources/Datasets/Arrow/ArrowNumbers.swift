import CEquipoise
import Platform

/// Arrays of numbers in Arrow's format, one value per row; the value of a missing row is undefined.
enum ArrowNumbers {
  static func copy<Source: BitwiseCopyable, Value>(
    _ slice: ArrowSlice, of type: Source.Type, _ convert: (Source) -> Value
  ) throws -> Buffer<Value> {
    let source = try slice.buffer(1)
    let values = try UnclearedMemory.buffer(
      of: Value.self, count: slice.rows, for: "column \"\(slice.column)\"")
    // The producer's memory may be unaligned.
    let stride = MemoryLayout<Source>.stride
    for row in 0..<slice.rows {
      values.pointer[row] = convert(
        source.loadUnaligned(fromByteOffset: (slice.first + row) * stride, as: type))
    }
    return values
  }

  /// - Throws: `invalidData` for an unsigned number above the maximum Int64.
  static func integers(_ slice: ArrowSlice, bytes: Int, signed: Bool) throws -> Buffer<Int64> {
    switch (bytes, signed) {
    case (1, true): return try copy(slice, of: Int8.self) { Int64($0) }
    case (2, true): return try copy(slice, of: Int16.self) { Int64($0) }
    case (4, true): return try copy(slice, of: Int32.self) { Int64($0) }
    case (1, false): return try copy(slice, of: UInt8.self) { Int64($0) }
    case (2, false): return try copy(slice, of: UInt16.self) { Int64($0) }
    case (4, false): return try copy(slice, of: UInt32.self) { Int64($0) }
    case (_, true): return try copy(slice, of: Int64.self) { $0 }
    case (_, false):
      let values = try copy(slice, of: Int64.self) { $0 }
      for row in 0..<slice.rows where values.pointer[row] < 0 && slice.isPresent(row) {
        throw slice.failure(
          row,
          "\(UInt64(bitPattern: values.pointer[row])) is above \(Int64.max); cast the column to float64 or text"
        )
      }
      return values
    }
  }

  /// The bit of each row as 0 or 1.
  static func bits(_ slice: ArrowSlice) throws -> Buffer<Int64> {
    let bits = ArrowBits(try slice.buffer(1), first: slice.first)
    let values = try Buffer<Int64>(count: slice.rows, for: "column \"\(slice.column)\"")
    for row in 0..<slice.rows { values.pointer[row] = bits[row] ? 1 : 0 }
    return values
  }

  /// Converts IEEE 754 binary16.
  static func half(_ bits: UInt16) -> Float {
    let sign: UInt32 = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10 & 0x1f)
    let fraction = UInt32(bits & 0x3ff)
    switch exponent {
    // Subnormal: fraction · 2^-24.
    case 0:
      return Float(sign: sign == 0 ? .plus : .minus, exponent: 0, significand: Float(fraction) * 0x1p-24)
    case 31: return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  /// Two's complement integers of 4 to 32 bytes, least significant byte first, divided by 10^scale. The
  /// result is the nearest double if the integer fits into a double.
  static func decimals(_ slice: ArrowSlice, scale: Int, bytes: Int) throws -> Buffer<Double> {
    let source = try slice.buffer(1)
    let values = try Buffer<Double>(count: slice.rows, for: "column \"\(slice.column)\"")
    // Powers of ten up to 10^22 are exact, so the division rounds only once.
    var power = 1.0
    for _ in 0..<abs(scale) { power *= 10 }
    let words = max(1, bytes / 4)
    for row in 0..<slice.rows {
      let start = (slice.first + row) * bytes
      func word(_ index: Int) -> UInt32 {
        UInt32(littleEndian: source.loadUnaligned(fromByteOffset: start + index * 4, as: UInt32.self))
      }
      let negative = word(words - 1) >> 31 == 1
      var magnitude = 0.0
      var carry = true
      var parts = [UInt32](repeating: 0, count: words)
      for index in 0..<words {
        guard negative else {
          parts[index] = word(index)
          continue
        }
        let (sum, overflow) = (~word(index)).addingReportingOverflow(carry ? 1 : 0)
        parts[index] = sum
        carry = overflow
      }
      for part in parts.reversed() { magnitude = magnitude * 4_294_967_296 + Double(part) }
      let value = negative ? -magnitude : magnitude
      values.pointer[row] = scale >= 0 ? value / power : value * power
    }
    return values
  }
}
