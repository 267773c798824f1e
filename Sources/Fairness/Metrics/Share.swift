/// Successes and trials of a metric that is a share of rows, or an increasing function of one. Its intervals
/// and tests are then computed by formula.
struct Share: Sendable {
  /// The denominator of a share.
  enum Trials: Sendable {
    case all, positives, negatives, selected, rejected
    case others(unless: String, @Sendable (ConfusionSums) -> Double)

    func count(_ table: ConfusionSums) -> Double {
      switch self {
      case .all: table.total
      case .positives: table.positives
      case .negatives: table.negatives
      case .selected: table.selected
      case .rejected: table.rejected
      case .others(_, let count): count(table)
      }
    }

    /// Why a share is undefined if its denominator is 0.
    var noneReason: String {
      switch self {
      case .all: "no rows"
      case .positives: "no positive labels"
      case .negatives: "no negative labels"
      case .selected: "no positive decisions"
      case .rejected: "no negative decisions"
      case .others(let reason, _): reason
      }
    }

    /// The denominator as a share of the group's rows; nil if the two rates do not determine it.
    func shareOfRows(baseRate: Double?, selectionRate: Double?) -> Double? {
      switch self {
      case .all: 1
      case .positives: baseRate
      case .negatives: baseRate.map { 1 - $0 }
      case .selected: selectionRate
      case .rejected: selectionRate.map { 1 - $0 }
      case .others: nil
      }
    }
  }

  /// An increasing function of a share.
  struct Growth: Sendable {
    let value: @Sendable (Double) -> Double
    let slope: @Sendable (Double) -> Double
  }

  let trials: Trials
  /// Whether it needs a table of two classes.
  let isBinary: Bool
  /// nil: the metric is the share itself.
  var growth: Growth?
  private let counts: @Sendable (ConfusionSums) -> RateCounts

  init(
    trials: Trials, isBinary: Bool, growth: Growth? = nil,
    successes: @escaping @Sendable (ConfusionSums) -> Double
  ) {
    self.trials = trials
    self.isBinary = isBinary
    self.growth = growth
    counts = { RateCounts(successes: successes($0), trials: trials.count($0)) }
  }

  private init(
    _ share: Share, isBinary: Bool, counts: @escaping @Sendable (ConfusionSums) -> RateCounts
  ) {
    (trials, growth) = (share.trials, share.growth)
    self.isBinary = isBinary
    self.counts = counts
  }

  /// The share of one class against the rest.
  func ofClass(_ index: Int) -> Share {
    let counts = self.counts
    return Share(self, isBinary: false) { counts($0.oneVersusRest(index)) }
  }

  /// A group's successes and trials; nil if it has no suitable table.
  func counts(_ group: GroupSums) -> RateCounts? {
    guard let table = group.confusion, !isBinary || table.classes == 2 else { return nil }
    return counts(table)
  }
}
