import Platform

/// Decides rows near the threshold by their group: positive for groups that are to gain, negative for the
/// others (Kamiran, Karim and Zhang 2012, "Decision theory for discrimination-aware classification", section
/// IV.A). Near are the scores from threshold − margin to threshold + margin, both included; the paper bounds
/// max(p, 1 − p) by θ, here ½ + margin for a threshold of ½. All other rows are decided by the threshold
/// (`DecisionRule`); the bounds are compared like it, as 32-bit floats.
public struct RejectOption: Sendable, Equatable {
  public let threshold: Double
  /// Half the width of the region in which the group decides.
  public let margin: Double
  // The bounds of the region, and the decision outside of it.
  private let lower: Float
  private let upper: Float
  private let rule: DecisionRule

  public init(threshold: Double, margin: Double) {
    (self.threshold, self.margin) = (threshold, margin)
    (lower, upper) = (Float(threshold - margin), Float(threshold + margin))
    rule = DecisionRule(threshold: threshold)
  }

  /// - Parameter gains: whether the row's group is one that is to gain; nil: the threshold alone decides, as
  ///   for rows of unknown groups.
  public func isPositive(_ score: Float, gains: Bool?) -> Bool {
    guard let gains, score >= lower, score <= upper else { return rule.isPositive(score) }
    return gains
  }

  /// The results of a candidate on the rows.
  public struct Outcome: Sendable, Equatable {
    public let option: RejectOption
    public let balancedAccuracy: Double
    /// The gap, as the caller measures it.
    public let gap: Double
  }

  /// Searches a grid of thresholds and margins. Among the candidates whose gap is at most `tolerance`, the
  /// one with the best balanced accuracy is chosen; if there is none, the one with the smallest gap.
  ///
  /// - Parameters:
  ///   - gains: for each row, whether its group is to gain.
  ///   - gap: computes the gap from the decisions of all rows.
  /// - Throws: `invalidData` if all labels are equal; `cancelled`.
  public static func best(
    scores: [Float], labels: [Bool], gains: [Bool], tolerance: Double, thresholds: Int = 50,
    margins: Int = 20,
    gap: ([Bool]) throws -> Double
  ) throws -> Outcome {
    let positives = labels.filter { $0 }.count
    guard positives > 0, positives < labels.count else {
      throw Failure.invalidData("all rows have the same label, so that no decision is better than another")
    }
    var best: (isWithin: Bool, outcome: Outcome)?
    var decisions = [Bool](repeating: false, count: scores.count)
    for step in 0..<thresholds {
      try HostCall.check()
      let threshold = 0.01 + 0.98 * Double(step) / Double(max(1, thresholds - 1))
      let widest = min(threshold, 1 - threshold)
      for part in 0..<margins {
        let option = RejectOption(
          threshold: threshold, margin: widest * Double(part) / Double(max(1, margins - 1)))
        var (tp, tn) = (0, 0)
        for row in scores.indices {
          decisions[row] = option.isPositive(scores[row], gains: gains[row])
          if decisions[row] == labels[row] { if labels[row] { tp += 1 } else { tn += 1 } }
        }
        let outcome = Outcome(
          option: option,
          balancedAccuracy: (Double(tp) / Double(positives) + Double(tn) / Double(labels.count - positives))
            / 2,
          gap: try gap(decisions))
        let isWithin = outcome.gap <= tolerance
        let isBetter =
          best.map { best in
            isWithin != best.isWithin
              ? isWithin
              : isWithin
                ? outcome.balancedAccuracy > best.outcome.balancedAccuracy
                : (outcome.gap, -outcome.balancedAccuracy) < (
                  best.outcome.gap, -best.outcome.balancedAccuracy
                )
          } ?? true
        if isBetter { best = (isWithin, outcome) }
      }
    }
    guard let best else { throw Failure.invalidData("there are no thresholds to try") }
    return best.outcome
  }
}
