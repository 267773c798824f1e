import Datasets
import Platform

/// The distributions of columns in some rows, and the correlations of their normal scores.
struct CopulaModel {
  private let margins: [Margin]
  /// Row-major, lower triangle.
  private let factor: CholeskyFactor

  private enum Margin {
    case numbers(SortedNumbers)
    /// The upper ends of the categories' intervals, ascending to 1, and a row with each category.
    case categories(ends: [Double], rows: [Int])
  }

  /// - Parameter rows: at least three.
  init(_ columns: [Column], rows: [Int]) throws {
    var margins: [Margin] = []
    var scores: [[Double]] = []
    for column in columns {
      let (margin, own) = try column.isNumeric ? Self.numbers(column, rows) : Self.categories(column, rows)
      margins.append(margin)
      scores.append(Self.standardized(own))
    }
    self.margins = margins
    let size = columns.count
    var matrix = try [Double].filled(with: 0, count: size * size, for: "correlations")
    // Correlations are shrunk towards 0; the fewer rows, the more.
    let kept = Double(rows.count) / Double(rows.count + 5)
    for i in 0..<size {
      for j in 0...i {
        let sum = zip(scores[i], scores[j]).reduce(0) { $0 + $1.0 * $1.1 } / Double(rows.count)
        let entry = i == j ? 1 : kept * sum
        matrix[i * size + j] = entry
        matrix[j * size + i] = entry
      }
    }
    factor = try CholeskyFactor(matrix, size: size)
  }

  private static func numbers(_ column: Column, _ rows: [Int]) throws -> (Margin, [Double]) {
    let all = try column.doubles()
    let values = try all.selecting(rows: rows)
    let order = rows.indices.sorted { values.pointer[$0] < values.pointer[$1] }
    var scores = [Double](repeating: 0, count: rows.count)
    var start = 0
    while start < order.count {
      // Tied values get the mean of their ranks.
      var end = start + 1
      while end < order.count, values.pointer[order[end]] == values.pointer[order[start]] { end += 1 }
      let share = (Double(start + end) / 2) / Double(rows.count)
      let score = NormalScores.quantile(
        min(max(share, 0.5 / Double(rows.count)), 1 - 0.5 / Double(rows.count)))
      for place in start..<end { scores[order[place]] = score }
      start = end
    }
    return (.numbers(try SortedNumbers(values, of: column.name)), scores)
  }

  private static func categories(_ column: Column, _ rows: [Int]) throws -> (Margin, [Double]) {
    let categories = try column.categories()
    var counts = [Int](repeating: 0, count: categories.names.count)
    var examples = [Int](repeating: rows.first ?? 0, count: categories.names.count)
    for row in rows {
      counts[Int(categories.codes.pointer[row])] += 1
      examples[Int(categories.codes.pointer[row])] = row
    }
    let present = counts.indices.filter { counts[$0] > 0 }
    var ends: [Double] = []
    var scoreOf = [Double](repeating: 0, count: counts.count)
    var sum = 0.0
    for code in present {
      let share = Double(counts[code]) / Double(rows.count)
      scoreOf[code] = NormalScores.quantile(min(max(sum + share / 2, 1e-9), 1 - 1e-9))
      sum += share
      ends.append(sum)
    }
    return (
      .categories(ends: ends, rows: present.map { examples[$0] }),
      rows.map { scoreOf[Int(categories.codes.pointer[$0])] }
    )
  }

  /// Scores with mean 0 and standard deviation 1; zeros if all are equal.
  private static func standardized(_ scores: [Double]) -> [Double] {
    let mean = scores.reduce(0, +) / Double(scores.count)
    let deviation = (scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(scores.count)).squareRoot()
    return scores.map { deviation > 1e-12 ? ($0 - mean) / deviation : 0 }
  }

  /// Draws the values of a row.
  func draw(_ random: inout RandomStream) -> [SyntheticValue] {
    let size = margins.count
    let independent = (0..<size).map { _ in random.normal() }
    return margins.enumerated().map { place, margin in
      var score = 0.0
      for k in 0...place { score += factor.lower[place * size + k] * independent[k] }
      let share = NormalScores.probability(score)
      switch margin {
      case .numbers(let sorted): return .number(sorted.quantile(share))
      case .categories(let ends, let rows):
        return .row(rows[min(ends.firstIndex { share < $0 } ?? rows.count - 1, rows.count - 1)])
      }
    }
  }
}
