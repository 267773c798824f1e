import Platform

/// Thresholds for groups of which only probabilities are known: the threshold of a row is the mean of the groups'
/// thresholds, weighted by the row's probabilities. If a row's group is known, its probability is 1, and this is a
/// threshold by group.
///
/// The form follows from the objective: with calibrated scores, the decisions that are best for a linear objective under
/// a bound on the weighted estimate of the gap of selection rates (Chen et al. 2019) have a threshold that is linear in
/// the probabilities, by Lagrange multipliers, as in Hardt, Price and Srebro 2016 for known groups.
public struct BlendedThresholds: Equatable, Sendable {
  /// The finite threshold of each group.
  public let thresholds: [Double]

  public init(_ thresholds: [Double]) { self.thresholds = thresholds }

  /// - Parameter shares: the probability of each group, with the sum 1.
  @inline(__always)
  public func isPositive(_ score: Float, shares: UnsafePointer<Double>) -> Bool {
    var threshold = 0.0
    for (group, own) in thresholds.enumerated() { threshold += shares[group] * own }
    return score >= Float(threshold)
  }
}

/// The search for the thresholds of groups of which only probabilities are known.
public struct BlendedThresholdSearch {
  /// A choice of thresholds.
  public struct Outcome: Sendable {
    public let thresholds: BlendedThresholds
    /// The largest difference between the weighted estimates of two groups' rates.
    public let gap: Double
    /// The objective.
    public let value: Double
    /// The weighted estimates of each group, in the order of the rates.
    public let rates: [[Double]]
  }

  private let scores: [Float]
  private let labels: [Bool]
  /// Row-major (rows, groups).
  private let shares: [Double]
  private let weights: [Double]?
  private let groups: Int
  private let rates: [ThresholdRate]
  private let worth: (gain: Double, loss: Double)
  /// For each group, the weights of positive and of negative rows.
  private let totals: [(positives: Double, negatives: Double)]

  /// - Parameters:
  ///   - scores: finite.
  ///   - shares: row-major (rows, groups), each row with the sum 1.
  ///   - rates: linear; their gaps are bounded.
  ///   - worth: the gain per true positive and the loss per false positive.
  public init(
    scores: [Float], labels: [Bool], shares: [Double], groups: Int, weights: [Double]?,
    rates: [ThresholdRate],
    worth: (gain: Double, loss: Double)
  ) {
    (self.scores, self.labels, self.shares, self.groups) = (scores, labels, shares, groups)
    (self.weights, self.rates, self.worth) = (weights, rates, worth)
    var totals = [(positives: Double, negatives: Double)](repeating: (0, 0), count: groups)
    for row in labels.indices {
      for group in 0..<groups {
        let own = (weights?[row] ?? 1) * shares[row * groups + group]
        if labels[row] { totals[group].positives += own } else { totals[group].negatives += own }
      }
    }
    self.totals = totals
  }

  /// The first group for which a rate is not defined; nil if all are.
  public var undefined: Int? {
    totals.indices.first { group in
      rates.contains {
        $0.value(
          truePositives: 0, falsePositives: 0, positives: totals[group].positives,
          negatives: totals[group].negatives) == nil
      }
    }
  }

  /// The thresholds with the best objective among those found whose gap is at most `tolerance`, or with the smallest gap
  /// if none has it: a compass search (Kolda, Lewis and Torczon 2003) from the best of a grid, which need not be the best
  /// of all thresholds.
  ///
  /// - Throws: `cancelled`.
  public func best(tolerance: Double) throws -> Outcome {
    let candidates = quantiles()
    var best: Outcome?
    func consider(_ thresholds: [Double]) -> Bool {
      let found = outcome(thresholds)
      if let present = best, !isBetter(found, present, tolerance) { return false }
      best = found
      return true
    }
    for common in candidates {
      try HostCall.check()
      for other in candidates {
        // All groups but one share a threshold. With two groups, these are all pairs.
        for group in 0..<(common == other ? 1 : groups == 2 ? 1 : groups) {
          var thresholds = [Double](repeating: common, count: groups)
          thresholds[group] = other
          _ = consider(thresholds)
        }
      }
    }
    var step = ((candidates.last ?? 1) - (candidates.first ?? 0)) / 16
    while step > 1e-6 {
      try HostCall.check()
      var hasMoved = false
      for move in moves() {
        guard let present = best else { break }
        hasMoved = consider(zip(present.thresholds.thresholds, move).map { $0 + step * $1 }) || hasMoved
      }
      if !hasMoved { step /= 2 }
    }
    guard let best else { throw Failure.invalidData("there are no rows to decide") }
    return best
  }

  /// Each group up and down, and one up with another down.
  private func moves() -> [[Double]] {
    var result: [[Double]] = []
    for first in 0..<groups {
      for sign in [1.0, -1] {
        var move = [Double](repeating: 0, count: groups)
        move[first] = sign
        result.append(move)
        for second in 0..<groups where second != first {
          var pair = move
          pair[second] = -sign
          result.append(pair)
        }
      }
    }
    return result
  }

  private func isBetter(_ a: Outcome, _ b: Outcome, _ tolerance: Double) -> Bool {
    let (first, second) = (a.gap <= tolerance + 1e-12, b.gap <= tolerance + 1e-12)
    if first != second { return first }
    return first ? a.value > b.value + 1e-12 : a.gap < b.gap - 1e-12
  }

  /// Up to 25 scores at even ranks, and one above all.
  private func quantiles() -> [Double] {
    let sorted = Set(scores).sorted()
    guard let last = sorted.last else { return [] }
    let count = min(24, sorted.count)
    let chosen = (0..<count).map { Double(sorted[$0 * (sorted.count - 1) / max(count - 1, 1)]) }
    return Set(chosen).sorted() + [Double(last.nextUp)]
  }

  /// The result of given thresholds on the rows.
  public func outcome(_ values: [Double]) -> Outcome {
    let thresholds = BlendedThresholds(values)
    var counts = [(truePositives: Double, falsePositives: Double)](repeating: (0, 0), count: groups)
    var value = 0.0
    shares.withUnsafeBufferPointer { shares in
      guard let base = shares.baseAddress else { return }
      for row in scores.indices
      where thresholds.isPositive(scores[row], shares: base + row * groups) {
        let weight = weights?[row] ?? 1
        value += weight * (labels[row] ? worth.gain : -worth.loss)
        for group in 0..<groups {
          let own = weight * base[row * groups + group]
          if labels[row] { counts[group].truePositives += own } else { counts[group].falsePositives += own }
        }
      }
    }
    let measured = rates.map { rate in
      counts.indices.map { group in
        rate.value(
          truePositives: counts[group].truePositives, falsePositives: counts[group].falsePositives,
          positives: totals[group].positives, negatives: totals[group].negatives) ?? 0
      }
    }
    let gap = measured.map { ($0.max() ?? 0) - ($0.min() ?? 0) }.max() ?? 0
    return Outcome(thresholds: thresholds, gap: gap, value: value, rates: measured)
  }
}
