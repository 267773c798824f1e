/// The Lagrangian of a reduction over the predictors that a learner has found so far (Agarwal et al. 2018,
/// sections 3.1 and 3.2):
///
///     L(Q, λ) = error(Q) + Σ λ(j) · excess(j, Q)      λ ≥ 0, Σ λ ≤ B
///
/// The algorithms follow Fairlearn in every choice that the paper leaves open, so that the same learner gives
/// the same multipliers and mixtures.
final class Lagrangian {
  /// The values between which the optimum of the saddle point lies.
  struct Bounds {
    let value: Double
    var low: Double
    let high: Double
    var gap: Double { max(value - low, high - value) }
  }

  /// Differences below this count as none.
  static let precision = 1e-8

  private let problem: ReductionProblem
  private let bound: Double
  private let learn: ([Double]) throws -> ReductionAnswer
  private let accept: () throws -> Void
  /// The multipliers that the learner has answered; its answers are among the predictors, or no better than these.
  private var answered = Set<[Double]>()
  /// The known predictors, then those that were kept.
  private(set) var predictors: [ReductionAnswer]

  /// - Parameters:
  ///   - bound: B, the maximum sum of the multipliers.
  ///   - known: predictors that were found before.
  ///   - learn: finds a predictor with a small Lagrangian for given multipliers.
  ///   - accept: called when the predictor that `learn` found last is kept.
  init(
    _ problem: ReductionProblem, bound: Double, known: [ReductionAnswer] = [],
    learn: @escaping ([Double]) throws -> ReductionAnswer, accept: @escaping () throws -> Void
  ) {
    (self.problem, self.bound, self.learn, self.accept) = (problem, bound, learn, accept)
    predictors = known
  }

  /// The index of the best known predictor for some multipliers, after the learner was asked for a better one.
  ///
  /// - Parameter gain: a predictor is kept only if it makes the Lagrangian smaller by this much.
  func best(_ multipliers: [Double], gain: Double = Lagrangian.precision) throws -> Int {
    let known = predictors.indices.min { value($0, multipliers) < value($1, multipliers) }
    let isNew = answered.insert(multipliers).inserted
    if let known, !isNew { return known }
    let found = try learn(multipliers)
    if let known, value(found, multipliers) >= value(known, multipliers) - gain { return known }
    predictors.append(found)
    try accept()
    return predictors.count - 1
  }

  /// Where the optimum lies, given a mixture of the predictors and multipliers. Larger multiples of the
  /// multipliers may find a better answer of the learner.
  ///
  /// - Parameter accuracy: the search ends once the gap is above it.
  func bounds(_ mixture: [Double], _ multipliers: [Double], accuracy: Double) throws -> Bounds {
    func combined(_ number: (ReductionAnswer) -> Double) -> Double {
      zip(mixture, predictors).reduce(0) { $0 + $1.0 * number($1.1) }
    }
    let own = problem.reduced(multipliers)
    let value = combined { self.value($0, own) }
    let worst = own.indices.map { index in combined { $0.excesses[index] } }.max() ?? 0
    let error = combined(\.error)
    var bounds = Bounds(value: value, low: value, high: error + max(worst, 0) * bound)
    for factor in [1.0, 2.0, 5.0, 10.0] {
      let answer = try best(multipliers.map { factor * $0 })
      bounds.low = min(bounds.low, self.value(answer, own))
      if bounds.gap > accuracy + Self.precision { break }
    }
    return bounds
  }

  /// The best mixture of the known predictors, and its multipliers.
  func program() throws -> MixtureProgram {
    try MixtureProgram(
      errors: predictors.map(\.error), excesses: predictors.map(\.excesses), bound: bound)
  }

  private func value(_ predictor: Int, _ multipliers: [Double]) -> Double {
    value(predictors[predictor], multipliers)
  }

  private func value(_ predictor: ReductionAnswer, _ multipliers: [Double]) -> Double {
    zip(multipliers, predictor.excesses).reduce(predictor.error) { $0 + $1.0 * $1.1 }
  }
}
