import Kernels
import Neighbours
import Platform

/// Whether similar people are scored alike: |sᵢ − sⱼ| ≤ L · d(i, j) for every pair, d being the Euclidean
/// distance of the encoded inputs (Dwork et al. 2012, "Fairness Through Awareness", definition 2.1).
public struct LipschitzCondition: Sendable {
  /// Pairs that were compared.
  public let pairs: Int
  /// The share of the pairs that break the condition.
  public let violations: MetricValue
  /// The largest |sᵢ − sⱼ| / d(i, j) of pairs that differ in their inputs.
  public let largestRatio: MetricValue
  /// The pair with the largest ratio; nil if there is none.
  public let worstPair: (first: Int, second: Int)?
  /// Pairs with the same inputs and different scores: they break the condition for any L.
  public let sameInputsOtherScore: Int

  /// All pairs of `chosen` rows.
  ///
  /// - Parameters:
  ///   - scores: a score a row.
  ///   - constant: L.
  /// - Throws: `outOfMemory`, `cancelled`.
  public init(_ rows: EncodedRows, chosen: [Int32], scores: [Double], constant: Double) throws {
    // The chosen rows lie together, so that pairs are blocks of neighbouring panels.
    let count = chosen.count
    let width = rows.width
    let values = try Buffer<Float>(count: max(count, 1) * width, for: "pairs")
    let ownScores = try Buffer<Float>(count: max(count, 1), for: "pairs")
    for (place, row) in chosen.enumerated() {
      (values.pointer + place * width).update(from: rows.values.pointer + Int(row) * width, count: width)
      ownScores.pointer[place] = Float(scores[Int(row)])
    }
    let own = try RowPanels(values, rows: count, width: width)
    // Row i is compared with the rows after it: shards take every other block, so that all have alike much.
    let blocks = (count + 63) / 64
    let shards = max(1, min(WorkerPool.threads, blocks))
    let cancel = HostCall.cancelFlag
    let found = try Buffer<row_pairs>(count: shards, for: "pairs")
    WorkerPool.run(shards: shards) { shard in
      for block in stride(from: shard, to: blocks, by: shards) where cancel?.isRequested != true {
        row_pairs_compare(
          own.values.pointer, Int64(count), Int64(width), values.pointer, ownScores.pointer,
          Int64(block * 64), Int64(min(block * 64 + 64, count)), Float(constant), found.pointer + shard)
      }
    }
    try HostCall.check()
    let sums = found.array
    pairs = count * (count - 1) / 2
    sameInputsOtherScore = sums.reduce(0) { $0 + Int($1.same_inputs) }
    violations = .rate(
      Double(sums.reduce(0) { $0 + Int($1.violations) }), of: Double(pairs), unless: "fewer than two rows")
    // Equal ratios of two shards: the pair with the lower rows.
    let worst = sums.filter { $0.first >= 0 && $0.ratio > 0 }.max {
      ($0.ratio, -$0.first, -$0.second) < ($1.ratio, -$1.first, -$1.second)
    }
    if let worst, chosen.indices.contains(Int(worst.first)), chosen.indices.contains(Int(worst.second)) {
      largestRatio = .defined(Double(worst.ratio))
      worstPair = (Int(chosen[Int(worst.first)]), Int(chosen[Int(worst.second)]))
    } else {
      largestRatio =
        pairs > 0 && sameInputsOtherScore == 0
        ? .defined(0) : .undefined(reason: "no two rows with different inputs have different scores")
      worstPair = nil
    }
  }
}
