import FairnessKernels
import Platform

/// Scores with their groups and labels, in ascending order. They are stored because the exact area under a
/// curve needs all scores together.
struct RankedScores {
  private let entries: Buffer<rank_entry>
  private let count: Int
  /// Indexed by the entries' `row`; nil: all are 1.
  private let weights: Buffer<Double>?

  /// - Parameters:
  ///   - entries: in any order; only the first `count` are read.
  ///   - weights: indexed by the entries' `row`; they are copied.
  /// - Throws: `outOfMemory`.
  init(entries: Buffer<rank_entry>, count: Int, weights: UnsafeBufferPointer<Double>?) throws {
    self.init(
      sorted: try RankedScores.sort(entries, count), count: count,
      weights: try weights.map { try Buffer(copying: $0, for: "weights of ranked scores") })
  }

  private init(sorted entries: Buffer<rank_entry>, count: Int, weights: Buffer<Double>?) {
    self.entries = entries
    self.count = count
    self.weights = weights
  }

  /// Every thread sorts one run; then runs are merged in pairs until one is left.
  private static func sort(_ entries: Buffer<rank_entry>, _ count: Int) throws -> Buffer<rank_entry> {
    var from = entries
    var to = try Buffer<rank_entry>(count: count, for: "sorting scores")
    var runs = WorkerPool.shards(of: count, minimum: 65_536)
    let binCount = Int(RANK_AREA_BINS)
    let bins = try Buffer<Int64>(count: binCount * runs.count, for: "sorting scores")
    WorkerPool.run(shards: runs.count) { index in
      guard runs.indices.contains(index) else { return }
      let start = runs[index].lowerBound
      rank_area_sort(
        from.pointer + start, to.pointer + start, Int64(runs[index].count), bins.pointer + index * binCount)
    }
    while runs.count > 1 {
      let pairs = stride(from: 0, to: runs.count, by: 2).map { first in
        (
          runs[first],
          first + 1 < runs.count ? runs[first + 1] : runs[first].upperBound..<runs[first].upperBound
        )
      }
      WorkerPool.run(shards: pairs.count) { index in
        guard pairs.indices.contains(index) else { return }
        let (first, second) = pairs[index]
        rank_area_merge(
          from.pointer + first.lowerBound, Int64(first.count), from.pointer + second.lowerBound,
          Int64(second.count), to.pointer + first.lowerBound)
      }
      runs = pairs.map { $0.lowerBound..<$1.upperBound }
      swap(&from, &to)
    }
    return from
  }

  /// Merges two sets of scores.
  ///
  /// - Parameter groups: for each group of `other`, its index here.
  /// - Throws: `outOfMemory`; `unsupported` if only one of them has weights, or there are too many rows.
  func merged(with other: RankedScores, groups: [UInt32]) throws -> RankedScores {
    guard (weights == nil) == (other.weights == nil) else {
      throw Failure.unsupported("audits with and without weights cannot be merged; give weights to both")
    }
    let offset = weights?.count ?? 0
    guard offset <= Int(UInt32.max) - (other.weights?.count ?? 0) else {
      throw Failure.unsupported("a merged audit with rank metrics has more than \(UInt32.max) rows")
    }
    let more = try other.renumbered(groups, rowOffset: UInt32(clamping: offset)).entries
    let joint = try Buffer<rank_entry>(count: count + more.count, for: "ranked scores")
    rank_area_merge(
      entries.pointer, Int64(count), more.pointer, Int64(more.count), joint.pointer)
    var jointWeights: Buffer<Double>?
    if let weights, let more = other.weights {
      let all = try Buffer<Double>(count: weights.count + more.count, for: "weights of ranked scores")
      all.pointer.update(from: weights.pointer, count: weights.count)
      (all.pointer + weights.count).update(from: more.pointer, count: more.count)
      jointWeights = all
    }
    return RankedScores(sorted: joint, count: joint.count, weights: jointWeights)
  }

  /// A copy in which group g becomes `groups[g]`, and `rowOffset` is added to the rows.
  ///
  /// - Throws: `outOfMemory`.
  func renumbered(_ groups: [UInt32], rowOffset: UInt32 = 0) throws -> RankedScores {
    let copy = try Buffer<rank_entry>(count: count, for: "ranked scores")
    copy.pointer.update(from: entries.pointer, count: count)
    rank_area_renumber(copy.pointer, Int64(count), groups, rowOffset)
    return RankedScores(sorted: copy, count: count, weights: weights)
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

  /// The scores of each group of a projection: exact for up to `ScoreDistribution.exactRows` rows, otherwise
  /// binned.
  ///
  /// - Parameters:
  ///   - groupOfKey: the group of each combination of the partition.
  ///   - groups: the number of groups.
  func distributions(groupOfKey: [UInt32], groups: Int) -> [ScoreDistribution] {
    let bins = count <= ScoreDistribution.exactRows ? 0 : ScoreDistribution.defaultBins
    // The points of each group are adjacent; the groups are counted first to find where each begins.
    var ends = [Int](repeating: 0, count: groups)
    eachPoint(groupOfKey, groups, bins) { group, _, begins, _ in ends[group] += begins ? 1 : 0 }
    for group in ends.indices.dropFirst() { ends[group] += ends[group - 1] }
    let starts = [0] + ends.dropLast()
    var points = [ScoreDistribution.Point](repeating: .init(), count: ends.last ?? 0)
    var next = starts
    points.withUnsafeMutableBufferPointer { points in
      next.withUnsafeMutableBufferPointer { next in
        eachPoint(groupOfKey, groups, bins) { group, score, begins, index in
          next[group] += begins ? 1 : 0
          let entry = entries.pointer[index]
          let weight = weights.map { $0.pointer[Int(entry.row)] } ?? 1
          points[next[group] - 1].add(score, weight, isPositive: entry.slot & 1 == 1)
        }
      }
    }
    let found = zip(starts, ends).map { start, end in
      ScoreDistribution(bins: bins, points[start..<end])
    }
    return found
  }

  /// Calls `body` for each entry that belongs to a group; `begins` says whether the entry begins a new point.
  @inline(__always)
  private func eachPoint(
    _ groupOfKey: [UInt32], _ groups: Int, _ bins: Int,
    _ body: (_ group: Int, _ score: Double, _ begins: Bool, _ index: Int) -> Void
  ) {
    // No score has this key: it encodes a NaN.
    var last = [UInt64](repeating: .max, count: groups)
    groupOfKey.withUnsafeBufferPointer { groupOfKey in
      last.withUnsafeMutableBufferPointer { last in
        for index in 0..<count {
          let entry = entries.pointer[index]
          let key = Int(entry.slot >> 1)
          guard key < groupOfKey.count else { continue }
          let group = Int(groupOfKey[key])
          guard group < groups else { continue }
          let score = rank_area_score(entry.key)
          let place =
            bins == 0 ? entry.key : UInt64(ScoreDistribution.place(score, bins: bins))
          body(group, score, last[group] != place, index)
          last[group] = place
        }
      }
    }
  }
}
