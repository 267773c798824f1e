import Datasets
import Platform

/// Clips numbers to bounds that are fitted to the training rows: quantiles, or Tukey's fences (Tukey 1977):
/// quartiles ∓ `factor` times the interquartile range.
public struct Clipping: TransformStep {
  var columns: [String] = []
  var method = Method.quantiles
  var lower = 0.01
  var upper = 0.99
  var factor = 1.5

  enum Method: String, ConfigChoice, Sendable { case quantiles, fences }

  public init() {}

  public static let name = "clipping"
  public static let summary = "Clips outliers: numbers beyond learnt bounds become the bounds."
  public static let fields: [ConfigField<Clipping>] = [
    ConfigField("columns", \.columns, "The columns of numbers. Default: all inputs that are numbers."),
    ConfigField(
      "method", \.method,
      "quantiles: the bounds are quantiles; fences: the bounds are the first quartile minus, and the "
        + "third plus, factor times their distance."),
    ConfigField("lower", \.lower, in: 0...1, "For quantiles, the lower one."),
    ConfigField("upper", \.upper, in: 0...1, "For quantiles, the upper one."),
    ConfigField(
      "factor", \.factor, in: 0...1e9,
      "For fences, their distance from the quartiles in interquartile ranges."),
  ]

  public func validate(at pointer: String) throws {
    guard lower < upper else {
      throw Failure.invalidConfig("\(lower) is not below \"upper\", \(upper)", at: pointer + "/lower")
    }
  }

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let chosen = try rows.numberColumns(columns, work)
    if chosen.isEmpty { work.note("no input is a column of numbers; nothing was changed") }
    var entries: [LinearColumns.Entry] = []
    for column in chosen {
      let numbers = try column.doubles()
      let sorted = try SortedNumbers(numbers, of: column.name)
      var entry = LinearColumns.Entry(name: column.name, keepsIntegers: true)
      if method == .quantiles {
        (entry.low, entry.high) = (sorted.quantile(lower), sorted.quantile(upper))
      } else {
        let (first, third) = (sorted.quantile(0.25), sorted.quantile(0.75))
        (entry.low, entry.high) = (first - factor * (third - first), third + factor * (third - first))
      }
      if case .int64 = column.values {
        (entry.low, entry.high) = (entry.low.rounded(.up), entry.high.rounded(.down))
        if entry.low > entry.high { entry.low = entry.high }
      }
      guard !entry.low.isNaN, !entry.high.isNaN else {
        throw Failure.invalidColumn(column.name, "has infinite values, for which bounds cannot be computed")
      }
      entries.append(entry)
    }
    let fitted = LinearColumns(columns: entries)
    try fitted.apply(&rows)
    return fitted
  }

  public static func restore(_ reader: inout ByteReader) throws -> any FittedStep {
    try LinearColumns(from: &reader)
  }
}
