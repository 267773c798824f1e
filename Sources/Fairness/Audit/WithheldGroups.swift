/// The groups of an attribute that are too small to be shown.
struct WithheldGroups {
  /// Indices of the groups that are shown.
  let shown: [Int]
  let names: [String]

  /// - Parameters:
  ///   - names, groups: in the report's order.
  ///   - total: the weight of all rows.
  init(_ names: [String], _ groups: [GroupSums], total: Double, _ options: AuditOptions) {
    let share = options.minimumShare * total
    var small = groups.indices.filter { groups[$0].rows < options.minimumCount }
    // If only one group were hidden, its numbers could be computed from those of all rows and the other
    // groups.
    if small.count == 1 {
      let next = groups.indices.filter { !small.contains($0) }.min { groups[$0].rows < groups[$1].rows }
      if let next { small.append(next) }
    }
    let hidden = Set(small + groups.indices.filter { groups[$0].weight < share })
    shown = groups.indices.filter { !hidden.contains($0) }
    self.names = zip(names.indices, names).filter { hidden.contains($0.0) }.map(\.1)
  }
}
