import Datasets
import Platform

/// Fills missing values with a value fitted to the training rows (for numbers the median, mean or most
/// frequent value, for texts the most frequent one) or with a constant. Optionally, an additional column
/// indicates where values were missing.
public struct Imputation: TransformStep {
  var columns: [String] = []
  var numbers = Numbers.median
  var texts = Texts.mostFrequent
  var value = 0.0
  var text = "missing"
  var indicator = false

  enum Numbers: String, ConfigChoice, Sendable {
    case median, mean, constant
    case mostFrequent = "most_frequent"
  }
  enum Texts: String, ConfigChoice, Sendable {
    case constant
    case mostFrequent = "most_frequent"
  }

  public init() {}

  public static let name = "imputation"
  public static let summary = "Fills missing values."
  public static let fields: [ConfigField<Imputation>] = [
    ConfigField("columns", \.columns, "The columns to fill. Default: all inputs of numbers and texts."),
    ConfigField("numbers", \.numbers, "The value that replaces missing numbers."),
    ConfigField("texts", \.texts, "The value that replaces missing texts."),
    ConfigField("value", \.value, "The constant for numbers."),
    ConfigField("text", \.text, "The constant for texts."),
    ConfigField(
      "indicator", \.indicator,
      "Whether a column \"<name>_missing\" of 0 and 1 is added for each column with missing values in the "
        + "training rows."
    ),
  ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    var entries: [ImputedColumns.Entry] = []
    for (index, column) in try rows.columns(columns, at: work.pointer).enumerated() {
      if case .tensor = column.values {
        if columns.isEmpty { continue }
        throw work.invalid("columns/\(index)", "\"\(column.name)\" holds tensors, not numbers or texts")
      }
      var entry = ImputedColumns.Entry(name: column.name, indicator: indicator && column.missingCount > 0)
      if column.isNumeric {
        entry.number = try number(of: column, work)
      } else {
        entry.text = try text(of: column, work)
      }
      if entry.indicator, rows.dataset.contains(entry.indicatorName) {
        throw work.invalid("indicator", "there is a column \"\(entry.indicatorName)\" already")
      }
      entries.append(entry)
    }
    let fitted = ImputedColumns(columns: entries)
    try fitted.apply(&rows)
    return fitted
  }

  private func number(of column: Column, _ work: StepWork) throws -> Double {
    if numbers == .constant { return value }
    try requireValues(column, work)
    let doubles = try column.doubles()
    switch numbers {
    case .mean: return Moments(doubles).mean
    case .median: return try SortedNumbers(doubles, of: column.name).quantile(0.5)
    case .mostFrequent: return Double(try mostFrequent(column)) ?? 0
    case .constant: return value
    }
  }

  private func text(of column: Column, _ work: StepWork) throws -> String {
    if texts == .constant { return text }
    try requireValues(column, work)
    return try mostFrequent(column)
  }

  private func requireValues(_ column: Column, _ work: StepWork) throws {
    guard column.missingCount < column.rows else {
      throw Failure.invalidColumn(
        column.name,
        "has no value in any training row, so that \(work.pointer) has nothing to fill it with; \"constant\" fills it, "
          + "\"exclude\" of \"data\" leaves it out")
    }
  }

  /// If several are equally frequent, the first in the order of categories.
  private func mostFrequent(_ column: Column) throws -> String {
    let categories = try column.categories()
    var counts = try [Int].filled(with: 0, count: categories.names.count, for: "categories")
    for row in 0..<column.rows where categories.codes.pointer[row] >= 0 {
      counts[Int(categories.codes.pointer[row])] += 1
    }
    guard let most = counts.max(), let place = counts.firstIndex(of: most) else { return "" }
    return categories.names[place]
  }

  public static func restore(_ reader: inout ByteReader) throws -> any FittedStep {
    try ImputedColumns(from: &reader)
  }
}

/// The replacements for the missing values of columns.
struct ImputedColumns: FittedStep {
  var columns: [Entry]
  let changesInputs = true

  struct Entry {
    let name: String
    var indicator = false
    /// nil: a column of texts.
    var number: Double?
    var text = ""
    var indicatorName: String { name + "_missing" }
  }

  func apply(_ rows: inout TransformRows) throws {
    var (changed, added) = ([Column](), [Column]())
    for entry in columns {
      try HostCall.check()
      let column = try rows.dataset.column(entry.name)
      if entry.indicator {
        added.append(
          try Column(
            name: entry.indicatorName, integers: (0..<column.rows).map { column.isMissing($0) ? 1 : 0 }))
      }
      guard column.missingCount > 0 else { continue }
      if let number = entry.number {
        let numbers = try Buffer<Double>(count: column.rows, for: "column \"\(entry.name)\"")
        let old = try column.doubles()
        for row in 0..<column.rows {
          numbers.pointer[row] = old.pointer[row].isNaN ? number : old.pointer[row]
        }
        changed.append(try column.replacing(numbers: numbers, keepsIntegers: true))
      } else {
        guard case .text(let texts) = column.values else {
          throw Failure.invalidColumn(
            entry.name, "holds \(column.values.typeName); the training rows had texts")
        }
        changed.append(
          try Column(
            name: entry.name,
            texts: (0..<column.rows).map { column.isMissing($0) ? entry.text : texts.string($0) }))
      }
    }
    try rows.replace(changed)
    if !added.isEmpty { try rows.add(columns: added) }
  }

  var learnt: JSONValue {
    [
      "columns": .array(
        columns.map {
          [
            "name": .string($0.name), "filled_with": $0.number.map { .finite($0) } ?? .string($0.text),
            "indicator": .bool($0.indicator),
          ]
        })
    ]
  }

  func write(to writer: inout ByteWriter) {
    writer.write(columns.count)
    for entry in columns {
      writer.write(entry.name)
      writer.write(entry.indicator)
      writer.write(entry.number != nil)
      writer.write(entry.number ?? 0)
      writer.write(entry.text)
    }
  }

  init(columns: [Entry]) { self.columns = columns }

  init(from reader: inout ByteReader) throws {
    columns = try (0..<(try reader.count(of: 8))).map { _ in
      var entry = Entry(name: try reader.text(), indicator: try reader.flag())
      let isNumber = try reader.flag()
      let number = try reader.double()
      entry.number = isNumber ? number : nil
      entry.text = try reader.text()
      guard !number.isNaN, !entry.text.utf8.contains(0) else {
        throw reader.malformed("the replacement of missing values is not a value")
      }
      return entry
    }
  }
}
