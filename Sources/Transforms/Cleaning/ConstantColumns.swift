import Datasets
import Platform

/// Drops columns in which (nearly) all training rows have the same value and which therefore contain no
/// information.
public struct ConstantColumns: TransformStep {
  var columns: [String] = []
  var share = 1.0

  public init() {}

  public static let name = "constant_columns"
  public static let summary = "Drops columns in which all, or nearly all, training rows have one value."
  public static let fields: [ConfigField<ConstantColumns>] = [
    ConfigField(
      "columns", \.columns,
      "The columns that may be dropped. Default: all inputs of numbers and texts."),
    ConfigField(
      "share", \.share, in: 0.5...1,
      "A column is dropped if at least this share of the rows has the same value. Missing counts as a "
        + "value."),
  ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    var dropped: [String] = []
    for column in try rows.columns(columns, at: work.pointer) {
      if case .tensor = column.values { continue }
      let categories = try column.categories()
      var counts = try [Int].filled(with: 0, count: categories.names.count + 1, for: "categories")
      for row in 0..<rows.count { counts[Int(categories.codes.pointer[row]) + 1] += 1 }
      if Double(counts.max() ?? 0) >= share * Double(rows.count) { dropped.append(column.name) }
    }
    guard dropped.count < rows.inputs.count else {
      throw work.invalid("share", "every input is constant by this; none would be left")
    }
    let fitted = DroppedColumns(names: dropped)
    try fitted.apply(&rows)
    return fitted
  }

  public static func restore(_ reader: inout ByteReader) throws -> any FittedStep {
    try DroppedColumns(from: &reader)
  }
}

/// Columns to drop.
struct DroppedColumns: FittedStep {
  let names: [String]
  let changesInputs = true

  func apply(_ rows: inout TransformRows) throws {
    try rows.remove(columns: names.filter(rows.dataset.contains))
  }

  var learnt: JSONValue { ["dropped": .strings(names)] }

  func write(to writer: inout ByteWriter) { writer.write(names) }

  init(names: [String]) { self.names = names }
  init(from reader: inout ByteReader) throws { names = try reader.texts() }
}
