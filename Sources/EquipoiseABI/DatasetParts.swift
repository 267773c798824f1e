import CEquipoise
import Datasets
import Platform

/// The maximum number of parts of a split; its configuration has the same limit.
private let maximumParts = 1_000_000

/// See the header.
@_cdecl("eqp_dataset_split") @implementation
public func eqp_dataset_split(
  _ dataset: OpaquePointer?, _ optionsJSON: UnsafePointer<CChar>?,
  _ parts: UnsafeMutablePointer<OpaquePointer?>?, _ partCount: Int,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let places = try require(parts, named: "parts")
    guard (1...maximumParts).contains(partCount) else {
      throw Failure.invalidArgument(
        "part_count is \(UInt(bitPattern: partCount)); 1 to \(maximumParts) are accepted", at: "part_count")
    }
    let outputs = try (0..<partCount).map { try HandleOutput(places + $0, named: "parts") }
    let rows = try borrow(Dataset.self, dataset, named: "dataset")
    let options = try configuration(SplitOptions.self, optionsJSON)
    let asked = options.folds ?? options.fractions.count
    guard asked == 0 || asked == partCount else {
      throw Failure.invalidArgument(
        "part_count is \(partCount); the options make \(asked) parts", at: "part_count")
    }
    for (output, part) in zip(outputs, try rows.split(options)) { try output.set(part) }
  }
}

/// See the header.
@_cdecl("eqp_dataset_select") @implementation
public func eqp_dataset_select(
  _ dataset: OpaquePointer?, _ columns: UnsafePointer<UnsafePointer<CChar>?>?, _ columnCount: Int,
  _ rows: UnsafePointer<Int64>?, _ rowCount: Int, _ selected: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try HandleOutput(selected, named: "selected")
    let whole = try borrow(Dataset.self, dataset, named: "dataset")
    var names = whole.names
    if let columns {
      names = try texts(columns, count: requireCount(columnCount, named: "column_count"), named: "columns")
    }
    let part = try whole.selecting(columns: names)
    guard let rows else { return try result.set(part) }
    let chosen = UnsafeBufferPointer(start: rows, count: try requireCount(rowCount, named: "row_count"))
    if let outside = chosen.first(where: { $0 < 0 || $0 >= Int64(whole.rows) }) {
      throw Failure.invalidArgument("row \(outside) is not among the \(whole.rows) rows", at: "rows")
    }
    try result.set(part.selecting(rows: chosen.map { Int(truncatingIfNeeded: $0) }))
  }
}

/// See the header.
@_cdecl("eqp_dataset_concat") @implementation
public func eqp_dataset_concat(
  _ parts: UnsafePointer<OpaquePointer?>?, _ count: Int, _ whole: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> eqp_status {
  guarded(error) {
    let result = try HandleOutput(whole, named: "whole")
    let parts = try require(parts, named: "parts")
    let count = try requireCount(count, named: "count")
    guard count > 0 else {
      throw Failure.invalidArgument("count is 0; at least one part is needed", at: "count")
    }
    let datasets = try (0..<count).map { try borrow(Dataset.self, parts[$0], named: "parts") }
    let joined = try Dataset.concatenating(datasets)
    // With a single part, a new dataset is made, because columns may be added to either one.
    try result.set(count == 1 ? joined.selecting(columns: joined.names) : joined)
  }
}

/// See the header.
@_cdecl("eqp_dataset_free") @implementation
public func eqp_dataset_free(_ dataset: OpaquePointer?) {
  Handle.release(Dataset.self, dataset)
}
