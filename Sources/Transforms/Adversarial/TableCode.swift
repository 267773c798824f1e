import Datasets
import Platform

/// Rows as the numbers that a conditional tabular GAN generates: a number is its place in a mode and a one-hot
/// mode, a text a one-hot category, and so is a number of a column with at most twenty different ones. The cell of a
/// row (its label and group) is one more category.
struct TableCode {
  /// The number of values of a row.
  let width: Int
  /// The indices of places in modes, in −1 … 1.
  let places: [Int]
  /// The ranges of one-hot values.
  let choices: [Range<Int>]
  /// Those of categories, and of the cell, the last one: what a row can be conditioned on.
  let conditions: [Range<Int>]
  private let parts: [Part]
  static let maximumWidth = 8192

  private enum Part {
    case number(place: Int, choice: Range<Int>, ModeMixture, bounds: ClosedRange<Double>, isWhole: Bool)
    /// The index of each of the column's categories in `choice`, and a row with each index.
    case category(choice: Range<Int>, indices: [Int], examples: [Int])
  }

  /// - Parameters:
  ///   - rows: the rows to learn from; at least one.
  ///   - cells: the number of cells.
  /// - Throws: `invalidData` (location: the column) for infinite values; `invalidConfig` for too many
  ///   categories.
  init(_ columns: [Column], rows: [Int], cells: Int, _ work: inout StepWork) throws {
    var (places, choices, conditions, parts) = ([Int](), [Range<Int>](), [Range<Int>](), [Part]())
    var width = 0
    func choice(_ count: Int) -> Range<Int> {
      defer { width += count }
      return width..<width + count
    }
    for column in columns {
      if try !Self.isCategory(column, rows) {
        let (modes, bounds) = try Self.modes(column, rows, &work)
        let place = choice(1).lowerBound
        let mode = choice(modes.modes.count)
        places.append(place)
        choices.append(mode)
        parts.append(
          .number(
            place: place, choice: mode, modes, bounds: bounds, isWhole: column.values.typeName == "int64"))
      } else {
        let categories = try column.categories()
        var indices = [Int](repeating: -1, count: categories.names.count)
        var examples: [Int] = []
        for row in rows where indices[Int(categories.codes.pointer[row])] < 0 {
          indices[Int(categories.codes.pointer[row])] = examples.count
          examples.append(row)
        }
        let category = choice(examples.count)
        conditions.append(category)
        parts.append(.category(choice: category, indices: indices, examples: examples))
      }
      guard width + cells <= Self.maximumWidth else {
        throw work.invalid(
          "columns",
          "modes and categories up to column \"\(column.name)\" take \(width) values per row; at most "
            + "\(Self.maximumWidth) are accepted, with those of the cells")
      }
    }
    conditions.append(choice(cells))
    (self.width, self.places, self.conditions, self.parts) = (width, places, conditions, parts)
    self.choices = choices + conditions
  }

  /// Whether a column has texts, or few different numbers.
  private static func isCategory(_ column: Column, _ rows: [Int]) throws -> Bool {
    guard column.isNumeric else { return true }
    let numbers = try column.doubles()
    return TableBins.distinct(rows.map { numbers.pointer[$0] }) != nil
  }

  /// The modes of at most 4,000 of the rows, and the smallest and the largest number.
  private static func modes(_ column: Column, _ rows: [Int], _ work: inout StepWork) throws -> (
    ModeMixture, ClosedRange<Double>
  ) {
    let numbers = try column.doubles()
    var (least, greatest) = (Double.infinity, -Double.infinity)
    for row in rows {
      least = min(least, numbers.pointer[row])
      greatest = max(greatest, numbers.pointer[row])
    }
    guard least.isFinite, greatest.isFinite else {
      throw Failure.invalidColumn(
        column.name, "has infinite values; the step \(work.pointer) needs finite ones")
    }
    let limit = 4000
    let sample =
      rows.count <= limit
      ? rows.map { numbers.pointer[$0] }
      : (0..<limit).map { _ in numbers.pointer[rows[work.random.below(rows.count)]] }
    return (ModeMixture(sample), least...greatest)
  }

  /// - Parameter cells: the cell of each of `rows`.
  /// - Returns: (rows, width)
  func encoded(_ columns: [Column], rows: [Int], cells: [Int], _ random: inout RandomStream) throws -> Buffer<
    Float
  > {
    let (count, overflow) = rows.count.multipliedReportingOverflow(by: width)
    guard !overflow else { throw Failure.outOfMemory(bytes: Int.max, for: "encoded rows") }
    let values = try Buffer<Float>(count: count, for: "encoded rows")
    for (column, part) in zip(columns, parts) {
      switch part {
      case .number(let place, let choice, let modes, _, _):
        let numbers = try column.doubles()
        for (index, row) in rows.enumerated() {
          let (mode, own) = modes.normalized(numbers.pointer[row], &random)
          values.pointer[index * width + place] = Float(own)
          values.pointer[index * width + choice.lowerBound + mode] = 1
        }
      case .category(let choice, let indices, _):
        let codes = try column.categories().codes
        for (index, row) in rows.enumerated() {
          values.pointer[index * width + choice.lowerBound + indices[Int(codes.pointer[row])]] = 1
        }
      }
    }
    guard let range = conditions.last else { return values }
    for (index, cell) in cells.enumerated() { values.pointer[index * width + range.lowerBound + cell] = 1 }
    return values
  }

  /// The values of each column in a generated row, and its cell.
  func decoded(_ row: UnsafePointer<Float>) -> (values: [SyntheticValue], cell: Int) {
    let values = parts.map { part -> SyntheticValue in
      switch part {
      case .number(let place, let choice, let modes, let bounds, let isWhole):
        let number = modes.number(mode: Self.largest(row, choice), place: Double(row[place]))
        return .number(min(max(isWhole ? number.rounded() : number, bounds.lowerBound), bounds.upperBound))
      case .category(let choice, _, let examples): return .row(examples[Self.largest(row, choice)])
      }
    }
    return (values, conditions.last.map { Self.largest(row, $0) } ?? 0)
  }

  /// The index of the largest value within a range.
  private static func largest(_ row: UnsafePointer<Float>, _ range: Range<Int>) -> Int {
    var best = range.lowerBound
    for place in range where row[place] > row[best] { best = place }
    return best - range.lowerBound
  }
}
