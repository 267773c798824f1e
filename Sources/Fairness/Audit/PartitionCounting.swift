import FairnessKernels
import Platform

/// The pass over the rows. Every shard fills its own tables, block by block; the tables are added at the end.
/// Index of a cell: ((slot · classes) + label) · classes + decision, or the slot alone.
struct PartitionCounting {
  static let blockRows = 512

  let rows: AuditRows
  let partition: Partition
  let slots: Int
  let cells: Int
  /// Whether to store the data for rank areas.
  let ranked: Bool
  /// The number of bins of the scores' histograms; 0: no histograms.
  let bins: Int
  private let lanes: Int32
  private let classes: Int

  /// - Throws: `unsupported` when the joint table is too large.
  init(_ rows: AuditRows, _ partition: Partition, ranked: Bool, bins: Int = 0) throws {
    let classes = rows.task.classCount
    guard let slots = partition.slots, let cells = partition.cells(perGroup: max(1, classes * classes)),
      cells <= Partition.maximumCells
    else {
      throw Failure.unsupported("the audit's joint table has too many cells; bin or drop an attribute")
    }
    guard !ranked || rows.count <= Int(UInt32.max) else {
      throw Failure.unsupported(
        "rank metrics (auc, average_precision) take at most \(UInt32.max) rows at a time; name other metrics")
    }
    let histograms = slots.multipliedReportingOverflow(by: 2 * max(bins, 0))
    guard !histograms.overflow, histograms.partialValue <= Partition.maximumCells else {
      throw Failure.unsupported(
        "\(slots) groups times \(bins) score bins are more than \(Partition.maximumCells / 2); take fewer bins",
        at: "/score_bins")
    }
    self.rows = rows
    self.bins = rows.hasScores ? max(bins, 0) : 0
    self.partition = partition
    self.slots = slots
    self.cells = cells
    self.ranked = ranked
    self.classes = classes
    lanes = cells <= Partition.sharedCells ? Int32(GROUP_CELLS_LANES) : 1
  }

  /// The tables of one shard. Tables that the task does not need are empty.
  private final class Tables {
    let counts: Buffer<Int64>
    let weights: Buffer<Double>
    let scores: Buffer<group_cells_score_sums>
    let errors: Buffer<group_cells_error_sums>
    /// (slot · 2 + label) · bins + bin: Σ w and Σ w · score.
    let binWeights: Buffer<Double>
    let binScores: Buffer<Double>
    var entries = 0
    var failure: Failure?

    init(_ counting: PartitionCounting) throws {
      let classified = counting.classes > 0
      let counted = classified ? counting.cells * Int(counting.lanes) : 0
      counts = try Buffer(count: counted, for: "an audit's counts")
      weights = try Buffer(
        count: counting.rows.weights == nil ? 0 : counted, for: "an audit's weighted counts")
      scores = try Buffer(
        count: counting.rows.hasScores ? counting.slots * 2 : 0, for: "an audit's score sums")
      errors = try Buffer(count: classified ? 0 : counting.slots, for: "an audit's error sums")
      let histograms = counting.slots * 2 * counting.bins
      binWeights = try Buffer(count: histograms, for: "an audit's score bins")
      binScores = try Buffer(count: histograms, for: "an audit's score bins")
    }
  }

  /// - Throws: `invalidData` naming the first bad row; `outOfMemory`.
  func run() throws -> PartitionSums {
    // Columns are read through pointers, so their owners must stay alive until the pass ends.
    try withExtendedLifetime(self) { try count() }
  }

  private func count() throws -> PartitionSums {
    let shards = WorkerPool.shards(of: rows.count, minimum: 32_768)
    let tables = try shards.map { _ in try Tables(self) }
    let entries = try Buffer<rank_entry>(count: ranked ? rows.count : 0, for: "scores to be ranked")
    WorkerPool.run(shards: shards.count) { shard in
      guard shards.indices.contains(shard), tables.indices.contains(shard) else { return }
      fill(tables[shard], shards[shard], entries)
    }
    for table in tables {
      if let failure = table.failure { throw failure }
    }
    var sums = PartitionSums(attributes: partition.attributes)
    var keyOfSlot = [UInt32](repeating: 0, count: slots)
    for slot in 0..<slots {
      let group = groupSums(slot, tables)
      if group.rows > 0 { keyOfSlot[slot] = sums.add(group, as: partition.key(ofSlot: slot)) }
    }
    if ranked {
      let used = compact(entries, shards, tables)
      rank_area_renumber(entries.pointer, Int64(used), keyOfSlot, 0)
      sums.ranked = try RankedScores(
        entries: entries, count: used,
        weights: rows.weights.map { UnsafeBufferPointer(start: $0, count: rows.count) })
    }
    return sums
  }

  private func fill(_ tables: Tables, _ shard: Range<Int>, _ entries: Buffer<rank_entry>) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: PartitionCounting.blockRows) { block in
      guard let cells = block.baseAddress else { return }
      cells.initialize(repeating: 0, count: block.count)
      var start = shard.lowerBound
      while start < shard.upperBound && tables.failure == nil {
        let range = start..<min(start + PartitionCounting.blockRows, shard.upperBound)
        if number(range, into: cells) {
          add(range, cells, tables, entries, firstEntry: shard.lowerBound)
        } else {
          tables.failure = badRow(in: range)
        }
        start = range.upperBound
      }
    }
  }

  /// Computes the cell of each row of a block; false if a code is out of range.
  private func number(_ range: Range<Int>, into cells: UnsafeMutablePointer<UInt32>) -> Bool {
    var valid = true
    var first = true
    for attribute in partition.attributes {
      valid =
        attribute.codes.append(
          range, to: cells, slots: attribute.slots, missingAllowed: true, first: first) && valid
      first = false
    }
    if case .classes(let labels, let decisions, _) = rows.outcome {
      valid =
        labels.append(range, to: cells, slots: classes, missingAllowed: false, first: first) && valid
      valid =
        decisions.append(range, to: cells, slots: classes, missingAllowed: false, first: false) && valid
    }
    return valid
  }

  private func add(
    _ range: Range<Int>, _ cells: UnsafeMutablePointer<UInt32>, _ tables: Tables,
    _ entries: Buffer<rank_entry>, firstEntry: Int
  ) {
    let count = Int64(range.count)
    let weights = rows.weights.map { $0 + range.lowerBound }
    let start = range.lowerBound
    switch rows.outcome {
    case .classes(_, _, let scores):
      group_cells_count(cells, count, tables.counts.pointer, Int64(self.cells), lanes)
      if let weights,
        !group_cells_weigh(cells, weights, count, tables.weights.pointer, Int64(self.cells), lanes)
      {
        tables.failure = badWeight(in: range, weights)
      }
      guard rows.hasScores, let scores else { return }
      let firstRow = UInt32(truncatingIfNeeded: start)
      let free = entries.pointer + firstEntry + tables.entries
      switch scores.storage {
      case .float(let values):
        group_cells_score_f32(cells, values + start, weights, count, tables.scores.pointer)
        if ranked { tables.entries += Int(rank_area_fill_f32(free, cells, values + start, count, firstRow)) }
        if bins > 0 {
          score_bins_f32(
            cells, values + start, weights, count, Int64(bins), tables.binWeights.pointer,
            tables.binScores.pointer)
        }
      case .double(let values):
        group_cells_score_f64(cells, values + start, weights, count, tables.scores.pointer)
        if ranked { tables.entries += Int(rank_area_fill_f64(free, cells, values + start, count, firstRow)) }
        if bins > 0 {
          score_bins_f64(
            cells, values + start, weights, count, Int64(bins), tables.binWeights.pointer,
            tables.binScores.pointer)
        }
      }
    case .values(let labels, let predictions):
      if let weights, let failure = badWeight(in: range, weights) { tables.failure = failure }
      let sums = tables.errors.pointer
      switch (labels.storage, predictions.storage) {
      case (.float(let labels), .float(let predictions)):
        group_cells_error_f32(
          cells, labels + start, predictions + start, weights, count, sums)
      case (.double(let labels), .double(let predictions)):
        group_cells_error_f64(
          cells, labels + start, predictions + start, weights, count, sums)
      default:
        tables.failure = .invalidArgument(
          "labels and predictions of a regression must both be float or both be double")
      }
      if ranked { rank(range, cells, predictions, tables, entries.pointer + firstEntry) }
    }
  }

  /// Stores the predictions of a regression as scores with label 0; overwrites `cells`.
  private func rank(
    _ range: Range<Int>, _ cells: UnsafeMutablePointer<UInt32>, _ predictions: RealColumn, _ tables: Tables,
    _ entries: UnsafeMutablePointer<rank_entry>
  ) {
    let free = entries + tables.entries
    let (count, firstRow) = (Int64(range.count), UInt32(truncatingIfNeeded: range.lowerBound))
    for index in 0..<range.count { cells[index] *= 4 }
    let written =
      switch predictions.storage {
      case .float(let values):
        rank_area_fill_f32(free, cells, values + range.lowerBound, count, firstRow)
      case .double(let values):
        rank_area_fill_f64(free, cells, values + range.lowerBound, count, firstRow)
      }
    tables.entries += Int(written)
  }

  /// The sums of a slot over all shards and lanes.
  private func groupSums(_ slot: Int, _ tables: [Tables]) -> GroupSums {
    guard classes > 0 else {
      var group = GroupSums(rows: 0)
      for table in tables where table.errors.elements[slot].rows > 0 {
        let sums = table.errors.elements[slot]
        group.add(GroupSums(rows: Int(exactly: sums.rows) ?? 0, errors: ErrorSums(sums)))
      }
      return group
    }
    let perGroup = classes * classes
    var counts = [Int64](repeating: 0, count: perGroup)
    var weights = [Double](repeating: 0, count: perGroup)
    for table in tables {
      for lane in 0..<Int(lanes) {
        let start = lane * cells + slot * perGroup
        for cell in 0..<perGroup {
          counts[cell] += table.counts.elements[start + cell]
          if rows.weights != nil { weights[cell] += table.weights.elements[start + cell] }
        }
      }
    }
    let total = Int(counts.reduce(0, +))
    guard total > 0 else { return GroupSums(rows: 0) }
    if rows.weights == nil { weights = counts.map(Double.init) }
    var scores: ScoreSums?
    if rows.hasScores {
      for table in tables {
        let sums = ScoreSums(
          negative: table.scores.elements[slot * 2], positive: table.scores.elements[slot * 2 + 1])
        if scores == nil { scores = sums } else { scores?.add(sums) }
      }
    }
    return GroupSums(
      rows: total, confusion: ConfusionSums(classes: classes, weights: weights), scores: scores,
      distribution: bins > 0 ? distribution(slot, tables) : nil)
  }

  /// The histogram of a slot over all shards.
  private func distribution(_ slot: Int, _ tables: [Tables]) -> ScoreDistribution {
    func column(_ label: Int, _ table: (Tables) -> Buffer<Double>) -> [Double] {
      (0..<bins).map { bin in
        tables.reduce(0) { $0 + table($1).elements[(slot * 2 + label) * bins + bin] }
      }
    }
    return ScoreDistribution(
      positives: column(1, \.binWeights), positiveScores: column(1, \.binScores),
      negatives: column(0, \.binWeights), negativeScores: column(0, \.binScores))
  }

  /// Moves the entries of all shards together; returns their number.
  private func compact(_ entries: Buffer<rank_entry>, _ shards: [Range<Int>], _ tables: [Tables]) -> Int {
    var used = 0
    for (shard, table) in zip(shards, tables) {
      if used != shard.lowerBound {
        (entries.pointer + used).update(from: entries.pointer + shard.lowerBound, count: table.entries)
      }
      used += table.entries
    }
    return used
  }

  private func badRow(in range: Range<Int>) -> Failure {
    for row in range {
      for attribute in partition.attributes {
        if let code = attribute.codes.code(at: row), !attribute.groupNames.indices.contains(code) {
          return .invalidData(
            "group \(code) of \"\(attribute.name)\" has no name; there are \(attribute.groupNames.count)",
            at: "row \(row)")
        }
      }
      guard case .classes(let labels, let decisions, _) = rows.outcome else { continue }
      for (name, column) in [("label", labels), ("decision", decisions)] {
        let code = column.code(at: row)
        if code.map({ !(0..<classes).contains($0) }) ?? true {
          return .invalidData(
            "\(name) \(code.map(String.init) ?? "is missing;") is not one of 0 to \(classes - 1)",
            at: "row \(row)")
        }
      }
    }
    return .internal("a row without an error was refused")
  }

  private func badWeight(in range: Range<Int>, _ weights: UnsafePointer<Double>) -> Failure? {
    for index in 0..<range.count where !(weights[index] >= 0 && weights[index].isFinite) {
      return .invalidData(
        "weight \(weights[index]) is not a finite number of at least 0",
        at: "row \(range.lowerBound + index)")
    }
    return nil
  }
}
