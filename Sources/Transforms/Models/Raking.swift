import Platform

/// Draws some of the candidates so that the shares of every column's bins come as close as possible to given
/// ones.
///
/// Iterative proportional fitting (Deming and Stephan 1940) scales the candidates' probabilities bin by bin; the
/// result has, of all with the given shares, the smallest Kullback-Leibler divergence from equal ones. Relations
/// between columns therefore stay those of the candidates as far as the shares allow.
enum Raking {
  private static let sweeps = 30

  /// The probability with which each candidate is drawn: at most 1, and `wanted` in total.
  ///
  /// - Parameters:
  ///   - codes: for each column, the candidates' bins.
  ///   - shares: for each column, the share of each bin.
  ///   - wanted: at most the number of candidates.
  static func probabilities(_ codes: [[Int32]], shares: [[Double]], candidates: Int, wanted: Int) -> [Double]
  {
    var weights = [Double](repeating: Double(wanted) / Double(max(1, candidates)), count: candidates)
    for _ in 0..<sweeps {
      for (own, target) in zip(codes, shares) {
        var sums = [Double](repeating: 0, count: target.count)
        for (code, weight) in zip(own, weights) { sums[Int(code)] += weight }
        let factors = zip(sums, target).map { sum, share in sum > 0 ? share * Double(wanted) / sum : 0 }
        for index in weights.indices { weights[index] *= factors[Int(own[index])] }
      }
      limit(&weights, total: Double(wanted))
    }
    return weights
  }

  /// Scales weights to a total without exceeding 1. Weights of 0 are raised if the others do not suffice.
  private static func limit(_ weights: inout [Double], total: Double) {
    for _ in 0..<50 {
      var (full, rest, open) = (0.0, 0.0, 0)
      for weight in weights {
        if weight >= 1 { full += 1 } else { rest += weight }
        if weight < 1 { open += 1 }
      }
      let missing = total - full
      guard open > 0, abs(missing - rest) > 1e-9 * total else { return }
      guard rest > 1e-12 * total else {
        for index in weights.indices where weights[index] < 1 {
          weights[index] = max(0, missing) / Double(open)
        }
        return
      }
      // Weights above 1 count as 1 first; if the total is exceeded nevertheless, all are scaled down.
      let factor = missing > 0 ? missing / rest : total / (full + rest)
      for index in weights.indices {
        weights[index] = min(1, (missing > 0 && weights[index] >= 1 ? 1 : weights[index] * factor))
      }
    }
  }

  /// Draws candidates with the given probabilities by systematic sampling (Madow 1949), in random order.
  ///
  /// - Returns: `wanted` different indices, if there are as many candidates.
  static func draw(_ probabilities: [Double], wanted: Int, _ random: inout RandomStream) -> [Int] {
    var order = Array(probabilities.indices)
    random.shuffle(&order)
    var next = random.uniform()
    var sum = 0.0
    var (chosen, others) = ([Int](), [Int]())
    for index in order {
      sum += probabilities[index]
      if sum > next, chosen.count < wanted {
        chosen.append(index)
        next += 1
      } else {
        others.append(index)
      }
    }
    // Rounding may leave the last one out.
    chosen += others.prefix(max(0, wanted - chosen.count))
    return chosen
  }
}
