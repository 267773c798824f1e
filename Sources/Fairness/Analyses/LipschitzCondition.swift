import EngineKernels
import Neighbours
import Platform

/// Whether similar people get similar scores: |sᵢ − sⱼ| ≤ L · d(i, j) for every pair, where d is the
/// Euclidean distance of the encoded inputs (Dwork et al. 2012, "Fairness Through Awareness", definition
/// 2.1).
public struct LipschitzCondition: Sendable {
  /// The number of pairs that were compared.
  public let pairs: Int
  /// The share of the pairs that violate the condition.
  public let violations: MetricValue
  /// The largest |sᵢ − sⱼ| / d(i, j) among pairs whose inputs differ.
  public let largestRatio: MetricValue
  /// The pair with the largest ratio; nil if there is none.
  public let worstPair: (first: Int, second: Int)?
  /// The number of pairs with equal inputs and different scores: they violate the condition for every L.
  public let sameInputsOtherScore: Int

  /// Compares all pairs of the `chosen` rows.
  ///
  /// - Parameters:
  ///   - scores: one score per row.
  ///   - constant: L.
  /// - Throws: `outOfMemory`, `cancelled`.
  public init(_ rows: EncodedRows, chosen: [Int32], scores: [Double], constant: Double) throws {
    // The chosen rows are copied next to each other, so that the pairs form blocks of adjacent panels.
    let count = chosen.count
    let width = rows.width
    let values = try Buffer<Float>(count: max(count, 1) * width, for: "pairs")
    let ownScores = try Buffer<Float>(count: max(count, 1), for: "pairs")
    for (place, row) in chosen.enumerated() {
      (values.pointer + place * width).update(from: rows.values.pointer + Int(row) * width, count: width)
      ownScores.pointer[place] = Float(scores[Int(row)])
    }
    let own = try RowPanels(values, rows: count, width: width)
    // Row i is compared with the rows after it. The shards take alternate blocks, so that their work is about
    // equal.
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
    // If two shards have equal ratios, the pair with the lower rows is chosen.
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
