/// The settings of a fairness constraint and of its solver.
public struct ConstraintSettings: Equatable, Sendable {
  /// The maximum gap.
  public var tolerance: Double
  /// The change of a multiplier per step and unit of gap above the tolerance; nil: each multiplier adapts its
  /// own gain.
  public var rate: Double?
  /// The maximum multiplier.
  public var most: Double
  /// The factor of the augmented Lagrangian's quadratic term, which reacts to a gap at once; nil: the first
  /// gain of the multipliers.
  public var damping: Double?
  /// The minimum number of rows of a group that is constrained on its own.
  public var minimumCount: Double
  /// How smaller groups are treated.
  public var smallGroups: SmallGroups
  /// The number of standard errors of the gap by which training aims below the tolerance, so that new rows
  /// satisfy it too.
  public var margin: Double
  /// The smallest target after subtracting the margin, as a share of the tolerance.
  public var leastTarget: Double
  /// Whether each group is constrained against the base model: no value may get worse by more than the
  /// tolerance.
  public var noWorse: Bool

  public init(
    tolerance: Double, rate: Double? = nil, most: Double = 100, damping: Double? = nil,
    minimumCount: Double = 0,
    smallGroups: SmallGroups = .bound, margin: Double = 0, leastTarget: Double = 0, noWorse: Bool = false
  ) {
    self.tolerance = tolerance
    self.rate = rate
    self.most = most
    self.damping = damping
    self.minimumCount = minimumCount
    self.smallGroups = smallGroups
    self.margin = margin
    self.leastTarget = leastTarget
    self.noWorse = noWorse
  }

  /// The margin, in standard errors, that an estimate needs to stay below its bound with this probability.
  public static func margin(confidence: Double) -> Double { NormalDistribution.quantile(confidence) }

  /// The tolerance minus the margin for unseen rows.
  ///
  /// - Parameter error: the standard error of the gap.
  func target(error: Double) -> Double {
    max(tolerance - margin * error, leastTarget * tolerance)
  }
}
