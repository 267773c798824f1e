import Datasets
import Platform

/// A value of a synthetic row: a number, or the index of a row with the category.
enum SyntheticValue {
  case number(Double)
  case row(Int)

  /// The values as a column of the same type.
  static func column(_ column: Column, _ values: [SyntheticValue]) throws -> Column {
    let rows = values.compactMap { if case .row(let row) = $0 { row } else { nil } }
    guard rows.count < values.count || values.isEmpty else { return try column.selecting(rows: rows) }
    let numbers = values.compactMap { if case .number(let number) = $0 { number } else { nil } }
    switch column.values {
    case .float32:
      return try Column(name: column.name, values: .float32(Buffer(copying: numbers.map { Float($0) })))
    case .int64:
      return try Column(name: column.name, integers: numbers.map { Int64(exactly: $0.rounded()) ?? 0 })
    case .text: return try column.selecting(rows: [])
    default: return try Column(name: column.name, numbers: numbers)
    }
  }
}
