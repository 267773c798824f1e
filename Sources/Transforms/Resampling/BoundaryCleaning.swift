import Datasets
import Neighbours
import Platform

/// The parts from which a cleaning of the boundary may drop rows.
enum CleanedParts: String, ConfigChoice, Sendable {
  /// Every part except the smallest.
  case larger
  case all
}

/// The keys and the algorithms shared by steps that drop rows near other parts.
struct BoundaryCleaning {
  var by = StrataChoice.label
  var attributes: [String] = []
  var columns: [String] = []
  var categorical: [String] = []
  var scaled = true
  var parts = CleanedParts.larger

  static func fields<Step>(_ path: WritableKeyPath<Step, BoundaryCleaning>) -> [ConfigField<Step>] {
    [
      ConfigField(
        "by", path.appending(path: \.by),
        "Whether the parts are the labels, the groups, or the groups with each label."),
      ConfigField(
        "attributes", path.appending(path: \.attributes),
        "If groups are used, the sensitive attributes, whose groups are intersected. Default: all."),
      ConfigField(
        "columns", path.appending(path: \.columns),
        "The columns in which distances are measured. Default: all inputs."),
      ConfigField(
        "categorical", path.appending(path: \.categorical),
        "Columns of integers that are categories, in addition to all columns of text."),
      ConfigField(
        "scaled", path.appending(path: \.scaled),
        "Whether numbers are divided by their standard deviations in distances; otherwise they are used "
          + "unchanged."),
      ConfigField(
        "parts", path.appending(path: \.parts),
        "larger: rows of every part except the smallest one may be dropped; all: rows of every part."),
    ]
  }

  func strata(_ rows: TransformRows, _ work: StepWork) throws -> Strata {
    var sampling = Sampling()
    (sampling.by, sampling.attributes) = (by, attributes)
    return try sampling.strata(rows, work)
  }

  /// For each part, whether its rows may be dropped.
  func mayGo(_ strata: Strata) -> [Bool] {
    let smallest = strata.counts.filter { $0 > 0 }.min() ?? 0
    let kept = strata.counts.firstIndex(of: smallest)
    return strata.counts.indices.map { parts == .all || $0 != kept }
  }

  func space(_ rows: TransformRows, _ work: StepWork) throws -> FeatureSpace {
    try FeatureSpace(
      rows.columns(columns, at: work.pointer), options: .init(categorical: categorical, scaled: scaled), work)
  }

  /// The rows dropped by Tomek's rule: two rows of different parts that are each other's nearest neighbour
  /// form a link (Tomek 1976); of these, the rows that may be dropped.
  func tomekLinks(_ rows: TransformRows, _ strata: Strata, _ work: StepWork) throws -> [Int] {
    let nearest = try space(rows, work).encoded(all: rows.count).nearestOfEach(1)
    let mayGo = mayGo(strata)
    return (0..<rows.count).filter { row in
      let other = Int(nearest[row])
      guard other >= 0, Int(nearest[other]) == row else { return false }
      let (own, others) = (strata.codes.pointer[row], strata.codes.pointer[other])
      return own >= 0 && others >= 0 && own != others && mayGo[Int(own)]
    }
  }

  /// The rows that disagree with most, or with any, of their neighbours (Wilson 1972).
  func disagreeing(_ rows: TransformRows, _ strata: Strata, neighbours: Int, withAny: Bool, _ work: StepWork)
    throws
    -> [Int]
  {
    let k = min(neighbours, rows.count - 1)
    guard k > 0 else { return [] }
    let nearest = try space(rows, work).encoded(all: rows.count).nearestOfEach(k)
    let mayGo = mayGo(strata)
    var votes = [Int](repeating: 0, count: strata.names.count)
    return (0..<rows.count).filter { row in
      let own = Int(strata.codes.pointer[row])
      guard own >= 0, mayGo[own] else { return false }
      for part in votes.indices { votes[part] = 0 }
      for place in row * k..<row * k + k {
        let part = Int(strata.codes.pointer[Int(nearest[place])])
        if part >= 0 { votes[part] += 1 }
      }
      return withAny ? votes[own] < k : votes[own] < votes.max() ?? 0
    }
  }
}

extension TransformRows {
  /// Drops rows; the indices must be in ascending order.
  mutating func drop(_ rows: [Int]) throws {
    var isDropped = try [Bool].filled(with: false, count: count, for: "rows")
    for row in rows { isDropped[row] = true }
    try keep((0..<count).filter { !isDropped[$0] })
  }
}
