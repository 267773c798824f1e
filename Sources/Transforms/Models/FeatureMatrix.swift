import Datasets
import Platform

/// Columns as numbers for the small models inside steps: numbers are standardized, texts get one column per
/// category.
struct FeatureMatrix {
  let rows: Int
  let width: Int
  /// Row-major (rows, width).
  let values: Buffer<Float>

  /// How a column is converted to numbers.
  struct Part {
    let column: String
    /// For numbers; nil: one column for each of `categories`.
    let scale: (mean: Double, deviation: Double)?
    let categories: [String]
    var width: Int { scale == nil ? categories.count : 1 }
  }
  let parts: [Part]
  private static let mostCategories = 1000

  /// - Throws: `invalidData` (location: the column) for missing or infinite values and for tensors; `outOfMemory`.
  init(_ columns: [Column], work: StepWork) throws {
    let parts = try columns.map { column in
      try Self.requireUsable(column, work)
      guard column.isNumeric else {
        return Part(column: column.name, scale: nil, categories: try column.categories().names)
      }
      let numbers = try column.doubles()
      let moments = Moments(numbers)
      guard moments.mean.isFinite, moments.deviation.isFinite else {
        throw Failure.invalidColumn(
          column.name, "has infinite values; the step \(work.pointer) needs finite ones")
      }
      return Part(
        column: column.name, scale: (moments.mean, moments.deviation > 0 ? moments.deviation : 1),
        categories: [])
    }
    guard !columns.isEmpty else {
      throw Failure.invalidConfig("no input column is left for the step", at: work.pointer)
    }
    try self.init(columns, as: parts)
  }

  /// Converts columns of other rows in the same way as the columns from which `parts` were made; an unknown
  /// category has zeros.
  ///
  /// - Throws: `invalidData` (location: the column) for missing values, and for texts in a column of numbers.
  init(_ columns: [Column], as parts: [Part]) throws {
    self.parts = parts
    let width = parts.reduce(0) { $0 + $1.width }
    let rows = columns.first?.rows ?? 0
    if let column = columns.first(where: { $0.missingCount > 0 }) {
      throw Failure.invalidColumn(
        column.name, "has \(column.missingCount) missing values, which a step cannot use")
    }
    let (cells, overflow) = rows.multipliedReportingOverflow(by: width)
    guard !overflow else { throw Failure.outOfMemory(bytes: Int.max, for: "features") }
    (self.rows, self.width) = (rows, width)
    values = try Buffer<Float>(count: cells, for: "features")
    var start = 0
    for (column, part) in zip(columns, parts) {
      if let scale = part.scale {
        let numbers = try column.doubles()
        for row in 0..<rows {
          values.pointer[row * width + start] = Float((numbers.pointer[row] - scale.mean) / scale.deviation)
        }
      } else {
        let categories = try column.categories()
        let places = categories.names.map { part.categories.firstIndex(of: $0) }
        for row in 0..<rows {
          if let place = places[Int(categories.codes.pointer[row])] {
            values.pointer[row * width + start + place] = 1
          }
        }
      }
      start += part.width
    }
  }

  /// Requires complete numbers or texts of not too many categories.
  static func requireUsable(_ column: Column, _ work: StepWork) throws {
    try requireComplete(column, work)
    guard !column.isNumeric else { return }
    let count = try column.categories().names.count
    guard count <= mostCategories else {
      throw Failure.invalidColumn(
        column.name, "has \(count) categories; at most \(mostCategories) are accepted by \(work.pointer)")
    }
  }

  static func requireComplete(_ column: Column, _ work: StepWork) throws {
    if case .tensor = column.values {
      throw Failure.invalidColumn(
        column.name, "holds tensors; the step \(work.pointer) needs numbers or texts")
    }
    guard column.missingCount == 0 else {
      throw Failure.invalidColumn(
        column.name,
        "has \(column.missingCount) missing values, which the step \(work.pointer) cannot use; a step "
          + "\"imputation\" before it fills them")
    }
  }
}

/// Mean and standard deviation of numbers, without missing ones (NaN).
struct Moments {
  let count: Int
  let mean: Double
  /// The root of the mean squared difference from the mean.
  let deviation: Double

  init(_ numbers: Buffer<Double>) {
    var (count, sum) = (0, 0.0)
    for row in 0..<numbers.count where !numbers.pointer[row].isNaN {
      count += 1
      sum += numbers.pointer[row]
    }
    let mean = count > 0 ? sum / Double(count) : 0
    var squares = 0.0
    for row in 0..<numbers.count where !numbers.pointer[row].isNaN {
      let difference = numbers.pointer[row] - mean
      squares += difference * difference
    }
    (self.count, self.mean) = (count, mean)
    deviation = count > 0 ? (squares / Double(count)).squareRoot() : 0
  }
}
