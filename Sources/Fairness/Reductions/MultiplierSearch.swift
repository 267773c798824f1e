/// Grid search: one predictor for each point of a grid of multipliers; the result is the best of them.
public struct MultiplierSearch: Sendable {
  /// The least number of points.
  public var size = 25
  /// The largest sum of the multipliers; nil: in every direction, the multiplier from which on no label has an effect.
  public var limit: Double?

  public init() {}

  /// - Parameters:
  ///   - learn: finds a predictor for given multipliers and measures it.
  ///   - accept: called after each point.
  /// - Returns: the multipliers of each point and its predictor; `ReductionAnswer.best` finds the best.
  /// - Throws: what `learn` throws.
  public func solve(
    _ problem: ReductionProblem, learn: (_ multipliers: [Double]) throws -> ReductionAnswer,
    accept: () throws -> Void
  ) throws -> [(multipliers: [Double], answer: ReductionAnswer)] {
    let grid = MultiplierGrid(problem, size: size, limit: limit)
    var points: [(multipliers: [Double], answer: ReductionAnswer)] = []
    for multipliers in grid.points {
      points.append((multipliers, try learn(multipliers)))
      try accept()
    }
    return points
  }
}
