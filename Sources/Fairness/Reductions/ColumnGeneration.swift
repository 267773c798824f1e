/// Solves a reduction with few trainings: the best mixture of the known predictors gives multipliers, the learner
/// answers them with a new predictor, and so on until no answer improves the mixture (Dantzig and Wolfe 1960;
/// Cotter, Jiang and Sridharan 2019, section 4.2, shrink mixtures by the same program).
public struct ColumnGeneration: Sendable {
  /// The maximum number of trainings.
  public var trainings = 12
  /// The maximum sum of the multipliers.
  public var bound = 4.0
  /// The improvement of the Lagrangian below which the method ends.
  public var accuracy = 1e-3

  public init() {}

  /// - Parameters:
  ///   - known: the predictor from which the method starts, such as that without constraints.
  ///   - learn: finds a predictor for given multipliers and measures it.
  ///   - accept: called after each predictor that is used.
  /// - Returns: the probability of each predictor: of the known one, then of the accepted ones.
  /// - Throws: what `learn` and `accept` throw.
  public func solve(
    _ problem: ReductionProblem, known: ReductionAnswer,
    learn: @escaping ([Double]) throws -> ReductionAnswer,
    accept: @escaping () throws -> Void
  ) throws -> [Double] {
    let lagrangian = Lagrangian(problem, bound: bound, known: [known], learn: learn, accept: accept)
    for _ in 0..<trainings {
      let multipliers = try lagrangian.program().multipliers
      guard multipliers.contains(where: { $0 > 0 }) else { break }
      let count = lagrangian.predictors.count
      _ = try lagrangian.best(multipliers, gain: accuracy)
      if lagrangian.predictors.count == count { break }
    }
    return try lagrangian.program().mixture
  }
}
