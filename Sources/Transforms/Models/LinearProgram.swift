import Platform

/// Minimizes cost · x for x ≥ 0 and A x + slack = bound with slack ≥ 0, where the bounds are at least 0, so that x = 0
/// is a first solution (the simplex method: Dantzig 1951; Bland's rule, 1977, where it makes no progress).
struct LinearProgram {
  let rows: Int
  let columns: Int
  /// Row-major, (rows + 1, columns + 1): the coefficients of the variables that are 0; the last column has the values of
  /// the others, the last row the reduced costs and the negated objective.
  private var table: [Double]
  /// The variable of each row and of each column; slacks follow the columns.
  private var basic: [Int]
  private var free: [Int]

  /// The largest error of a constraint or a reduced cost that counts as none.
  static let accuracy = 1e-9
  /// The number of coefficients that a program may have.
  static let limit = 30_000_000

  /// - Throws: `outOfMemory`.
  init(rows: Int, columns: Int) throws {
    (self.rows, self.columns) = (rows, columns)
    table = try [Double].filled(with: 0, count: (rows + 1) * (columns + 1), for: "a linear program")
    free = Array(0..<columns)
    basic = (0..<rows).map { columns + $0 }
  }

  private var width: Int { columns + 1 }

  mutating func add(_ value: Double, row: Int, column: Int) { table[row * width + column] += value }
  mutating func setBound(_ value: Double, row: Int) { table[row * width + columns] = value }
  mutating func setCost(_ value: Double, column: Int) { table[rows * width + column] = value }

  /// Gives a row's slack a cost; the row's coefficients and bound must be set before.
  mutating func setSlackCost(_ value: Double, row: Int) {
    for place in 0..<width { table[rows * width + place] -= value * table[row * width + place] }
  }

  /// - Returns: the values of the variables and of the rows' slacks, and the objective.
  /// - Throws: `cancelled`; `invalidData` if the objective has no minimum, or if no solution was found after many steps.
  mutating func minimize() throws -> (values: [Double], slacks: [Double], objective: Double) {
    var stalled = 0
    let most = 200 * (rows + columns) + 10_000
    for step in 0..<most {
      if step & 15 == 0 { try HostCall.check() }
      guard let column = entering(first: stalled > 200) else { return solution }
      guard let row = leaving(column) else {
        throw Failure.invalidData("the objective of a linear program has no minimum")
      }
      stalled = table[row * width + columns] > Self.accuracy ? 0 : stalled + 1
      exchange(row, column)
    }
    throw Failure.invalidData("a linear program was not solved in \(most) steps")
  }

  private var solution: (values: [Double], slacks: [Double], objective: Double) {
    var all = [Double](repeating: 0, count: columns + rows)
    for (row, variable) in basic.enumerated() { all[variable] = max(0, table[row * width + columns]) }
    return (Array(all[..<columns]), Array(all[columns...]), -table[rows * width + columns])
  }

  /// The variable that enters: the most negative reduced cost, or, by Bland's rule, the first negative one.
  private func entering(first: Bool) -> Int? {
    var found: Int?
    var least = -Self.accuracy
    for column in 0..<columns {
      let cost = table[rows * width + column]
      guard cost < -Self.accuracy else { continue }
      if first {
        if let before = found, free[before] < free[column] { continue }
        found = column
      } else if cost < least {
        (least, found) = (cost, column)
      }
    }
    return found
  }

  /// The row whose variable reaches 0 first; of several, the one of the largest coefficient.
  private func leaving(_ column: Int) -> Int? {
    var found: (row: Int, ratio: Double, pivot: Double)?
    for row in 0..<rows {
      let pivot = table[row * width + column]
      guard pivot > Self.accuracy else { continue }
      let ratio = max(0, table[row * width + columns]) / pivot
      if let best = found,
        ratio > best.ratio + 1e-12 || ratio > best.ratio - 1e-12 && pivot <= best.pivot
      {
        continue
      }
      found = (row, ratio, pivot)
    }
    return found?.row
  }

  private mutating func exchange(_ row: Int, _ column: Int) {
    let width = width
    let count = rows
    table.withUnsafeMutableBufferPointer { table in
      let own = row * width
      let pivot = table[own + column]
      for place in 0..<width { table[own + place] /= pivot }
      table[own + column] = 1 / pivot
      for other in 0...count where other != row {
        let begin = other * width
        let factor = table[begin + column]
        guard factor != 0 else { continue }
        table[begin + column] = 0
        for place in 0..<width where place != column { table[begin + place] -= factor * table[own + place] }
        table[begin + column] = -factor / pivot
      }
    }
    (basic[row], free[column]) = (free[column], basic[row])
  }
}
