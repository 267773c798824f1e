/// A predictor that a learner found for given multipliers, measured on the training rows.
public struct ReductionAnswer: Sendable {
  /// The rate of wrong decisions, or the mean loss.
  public let error: Double
  /// The standard deviation of the rows' errors or losses.
  public let spread: Double
  /// The excess over the bound of each constraint.
  public let excesses: [Double]

  public init(error: Double, spread: Double, excesses: [Double]) {
    (self.error, self.spread, self.excesses) = (error, spread, excesses)
  }

  /// The index of the best of several predictors: of those within all bounds the one with the smallest error; if
  /// there is none, the one with the smallest excess.
  ///
  /// - Parameter limit: predictors with a larger error are chosen only if there are no others.
  public static func best(of answers: [ReductionAnswer], noWorseThan limit: Double = .infinity) -> Int {
    func rank(_ answer: ReductionAnswer) -> (wrecked: Int, excess: Double, error: Double) {
      (answer.error > limit + 1e-9 ? 1 : 0, max(answer.excesses.max() ?? 0, 0), answer.error)
    }
    return answers.indices.min { rank(answers[$0]) < rank(answers[$1]) } ?? 0
  }
}
