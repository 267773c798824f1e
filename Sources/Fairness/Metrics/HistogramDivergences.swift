#if canImport(Glibc)
  import Glibc
#endif

extension FairnessMeasure {
  /// The bins over 0...1 in which densities of scores are compared; "name[50]" has 50.
  static let divergenceBins = 20

  /// ½ Σ abs(p − q) over the shares of two groups' scores in equal bins: total variation.
  @Sendable static func totalVariation(_ name: String, bins: Int) -> [FairnessMeasure] {
    distances(
      name, "Total variation of the scores in \(bins) bins", probabilities: true,
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
      name, "Jensen-Shannon divergence of the scores in \(bins) bins", probabilities: true,
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

  /// Σ p ln(p / q) in nats, of the worse of the two directions (Kullback and Leibler 1951). Half a row is
  /// added to every bin, so that an empty bin does not make it infinite.
  @Sendable static func kullbackLeibler(_ name: String, bins: Int) -> [FairnessMeasure] {
    distances(
      name, "Kullback-Leibler divergence of the scores in \(bins) bins", probabilities: true,
      isDefault: false, prepare: { $0.histogram(bins: bins, smoothing: 0.5) }
    ) { p, q in
      let forward = zip(p, q).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
      return .defined(max(forward, zip(q, p).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }))
    }
  }
}
