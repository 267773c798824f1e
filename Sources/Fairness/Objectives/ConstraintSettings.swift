/// How a fairness constraint is asked for and solved.
public struct ConstraintSettings: Equatable, Sendable {
  /// The largest gap that is accepted.
  public var tolerance: Double
  /// Of multipliers: the change a step for each unit of gap above the tolerance; nil: each finds its own.
  public var rate: Double?
  /// The largest multiplier.
  public var most: Double
  /// The augmented Lagrangian's factor, which answers a gap at once; nil: the first gain of the multipliers.
  public var damping: Double?
  /// Rows from which a group stands for itself, and what becomes of smaller groups.
  public var minimumCount: Double
  public var smallGroups: SmallGroups
  /// Standard errors of the gap by which training aims below the tolerance, so that new rows keep it, too.
  public var margin: Double
  /// The least share of the tolerance that the margin leaves.
  public var leastTarget: Double
  /// Of groups: no value may get worse than the base model's by more than the tolerance.
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

  /// The standard errors between an estimate and the bound that it stays under with a probability.
  public static func margin(confidence: Double) -> Double { NormalDistribution.quantile(confidence) }
}
