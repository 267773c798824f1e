import CEquipoise
import Datasets
import Platform

/// See the header.
@_cdecl("eqp_dataset_rows") @implementation
public func eqp_dataset_rows(_ dataset: OpaquePointer?) -> Int64 {
  guard let rows = Handle.read(Dataset.self, dataset)?.rows else { return -1 }
  return Int64(rows)
}

/// See the header.
@_cdecl("eqp_dataset_describe") @implementation
public func eqp_dataset_describe(_ dataset: OpaquePointer?) -> UnsafeMutablePointer<CChar>? {
  guard let rows = Handle.read(Dataset.self, dataset) else { return nil }
  return describing { rows.describe().text() }
}

/// See the header.
@_cdecl("eqp_dataset_columns") @implementation
public func eqp_dataset_columns(_ dataset: OpaquePointer?) -> Int64 {
  guard let columns = Handle.read(Dataset.self, dataset)?.columns.count else { return -1 }
  return Int64(columns)
}

/// See the header.
@_cdecl("eqp_dataset_column_name") @implementation
public func eqp_dataset_column_name(_ dataset: OpaquePointer?, _ index: Int64) -> UnsafePointer<CChar>? {
  guard let columns = Handle.read(Dataset.self, dataset)?.columns, let index = Int(exactly: index),
    columns.indices.contains(index)
  else { return nil }
  return columns[index].nameText
}

/// See the header.
@_cdecl("eqp_dataset_column_f32") @implementation
public func eqp_dataset_column_f32(
  _ dataset: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ values: UnsafeMutablePointer<Float>?,
  _ count: Int, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let column = try borrow(Dataset.self, dataset, named: "dataset").column(text(name, named: "name"))
    if case .tensor(let block, _) = column.values {
      try copy(block, to: values, count: count)
    } else {
      try copy(try column.numbers(), to: values, count: count)
    }
  }
}

/// See the header.
@_cdecl("eqp_dataset_column_f64") @implementation
public func eqp_dataset_column_f64(
  _ dataset: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ values: UnsafeMutablePointer<Double>?,
  _ count: Int, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let column = try borrow(Dataset.self, dataset, named: "dataset").column(text(name, named: "name"))
    try copy(try column.doubles(), to: values, count: count)
  }
}

/// See the header.
@_cdecl("eqp_dataset_column_i64") @implementation
public func eqp_dataset_column_i64(
  _ dataset: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ values: UnsafeMutablePointer<Int64>?,
  _ count: Int, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let column = try borrow(Dataset.self, dataset, named: "dataset").column(text(name, named: "name"))
    try copy(try column.integers(), to: values, count: count)
  }
}

/// See the header.
@_cdecl("eqp_dataset_cell_text") @implementation
public func eqp_dataset_cell_text(
  _ dataset: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ row: Int64
) -> UnsafePointer<CChar>? {
  guard let rows = Handle.read(Dataset.self, dataset), let name = try? text(name, named: "name"),
    rows.contains(name), let column = try? rows.column(name), let row = Int(exactly: row),
    (0..<column.rows).contains(row), case .text(let texts) = column.values, !column.isMissing(row)
  else { return nil }
  return texts.cell(row)
}
