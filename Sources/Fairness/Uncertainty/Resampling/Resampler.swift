import Platform

/// Resamples the sums of a partition's rows. Metrics and measures are evaluated on the resampled sums as on
/// the observed ones, so that all of them get intervals.
///
/// For unweighted classifications, the joint counts of (combination of groups, label, decision) are
/// resampled; for weighted rows and regressions, blocks of rows; for metrics of scores, the points of the
/// distributions. Tables and points are drawn independently, because a metric reads only one of the two.
struct Resampler {
  /// The sums to compute.
  enum Draw {
    case observed
    case replicate(Int)
    /// The sums without one row (or block): the one with this index.
    case without(Int)
  }
  private enum Tables {
    case counts(DrawnCounts)
    case blocks(DrawnBlocks, count: Int)
  }

  let combinations: Int
  private let classes: Int
  private let seed: UInt64
  private let tables: Tables
  private let vector: SumsVector
  private let points: ScorePoints?
  private let drawnPoints: DrawnCounts?
  private let wantsDistribution: Bool
  /// The observed numbers: tables, followed by points.
  private var observed: [Double]
  /// The units of the jackknife: the index of a number in `observed` and the number of rows it represents; or
  /// a block.
  private(set) var units: [(place: Int, rows: Double)]
  /// Whether the observed numbers are unweighted counts of rows.
  let countsRows: Bool

  /// - Parameters:
  ///   - blocks: the sums of the same rows by block, for weighted rows and regressions.
  ///   - scores: whether metrics of scores are needed.
  ///   - distributions: whether whole distributions are needed.
  /// - Throws: `outOfMemory`.
  init(
    _ partition: PartitionSums, task: AuditTask, blocks: RowBlocks?, scores: Bool,
    distributions wantsDistribution: Bool,
    options: UncertaintyOptions
  ) throws {
    combinations = partition.groups.count
    classes = task.classCount
    seed = options.seed
    self.wantsDistribution = wantsDistribution
    countsRows = blocks == nil
    let cells = classes * classes
    if let blocks {
      let shift = partition.groups.first?.errors?.meanLabel ?? 0
      vector = SumsVector(classes: classes, shift: shift)
      let sums = try blocks.matrix(of: partition, vector)
      tables = .blocks(
        DrawnBlocks(
          sums.numbers, blocks: sums.blocks, combinations: combinations, width: vector.width,
          stratified: options.stratified), count: sums.blocks)
    } else {
      vector = SumsVector(classes: classes, shift: 0)
      var counts = partition.groups.flatMap { $0.confusion?.weights ?? [Double](repeating: 0, count: cells) }
      counts += [Double](repeating: 0, count: max(0, combinations * cells - counts.count))
      tables = .counts(
        DrawnCounts(counts, strata: Self.strata(options.stratified, combinations, cells)))
    }
    let keys = (0..<UInt32(clamping: combinations)).map { $0 }
    let binned = partition.groups.compactMap(\.distribution)
    let distributions =
      partition.ranked?.distributions(groupOfKey: keys, groups: combinations)
      ?? (binned.count == combinations ? binned : [])
    if scores, !distributions.isEmpty {
      let found = ScorePoints(distributions)
      let strata = Self.strata(options.stratified, combinations, found.scores.count * 2)
      points = found
      drawnPoints = DrawnCounts(
        found.weights, strata: strata,
        trials: blocks.map { blocks in
          strata.map { stratum in found.weights[stratum].reduce(0, +) * blocks.effectiveRowsPerWeight }
        })
    } else {
      points = nil
      drawnPoints = nil
    }
    observed = []
    units = []
    let start = tableCount
    var numbers = [Double](repeating: 0, count: start + (drawnPoints?.count ?? 0))
    numbers.withUnsafeMutableBufferPointer { draw(.observed, into: $0) }
    var units: [(place: Int, rows: Double)] = []
    switch tables {
    case .counts: units = (0..<start).filter { numbers[$0] > 0 }.map { ($0, numbers[$0]) }
    case .blocks(_, let count): units = (0..<count).map { (-1 - $0, 1) }
    }
    let pointUnits = (start..<numbers.count).filter { numbers[$0] > 0 }
    if pointUnits.count <= Resampler.maximumPointUnits {
      units += pointUnits.map { ($0, numbers[$0]) }
    }
    observed = numbers
    self.units = units
  }

  /// The maximum number of points for the jackknife. With more points there are many rows; the acceleration
  /// falls with the square root of their number and is then taken as 0 for metrics of scores.
  private static let maximumPointUnits = 2_048

  private static func strata(_ stratified: Bool, _ combinations: Int, _ width: Int) -> [Range<Int>] {
    stratified ? (0..<combinations).map { ($0 * width)..<(($0 + 1) * width) } : [0..<(combinations * width)]
  }

  private var tableCount: Int {
    switch tables {
    case .counts(let drawn): drawn.count
    case .blocks(let drawn, _): drawn.count
    }
  }

  /// The number of numbers in a draw.
  var count: Int { tableCount + (drawnPoints?.count ?? 0) }

  /// - Parameter numbers: (count), overwritten.
  func draw(_ which: Draw, into numbers: UnsafeMutableBufferPointer<Double>) {
    let middle = tableCount
    guard numbers.count >= count else { return }
    let first = UnsafeMutableBufferPointer(rebasing: numbers[..<middle])
    let second = UnsafeMutableBufferPointer(rebasing: numbers[middle...])
    switch which {
    case .observed:
      switch tables {
      case .counts(let drawn): drawn.observed(into: first)
      case .blocks(let drawn, _): drawn.leave(out: -1, into: first)
      }
      drawnPoints?.observed(into: second)
    case .replicate(let index):
      var mixed = RandomStream(seed: seed &+ UInt64(truncatingIfNeeded: index) &* 0xd134_2543_de82_ef95)
      var stream = RandomStream(seed: mixed.next(), purpose: "bootstrap")
      switch tables {
      case .counts(let drawn): drawn.draw(&stream, into: first)
      case .blocks(let drawn, _): drawn.draw(&stream, into: first)
      }
      drawnPoints?.draw(&stream, into: second)
    case .without(let unit):
      guard units.indices.contains(unit) else { return }
      let place = units[unit].place
      for (index, value) in observed.enumerated() { numbers[index] = value }
      if numbers.indices.contains(place) {
        numbers[place] -= min(1, numbers[place])
      } else if case .blocks(let drawn, _) = tables {
        drawn.leave(out: -1 - place, into: first)
      }
    }
  }

  /// The sums of a projection's groups and of all rows, from the numbers of a draw.
  ///
  /// - Parameters:
  ///   - scratch: at least (groups + 1) · `groupWidth` numbers, overwritten.
  ///   - groupOfKey: the group of each combination.
  ///   - scores: whether to compute the groups' scores too.
  func groups(
    _ numbers: UnsafeMutableBufferPointer<Double>, scratch: UnsafeMutableBufferPointer<Double>,
    groupOfKey: [UInt32], count groups: Int, scores: Bool = true
  ) -> (groups: [GroupSums], overall: GroupSums) {
    guard combinations > 0, let numbers = numbers.baseAddress, let sums = scratch.baseAddress,
      scratch.count >= (groups + 1) * groupWidth
    else { return ([], GroupSums(rows: 0)) }
    scratch.update(repeating: 0)
    let tableWidth = tableCount / combinations
    let pointWidth = scores ? (drawnPoints?.count ?? 0) / combinations : 0
    let pointStart = (groups + 1) * tableWidth
    for (combination, group) in groupOfKey.enumerated() where combination < combinations {
      for target in Int(group) < groups ? [Int(group), groups] : [groups] {
        let table = numbers + combination * tableWidth
        for index in 0..<tableWidth { sums[target * tableWidth + index] += table[index] }
        let points = numbers + tableCount + combination * pointWidth
        for index in 0..<pointWidth { sums[pointStart + target * pointWidth + index] += points[index] }
      }
    }
    let found = (0...groups).map { group -> GroupSums in
      var found: GroupSums
      switch tables {
      case .counts:
        let cells = UnsafeBufferPointer(start: sums + group * tableWidth, count: tableWidth)
        let table = ConfusionSums(classes: classes, weights: Array(cells))
        found = GroupSums(rows: Int(exactly: table.total) ?? 0, confusion: table)
      case .blocks: found = vector.read(sums + group * tableWidth)
      }
      if scores {
        points?.describe(
          &found, sums + pointStart + group * pointWidth, distribution: wantsDistribution)
      }
      return found
    }
    return (Array(found.dropLast()), found.last ?? GroupSums(rows: 0))
  }

  /// The number of scratch numbers per group in `groups(_:scratch:groupOfKey:count:)`.
  var groupWidth: Int { combinations > 0 ? count / combinations : 0 }
}
