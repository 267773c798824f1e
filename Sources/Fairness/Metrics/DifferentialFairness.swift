#if canImport(Glibc)
  import Glibc
#endif

extension FairnessMeasure {
  /// ε = max over pairs of groups and both outcomes of |ln p − ln p'| with the smoothed selection rate
  /// p = (selected + ½) / (rows + 1) (Foulds et al. 2020, with a Dirichlet concentration of 1; AIF360 0.6).
  static let smoothedDifferentialFairness = FairnessMeasure(
    "smoothed_empirical_differential_fairness",
    "Largest log ratio between groups of the smoothed chance of an outcome.", reads: .binaryDecisions,
    needsLabels: false
  ) { epsilon($0, of: \.selected) }

  /// ε of the decisions minus ε of the labels (Foulds et al. 2020): above 0, the model adds
  /// unfairness to that of its data.
  static let differentialFairnessBiasAmplification = FairnessMeasure(
    "differential_fairness_bias_amplification",
    "Differential fairness of the decisions minus that of the labels.", reads: .binaryDecisions,
    isSigned: true
  ) { frame in
    let (decisions, labels) = (epsilon(frame, of: \.selected), epsilon(frame, of: \.positives))
    return [decisions, labels].aggregated { $0[0] - $0[1] }
  }

  private static func epsilon(_ frame: GroupFrame, of outcome: (ConfusionSums) -> Double) -> MetricValue {
    let rates = frame.groups.compactMap(\.confusion).filter { $0.total > 0 }.map {
      (outcome($0) + 0.5) / ($0.total + 1)
    }
    guard rates.count > 1, let least = rates.min(), let most = rates.max() else {
      return Gaps.tooFew(rates.count)
    }
    return .defined(max(log(most / least), log((1 - least) / (1 - most))))
  }
}
