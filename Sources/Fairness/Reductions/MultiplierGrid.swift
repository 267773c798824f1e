/// Multipliers on a regular grid, for grid search (Agarwal et al. 2018, section 3.4). The directions are those of
/// a basis of the constraints: for two groups, one difference, which may be pushed either way.
struct MultiplierGrid {
  /// One list for each point; each has one multiplier for each inequality.
  let points: [[Double]]

  /// - Parameters:
  ///   - size: the least number of points.
  ///   - limit: the largest sum of the multipliers' magnitudes; nil: in every direction, the multiplier from which on
  ///     no label has an effect.
  init(_ problem: ReductionProblem, size: Int, limit: Double?) {
    let inequalities = problem.inequalities
    // For each direction, the inequality that pushes it up and the one that pushes it down.
    var directions: [(up: Int, down: Int?)] = []
    for (index, inequality) in inequalities.enumerated() where inequality.isBasic {
      guard let opposite = inequality.opposite else {
        directions.append((index, nil))
        continue
      }
      if opposite > index { directions.append((index, opposite)) }
    }
    var units = 0
    var steps = Self.steps(directions.map { $0.down != nil }, units: units)
    while steps.count < size, !directions.isEmpty {
      units += 1
      steps = Self.steps(directions.map { $0.down != nil }, units: units)
    }
    points = steps.map { steps in
      var point = [Double](repeating: 0, count: inequalities.count)
      for (direction, step) in zip(directions, steps) {
        let unit = (limit ?? problem.overridingMultiplier(direction.up)) / Double(max(units, 1))
        if step >= 0 { point[direction.up] = Double(step) * unit }
        if step < 0, let down = direction.down { point[down] = Double(-step) * unit }
      }
      return point
    }
  }

  /// The integer points whose magnitudes sum to at most `units`, in ascending order.
  private static func steps(_ mayBeNegative: [Bool], units: Int) -> [[Int]] {
    guard let first = mayBeNegative.first else { return [[]] }
    let rest = Array(mayBeNegative.dropFirst())
    return ((first ? -units : 0)...units).flatMap { step in
      steps(rest, units: units - abs(step)).map { [step] + $0 }
    }
  }
}
