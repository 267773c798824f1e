#if canImport(Glibc)
  import Glibc
#endif

/// How much information one column contains about the group, by its values or bins.
public struct ProxyStrength: Sendable {
  /// I(X; G) / ((H(X) + H(G)) / 2): normalized mutual information with the arithmetic mean (Strehl and Ghosh
  /// 2002; scikit-learn's normalized_mutual_info_score). 0: independent; 1: each determines the other.
  public let normalizedMutualInformation: MetricValue
  /// I(X; G) / H(G): the share of the group's entropy that the column explains.
  public let uncertaintyCoefficient: MetricValue

  /// - Parameters:
  ///   - values: the number of each row's value or bin, from 0; -1 counts as a separate value.
  ///   - groups: the group of each row, from 0; rows with -1 are left out.
  ///   - weights: one weight per row; nil: all are 1.
  public init(values: [Int32], groups: [Int32], weights: [Double]? = nil) {
    let groupCount = Int(groups.max() ?? -1) + 1
    let valueCount = Int(values.max() ?? -1) + 2
    // A dense table while it is small; with many values most combinations do not occur, and a hash table is
    // used.
    let isDense = valueCount <= 1 << 20 / max(groupCount, 1)
    var dense = [Double](repeating: 0, count: isDense ? valueCount * groupCount : 0)
    var sparse: [Int: Double] = [:]
    var ofValue = [Double](repeating: 0, count: valueCount)
    var ofGroup = [Double](repeating: 0, count: groupCount)
    var total = 0.0
    for row in values.indices where groups[row] >= 0 {
      let weight = weights?[row] ?? 1
      guard weight > 0 else { continue }
      let (value, group) = (Int(values[row]) + 1, Int(groups[row]))
      if isDense {
        dense[value * groupCount + group] += weight
      } else {
        sparse[value * groupCount + group, default: 0] += weight
      }
      ofValue[value] += weight
      ofGroup[group] += weight
      total += weight
    }
    func entropy(_ parts: some Collection<Double>) -> Double {
      // The parts are added in order of size, so that the sum does not depend on the order of a hash table.
      parts.filter { $0 > 0 }.sorted().reduce(0) { $0 - $1 / total * log($1 / total) }
    }
    guard total > 0, ofGroup.count(where: { $0 > 0 }) > 1 else {
      let none = MetricValue.undefined(reason: "the rows have one group only")
      (normalizedMutualInformation, uncertaintyCoefficient) = (none, none)
      return
    }
    let (x, g) = (entropy(ofValue), entropy(ofGroup))
    let information = max(0, x + g - (isDense ? entropy(dense) : entropy(sparse.values)))
    normalizedMutualInformation = .defined(2 * information / (x + g))
    uncertaintyCoefficient = .defined(information / g)
  }

  /// Bins of numbers with about equal numbers of rows.
  ///
  /// Equal numbers share a bin, so there may be fewer than `count` bins; few distinct numbers get one bin
  /// each.
  ///
  /// - Returns: the bin of each row, from 0; -1 for NaN.
  public static func quantileBins(_ numbers: [Double], count: Int) -> [Int32] {
    let sorted = numbers.filter { !$0.isNaN }.sorted()
    guard !sorted.isEmpty, count > 0 else { return numbers.map { _ in -1 } }
    var edges: [Double] = []
    var distinct: [Double] = []
    for value in sorted where value != distinct.last && distinct.count <= count { distinct.append(value) }
    if distinct.count <= count {
      edges = distinct
    } else {
      for part in 0..<count {
        let edge = sorted[part * sorted.count / count]
        if edge != edges.last { edges.append(edge) }
      }
    }
    return numbers.map { number in
      guard !number.isNaN else { return -1 }
      var (low, high) = (0, edges.count)
      while low < high {
        let middle = (low + high) / 2
        if edges[middle] <= number { low = middle + 1 } else { high = middle }
      }
      return Int32(clamping: low - 1)
    }
  }

  /// The area under the ROC curve when one group is predicted from this column alone: each row's score is the
  /// group's share among the training rows with the same value. A logistic model with an indicator for each
  /// value tends to this score.
  ///
  /// - Parameters:
  ///   - isMember: whether a row belongs to the group.
  ///   - isTraining: the rows from which the shares are computed; the area is computed over the other rows.
  public static func areaUnderROC(values: [Int32], isMember: [Bool], isTraining: [Bool]) -> MetricValue {
    typealias Counts = (members: Double, others: Double)
    var learnt = [Counts](repeating: (0, 0), count: Int(values.max() ?? -1) + 2)
    var tested = learnt
    for row in values.indices {
      let value = Int(values[row]) + 1
      switch (isTraining[row], isMember[row]) {
      case (true, true): learnt[value].members += 1
      case (true, false): learnt[value].others += 1
      case (false, true): tested[value].members += 1
      case (false, false): tested[value].others += 1
      }
    }
    let members = learnt.reduce(0) { $0 + $1.members }
    let rows = learnt.reduce(members) { $0 + $1.others }
    guard rows > 0 else { return .undefined(reason: "there are no training rows") }
    // The overall share is added with the weight of one row, so that shares of rare values stay close to it.
    let shares = learnt.map { ($0.members + members / rows) / ($0.members + $0.others + 1) }
    // Rows whose values have the same share are tied.
    let order = tested.indices.filter { tested[$0].members + tested[$0].others > 0 }
      .sorted { shares[$0] < shares[$1] }
    var (pairs, above, positives, place) = (0.0, 0.0, 0.0, 0)
    while place < order.count {
      let share = shares[order[place]]
      var tied: Counts = (0, 0)
      while place < order.count, shares[order[place]] == share {
        tied.members += tested[order[place]].members
        tied.others += tested[order[place]].others
        place += 1
      }
      pairs += tied.members * (above + tied.others / 2)
      above += tied.others
      positives += tied.members
    }
    guard positives * above > 0 else {
      return .undefined(reason: "the rows to measure on are all in the group, or none is")
    }
    return .defined(pairs / (positives * above))
  }
}
