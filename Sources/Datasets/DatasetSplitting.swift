import Platform

extension Dataset {
  /// Splits the rows into disjoint parts; within a part they keep their order. With folds, part i is fold i.
  ///
  /// - Throws: `invalidConfig` for fractions whose sum is above 1, `invalidData` for an unknown column, or if
  ///   a part would be empty.
  public func split(_ options: SplitOptions) throws -> [Dataset] {
    try splitRows(options).map { try selecting(rows: $0) }
  }

  /// The rows of each part, in ascending order.
  public func splitRows(_ options: SplitOptions) throws -> [[Int]] {
    try options.validate(at: "")
    // Without columns the number of rows is not backed by memory, and may be too large to allocate for.
    guard !columns.isEmpty else { throw Failure.invalidData("the dataset has no columns") }
    try Memory.requireRoom(forRows: rows, for: "splitting rows")
    let shares = try options.shares()
    let strata = try self.strata(options.stratify)
    var random = RandomStream(seed: UInt64(bitPattern: Int64(options.seed)), purpose: "split")
    let parts: [Int]
    if let group = options.group {
      parts = try partsOfGroups(group, strata, shares, shuffled: options.shuffle, &random)
    } else {
      parts = StratifiedParts(strata, shares: shares, shuffled: options.shuffle, &random).parts
    }
    var rowsOfPart = [[Int]](repeating: [], count: shares.count)
    for (row, part) in parts.enumerated() where part < shares.count { rowsOfPart[part].append(row) }
    if let empty = rowsOfPart.firstIndex(where: \.isEmpty) {
      throw Failure.invalidData(
        "part \(empty) of \(shares.count) would have no row (\(rows) rows in all); ask for fewer parts")
    }
    return rowsOfPart
  }

  /// For each row, the number of its combination of categories; missing values are a category.
  private func strata(_ names: [String]) throws -> [Int] {
    var strata = [Int](repeating: 0, count: rows)
    for name in names {
      let categories = try column(name).categories()
      var numbers: [Pair: Int] = [:]
      for row in 0..<rows {
        let pair = Pair(first: strata[row], second: Int(categories.codes.pointer[row]))
        let next = numbers.count
        strata[row] = numbers[pair, default: next]
        if strata[row] == next { numbers[pair] = next }
      }
    }
    return strata
  }

  private struct Pair: Hashable {
    let first: Int
    let second: Int
  }

  /// Assigns groups from the largest to the smallest (equal sizes in random order) to the part whose strata
  /// have the largest deficit of the group's rows.
  private func partsOfGroups(
    _ name: String, _ strata: [Int], _ shares: [Double], shuffled: Bool, _ random: inout RandomStream
  ) throws -> [Int] {
    let categories = try column(name).categories()
    // Each row without a group is a separate group.
    var groupOfRow = [Int](repeating: 0, count: rows)
    var groupCount = categories.names.count
    for row in 0..<rows {
      let code = Int(categories.codes.pointer[row])
      groupOfRow[row] = code >= 0 ? code : groupCount
      if code < 0 { groupCount += 1 }
    }
    var counts = [[Int: Int]](repeating: [:], count: groupCount)
    var sizes = [Int](repeating: 0, count: groupCount)
    var totals: [Int: Int] = [:]
    for row in 0..<rows {
      counts[groupOfRow[row]][strata[row], default: 0] += 1
      sizes[groupOfRow[row]] += 1
      totals[strata[row], default: 0] += 1
    }
    var order = Array(0..<groupCount)
    if shuffled { random.shuffle(&order) }
    let rank = order.enumerated().reduce(into: order) { $0[$1.element] = $1.offset }
    order.sort { sizes[$0] != sizes[$1] ? sizes[$0] > sizes[$1] : rank[$0] < rank[$1] }
    let rest = max(0, 1 - shares.reduce(0, +))
    let targets = rest > 1e-9 ? shares + [rest] : shares
    var have = [[Int: Int]](repeating: [:], count: targets.count)
    var partOfGroup = [Int](repeating: 0, count: groupCount)
    for group in order {
      var (best, bestLack) = (0, -Double.infinity)
      for part in targets.indices {
        let lack = counts[group].sorted { $0.key < $1.key }.reduce(0.0) { sum, entry in
          let total = Double(totals[entry.key] ?? 1)
          let wanted = targets[part] * total
          return sum + Double(entry.value) * (wanted - Double(have[part][entry.key] ?? 0)) / total
        }
        if lack > bestLack + 1e-12 { (best, bestLack) = (part, lack) }
      }
      partOfGroup[group] = best
      for (stratum, count) in counts[group] { have[best][stratum, default: 0] += count }
    }
    return groupOfRow.map { partOfGroup[$0] }
  }
}
