import Datasets
import Platform

/// Columns as categories, in which rows are counted: a number is one of at most twenty intervals between quantiles,
/// a text its category. Distances between distributions and shares are measured in them.
struct TableBins {
  /// The number of bins of each column.
  let counts: [Int]
  private let parts: [Part]
  /// The number of different numbers up to which each of them is a bin.
  static let limit = 20

  private enum Part {
    /// The lower ends of all bins but the first, ascending.
    case number([Double], of: Buffer<Double>)
    /// The bin of each row of the column.
    case category(Buffer<Int32>)
  }

  /// - Parameter rows: the rows whose quantiles are the bins' ends.
  init(_ columns: [Column], rows: [Int]) throws {
    var (counts, parts) = ([Int](), [Part]())
    for column in columns {
      if column.isNumeric {
        let numbers = try column.doubles()
        let ends = Self.ends(rows.map { numbers.pointer[$0] })
        counts.append(ends.count + 1)
        parts.append(.number(ends, of: numbers))
      } else {
        let categories = try column.categories()
        counts.append(max(1, categories.names.count))
        parts.append(.category(categories.codes))
      }
    }
    (self.counts, self.parts) = (counts, parts)
  }

  private static func ends(_ numbers: [Double]) -> [Double] {
    let sorted = numbers.sorted()
    if let few = distinct(numbers) { return Array(few.dropFirst()) }
    var ends: [Double] = []
    for place in 1..<limit {
      let number = sorted[place * sorted.count / limit]
      if number > (ends.last ?? sorted[0]) { ends.append(number) }
    }
    return ends
  }

  /// The different numbers, ascending; nil if there are more than `limit`.
  static func distinct(_ numbers: [Double]) -> [Double]? {
    var found: Set<Double> = []
    for number in numbers {
      found.insert(number)
      if found.count > limit { return nil }
    }
    return found.sorted()
  }

  /// The bin of a value in a column.
  func bin(_ value: SyntheticValue, column: Int) -> Int {
    switch (parts[column], value) {
    case (.number(let ends, _), .number(let number)): return Self.bin(number, ends)
    case (.number(let ends, let numbers), .row(let row)): return Self.bin(numbers.pointer[row], ends)
    case (.category(let codes), .row(let row)): return Int(max(0, codes.pointer[row]))
    case (.category, .number): return 0
    }
  }

  private static func bin(_ number: Double, _ ends: [Double]) -> Int {
    ends.firstIndex { number < $0 } ?? ends.count
  }

  /// The bins of rows: one array for each column.
  func codes(of rows: [Int]) -> [[Int32]] {
    counts.indices.map { column in rows.map { Int32(bin(.row($0), column: column)) } }
  }

  /// The bins of generated rows.
  func codes(of rows: [[SyntheticValue]]) -> [[Int32]] {
    counts.indices.map { column in rows.map { Int32(bin($0[column], column: column)) } }
  }
}
