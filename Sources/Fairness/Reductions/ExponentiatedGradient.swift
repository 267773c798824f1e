#if canImport(Glibc)
  import Glibc
#endif

/// Exponentiated gradient (Agarwal et al. 2018, algorithm 1): the multipliers grow where the predictors found so
/// far violate a constraint, and a learner answers each of them. The result is a mixture of the answers.
///
///     var method = ExponentiatedGradient()
///     method.steps = 20
///     let solution = try method.solve(problem) { multipliers in try learner.learn(problem.costs(multipliers)) }
public struct ExponentiatedGradient: Sendable {
  /// B, the maximum sum of the multipliers.
  public var bound = 100.0
  /// The maximum number of steps.
  public var steps = 50
  /// The gap between the bounds of the optimum at which the method ends; nil: half a standard error of the
  /// first predictor's error.
  public var accuracy: Double?
  /// The first step's size, in units of 1 / B.
  public var stepSize = 2.0
  /// Whether the best mixture of the predictors found so far is computed in every step, as a linear program.
  public var usesProgram = true

  public init() {}

  /// The method does not end before this step, whose number is counted from 0.
  private static let leastStep = 5
  /// The step size is multiplied by `shrinking` at checks whose distance grows by a factor, unless the gap has
  /// decreased by the same share.
  private static let firstCheck = 5.0
  private static let checkGrowth = 1.6
  private static let shrinking = 0.8

  /// - Parameters:
  ///   - learn: finds a predictor for given multipliers and measures it.
  ///   - accept: called when the predictor that `learn` found last is kept.
  /// - Throws: what `learn` and `accept` throw.
  public func solve(
    _ problem: ReductionProblem, learn: @escaping ([Double]) throws -> ReductionAnswer,
    accept: @escaping () throws -> Void
  ) throws -> ReductionSolution {
    let lagrangian = Lagrangian(problem, bound: bound, learn: learn, accept: accept)
    var logits = [Double](repeating: 0, count: problem.constraintCount)
    var sum = logits
    var counts: [Double] = []
    var size = stepSize / bound
    var gaps: [Double] = []
    var (lastCheck, lastGap) = (Self.firstCheck, Double.infinity)
    var best: (gap: Double, solution: ReductionSolution)?
    for step in 0..<max(steps, 1) {
      let multipliers = self.multipliers(logits)
      for index in sum.indices { sum[index] += multipliers[index] }
      let answer = try lagrangian.best(multipliers)
      while counts.count < lagrangian.predictors.count { counts.append(0) }
      counts[answer] += 1
      let accuracy =
        self.accuracy
        ?? 0.5 * lagrangian.predictors[0].spread / Double(max(problem.rows, 1)).squareRoot()
      let mean = sum.map { $0 / Double(step + 1) }
      let mixture = counts.map { $0 / Double(step + 1) }
      let gap = try lagrangian.bounds(mixture, mean, accuracy: accuracy).gap
      gaps.append(gap)
      var found = (gap: gap, mixture: mixture, multipliers: mean)
      if step > 0, usesProgram {
        let program = try lagrangian.program()
        let gap = try lagrangian.bounds(program.mixture, program.multipliers, accuracy: accuracy).gap
        if gap <= found.gap { found = (gap, program.mixture, program.multipliers) }
      }
      if best.map({ found.gap <= $0.gap + Lagrangian.precision }) ?? true {
        best = (
          min(found.gap, best?.gap ?? .infinity),
          ReductionSolution(
            mixture: found.mixture, multipliers: found.multipliers, gap: found.gap, steps: step + 1)
        )
      }
      if found.gap < accuracy, step >= Self.leastStep { break }
      if Double(step) >= lastCheck * Self.checkGrowth {
        let smallest = gaps.min() ?? gap
        if smallest > lastGap * Self.shrinking { size *= Self.shrinking }
        (lastCheck, lastGap) = (Double(step), smallest)
      }
      for index in logits.indices { logits[index] += size * lagrangian.predictors[answer].excesses[index] }
    }
    guard let best else {
      return ReductionSolution(mixture: [1], multipliers: logits, gap: .nan, steps: 0)
    }
    return best.solution
  }

  /// λ(j) = B e^θ(j) / (1 + Σ e^θ)
  private func multipliers(_ logits: [Double]) -> [Double] {
    let largest = max(logits.max() ?? 0, 0)
    let powers = logits.map { exp($0 - largest) }
    let total = exp(-largest) + powers.reduce(0, +)
    return powers.map { bound * $0 / total }
  }
}

/// The result of exponentiated gradient.
public struct ReductionSolution: Sendable {
  /// The probability of each accepted predictor, in the order of their acceptance; later ones have none.
  public let mixture: [Double]
  public let multipliers: [Double]
  /// The largest distance from the optimum that the mixture may have, in error or in violation times B.
  public let gap: Double
  /// The number of steps until the solution was found.
  public let steps: Int
}
