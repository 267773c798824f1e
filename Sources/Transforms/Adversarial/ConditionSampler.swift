import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Training by sampling (Xu et al. 2019, section 4.3): a column is drawn, then one of its categories with a
/// probability proportional to the logarithm of its frequency, then rows with this category.
///
/// The condition is a vector with a 1 at the category, and zeros for all other categories and columns.
struct ConditionSampler {
  /// The length of the vector.
  let width: Int
  private let columns: [Drawn]

  private struct Drawn {
    /// Its range in a row's values, and its first index in the condition.
    let range: Range<Int>
    let start: Int
    /// The sums of the categories' probabilities.
    let sums: [Double]
    let rows: [[Int32]]
  }

  struct Condition {
    /// The range of the column in a row's values.
    let range: Range<Int>
    let category: Int
    /// The index in the condition's vector.
    let place: Int
    let row: Int
  }

  /// - Parameter values: encoded rows, (rows, code.width).
  init(_ code: TableCode, _ values: Buffer<Float>, rows: Int) throws {
    try Memory.require(rows * code.conditions.count, of: Int32.self, for: "conditions")
    var start = 0
    columns = code.conditions.map { range in
      var members = range.map { _ in [Int32]() }
      for row in 0..<rows {
        if let place = range.first(where: { values.pointer[row * code.width + $0] == 1 }) {
          members[place - range.lowerBound].append(Int32(row))
        }
      }
      var sum = 0.0
      let sums = members.map { own -> Double in
        sum += log(1 + Double(own.count))
        return sum
      }
      defer { start += range.count }
      return Drawn(range: range, start: start, sums: sums, rows: members)
    }
    width = start
  }

  /// Draws one condition, for several rows that have its category.
  func draw(rows: Int, _ random: inout RandomStream) -> [Condition] {
    let column = columns[random.below(columns.count)]
    let drawn = random.uniform() * (column.sums.last ?? 0)
    let category = column.sums.firstIndex { drawn < $0 } ?? column.sums.count - 1
    let members = column.rows[category]
    return (0..<rows).map { _ in
      Condition(
        range: column.range, category: category, place: column.start + category,
        row: members.isEmpty ? 0 : Int(members[random.below(members.count)]))
    }
  }

  /// The index of a cell in the condition's vector.
  func place(ofCell cell: Int) -> Int { (columns.last?.start ?? 0) + cell }
}
