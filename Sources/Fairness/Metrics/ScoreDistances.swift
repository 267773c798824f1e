#if canImport(Glibc)
  import Glibc
#endif

/// Distances between the groups' distributions of scores.
extension FairnessMeasure {
  typealias Distance = @Sendable (ScoreDistribution, ScoreDistribution) -> MetricValue

  /// Two measures from a distance between distributions: the worst pair of groups, and the worst group
  /// compared with all rows.
  ///
  /// - Parameters:
  ///   - range: the range of the distance.
  ///   - predictions: whether there are also measures, with the same names, of the predictions of a
  ///     regression.
  ///   - needsLabels: whether the distance reads the labels.
  ///   - prepare: computes what the distance reads; called once for each group.
  static func distances<Prepared>(
    _ name: String, _ what: String, in range: ClosedRange<Double>, predictions: Bool = false,
    probabilities: Bool = false,
    isDefault: Bool = true, needsLabels: Bool = false,
    prepare: @escaping @Sendable (ScoreDistribution) -> Prepared,
    _ distance: @escaping @Sendable (Prepared, Prepared) -> MetricValue
  ) -> [FairnessMeasure] {
    (predictions ? [Input.distribution, .predictions] : [.distribution]).flatMap { input in
      [
        FairnessMeasure(
          name, "\(what), of the two groups that differ most.", reads: input, in: range,
          isDefault: isDefault, needsLabels: needsLabels
        ) { $0.worstPair(probabilities: probabilities, prepare: prepare, distance) },
        FairnessMeasure(
          "\(name)_to_overall", "\(what), of the group that differs most from all rows.", reads: input,
          in: range,
          isDefault: false, needsLabels: needsLabels
        ) { $0.worstToOverall(probabilities: probabilities, prepare: prepare, distance) },
      ]
    }
  }

  static func distances(
    _ name: String, _ what: String, in range: ClosedRange<Double>, predictions: Bool = false,
    probabilities: Bool = false,
    isDefault: Bool = true, _ distance: @escaping Distance
  ) -> [FairnessMeasure] {
    distances(
      name, what, in: range, predictions: predictions, probabilities: probabilities, isDefault: isDefault,
      prepare: { $0 }, distance)
  }
}

/// Distances between distribution functions, densities and curves.
extension FairnessMeasure {
  /// max over s of |F_a(s) − F_b(s)|, where F is the distribution function of a group's scores (Kolmogorov
  /// 1933, Smirnov 1939): demographic parity at the worst threshold (strong demographic parity).
  static let kolmogorovSmirnov = distances(
    "ks_distance", "Kolmogorov-Smirnov distance of the scores", in: .share, predictions: true,
    kolmogorovSmirnovDistance)

  @Sendable static func kolmogorovSmirnovDistance(_ a: ScoreDistribution, _ b: ScoreDistribution)
    -> MetricValue
  {
    var (difference, largest) = (0.0, 0.0)
    ScoreDistribution.walk(a, b) { _, first, second in
      difference += first - second
      largest = max(largest, abs(difference))
    }
    return .defined(min(largest, 1))
  }

  /// ∫ abs(F_a(s) − F_b(s)) ds: the mean amount by which scores must move to make two groups' distributions
  /// equal (Wasserstein-1; Jiang et al. 2020, "Wasserstein Fair Classification").
  static let wasserstein = distances(
    "wasserstein_distance", "Wasserstein-1 distance of the scores", in: .notNegative, predictions: true,
    wassersteinDistance)

  @Sendable static func wassersteinDistance(_ a: ScoreDistribution, _ b: ScoreDistribution) -> MetricValue {
    var (difference, sum) = (0.0, 0.0)
    var last: Double?
    ScoreDistribution.walk(a, b) { score, first, second in
      if let last { sum += abs(difference) * (score - last) }
      last = score
      difference += first - second
    }
    return .defined(sum)
  }

  /// ∫ over 0...1 of |F_a(s) − F_b(s)| ds: the area between the cumulative curves (Han et al. 2023, "Retiring
  /// ΔDP"); for probabilities it equals the Wasserstein-1 distance.
  static let areaBetweenCumulativeCurves = distances(
    "abcc", "Area between the distribution functions of the scores", in: .share, probabilities: true,
    isDefault: false,
    wassersteinDistance)

  /// ∫ over 0...1 of |f_a(s) − f_b(s)| ds: the area between the density curves (Han et al. 2023). The
  /// densities are Gaussian kernel estimates with Scott's bandwidth σ n^(−1/5) (Scott 1992), where n is the
  /// weight. The integral is computed by the trapezoidal rule with 500 steps. More than 1,000 points are
  /// first put into 1,000 bins.
  static let areaBetweenDensityCurves = distances(
    "abpc", "Area between the densities of the scores", in: .notNegative, probabilities: true,
    isDefault: false,
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

  /// ABROCA: ∫ |ROC_a − ROC_b| over the false positive rate (Gardner, Brooks and Baker 2019), exact for
  /// piecewise linear curves.
  static let areaBetweenROC = distances(
    "abroca", "Area between the ROC curves", in: .share, needsLabels: true, prepare: { ReceiverCurve($0) }
  ) { first, second in
    guard let first, let second else {
      return .undefined(reason: "a group has only one label")
    }
    return .defined(ReceiverCurve.areaBetween(first, second))
  }
}

/// Distances between histograms.
extension FairnessMeasure {
  /// The default number of bins over 0...1 for densities of scores; "name[50]" uses 50.
  static let divergenceBins = 20

  /// ½ Σ |p − q| over the shares of two groups' scores in equal bins: total variation.
  @Sendable static func totalVariation(_ name: String, bins: Int) -> [FairnessMeasure] {
    distances(
      name, "Total variation of the scores in \(bins) bins", in: .share, probabilities: true,
      prepare: { $0.histogram(bins: bins) }
    ) { a, b in
      .defined(
        zip(a, b).reduce(0) { $0 + abs($1.0 - $1.1) } / 2)
    }
  }

  /// ½ KL(p, m) + ½ KL(q, m) with m = (p + q) / 2, in bits: 0 to 1 (Lin 1991). SciPy's `jensenshannon` is its
  /// square root.
  @Sendable static func jensenShannon(_ name: String, bins: Int) -> [FairnessMeasure] {
    distances(
      name, "Jensen-Shannon divergence of the scores in \(bins) bins", in: .share, probabilities: true,
      prepare: { $0.histogram(bins: bins) }
    ) { a, b in
      .defined(
        zip(a, b).reduce(0) { sum, pair in
          let middle = (pair.0 + pair.1) / 2
          func part(_ share: Double) -> Double { share > 0 ? share * log2(share / middle) : 0 }
          return sum + (part(pair.0) + part(pair.1)) / 2
        })
    }
  }

  /// Σ p ln(p / q) in nats; the larger of the two directions (Kullback and Leibler 1951). Half a row is added
  /// to every bin, so that an empty bin does not give infinity.
  @Sendable static func kullbackLeibler(_ name: String, bins: Int) -> [FairnessMeasure] {
    distances(
      name, "Kullback-Leibler divergence of the scores in \(bins) bins", in: .notNegative,
      probabilities: true,
      isDefault: false, prepare: { $0.histogram(bins: bins, smoothing: 0.5) }
    ) { p, q in
      let forward = zip(p, q).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
      return .defined(max(forward, zip(q, p).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }))
    }
  }
}
