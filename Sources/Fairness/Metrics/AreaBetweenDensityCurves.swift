#if canImport(Glibc)
  import Glibc
#endif

extension FairnessMeasure {
  /// ∫ over 0...1 of abs(f_a(s) − f_b(s)) ds: the area between the density curves (Han et al. 2023). The
  /// densities are Gaussian kernel estimates with Scott's bandwidth σ n^(−1/5) (Scott 1992), n the weight; the
  /// integral is the trapezoidal rule over 500 steps. More than 1,000 points are first put into 1,000 bins.
  static let areaBetweenDensityCurves = distances(
    "abpc", "Area between the densities of the scores", probabilities: true, isDefault: false,
    prepare: density
  ) { first, second in
    guard let first, let second else {
      return .undefined(reason: "a group's scores are all equal, so that they have no density")
    }
    let gaps = zip(first, second).map { abs($0 - $1) }
    let inner = gaps.reduce(0, +) - ((gaps.first ?? 0) + (gaps.last ?? 0)) / 2
    return .defined(inner / Double(densitySteps))
  }

  private static let densitySteps = 500

  @Sendable private static func density(_ exact: ScoreDistribution) -> [Double]? {
    let points = exact.count > 1_000 ? exact.rebinned(1_000) : exact
    let (weights, total) = (points.weights, points.weight)
    guard let mean = points.mean, total > 1 else { return nil }
    let squares = zip(points.scores, weights).reduce(0) { $0 + $1.1 * ($1.0 - mean) * ($1.0 - mean) }
    let width = (squares / (total - 1)).squareRoot() * pow(total, -0.2)
    guard width > 0 else { return nil }
    let scale = 1 / (total * width * (2 * Double.pi).squareRoot())
    return (0...densitySteps).map { step in
      let place = Double(step) / Double(densitySteps)
      return scale
        * zip(points.scores, weights).reduce(0) { sum, point in
          let distance = (place - point.0) / width
          return sum + point.1 * exp(-distance * distance / 2)
        }
    }
  }
}
