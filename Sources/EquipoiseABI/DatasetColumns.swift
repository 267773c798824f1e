import CEquipoise
import Datasets
import Platform

/// See the header.
@_cdecl("eqp_dataset_new") @implementation
public func eqp_dataset_new(
  _ rows: Int64, _ dataset: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try HandleOutput(dataset, named: "dataset")
    guard rows >= 0, let count = Int(exactly: rows) else {
      throw Failure.invalidArgument("rows is \(rows); at least 0 is accepted", at: "rows")
    }
    try result.set(try Dataset(rows: count))
  }
}

/// See the header.
@_cdecl("eqp_dataset_add_f32") @implementation
public func eqp_dataset_add_f32(
  _ dataset: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ values: UnsafePointer<Float>?,
  _ validity: UnsafePointer<UInt8>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let column = try NewColumn(of: dataset, name: name, validity: validity)
    try column.add(.float32(try column.copy(values)))
  }
}

/// See the header.
@_cdecl("eqp_dataset_add_f64") @implementation
public func eqp_dataset_add_f64(
  _ dataset: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ values: UnsafePointer<Double>?,
  _ validity: UnsafePointer<UInt8>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let column = try NewColumn(of: dataset, name: name, validity: validity)
    try column.add(.float64(try column.copy(values)))
  }
}

/// See the header.
@_cdecl("eqp_dataset_add_i64") @implementation
public func eqp_dataset_add_i64(
  _ dataset: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ values: UnsafePointer<Int64>?,
  _ validity: UnsafePointer<UInt8>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let column = try NewColumn(of: dataset, name: name, validity: validity)
    try column.add(.int64(try column.copy(values)))
  }
}

/// See the header.
@_cdecl("eqp_dataset_add_text") @implementation
public func eqp_dataset_add_text(
  _ dataset: OpaquePointer?, _ name: UnsafePointer<CChar>?,
  _ values: UnsafePointer<UnsafePointer<CChar>?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let column = try NewColumn(of: dataset, name: name, validity: nil)
    try column.addTexts(values)
  }
}

/// See the header.
@_cdecl("eqp_dataset_add_tensor") @implementation
public func eqp_dataset_add_tensor(
  _ dataset: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ values: UnsafePointer<Float>?,
  _ shape: UnsafePointer<Int64>?, _ rank: Int, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let column = try NewColumn(of: dataset, name: name, validity: nil)
    let extents = try NewColumn.extents(shape, rank: rank)
    let width = try NewColumn.width(of: extents)
    try column.add(.tensor(try column.copy(values, width: width), shape: extents))
  }
}
