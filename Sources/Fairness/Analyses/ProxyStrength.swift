#if canImport(Glibc)
  import Glibc
#endif

/// How much one column tells of a group, by its values or bins.
public struct ProxyStrength: Sendable {
  /// I(X; G) / ((H(X) + H(G)) / 2): normalised mutual information with the arithmetic mean (Strehl and
  /// Ghosh 2002; scikit-learn's normalized_mutual_info_score). 0: nothing, 1: each determines the other.
  public let normalizedMutualInformation: MetricValue
  /// I(X; G) / H(G): the share of what there is to know of the group that the column tells.
  public let uncertaintyCoefficient: MetricValue

  /// - Parameters:
  ///   - values: the value's or bin's number a row, from 0; -1 is a value of its own.
  ///   - groups: the group a row, from 0; rows with -1 are left out.
  public init(values: [Int32], groups: [Int32], weights: [Double]? = nil) {
    var joint: [[Int32]: Double] = [:]
    var (ofValue, ofGroup, total): ([Int32: Double], [Int32: Double], Double) = ([:], [:], 0)
    for row in values.indices where groups[row] >= 0 {
      let weight = weights?[row] ?? 1
      guard weight > 0 else { continue }
      joint[[values[row], groups[row]], default: 0] += weight
      ofValue[values[row], default: 0] += weight
      ofGroup[groups[row], default: 0] += weight
      total += weight
    }
    func entropy(_ parts: some Collection<Double>) -> Double {
      // In order of size, so that the sum does not depend on the order of a hash table.
      parts.sorted().reduce(0) { $0 - $1 / total * log($1 / total) }
    }
    guard total > 0, ofGroup.count > 1 else {
      let none = MetricValue.undefined(reason: "the rows have one group only")
      (normalizedMutualInformation, uncertaintyCoefficient) = (none, none)
      return
    }
    let (x, g) = (entropy(ofValue.values), entropy(ofGroup.values))
    let information = max(0, x + g - entropy(joint.values))
    normalizedMutualInformation = .defined(2 * information / (x + g))
    uncertaintyCoefficient = .defined(information / g)
  }

  /// Bins of numbers that have alike many rows: the bin of each row, from 0; -1 for NaN.
  ///
  /// Equal numbers share a bin, so there may be fewer; few distinct numbers have a bin each.
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

  /// The area under the ROC curve of telling one group from the others by the group's share among the
  /// training rows of the same value: what a logistic model of this column alone, with an indicator for
  /// each value, tends to.
  ///
  /// - Parameters:
  ///   - isMember: whether a row is of the group.
  ///   - isTraining: the rows that the shares are learnt from; the area is of the others.
  public static func areaUnderROC(values: [Int32], isMember: [Bool], isTraining: [Bool]) -> MetricValue {
    var shares: [Int32: (members: Double, rows: Double)] = [:]
    var (members, rows) = (0.0, 0.0)
    for row in values.indices where isTraining[row] {
      shares[values[row], default: (0, 0)].rows += 1
      rows += 1
      if isMember[row] {
        shares[values[row], default: (0, 0)].members += 1
        members += 1
      }
    }
    guard rows > 0 else { return .undefined(reason: "there are no training rows") }
    let tested = values.indices.filter { !isTraining[$0] }
    let scores = tested.map { row -> Double in
      // One row's worth of the overall share keeps rare values near it.
      let own = shares[values[row]] ?? (0, 0)
      return (own.members + members / rows) / (own.rows + 1)
    }
    return IdentityTerms(
      labels: tested.map { isMember[$0] ? 1 : 0 }, scores: scores, terms: []
    ).overallAUC
  }
}
