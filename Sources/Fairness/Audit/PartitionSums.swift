import Platform

/// The sums of a partition: one entry for each occurring combination of its attributes' groups. Combinations
/// are identified by name, so that sums from machines with different codes can be added.
struct PartitionSums {
  let attributes: [String]
  /// The group names of each attribute, in the order of the codes.
  private(set) var groupNames: [[String]]
  /// The combinations: one group name per attribute, in the order of the codes.
  private(set) var keys: [[String]] = []
  private(set) var groups: [GroupSums] = []
  private var indices: [[String]: Int] = [:]
  /// nil unless rank metrics were requested.
  var ranked: RankedScores?

  init(attributes: [SensitiveAttribute]) {
    self.attributes = attributes.map(\.name)
    groupNames = attributes.map(\.groupNames)
  }

  init(attributes: [String], groupNames: [[String]]) {
    self.attributes = attributes
    self.groupNames = groupNames
  }

  func index(of key: [String]) -> Int? { indices[key] }

  /// Adds `sums` to a combination; returns the combination's index.
  @discardableResult
  mutating func add(_ sums: GroupSums, as key: [String]) -> UInt32 {
    let index: Int
    if let known = indices[key], groups.indices.contains(known) {
      index = known
      groups[known].add(sums)
    } else {
      index = groups.count
      indices[key] = index
      keys.append(key)
      groups.append(sums)
    }
    return UInt32(clamping: index)
  }

  /// - Throws: `outOfMemory`.
  mutating func merge(_ other: PartitionSums) throws {
    for (position, names) in zip(groupNames.indices, other.groupNames) {
      let known = Set(groupNames[position])
      let strangers = names.filter { !known.contains($0) }
      if !strangers.isEmpty { groupNames[position] = Self.ordered(groupNames[position] + strangers) }
    }
    let mapping = zip(other.keys, other.groups).map { add($0.1, as: $0.0) }
    if let more = other.ranked {
      ranked = try ranked?.merged(with: more, groups: mapping) ?? more
    }
  }

  /// The names in the order in which a column of all of them would have its categories (numbers in numeric
  /// order). The order of groups must not depend on the order in which parts were merged.
  private static func ordered(_ names: [String]) -> [String] {
    let numbers = names.map { Double($0) }
    guard numbers.contains(where: { $0 == nil }) else {
      return zip(names, numbers).sorted { ($0.1 ?? 0) < ($1.1 ?? 0) }.map(\.0)
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The sums by a subset of the attributes.
  ///
  /// - Throws: `outOfMemory`.
  func projected(on names: [String]) throws -> PartitionSums {
    let positions = names.compactMap { attributes.firstIndex(of: $0) }
    var projected = PartitionSums(
      attributes: positions.map { attributes[$0] }, groupNames: positions.map { groupNames[$0] })
    let mapping = zip(keys, groups).map { key, sums in
      projected.add(sums, as: positions.map { key.indices.contains($0) ? key[$0] : "" })
    }
    projected.ranked = try ranked?.renumbered(mapping)
    return projected
  }

  /// Maps each combination to its group in the projection on `names`.
  ///
  /// - Returns: the names of the groups in the order of the codes; one group index per combination; and
  ///   `kept`, the number of groups that are used. Groups without a value of an attribute in `dropped` come
  ///   after these.
  func projection(on names: [String], dropping dropped: Set<String> = []) -> (
    groups: [String], indexOfKey: [UInt32], kept: Int
  ) {
    let drops = names.map(dropped.contains)
    let positions = names.compactMap { attributes.firstIndex(of: $0) }
    let ranks = positions.map { position in
      Dictionary(
        zip(groupNames[position], 0...).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
    }
    let projected = keys.map { key in positions.map { key.indices.contains($0) ? key[$0] : "" } }
    func order(_ key: [String]) -> [Int] {
      zip(key, ranks).map { name, rank in rank[name] ?? .max }
    }
    func isDropped(_ key: [String]) -> Bool {
      zip(key, drops).contains { $0 == SensitiveAttribute.missingGroup && $1 }
    }
    // Missing values come last.
    let all = Set(projected).map { (key: $0, order: order($0)) }.sorted {
      $0.order == $1.order
        ? $0.key.lexicographicallyPrecedes($1.key) : $0.order.lexicographicallyPrecedes($1.order)
    }
    let sorted = all.filter { !isDropped($0.key) } + all.filter { isDropped($0.key) }
    let indices = Dictionary(
      zip(sorted.map(\.key), 0...).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
    return (
      sorted.map { SensitiveAttribute.groupName($0.key) },
      projected.map { UInt32(clamping: indices[$0] ?? 0) },
      all.count { !isDropped($0.key) }
    )
  }
}
