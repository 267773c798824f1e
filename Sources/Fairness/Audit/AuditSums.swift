import Platform

/// The sums of an audit; the rows are not needed once they are summed. Sums of parts of the data add up to
/// the sums of the whole: exactly for counts, up to rounding for weights and scores.
public struct AuditSums {
  public let task: AuditTask
  /// Whether the rows had scores.
  public let scored: Bool
  /// Whether the rows had labels.
  public let labelled: Bool
  public private(set) var rows: Int
  /// The attributes' names of each grouping.
  let groupings: [[String]]
  public var groupingCount: Int { groupings.count }
  /// The groupings that are counted only for conditional measures.
  let conditional: [[String]]
  private(set) var partitions: [PartitionSums]
  /// Whether the rows had weights.
  public private(set) var weighted: Bool
  /// Sums by block, for intervals of weighted rows and regressions, which counts do not determine; nil unless
  /// requested.
  private(set) var blocks: RowBlocks?

  /// Sums the rows in one pass.
  ///
  /// - Parameters:
  ///   - ranked: also store the scores, or a regression's predictions, for rank metrics and distributions (16
  ///     bytes per row).
  ///   - bins: also store histograms of the scores with this number of bins, which replace the scores and
  ///     need constant memory; 0: none.
  ///   - blocks: also store sums by block if the intervals need them.
  ///   - firstRow: the number of rows that precede these in the whole data.
  /// - Throws: `invalidData` naming the first bad row of a column; `invalidArgument`; `unsupported` for too
  ///   many combinations of groups; `outOfMemory`.
  public init(_ rows: AuditRows, ranked: Bool = true, bins: Int = 0, blocks: Bool = false, firstRow: Int = 0)
    throws
  {
    try AuditSums.check(rows)
    task = rows.task
    scored = rows.hasScores
    labelled = rows.hasLabels
    self.rows = rows.count
    groupings = rows.groupings.map { $0.attributes.map(\.name) }
    conditional = rows.conditional.map { $0.attributes.map(\.name) }
    let classes = rows.task.classCount
    let plan = try Partition.plan(rows.groupings + rows.conditional, cellsPerGroup: max(1, classes * classes))
    let ranked = ranked && (rows.hasScores || rows.task == .regression)
    partitions = try plan.enumerated().map { index, partition in
      try HostCall.report("count", index, of: plan.count)
      return try PartitionCounting(rows, partition, ranked: ranked, bins: bins).run()
    }
    weighted = rows.weights != nil
    self.blocks = blocks && (weighted || classes == 0) ? try RowBlocks(rows, plan, firstRow: firstRow) : nil
  }

  /// Restores saved sums.
  init(
    task: AuditTask, scored: Bool, labelled: Bool, weighted: Bool, rows: Int, groupings: [[String]],
    conditional: [[String]], partitions: [PartitionSums], blocks: RowBlocks?
  ) {
    self.weighted = weighted
    self.blocks = blocks
    self.task = task
    self.scored = scored
    self.labelled = labelled
    self.rows = rows
    self.groupings = groupings
    self.conditional = conditional
    self.partitions = partitions
  }

  private static func check(_ rows: AuditRows) throws {
    if case .multiclass(let classes) = rows.task {
      guard (2...1024).contains(classes.count) else {
        throw Failure.unsupported("a multiclass audit has \(classes.count) classes; 2 to 1024 are accepted")
      }
      guard Set(classes).count == classes.count else {
        throw Failure.invalidArgument("two classes have the same name")
      }
    }
    if case .classes = rows.outcome, rows.task == .regression {
      throw Failure.invalidArgument("a regression has values, and these are class codes")
    }
    let names = rows.groupings.map(\.attribute)
    guard Set(names).count == names.count else {
      throw Failure.invalidArgument("two groupings have the same name: \(names.joined(separator: "; "))")
    }
    guard rows.groupings.allSatisfy({ !$0.attributes.isEmpty }) else {
      throw Failure.invalidArgument("a grouping has no attribute")
    }
  }

  /// Adds the sums of other rows with the same task and groupings; groups are matched by name.
  ///
  /// - Throws: `invalidArgument` if the two do not fit together; `outOfMemory`.
  public mutating func merge(_ other: AuditSums) throws {
    guard task == other.task, scored == other.scored, labelled == other.labelled,
      groupings == other.groupings,
      conditional == other.conditional
    else {
      throw Failure.invalidArgument(
        "audits of different tasks, groupings or columns (\(task.name), \(other.task.name)) cannot be merged")
    }
    // The parts may have different partitions, since one may have more groups; then each grouping gets its
    // own partition.
    let samePlan = partitions.map(\.attributes) == other.partitions.map(\.attributes)
    var merged = samePlan ? partitions : try byGrouping()
    for (index, more) in zip(merged.indices, samePlan ? other.partitions : try other.byGrouping()) {
      try merged[index].merge(more)
    }
    partitions = merged
    if let more = other.blocks, let own = blocks {
      let wanted = groupings.isEmpty ? [[]] : groupings + conditional
      var joint = samePlan ? own : try own.projected(on: wanted)
      try joint.merge(samePlan ? more : try more.projected(on: wanted))
      blocks = joint
    } else {
      blocks = nil
    }
    weighted = weighted || other.weighted
    rows += other.rows
  }

  /// A partition for each grouping.
  func byGrouping() throws -> [PartitionSums] {
    try (groupings + conditional).map { attributes in
      guard let partition = partition(with: attributes) else {
        throw Failure.internal("a grouping without sums")
      }
      return try partition.projected(on: attributes)
    }
  }

  /// The attributes of a grouping by its name, for example "sex,race".
  func grouping(named name: String) -> [String]? {
    groupings.first { NameList.joined($0) == name }
  }

  func partition(with attributes: [String]) -> PartitionSums? {
    partitions.first { partition in attributes.allSatisfy { partition.attributes.contains($0) } }
  }

  /// A grouping's groups, in the order of the codes, and their sums, rank areas included.
  typealias FrameSums = (names: [String], sums: [GroupSums])

  /// The sums of all rows, and of the groups of each grouping.
  ///
  /// - Parameters:
  ///   - distributions: also return the distributions of the scores; the sums must be ranked.
  ///   - dropped: the attributes whose missing values form no group.
  func frames(distributions: Bool = false, dropping dropped: Set<String> = []) -> (
    overall: GroupSums, groupings: [FrameSums]
  ) {
    let wanted = [[]] + groupings
    var found = [FrameSums](repeating: ([], []), count: wanted.count)
    // The areas need a pass over all scores for each grouping; the passes are independent.
    found.withUnsafeMutableBufferPointer { found in
      WorkerPool.run(shards: wanted.count) { index in
        guard wanted.indices.contains(index) else { return }
        found[index] = frameSums(of: wanted[index], distributions, dropped)
      }
    }
    return (found.first?.sums.first ?? GroupSums(rows: 0), Array(found.dropFirst()))
  }

  private func frameSums(of attributes: [String], _ distributions: Bool, _ dropped: Set<String>) -> FrameSums
  {
    guard let partition = partition(with: attributes) else { return ([], []) }
    let (names, indexOfKey, kept) = partition.projection(on: attributes, dropping: dropped)
    var sums: [GroupSums?] = names.map { _ in nil }
    for (index, group) in zip(indexOfKey, partition.groups) {
      let index = Int(index)
      guard sums.indices.contains(index) else { continue }
      if sums[index] == nil { sums[index] = group } else { sums[index]?.add(group) }
    }
    var groups = sums.map { $0 ?? GroupSums(rows: 0) }
    if let ranked = partition.ranked {
      let areas = ranked.areas(groupOfKey: indexOfKey, groups)
      for (index, area) in zip(groups.indices, areas) { groups[index].ranks = area }
      if distributions {
        let found = ranked.distributions(groupOfKey: indexOfKey, groups: groups.count)
        for (index, distribution) in zip(groups.indices, found) {
          groups[index].distribution = distribution
        }
      }
    } else {
      for index in groups.indices { groups[index].ranks = groups[index].binnedRanks }
    }
    return (Array(names.prefix(kept)), Array(groups.prefix(kept)))
  }

  /// The sums of the groups `names` of `attributes` within each occurring combination of values of `strata`;
  /// empty if they were not counted together.
  func strata(of attributes: [String], _ names: [String], by strata: [String]) -> [[GroupSums]] {
    guard !strata.isEmpty, let partition = partition(with: attributes + strata) else { return [] }
    let positions = attributes.compactMap { partition.attributes.firstIndex(of: $0) }
    let strataPositions = strata.compactMap { partition.attributes.firstIndex(of: $0) }
    let places = Dictionary(
      zip(names, names.indices).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
    var order: [[String]: Int] = [:]
    var found: [[GroupSums]] = []
    for (key, sums) in zip(partition.keys, partition.groups) {
      func part(_ positions: [Int]) -> [String] { positions.map { key.indices.contains($0) ? key[$0] : "" } }
      guard let place = places[SensitiveAttribute.groupName(part(positions))] else { continue }
      let stratum = part(strataPositions)
      let index = order[stratum] ?? found.count
      if index == found.count {
        order[stratum] = index
        found.append(names.map { _ in GroupSums(rows: 0) })
      }
      found[index][place].add(sums)
    }
    return found
  }
}
