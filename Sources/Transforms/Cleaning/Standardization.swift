import Datasets
import Platform

/// Scales numbers: (x − mean) / deviation, (x − minimum) / range, or (x − median) / interquartile range.
public struct Standardization: TransformStep {
  var columns: [String] = []
  var method = Method.deviation

  enum Method: String, ConfigChoice, Sendable { case deviation, range, quartiles }

  public init() {}

  public static let name = "standardization"
  public static let summary = "Puts columns of numbers on one scale."
  public static let fields: [ConfigField<Standardization>] = [
    ConfigField("columns", \.columns, "The columns of numbers. Default: all inputs that are numbers."),
    ConfigField(
      "method", \.method,
      "deviation: (x - mean) / standard deviation; range: (x - minimum) / (maximum - minimum); "
        + "quartiles: (x - median) / (third - first quartile). A constant column is divided by 1."),
  ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let chosen = try rows.numberColumns(columns, work)
    if chosen.isEmpty { work.note("no input is a column of numbers; nothing was changed") }
    let entries = try chosen.map { column in
      let numbers = try column.doubles()
      var entry = LinearColumns.Entry(name: column.name)
      switch method {
      case .deviation:
        let moments = Moments(numbers)
        (entry.center, entry.scale) = (moments.mean, moments.deviation)
      case .range, .quartiles:
        let sorted = try SortedNumbers(numbers, of: column.name)
        if method == .range {
          (entry.center, entry.scale) = (sorted.quantile(0), sorted.quantile(1) - sorted.quantile(0))
        } else {
          (entry.center, entry.scale) = (sorted.quantile(0.5), sorted.quantile(0.75) - sorted.quantile(0.25))
        }
      }
      guard entry.center.isFinite, entry.scale.isFinite else {
        throw Failure.invalidColumn(column.name, "has infinite values, by which nothing can be standardized")
      }
      if entry.scale == 0 { entry.scale = 1 }
      return entry
    }
    let fitted = LinearColumns(columns: entries)
    try fitted.apply(&rows)
    return fitted
  }

  public static func restore(_ reader: inout ByteReader) throws -> any FittedStep {
    try LinearColumns(from: &reader)
  }
}
