import Platform

/// The sums of an audit by random blocks of rows, for intervals that counts do not determine: weighted rows
/// and regressions. Blocks of parts of the data add up to blocks of the whole.
public struct RowBlocks {
  static let attribute = "\u{0}block"

  /// The audit's partitions, each with one more attribute: the block.
  private(set) var partitions: [PartitionSums]
  private var weight: Double
  private var squaredWeight: Double
  private var rows: Double

  /// - Parameters:
  ///   - partitions: the audit's partitions.
  ///   - firstRow: the number of rows that precede these, so that batches use the blocks of the whole data.
  /// - Throws: as `AuditSums.init`.
  init(_ rows: AuditRows, _ partitions: [Partition], firstRow: Int = 0) throws {
    self.rows = Double(rows.count)
    (weight, squaredWeight) = (Double(rows.count), Double(rows.count))
    if let weights = rows.weights {
      defer { withExtendedLifetime(rows) {} }
      (weight, squaredWeight) = (0, 0)
      for row in 0..<rows.count {
        weight += weights[row]
        squaredWeight += weights[row] * weights[row]
      }
    }
    self.partitions = []
    for partition in partitions {
      let slots = max(
        1, partition.cells(perGroup: max(1, rows.task.classCount * rows.task.classCount)) ?? .max)
      // Tables stay below a million cells; fewer than 64 blocks would estimate the spread poorly.
      let blocks = max(64, min(DrawnBlocks.maximum, (1 << 20) / slots))
      let column = try Self.column(rows: rows.count, from: firstRow, blocks: blocks)
      let joint = partition.adding(
        SensitiveAttribute(
          name: Self.attribute, groupNames: (0..<blocks).map(String.init), codes: CodeColumn(column)))
      self.partitions.append(try PartitionCounting(rows, joint, ranked: false).run())
    }
  }

  /// Restores saved blocks.
  init(partitions: [PartitionSums], weight: Double, squaredWeight: Double, rows: Double) {
    (self.partitions, self.weight) = (partitions, weight)
    (self.squaredWeight, self.rows) = (squaredWeight, rows)
  }

  /// The weight, the squared weight and the number of rows.
  var totals: [Double] { [weight, squaredWeight, rows] }

  /// The block of each row. The first rows get one block each, so that small data are resampled row by row;
  /// later rows get the block of a hash of their index.
  private static func column(rows: Int, from first: Int, blocks: Int) throws -> Buffer<Int32> {
    let codes = try Buffer<Int32>(count: rows, for: "blocks of rows")
    for index in 0..<rows {
      let row = first &+ index
      if row < blocks {
        codes.pointer[index] = Int32(truncatingIfNeeded: row)
      } else {
        var stream = RandomStream(seed: UInt64(truncatingIfNeeded: row), purpose: "blocks")
        codes.pointer[index] = Int32(truncatingIfNeeded: stream.below(blocks))
      }
    }
    return codes
  }

  /// One partition for each grouping, so that blocks of audits with different partitions can be added.
  ///
  /// - Throws: `outOfMemory`.
  func projected(on groupings: [[String]]) throws -> RowBlocks {
    var found = self
    found.partitions = try groupings.compactMap { try source(of: $0) }
    return found
  }

  /// The blocks' sums by `attributes`, followed by the block; nil if no partition has all of them.
  private func source(of attributes: [String]) throws -> PartitionSums? {
    let joint = attributes + [Self.attribute]
    let known = partitions.first { partition in joint.allSatisfy { partition.attributes.contains($0) } }
    return known?.attributes == joint ? known : try known?.projected(on: joint)
  }

  /// Adds the blocks of other rows of the same audit.
  ///
  /// - Throws: `outOfMemory`.
  mutating func merge(_ other: RowBlocks) throws {
    for (index, more) in zip(partitions.indices, other.partitions) { try partitions[index].merge(more) }
    weight += other.weight
    squaredWeight += other.squaredWeight
    rows += other.rows
  }

  /// Kish's effective number of rows, (Σ w)² / Σ w², per unit of weight (Kish 1965, section 11.7).
  var effectiveRowsPerWeight: Double { squaredWeight > 0 ? weight / squaredWeight : 0 }

  /// The blocks of a partition's combinations, (blocks, combinations, width).
  ///
  /// - Throws: `outOfMemory`.
  func matrix(of partition: PartitionSums, _ vector: SumsVector) throws -> (
    numbers: Buffer<Double>, blocks: Int
  ) {
    let source = try source(of: partition.attributes)
    // Sorted by number, so that the order does not depend on the order of merging.
    let names = Set((source?.keys ?? []).compactMap(\.last)).sorted { (Int($0) ?? 0) < (Int($1) ?? 0) }
    let blockOf = Dictionary(zip(names, names.indices).map { ($0, $1) }, uniquingKeysWith: { a, _ in a })
    let places = Dictionary(zip(partition.keys, 0...).map { ($0, $1) }, uniquingKeysWith: { a, _ in a })
    let width = partition.groups.count * vector.width
    let numbers = try Buffer<Double>(count: max(1, blockOf.count * width), for: "blocks of rows")
    for (key, sums) in zip(source?.keys ?? [], source?.groups ?? []) {
      guard let block = key.last.flatMap({ blockOf[$0] }), let place = places[Array(key.dropLast())] else {
        continue
      }
      vector.write(sums, to: numbers.pointer + block * width + place * vector.width)
    }
    return (numbers, blockOf.count)
  }
}
