import Platform

/// Metrics and measures with a number in their name: "ece[15]" uses 15 bins, "quantile_loss[0.9]" the
/// quantile 0.9. Without a number, the default is used.
enum Parameterized {
  static let metrics: [(name: String, standard: Double, make: @Sendable (String, Double) -> Metric?)] = [
    ("ece", 10, binned(Metric.calibrationError)),
    ("ece_equal_mass", 10, binned(Metric.equalMassCalibrationError)),
    ("max_calibration_error", 10, binned(Metric.maximumCalibrationError)),
    ("brier_reliability", 10, binned(Metric.brierReliability)),
    ("brier_resolution", 10, binned(Metric.brierResolution)),
    ("quantile_loss", 0.5, { (0...1).contains($1) ? Metric.quantileLoss($0, quantile: $1) : nil }),
  ]

  static let measures:
    [(
      name: String, standard: Double, make: @Sendable (String, Double) -> [FairnessMeasure]
    )] = [
      ("total_variation_distance", 20, binned(FairnessMeasure.totalVariation)),
      ("jensen_shannon_divergence", 20, binned(FairnessMeasure.jensenShannon)),
      ("kl_divergence", 20, binned(FairnessMeasure.kullbackLeibler)),
      (
        "quantile_disparate_impact", 0.8,
        { (0...1).contains($1) ? [FairnessMeasure.quantileDisparateImpact($0, quantile: $1)] : [] }
      ),
    ]

  private static func binned<Made>(_ make: @escaping @Sendable (String, Int) -> Made)
    -> @Sendable (String, Double) -> Made?
  {
    { name, bins in Int(exactly: bins).flatMap { (1...10_000).contains($0) ? make(name, $0) : nil } }
  }

  private static func binned(_ make: @escaping @Sendable (String, Int) -> [FairnessMeasure])
    -> @Sendable (String, Double) -> [FairnessMeasure]
  {
    { name, bins in
      // The variant that compares with all rows also has its number at the end of the name.
      let number = name.firstIndex(of: "[").map { String(name[$0...]) } ?? ""
      return Int(exactly: bins).flatMap { count in
        (1...10_000).contains(count)
          ? make(String(name.prefix { $0 != "[" }), count).map { $0.renamed($0.name + number) } : nil
      } ?? []
    }
  }

  /// The base and the number of "base[number]".
  static func parts(of name: String) -> (base: String, number: Double)? {
    guard name.hasSuffix("]"), let open = name.firstIndex(of: "["),
      let number = Double(name[name.index(after: open)...].dropLast())
    else { return nil }
    return (String(name[..<open]), number)
  }

  /// The metric for a name with a number; nil if the name is unknown or the number is not accepted.
  static func metric(_ name: String) -> Metric? {
    guard let (base, number) = parts(of: name) else { return nil }
    return metrics.first { $0.name == base }?.make(name, number)
  }

  /// The measure for a name with a number; nil if the name is unknown or the number is not accepted.
  static func measure(_ name: String) -> FairnessMeasure? {
    guard let (base, number) = parts(of: name) else { return nil }
    for family in measures where base.hasPrefix(family.name) {
      let found = family.make("\(family.name)\(name.dropFirst(base.count))", number)
      if let measure = found.first(where: { $0.name == name }) { return measure }
    }
    return nil
  }
}

extension Metric {
  static let withNumbers = Parameterized.metrics.compactMap { $0.make($0.name, $0.standard) }
}

extension FairnessMeasure {
  static let withNumbers = Parameterized.measures.flatMap { $0.make($0.name, $0.standard) }
}
