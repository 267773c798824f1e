import Datasets
import Platform

extension Column {
  /// The column with other numbers, of the same type if that can hold them; integers that become fractions
  /// make the column double. NaN is a missing value.
  func replacing(numbers: Buffer<Double>, keepsIntegers: Bool = false) throws -> Column {
    switch values {
    case .float32:
      let singles = try Buffer<Float>(count: numbers.count, for: "column \"\(name)\"")
      for row in 0..<numbers.count { singles.pointer[row] = Float(numbers.pointer[row]) }
      return try Column(name: name, values: .float32(singles))
    case .int64 where keepsIntegers:
      let integers = try Buffer<Int64>(count: numbers.count, for: "column \"\(name)\"")
      for row in 0..<numbers.count {
        let value = numbers.pointer[row]
        guard value.isNaN || Int64(exactly: value) != nil else {
          return try Column(name: name, values: .float64(numbers))
        }
        integers.pointer[row] = Int64(exactly: value) ?? 0
      }
      return try Column(name: name, values: .int64(integers), validity: validity(of: numbers))
    default: return try Column(name: name, values: .float64(numbers))
    }
  }

  private func validity(of numbers: Buffer<Double>) throws -> Buffer<UInt8>? {
    guard (0..<numbers.count).contains(where: { numbers.pointer[$0].isNaN }) else { return nil }
    let bits = try Buffer<UInt8>(count: (numbers.count + 7) / 8, for: "validity")
    for row in 0..<numbers.count where !numbers.pointer[row].isNaN {
      bits.pointer[row >> 3] |= 1 << UInt8(row & 7)
    }
    return bits
  }
}

extension TransformRows {
  /// The numeric columns among those that a step is to change; columns that the step names must be numeric.
  func numberColumns(_ names: [String], _ work: StepWork) throws -> [Column] {
    let columns = try columns(names, at: work.pointer)
    guard !names.isEmpty else { return columns.filter(\.isNumeric) }
    if let index = columns.firstIndex(where: { !$0.isNumeric }) {
      throw work.invalid(
        "columns/\(index)", "\"\(columns[index].name)\" holds \(columns[index].values.typeName), not numbers")
    }
    return columns
  }
}
