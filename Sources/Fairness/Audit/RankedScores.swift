import Kernels
import Platform

/// Scores with their groups and labels, kept because an area under a curve is exact only over all
/// of them together.
struct RankedScores {
  private let entries: Buffer<rank_entry>
  private let count: Int
  /// By the entries' `row`; nil: all are 1.
  private let weights: Buffer<Double>?

  init(entries: Buffer<rank_entry>, count: Int, weights: UnsafeBufferPointer<Double>?) throws {
    self.entries = entries
    self.count = count
    self.weights = try weights.map { try Buffer(copying: $0, for: "weights of ranked scores") }
    try sort()
  }

  private init(sorting entries: Buffer<rank_entry>, weights: Buffer<Double>?) throws {
    self.entries = entries
    count = entries.count
    self.weights = weights
    try sort()
  }

  private func sort() throws {
    let scratch = try Buffer<rank_entry>(count: count, for: "sorting scores")
    let bins = try Buffer<Int64>(count: Int(RANK_AREA_BINS), for: "sorting scores")
    rank_area_sort(entries.pointer, scratch.pointer, Int64(count), bins.pointer)
  }

  /// Both together; `groups` gives the index here of each group there.
  ///
  /// - Throws: `outOfMemory`; `unsupported` when only one of them has weights, or for too many rows.
  func merged(with other: RankedScores, groups: [UInt32]) throws -> RankedScores {
    guard (weights == nil) == (other.weights == nil) else {
      throw Failure.unsupported("audits with and without weights cannot be merged; give weights to both")
    }
    let offset = weights?.count ?? 0
    guard offset <= Int(UInt32.max) - (other.weights?.count ?? 0) else {
      throw Failure.unsupported("a merged audit with rank metrics has more than \(UInt32.max) rows")
    }
    let joint = try Buffer<rank_entry>(count: count + other.count, for: "ranked scores")
    joint.pointer.update(from: entries.pointer, count: count)
    (joint.pointer + count).update(from: other.entries.pointer, count: other.count)
    rank_area_renumber(joint.pointer + count, Int64(other.count), groups, UInt32(clamping: offset))
    var jointWeights: Buffer<Double>?
    if let weights, let more = other.weights {
      let all = try Buffer<Double>(count: weights.count + more.count, for: "weights of ranked scores")
      all.pointer.update(from: weights.pointer, count: weights.count)
      (all.pointer + weights.count).update(from: more.pointer, count: more.count)
      jointWeights = all
    }
    return try RankedScores(sorting: joint, weights: jointWeights)
  }

  /// The areas of each group of a projection.
  ///
  /// - Parameters:
  ///   - groupOfKey: the group of each combination of the partition.
  ///   - sums: the groups' sums, for the totals of the labels.
  func areas(groupOfKey: [UInt32], _ sums: [GroupSums]) -> [RankAreas] {
    var areas = sums.map { group in
      var area = rank_area()
      area.positives = group.scores?.positive.weight ?? 0
      area.negatives = group.scores?.negative.weight ?? 0
      return area
    }
    rank_area_accumulate(
      entries.pointer, Int64(count), weights.map { UnsafePointer($0.pointer) }, groupOfKey, &areas,
      Int64(areas.count))
    return zip(areas, sums).map { area, group in
      RankAreas(
        positives: area.positives, negatives: area.negatives, rocArea: area.roc_area,
        precisionSum: area.precision_sum, notFinite: group.scores?.notFinite ?? 0)
    }
  }
}
