import Platform

#if canImport(Glibc)
  import Glibc
#endif

/// The modes of a column of numbers: a mixture of normal distributions, fitted by expectation maximization
/// (Dempster, Laird and Rubin 1977). The number of modes is the one with the lowest Bayesian information
/// criterion (Schwarz 1978); the modes with the smallest weights are removed one after another, from
/// `maximum` on.
///
/// Mode-specific normalization (Xu et al. 2019, section 4.2) writes a number as its mode k and its place in
/// the mode, (x − mean_k) / (4 · deviation_k), limited to −1 … 1.
struct ModeMixture {
  struct Mode {
    var weight: Double
    var mean: Double
    var deviation: Double
  }
  private(set) var modes: [Mode] = []

  static let maximum = 10
  private static let iterations = 30

  /// - Parameter numbers: finite; at least one.
  init(_ numbers: [Double]) {
    let sorted = numbers.sorted()
    let count = Double(max(1, sorted.count))
    let mean = sorted.reduce(0) { $0 + $1 / count }
    let spread = (sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) / count }).squareRoot()
    guard spread > 0, spread.isFinite else {
      modes = [Mode(weight: 1, mean: mean, deviation: 1)]
      return
    }
    var current = Self.starts(sorted).map {
      Mode(weight: 1, mean: $0, deviation: spread)
    }
    for place in current.indices {
      current[place].weight /= Double(current.count)
      current[place].deviation /= Double(current.count)
    }
    var lowest = Double.infinity
    while !current.isEmpty {
      let likelihood = Self.fit(&current, sorted, least: 1e-3 * spread)
      let criterion = Double(3 * current.count - 1) * log(count) - 2 * likelihood
      if criterion < lowest { (lowest, modes) = (criterion, current) }
      guard let smallest = current.indices.min(by: { current[$0].weight < current[$1].weight }) else { break }
      current.remove(at: smallest)
      let rest = current.reduce(0) { $0 + $1.weight }
      for place in current.indices { current[place].weight /= max(rest, 1e-300) }
    }
    if modes.isEmpty { modes = [Mode(weight: 1, mean: mean, deviation: spread)] }
  }

  /// Quantiles of the numbers. Equal numbers would start several modes at the same place, where they stay
  /// together: instead of their copies, quantiles of the different numbers are taken.
  private static func starts(_ sorted: [Double]) -> [Double] {
    func quantiles(_ numbers: [Double], _ count: Int) -> [Double] {
      (0..<count).map { numbers[min(numbers.count - 1, (2 * $0 + 1) * numbers.count / (2 * count))] }
    }
    var starts = Set(quantiles(sorted, maximum))
    var different: [Double] = []
    for number in sorted where number != different.last { different.append(number) }
    for number in quantiles(different, maximum) where starts.count < maximum { starts.insert(number) }
    return starts.sorted()
  }

  /// - Returns: the logarithm of the likelihood.
  private static func fit(_ modes: inout [Mode], _ numbers: [Double], least: Double) -> Double {
    var likelihood = -Double.infinity
    var shares = [Double](repeating: 0, count: modes.count)
    for _ in 0..<iterations {
      var (weights, sums, squares) = (
        shares.map { _ in 0.0 }, shares.map { _ in 0.0 }, shares.map { _ in 0.0 }
      )
      var total = 0.0
      for number in numbers {
        total += responsibilities(of: number, modes, &shares)
        for k in modes.indices {
          let difference = number - modes[k].mean
          weights[k] += shares[k]
          sums[k] += shares[k] * difference
          squares[k] += shares[k] * difference * difference
        }
      }
      for k in modes.indices where weights[k] > 1e-9 {
        let shift = sums[k] / weights[k]
        modes[k] = Mode(
          weight: max(weights[k] / Double(numbers.count), 1e-12), mean: modes[k].mean + shift,
          deviation: max(least, max(0, squares[k] / weights[k] - shift * shift).squareRoot()))
      }
      let gain = total - likelihood
      likelihood = total
      if gain < 1e-6 * total.magnitude { break }
    }
    return likelihood
  }

  /// Writes the probabilities of a number's modes to `shares`.
  ///
  /// - Returns: the logarithm of the density at the number.
  @discardableResult
  private static func responsibilities(of number: Double, _ modes: [Mode], _ shares: inout [Double]) -> Double
  {
    var largest = -Double.infinity
    for (k, mode) in modes.enumerated() {
      let place = (number - mode.mean) / mode.deviation
      shares[k] = log(mode.weight / mode.deviation) - 0.5 * place * place
      largest = max(largest, shares[k])
    }
    var sum = 0.0
    for k in modes.indices {
      shares[k] = exp(shares[k] - largest)
      sum += shares[k]
    }
    for k in modes.indices { shares[k] /= sum }
    return largest + log(sum) - 0.5 * log(2 * .pi)
  }

  /// A mode of a number, drawn by the probabilities of its modes, and the number's place in it.
  func normalized(_ number: Double, _ random: inout RandomStream) -> (mode: Int, place: Double) {
    var shares = [Double](repeating: 0, count: modes.count)
    Self.responsibilities(of: number, modes, &shares)
    var rest = random.uniform()
    var chosen = modes.count - 1
    for (k, share) in shares.enumerated() {
      rest -= share
      if rest < 0 {
        chosen = k
        break
      }
    }
    let mode = modes[chosen]
    return (chosen, min(max((number - mode.mean) / (4 * mode.deviation), -1), 1))
  }

  func number(mode: Int, place: Double) -> Double {
    let mode = modes[min(max(0, mode), modes.count - 1)]
    return mode.mean + 4 * mode.deviation * place
  }
}
