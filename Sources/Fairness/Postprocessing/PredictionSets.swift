import Platform

/// The quantile of split conformal prediction (Vovk, Gammerman and Shafer 2005).
public enum ConformalQuantile {
  /// ⌈coverage · (n + 1)⌉: the place, from 1, of the order statistic that a further exchangeable value does not exceed
  /// with a probability of at least `coverage`; above n if there are too few values.
  static func place(_ count: Int, coverage: Double) -> Int {
    // The small number prevents ⌈ ⌉ from rounding up a product that should be a whole number.
    max(1, Int(exactly: (coverage * Double(count + 1) - 1e-9).rounded(.up)) ?? .max)
  }

  /// - Parameters:
  ///   - values: finite.
  ///   - coverage: from 0 to 1.
  /// - Returns: nil if there are too few values for this coverage.
  public static func value(_ values: [Double], coverage: Double) -> Double? {
    let place = place(values.count, coverage: coverage)
    return place <= values.count ? values.sorted()[place - 1] : nil
  }
}

/// Conformal prediction: sets of classes, or intervals of values, that have the true one with a stated probability
/// (coverage), for rows exchangeable with those from which the bounds were learnt. With a bound for each group, every
/// group has this coverage (Romano, Barber, Sabatti and Candès 2020, "With malice toward none: assessing uncertainty
/// via equalized coverage", section 2).
///
/// A row's nonconformity measures how badly a class or value fits its scores. The set has all classes or values whose
/// nonconformity is at most the group's bound.
public struct PredictionSets: Equatable, Sendable {
  /// The measure of nonconformity.
  public enum Kind: String, Sendable {
    /// Classes: 1 - p_y, which has the smallest sets on average (Sadinle, Lei and Wasserman 2019).
    case smallest
    /// Classes: the sum of the probabilities of y and of all classes that are likelier, so that sets are larger for rows
    /// that are harder (Romano, Sesia and Candès 2020, "Classification with valid and adaptive coverage", without
    /// randomization).
    case adaptive
    /// Values: |y - ŷ|.
    case residual
    /// Values: max(l - y, y - u) for predicted quantiles l and u (Romano, Patterson and Candès 2019, "Conformalized
    /// quantile regression", equation 6).
    case quantiles

    public var isOfClasses: Bool { self == .smallest || self == .adaptive }
  }

  public let kind: Kind
  /// The coverage that was asked.
  public let coverage: Double
  /// The largest nonconformity within the set, for rows of unknown groups; without groups, for all rows.
  public let pooled: Double
  /// nil: the group is treated like an unknown one.
  public let groups: [Double?]

  public init(_ kind: Kind, coverage: Double, pooled: Double, groups: [Double?]) {
    (self.kind, self.coverage, self.pooled, self.groups) = (kind, coverage, pooled, groups)
  }

  /// The largest nonconformity within the set of a row.
  public func bound(_ group: Int) -> Double {
    groups.indices.contains(group) ? groups[group] ?? pooled : pooled
  }

  /// The nonconformity of every class.
  ///
  /// - Parameter scores: the probability of class 1 of two classes, or of each class.
  public static func nonconformities(_ kind: Kind, _ scores: UnsafePointer<Float>, width: Int) -> [Double] {
    let probabilities =
      width == 1 ? [1 - Double(scores[0]), Double(scores[0])] : (0..<width).map { Double(scores[$0]) }
    guard kind == .adaptive else { return probabilities.map { 1 - $0 } }
    let order = probabilities.indices.sorted {
      (probabilities[$1], $0) < (probabilities[$0], $1)
    }
    var result = probabilities
    var sum = 0.0
    for index in order {
      sum += probabilities[index]
      result[index] = sum
    }
    return result
  }

  /// The interval of a row.
  ///
  /// - Parameter predicted: the predicted value twice, or the two predicted quantiles. If the bound is so negative that
  ///   the quantiles cross, the interval is their middle.
  public func interval(_ predicted: (lower: Double, upper: Double), group: Int) -> (
    lower: Double, upper: Double
  ) {
    let bound = bound(group)
    let (lower, upper) = (predicted.lower - bound, predicted.upper + bound)
    return lower <= upper ? (lower, upper) : ((lower + upper) / 2, (lower + upper) / 2)
  }
}
