import Datasets
import Platform

/// Least squares of a column on the centred group indicators of one or more attributes.
struct GroupDesign {
  private let groupings: [GroupCodes]
  private let starts: [Int]
  private let width: Int
  /// The share of rows of each indicator.
  private let means: [Double]
  /// The Cholesky factor of the indicators' covariance, with a tiny ridge because the indicators of an
  /// attribute sum to one.
  private let factor: CholeskyFactor
  private let rows: TransformRows

  /// The maximum number of groups of one attribute.
  private static let mostIndicators = 2000

  init(_ groupings: [GroupCodes], _ rows: TransformRows) throws {
    self.groupings = groupings
    self.rows = rows
    var starts: [Int] = []
    var width = 0
    for grouping in groupings {
      starts.append(width)
      width += grouping.names.count
    }
    guard width <= Self.mostIndicators else {
      throw Failure.unsupported(
        "there are \(width) groups; at most \(Self.mostIndicators) can be told apart here")
    }
    (self.starts, self.width) = (starts, width)
    var products = [Double](repeating: 0, count: width * width)
    var sums = [Double](repeating: 0, count: width)
    var total = 0.0
    for row in 0..<rows.count {
      let weight = rows.weight(row)
      total += weight
      for (first, start) in zip(groupings, starts) where first.codes.pointer[row] >= 0 {
        let i = start + Int(first.codes.pointer[row])
        sums[i] += weight
        for (second, other) in zip(groupings, starts) where second.codes.pointer[row] >= 0 {
          products[i * width + other + Int(second.codes.pointer[row])] += weight
        }
      }
    }
    guard total > 0 else { throw Failure.invalidData("all weights are 0") }
    means = sums.map { $0 / total }
    for i in 0..<width {
      for j in 0..<width {
        products[i * width + j] = products[i * width + j] / total - means[i] * means[j] + (i == j ? 1e-10 : 0)
      }
    }
    factor = try CholeskyFactor(products, size: width)
  }

  /// The amount subtracted from a row of each group, one attribute after another; the mean over all rows is
  /// 0.
  func effects(of column: Column) throws -> [Double] {
    let numbers = try column.doubles()
    var (total, sum) = (0.0, 0.0)
    var cross = [Double](repeating: 0, count: width)
    for row in 0..<rows.count {
      guard numbers.pointer[row].isFinite else {
        throw Failure.invalidColumn(column.name, "row \(row) is infinite, which has no correlation")
      }
      let weight = rows.weight(row)
      total += weight
      sum += weight * numbers.pointer[row]
      for (grouping, start) in zip(groupings, starts) where grouping.codes.pointer[row] >= 0 {
        cross[start + Int(grouping.codes.pointer[row])] += weight * numbers.pointer[row]
      }
    }
    let mean = sum / total
    let solution = factor.solve((0..<width).map { cross[$0] / total - means[$0] * mean })
    // For each attribute's indicators: the row's own coefficient minus the mean over all rows.
    var effects = solution
    for (grouping, start) in zip(groupings, starts) {
      let range = start..<start + grouping.names.count
      let centre = range.reduce(0) { $0 + means[$1] * solution[$1] }
      for place in range { effects[place] = solution[place] - centre }
    }
    return effects
  }
}
