/// The Lagrangian of a reduction over the predictors that a learner has found so far (Agarwal et al. 2018,
/// sections 3.1 and 3.2):
///
///     L(Q, λ) = error(Q) + Σ λ(j) · excess(j, Q)      λ ≥ 0, Σ λ ≤ B
///
/// The algorithms follow Fairlearn in every choice that the paper leaves open, so that the same learner gives
/// the same multipliers and mixtures.
final class Lagrangian {
  /// A predictor that a learner found: its error, and its excess over the bound of each constraint.
  struct Predictor {
    let error: Double
    let excesses: [Double]
  }

  /// The values between which the optimum of the saddle point lies.
  struct Bounds {
    let value: Double
    var low: Double
    let high: Double
    var gap: Double { max(value - low, high - value) }
  }

  /// Differences below this count as none.
  static let precision = 1e-8

  private let bound: Double
  private let reduced: ([Double]) -> [Double]
  private let learn: ([Double]) throws -> Predictor
  private let accept: (Int) throws -> Void
  private(set) var predictors: [Predictor] = []

  /// - Parameters:
  ///   - bound: B, the maximum sum of the multipliers.
  ///   - reduced: multipliers with the same costs and a larger Lagrangian.
  ///   - learn: finds a predictor with a small Lagrangian for given multipliers.
  ///   - accept: called when the predictor that `learn` found last is kept, with its index.
  init(
    bound: Double, reduced: @escaping ([Double]) -> [Double], learn: @escaping ([Double]) throws -> Predictor,
    accept: @escaping (Int) throws -> Void
  ) {
    (self.bound, self.reduced, self.learn, self.accept) = (bound, reduced, learn, accept)
  }

  /// The index of the best known predictor for some multipliers, after the learner was asked for a better one.
  func best(_ multipliers: [Double]) throws -> Int {
    let found = try learn(multipliers)
    let known = predictors.indices.min { value($0, multipliers) < value($1, multipliers) }
    if let known, value(found, multipliers) >= value(known, multipliers) - Self.precision { return known }
    predictors.append(found)
    try accept(predictors.count - 1)
    return predictors.count - 1
  }

  /// Where the optimum lies, given a mixture of the predictors and multipliers. Larger multiples of the
  /// multipliers may find a better answer of the learner.
  ///
  /// - Parameter accuracy: the search ends once the gap is above it.
  func bounds(_ mixture: [Double], _ multipliers: [Double], accuracy: Double) throws -> Bounds {
    func combined(_ number: (Predictor) -> Double) -> Double {
      zip(mixture, predictors).reduce(0) { $0 + $1.0 * number($1.1) }
    }
    let own = reduced(multipliers)
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

  private func value(_ predictor: Predictor, _ multipliers: [Double]) -> Double {
    zip(multipliers, predictor.excesses).reduce(predictor.error) { $0 + $1.0 * $1.1 }
  }
}
