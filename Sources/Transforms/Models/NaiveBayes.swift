import Datasets
import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// Scores each row by a naive Bayes classifier fitted to the same rows: the ranker of Kamiran and Calders
/// (2012). Numbers are normally distributed within a class; categories have their relative frequencies with
/// Laplace smoothing; missing values are ignored.
struct NaiveBayes {
  /// log P(positive | x) − log P(negative | x) for each row.
  let scores: [Double]

  /// - Parameter positives: whether each row is positive; both labels must occur.
  init(_ columns: [Column], positives: [Bool], rows: TransformRows) throws {
    let count = positives.count
    var weight = (0.0, 0.0)
    for row in 0..<count {
      if positives[row] { weight.1 += rows.weight(row) } else { weight.0 += rows.weight(row) }
    }
    var scores = try [Double].filled(
      with: log(max(weight.1, .leastNormalMagnitude) / max(weight.0, .leastNormalMagnitude)), count: count,
      for: "scores")
    for column in columns {
      try HostCall.check()
      switch column.values {
      case .tensor:
        throw Failure.invalidColumn(column.name, "holds tensors; numbers or texts are needed to rank rows")
      case .text: try Self.addCategories(column, positives, rows, to: &scores)
      case .float32, .float64, .int64: try Self.addNumbers(column, positives, rows, to: &scores)
      }
    }
    self.scores = scores
  }

  private static func addNumbers(
    _ column: Column, _ positives: [Bool], _ rows: TransformRows, to scores: inout [Double]
  ) throws {
    let numbers = try column.doubles()
    var (weights, sums, squares) = ([0.0, 0.0], [0.0, 0.0], [0.0, 0.0])
    for row in positives.indices where numbers.pointer[row].isFinite {
      let (side, weight) = (positives[row] ? 1 : 0, rows.weight(row))
      weights[side] += weight
      sums[side] += weight * numbers.pointer[row]
    }
    guard weights[0] > 0, weights[1] > 0 else { return }
    let means = [sums[0] / weights[0], sums[1] / weights[1]]
    for row in positives.indices where numbers.pointer[row].isFinite {
      let side = positives[row] ? 1 : 0
      let difference = numbers.pointer[row] - means[side]
      squares[side] += rows.weight(row) * difference * difference
    }
    // A share of the column's total variance is added, so that a column that is constant in a class does not
    // decide alone.
    let whole =
      (squares[0] + squares[1]) / (weights[0] + weights[1]) + (means[1] - means[0]) * (means[1] - means[0])
    let variances = (0...1).map { max(squares[$0] / weights[$0], 1e-9 * whole) }
    guard variances.allSatisfy({ $0 > 0 && $0.isFinite }) else { return }
    let constant = 0.5 * log(variances[0] / variances[1])
    for row in positives.indices where numbers.pointer[row].isFinite {
      let (zero, one) = (numbers.pointer[row] - means[0], numbers.pointer[row] - means[1])
      scores[row] += constant + 0.5 * (zero * zero / variances[0] - one * one / variances[1])
    }
  }

  private static func addCategories(
    _ column: Column, _ positives: [Bool], _ rows: TransformRows, to scores: inout [Double]
  ) throws {
    let categories = try column.categories()
    let names = categories.names.count
    var sums = (
      try [Double].filled(with: 1, count: names, for: "categories"),
      try [Double].filled(with: 1, count: names, for: "categories")
    )
    for row in positives.indices where categories.codes.pointer[row] >= 0 {
      let code = Int(categories.codes.pointer[row])
      if positives[row] { sums.1[code] += rows.weight(row) } else { sums.0[code] += rows.weight(row) }
    }
    let totals = (sums.0.reduce(0, +), sums.1.reduce(0, +))
    let ratios = zip(sums.0, sums.1).map { log($1 / totals.1) - log($0 / totals.0) }
    for row in positives.indices where categories.codes.pointer[row] >= 0 {
      scores[row] += ratios[Int(categories.codes.pointer[row])]
    }
  }
}
