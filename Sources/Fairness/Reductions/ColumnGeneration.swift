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
    var predictors = [known]
    func program() throws -> MixtureProgram {
      try MixtureProgram(
        errors: predictors.map(\.error), excesses: predictors.map(\.excesses), bound: bound)
    }
    func value(_ predictor: ReductionAnswer, _ multipliers: [Double]) -> Double {
      zip(multipliers, predictor.excesses).reduce(predictor.error) { $0 + $1.0 * $1.1 }
    }
    for _ in 0..<trainings {
      let multipliers = try program().multipliers
      guard multipliers.contains(where: { $0 > 0 }) else { break }
      let answer = try learn(multipliers)
      let best = predictors.map { value($0, multipliers) }.min() ?? .infinity
      guard value(answer, multipliers) < best - accuracy else { break }
      predictors.append(answer)
      try accept()
    }
    return try program().mixture
  }
}
