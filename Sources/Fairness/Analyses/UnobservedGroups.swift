/// Rates by groups that are not observed: only the probability of each group is known for every row, for example from a
/// name or a place of residence.
///
/// The estimates weigh every row by its probabilities (Chen, Kallus, Mao, Svacha and Udell 2019, "Fairness under
/// unawareness", the weighted estimator). They are right if group and decision are independent among rows of one cell,
/// which nothing in the data can show. The bounds need no such assumption (Kallus, Mao and Zhou 2022, "Assessing
/// algorithmic fairness with unobserved protected class using data combination", section 4): they have every value that
/// some assignment of groups to rows gives, if each cell has the share of each group that the probabilities state.
public struct UnobservedGroups: Sendable {
  /// A rate of decisions.
  public enum Rate: String, CaseIterable, Sendable {
    case selectionRate = "selection_rate"
    case truePositiveRate = "tpr"
    case falsePositiveRate = "fpr"

    public var needsLabels: Bool { self != .selectionRate }
  }

  /// An estimate, with the smallest and the largest value that the probabilities leave possible.
  public struct Bounded: Sendable, Equatable {
    public let estimate: MetricValue
    public let lower: MetricValue
    public let upper: MetricValue
  }

  /// The weights of a cell: rows among which the probabilities are taken to be the same.
  struct Cell: Sendable {
    /// The sum of the weights of all rows.
    var total = 0.0
    /// For each label and decision: the sum of weights, at 2 · label + decision.
    var counts = [0.0, 0, 0, 0]
    /// The expected weight of each group.
    var groups: [Double]

    /// The weights of rows that the rate counts: with a positive decision, and with a negative one.
    func parts(_ rate: Rate) -> (positive: Double, negative: Double) {
      switch rate {
      case .selectionRate: (counts[1] + counts[3], counts[0] + counts[2])
      case .truePositiveRate: (counts[3], counts[2])
      case .falsePositiveRate: (counts[1], counts[0])
      }
    }
  }

  /// The mean probability of each group.
  public let shares: [Double]
  private let cells: [Cell]
  /// For each rate and group: the weights, by probability, of counted rows with a positive decision, and of all counted
  /// rows.
  private let weighted: [Rate: [(positive: Double, all: Double)]]

  /// - Parameters:
  ///   - probabilities: row-major (rows, groups), each row with the sum 1.
  ///   - labels: nil: there are none, and the rates that need them are undefined.
  ///   - weights: nil: all are 1.
  ///   - cells: the cell of each row, from 0.
  public init(
    probabilities: [Double], groups: Int, decisions: [Bool], labels: [Bool]?, weights: [Double]? = nil,
    cells codes: [Int]
  ) {
    let count = (codes.max() ?? -1) + 1
    var cells = [Cell](repeating: Cell(groups: [Double](repeating: 0, count: groups)), count: count)
    var weighted: [Rate: [(positive: Double, all: Double)]] = [:]
    for rate in Rate.allCases { weighted[rate] = .init(repeating: (0, 0), count: groups) }
    for (row, decision) in decisions.enumerated() {
      let weight = weights?[row] ?? 1
      let label = labels?[row] ?? false
      cells[codes[row]].total += weight
      cells[codes[row]].counts[(label ? 2 : 0) + (decision ? 1 : 0)] += weight
      let counted: [Rate] = [.selectionRate, label ? .truePositiveRate : .falsePositiveRate]
      for group in 0..<groups {
        let own = weight * probabilities[row * groups + group]
        cells[codes[row]].groups[group] += own
        for rate in counted {
          weighted[rate]?[group].all += own
          if decision { weighted[rate]?[group].positive += own }
        }
      }
    }
    if labels == nil { for rate in Rate.allCases where rate.needsLabels { weighted[rate] = nil } }
    let total = cells.reduce(0) { $0 + $1.total }
    shares = (0..<groups).map { group in
      total > 0 ? cells.reduce(0) { $0 + $1.groups[group] } / total : 0
    }
    self.cells = cells
    self.weighted = weighted
  }

  /// A group's rate.
  public func rate(_ rate: Rate, _ group: Int) -> Bounded {
    let (least, most) = (extreme(rate, group, largest: false), extreme(rate, group, largest: true))
    return Bounded(estimate: estimate(rate, group), lower: least, upper: most)
  }

  /// A group's rate minus that of another group. The bounds of both are reached together: within a cell, one group can
  /// take the rows that raise its rate and the other those that lower its own.
  public func difference(_ rate: Rate, _ group: Int, minus other: Int) -> Bounded {
    func minus(_ a: MetricValue, _ b: MetricValue) -> MetricValue {
      guard case .defined(let first) = a else { return a }
      guard case .defined(let second) = b else { return b }
      return .defined(first - second)
    }
    return Bounded(
      estimate: minus(estimate(rate, group), estimate(rate, other)),
      lower: minus(extreme(rate, group, largest: false), extreme(rate, other, largest: true)),
      upper: minus(extreme(rate, group, largest: true), extreme(rate, other, largest: false)))
  }

  private static let noLabels = "there are no labels of two classes"

  private func estimate(_ rate: Rate, _ group: Int) -> MetricValue {
    guard let sums = weighted[rate] else { return .undefined(reason: Self.noLabels) }
    return .rate(sums[group].positive, of: sums[group].all, unless: "the group has no rows for the rate")
  }

  /// The largest or smallest rate: the sum over cells of the largest possible weight of counted rows with one decision
  /// and the smallest possible weight with the other. Both are possible at once: the group takes rows of the first kind
  /// first, then rows that the rate does not count, and last those of the second kind.
  private func extreme(_ rate: Rate, _ group: Int, largest: Bool) -> MetricValue {
    guard weighted[rate] != nil else { return .undefined(reason: Self.noLabels) }
    var (most, least) = (0.0, 0.0)
    for cell in cells {
      let parts = cell.parts(rate)
      let (first, last) = largest ? (parts.positive, parts.negative) : (parts.negative, parts.positive)
      let own = cell.groups[group]
      most += min(first, own)
      least += max(0, own - (cell.total - last))
    }
    let (positive, negative) = largest ? (most, least) : (least, most)
    // Sums that should be 0 may be a rounding error away from it.
    guard positive + negative > 1e-12 * cells.reduce(0, { $0 + $1.total }) else {
      return .undefined(reason: "the group may have no rows for the rate")
    }
    return .defined(positive / (positive + negative))
  }
}
