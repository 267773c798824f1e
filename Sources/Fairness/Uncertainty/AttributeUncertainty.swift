import Platform

/// One attribute's numbers and their bootstrap replicates, from which intervals and tests are computed.
struct AttributeUncertainty {
  let frame: GroupFrame
  let options: UncertaintyOptions
  let quantities: Quantities
  /// Whether the tables of decisions count unweighted rows; rates then have score intervals.
  let countsRows: Bool
  /// (quantities, replicates); nil if the rows cannot be resampled.
  let replicates: Buffer<Double>?
  /// For each quantity, its value in the audit and its value computed from the resampled data. The two differ
  /// if scores were merged into points.
  let observed: [Double]
  let basis: [Double]
  /// For each quantity, the acceleration of BCa intervals.
  let accelerations: [Double]

  /// The maximum number of replicates over all numbers: one gigabyte.
  private static let maximumNumbers = 1 << 27
  /// The maximum number of evaluations of the jackknife; with more (very many groups), accelerations are 0.
  fileprivate static let maximumInfluences = 1 << 24

  /// - Throws: `outOfMemory`.
  init(_ sums: AuditSums, _ choice: AuditChoice, _ frame: GroupFrame, _ options: UncertaintyOptions) throws {
    self.frame = frame
    self.options = options
    let quantities = Quantities(metrics: choice.metrics, measures: choice.measures, of: frame)
    self.quantities = quantities
    let attributes = frame.attribute.isEmpty ? [] : sums.grouping(named: frame.attribute)
    countsRows = !sums.weighted && sums.task.classCount > 0
    var observed = [Double](repeating: .nan, count: quantities.count)
    quantities.evaluate(frame) { observed[$0] = $1 }
    self.observed = observed
    // The strata of conditional measures are resampled together with the groups.
    let joint = attributes.flatMap { attributes in
      frame.strata.isEmpty || !choice.measures.contains(where: \.isConditional)
        ? nil : sums.partition(with: attributes + frame.conditions)
    }
    guard let attributes, let partition = joint ?? sums.partition(with: attributes), sums.rows > 1,
      countsRows || sums.blocks != nil, options.replicates > 0,
      quantities.count <= AttributeUncertainty.maximumNumbers / options.replicates
    else {
      replicates = nil
      basis = observed
      accelerations = [Double](repeating: 0, count: observed.count)
      return
    }
    let resampler = try Resampler(
      partition, task: sums.task, blocks: countsRows ? nil : sums.blocks, scores: choice.readsScores,
      distributions: choice.readsDistributions, options: options)
    let (names, place, _) = partition.projection(on: attributes, dropping: frame.dropsMissing)
    // Groups that are not shown get the index after the last shown group.
    let shown = Dictionary(zip(frame.names, 0...).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
    let groupOfKey =
      frame.withheld.isEmpty
      ? place
      : place.map { key in
        names.indices.contains(Int(key))
          ? UInt32(clamping: shown[names[Int(key)]] ?? frame.groups.count) : key
      }
    var strataOfKey: [UInt32] = []
    if joint != nil { (_, strataOfKey, _) = partition.projection(on: frame.conditions) }
    let drawing = FrameDrawing(resampler, groupOfKey, strataOfKey, frame, quantities)
    basis = drawing.numbers(.observed)
    replicates = try drawing.replicates(options.replicates)
    accelerations =
      options.method == .percentile
      ? [Double](repeating: 0, count: observed.count) : drawing.accelerations(around: basis)
    try HostCall.check()
  }

  /// Unweighted counts without replicates.
  init(counting frame: GroupFrame, _ metrics: [Metric], _ options: UncertaintyOptions) {
    self.frame = frame
    self.options = options
    quantities = Quantities(metrics: metrics, measures: [], of: frame)
    countsRows = true
    replicates = nil
    var observed = [Double](repeating: .nan, count: quantities.count)
    quantities.evaluate(frame) { observed[$0] = $1 }
    self.observed = observed
    basis = observed
    accelerations = [Double](repeating: 0, count: observed.count)
  }

  /// The replicates of a quantity that have a value.
  func drawn(_ quantity: Int) -> [Double] {
    guard let replicates else { return [] }
    let start = quantity * options.replicates
    let shift = observed[quantity] - basis[quantity]
    let row = UnsafeBufferPointer(start: replicates.pointer + start, count: options.replicates)
    return row.filter(\.isFinite).map { $0 + (shift.isFinite ? shift : 0) }
  }

  /// The standard deviation of a quantity's replicates; nil if too few have a value.
  func error(_ quantity: Int) -> Double? {
    let values = drawn(quantity)
    guard values.count > 20, values.count * 10 >= options.replicates * 9 else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let error = (squares / Double(values.count - 1)).squareRoot()
    return error.isFinite ? error : nil
  }
}

/// Resamples the sums of a frame's groups, and evaluates the frame's numbers.
struct FrameDrawing {
  let resampler: Resampler
  let groupOfKey: [UInt32]
  /// For each combination, the group within its stratum; `groups * strata` if it has none; empty without
  /// strata.
  private let cellOfKey: [UInt32]
  private let strata: Int
  let frame: GroupFrame
  let quantities: Quantities

  /// - Parameter strataOfKey: the stratum of each combination; empty without strata.
  init(
    _ resampler: Resampler, _ groupOfKey: [UInt32], _ strataOfKey: [UInt32], _ frame: GroupFrame,
    _ quantities: Quantities
  ) {
    self.resampler = resampler
    self.groupOfKey = groupOfKey
    let (groups, strata) = (frame.groups.count, strataOfKey.max().map { Int($0) + 1 } ?? 0)
    self.strata = strata
    cellOfKey = zip(groupOfKey, strataOfKey).map { group, stratum in
      UInt32(clamping: Int(group) < groups ? Int(stratum) * groups + Int(group) : strata * groups)
    }
    self.frame = frame
    self.quantities = quantities
  }

  /// Calls `set` with every number of a draw; `scratch` is working memory for one thread.
  private func evaluate(
    _ draw: Resampler.Draw, _ scratch: UnsafeMutableBufferPointer<Double>, set: (Int, Double) -> Void
  ) {
    let numbers = UnsafeMutableBufferPointer(rebasing: scratch[..<resampler.count])
    let rest = UnsafeMutableBufferPointer(rebasing: scratch[resampler.count...])
    resampler.draw(draw, into: numbers)
    var (groups, overall) = resampler.groups(
      numbers, scratch: rest, groupOfKey: groupOfKey, count: frame.groups.count)
    // A frame without an attribute has no groups, even if its partition has some.
    if frame.groups.isEmpty { groups = [] }
    var drawn = frame.replacing(groups: groups, overall: overall)
    if !cellOfKey.isEmpty {
      let cells = resampler.groups(
        numbers, scratch: rest, groupOfKey: cellOfKey, count: strata * groups.count, scores: false
      ).groups
      drawn.strata = (0..<strata).map { stratum in
        let part = Array(cells[(stratum * groups.count)..<((stratum + 1) * groups.count)])
        var all = GroupSums(rows: 0)
        for group in part { all.add(group) }
        return frame.replacing(groups: part, overall: all)
      }
    }
    quantities.evaluate(drawn, set: set)
  }

  private var scratchCount: Int {
    resampler.count + (frame.groups.count * max(1, strata) + 1) * max(1, resampler.groupWidth)
  }

  func numbers(_ draw: Resampler.Draw) -> [Double] {
    var found = [Double](repeating: .nan, count: quantities.count)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: scratchCount) { scratch in
      scratch.initialize(repeating: 0)
      evaluate(draw, scratch) { found[$0] = $1 }
    }
    return found
  }

  /// (quantities, count). A replicate depends only on its index, not on the thread that computes it.
  ///
  /// - Throws: `outOfMemory`.
  func replicates(_ count: Int) throws -> Buffer<Double> {
    let (size, overflow) = quantities.count.multipliedReportingOverflow(by: count)
    guard !overflow else { throw Failure.outOfMemory(bytes: .max, for: "bootstrap replicates") }
    let found = try Buffer<Double>(count: size, for: "bootstrap replicates")
    let shards = WorkerPool.shards(of: count, minimum: 16)
    let cancel = HostCall.cancelFlag
    WorkerPool.run(shards: shards.count) { shard in
      guard shards.indices.contains(shard) else { return }
      withUnsafeTemporaryAllocation(of: Double.self, capacity: scratchCount) { scratch in
        scratch.initialize(repeating: 0)
        for replicate in shards[shard] {
          if cancel?.isRequested == true { return }
          evaluate(.replicate(replicate), scratch) { found.pointer[$0 * count + replicate] = $1 }
        }
      }
    }
    try HostCall.check()
    return found
  }

  /// Σ L³ / (6 (Σ L²)^1.5) over all rows, where L = estimate − estimate without the row; rows in the same
  /// cell have the same L (Efron 1987, equation 7.3).
  func accelerations(around estimate: [Double]) -> [Double] {
    guard resampler.units.count <= AttributeUncertainty.maximumInfluences / max(1, quantities.count) else {
      return [Double](repeating: 0, count: quantities.count)
    }
    // The shards do not depend on the number of threads, so the rounding of the sums does not either.
    let units = resampler.units.count
    let shards = (0..<16).map { (units * $0 / 16)..<(units * ($0 + 1) / 16) }
    let cancel = HostCall.cancelFlag
    var cubes = [[Double]](
      repeating: [Double](repeating: 0, count: quantities.count), count: shards.count)
    var squares = cubes
    cubes.withUnsafeMutableBufferPointer { cubes in
      squares.withUnsafeMutableBufferPointer { squares in
        WorkerPool.run(shards: shards.count) { shard in
          guard shards.indices.contains(shard) else { return }
          withUnsafeTemporaryAllocation(of: Double.self, capacity: scratchCount) { scratch in
            scratch.initialize(repeating: 0)
            for unit in shards[shard] {
              // The caller throws after this return.
              if cancel?.isRequested == true { return }
              let rows = resampler.units[unit].rows
              evaluate(.without(unit), scratch) { quantity, value in
                let influence = estimate[quantity] - value
                guard influence.isFinite else { return }
                squares[shard][quantity] += rows * influence * influence
                cubes[shard][quantity] += rows * influence * influence * influence
              }
            }
          }
        }
      }
    }
    return (0..<quantities.count).map { quantity in
      let square = squares.reduce(0) { $0 + $1[quantity] }
      let cube = cubes.reduce(0) { $0 + $1[quantity] }
      return square > 0 ? cube / (6 * square * square.squareRoot()) : 0
    }
  }
}
