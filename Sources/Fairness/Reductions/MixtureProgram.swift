import Platform

/// The best mixture of given predictors under linear constraints, as a linear program (Agarwal et al. 2018,
/// section 3.2, over the predictors found so far):
///
///     minimize Σ p(k) error(k) + B s    with  Σ p(k) excess(j, k) ≤ s for every j,  Σ p(k) = 1,  p, s ≥ 0
///
/// The dual variables of the inequalities are the multipliers of the constraints; their sum is at most B.
struct MixtureProgram {
  /// The probability of each predictor.
  let mixture: [Double]
  /// The multiplier of each constraint.
  let multipliers: [Double]

  /// Solves the program by the simplex method on a dense tableau. Dantzig's rule chooses the entering variable;
  /// Bland's rule replaces it after many steps, so that the method cannot cycle.
  ///
  /// - Parameters:
  ///   - errors: the error of each predictor; at least one.
  ///   - excesses: for each predictor, the amount by which it exceeds the bound of each constraint.
  ///   - bound: B, the maximum sum of the multipliers.
  /// - Throws: `outOfMemory`.
  init(errors: [Double], excesses: [[Double]], bound: Double) throws {
    let tableau = try Tableau(errors: errors, excesses: excesses, bound: bound)
    let limit = 50 * (tableau.rows + tableau.columns)
    var steps = 0
    while let column = tableau.entering(byBland: steps > limit / 2), steps < limit {
      guard let row = tableau.leaving(column) else { break }
      tableau.pivot(row, column)
      steps += 1
    }
    let probabilities = tableau.values(of: 0..<errors.count).map { max($0, 0) }
    let total = probabilities.reduce(0, +)
    mixture = probabilities.map { $0 / max(total, .leastNormalMagnitude) }
    multipliers = tableau.reducedCosts(of: errors.count + 1..<tableau.columns).map { max($0, 0) }
  }

  /// The tableau in row-major order. The columns are the predictors, the violation s and the slack of each
  /// constraint; the last column is the right side. The rows are the constraints, then Σ p = 1; the last row
  /// has the reduced costs.
  private final class Tableau {
    let rows: Int
    let columns: Int
    private let width: Int
    private let memory: Buffer<Double>
    private var cells: UnsafeMutablePointer<Double> { memory.pointer }
    /// The basic variable of each row.
    private var basis: [Int]

    init(errors: [Double], excesses: [[Double]], bound: Double) throws {
      let constraints = excesses.first?.count ?? 0
      let predictors = errors.count
      rows = constraints + 1
      columns = predictors + 1 + constraints
      width = columns + 1
      memory = try Buffer<Double>(count: (rows + 1) * width, for: "a linear program")
      basis = (0..<rows).map { predictors + 1 + $0 }
      for constraint in 0..<constraints {
        for predictor in 0..<predictors {
          cells[constraint * width + predictor] = excesses[predictor][constraint]
        }
        cells[constraint * width + predictors] = -1
        cells[constraint * width + predictors + 1 + constraint] = 1
      }
      for predictor in 0..<predictors { cells[constraints * width + predictor] = 1 }
      cells[constraints * width + columns] = 1
      for predictor in 0..<predictors { cells[rows * width + predictor] = errors[predictor] }
      cells[rows * width + predictors] = bound
      // A feasible start: the last predictor alone, with s as large as its largest excess.
      let start = predictors - 1
      pivot(constraints, start)
      let worst = (0..<constraints).min { cells[$0 * width + columns] < cells[$1 * width + columns] }
      if let worst, cells[worst * width + columns] < 0 { pivot(worst, predictors) }
    }

    /// A variable whose increase reduces the cost; nil at the optimum.
    func entering(byBland: Bool) -> Int? {
      let costs = cells + rows * width
      if byBland { return (0..<columns).first { costs[$0] < -1e-11 } }
      guard let least = (0..<columns).min(by: { costs[$0] < costs[$1] }), costs[least] < -1e-11 else {
        return nil
      }
      return least
    }

    /// The row whose basic variable reaches 0 first; of equal ones that with the lowest index.
    func leaving(_ column: Int) -> Int? {
      var best: (row: Int, ratio: Double)?
      for row in 0..<rows where cells[row * width + column] > 1e-11 {
        let ratio = cells[row * width + columns] / cells[row * width + column]
        if let known = best {
          guard ratio < known.ratio - 1e-13 || ratio <= known.ratio && basis[row] < basis[known.row] else {
            continue
          }
        }
        best = (row, ratio)
      }
      return best?.row
    }

    func pivot(_ row: Int, _ column: Int) {
      let pivot = cells[row * width + column]
      for place in 0..<width { cells[row * width + place] /= pivot }
      for other in 0...rows where other != row {
        let factor = cells[other * width + column]
        guard factor != 0 else { continue }
        for place in 0..<width { cells[other * width + place] -= factor * cells[row * width + place] }
      }
      basis[row] = column
    }

    func values(of range: Range<Int>) -> [Double] {
      var values = [Double](repeating: 0, count: range.count)
      for row in 0..<rows where range.contains(basis[row]) {
        values[basis[row] - range.lowerBound] = cells[row * width + columns]
      }
      return values
    }

    func reducedCosts(of range: Range<Int>) -> [Double] { range.map { cells[rows * width + $0] } }
  }
}
