import Platform

/// The random mapping of optimized pre-processing (Calmon, Wei, Vinzamuri, Ramamurthy and Varshney 2017, "Optimized
/// pre-processing for discrimination prevention", section 2): cells of inputs x and labels y of each group d get
/// probabilities of new cells and labels, Q(x', y' | d, x, y), by the linear program
///
///     minimize    ½ Σ_{x',y'} |P(x', y') - P'(x', y')|
///     subject to  |P'(y' | d) / P(y') - 1| ≤ ε           for every group and label
///                 E[δ((x, y), (x', y')) | d, x, y] ≤ c   for every cell of every group
struct OptimizedMapping {
  /// A cell with a label, in a group.
  struct Source: Hashable {
    let group: Int
    let cell: Int
    let label: Int
  }

  let sources: [Source]
  /// (sources, cells · labels), the target's cell first.
  let probabilities: [[Double]]
  /// ½ Σ |P - P'|
  let distance: Double
  /// The largest violation of a bound on a group's rate.
  let violation: Double

  /// What a violation of a bound costs; larger than what it can save.
  private static let penalty = 1e4

  /// - Parameters:
  ///   - weights: the weight of each source, more than 0.
  ///   - cells: the number of cells; `labels`: the number of classes.
  ///   - cost: δ of a source and a target, (cell, label).
  ///   - discrimination: ε; `distortion`: c.
  /// - Throws: `unsupported` for more cells than a program may have; `cancelled`; `outOfMemory`.
  init(
    _ weights: [Source: Double], cells: Int, labels: Int, discrimination: Double, distortion: Double,
    cost: (Source, (cell: Int, label: Int)) -> Double
  ) throws {
    let sources = weights.keys.sorted { ($0.group, $0.cell, $0.label) < ($1.group, $1.cell, $1.label) }
    self.sources = sources
    let total = weights.values.reduce(0, +)
    let p = sources.map { (weights[$0] ?? 0) / total }
    let targets = cells * labels
    let groups = (sources.map(\.group).max() ?? 0) + 1
    // Rows: each source's other targets; its cost; each target's difference; each group's and label's two bounds.
    let (rows, bounds) = (2 * sources.count + targets + 2 * groups * labels, 2 * sources.count + targets)
    let flows = sources.count * targets
    // Columns: the flows; each target's surplus in P; what exceeds or keeps each bound.
    let columns = flows + targets + 2 * groups * labels
    guard columns < LinearProgram.limit / max(rows, 1) else {
      throw Failure.unsupported(
        "the columns have \(cells) different combinations of values, more than the linear program can hold; fewer "
          + "\"columns\" or \"bins\" are accepted")
    }
    var program = try LinearProgram(rows: rows, columns: columns)
    var groupShares = [Double](repeating: 0, count: groups)
    var rates = [Double](repeating: 0, count: groups * labels)
    var wanted = [Double](repeating: 0, count: labels)
    for (place, source) in sources.enumerated() {
      groupShares[source.group] += p[place]
      rates[source.group * labels + source.label] += p[place]
      wanted[source.label] += p[place]
    }
    for place in rates.indices { rates[place] /= max(groupShares[place / labels], .leastNormalMagnitude) }
    // Bounds that the rates of the given rows break have the violation as the slack; others the distance to it.
    let limits = rates.indices.map { place -> [(sign: Double, bound: Double)] in
      let goal = wanted[place % labels]
      return [
        (1, (1 + discrimination) * goal - rates[place]), (-1, rates[place] - (1 - discrimination) * goal),
      ]
    }
    for (place, source) in sources.enumerated() {
      let (own, share) = (source.cell * labels + source.label, p[place])
      for target in 0..<targets where target != own {
        let column = place * targets + target
        let (cell, label) = (target / labels, target % labels)
        program.add(1, row: place, column: column)
        program.add(cost(source, (cell, label)), row: sources.count + place, column: column)
        // The slack of a target is P' - P where that is more than 0.
        program.add(-share, row: 2 * sources.count + target, column: column)
        program.add(share, row: 2 * sources.count + own, column: column)
        guard label != source.label else { continue }
        for (changed, sign) in [(label, 1.0), (source.label, -1.0)] {
          let rate = source.group * labels + changed
          let part = sign * share / groupShares[source.group]
          for (side, limit) in limits[rate].enumerated() {
            let isBroken = limit.bound < 0
            program.add(
              (isBroken ? -1 : 1) * limit.sign * part, row: bounds + 2 * rate + side, column: column)
          }
        }
      }
      program.setBound(1, row: place)
      program.setBound(distortion, row: sources.count + place)
    }
    for target in 0..<targets {
      program.add(-1, row: 2 * sources.count + target, column: flows + target)
      program.setCost(0.5, column: flows + target)
      program.setSlackCost(0.5, row: 2 * sources.count + target)
    }
    for (rate, sides) in limits.enumerated() {
      for (side, limit) in sides.enumerated() {
        let (row, column) = (bounds + 2 * rate + side, flows + targets + 2 * rate + side)
        program.add(-1, row: row, column: column)
        program.setBound(limit.bound.magnitude, row: row)
        if limit.bound < 0 {
          program.setSlackCost(Self.penalty, row: row)
        } else {
          program.setCost(Self.penalty, column: column)
        }
      }
    }
    let solution = try program.minimize()
    var violation = 0.0
    for (rate, sides) in limits.enumerated() {
      for (side, limit) in sides.enumerated() {
        let place = 2 * rate + side
        violation = max(
          violation,
          limit.bound < 0 ? solution.slacks[bounds + place] : solution.values[flows + targets + place])
      }
    }
    self.violation = violation
    probabilities = sources.enumerated().map { place, source in
      Self.shares(
        of: solution.values[(place * targets)..<((place + 1) * targets)],
        own: source.cell * labels + source.label)
    }
    distance = Self.distance(
      zip(sources, p).map { ($0.cell * labels + $0.label, $1) }, probabilities, targets: targets)
  }

  /// The probabilities of a source's targets, whose sum is 1: what does not move stays.
  private static func shares(of flows: ArraySlice<Double>, own: Int) -> [Double] {
    var shares = Array(flows)
    shares[own] = 0
    let moved = shares.reduce(0, +)
    shares[own] = max(0, 1 - moved)
    return shares.map { $0 / max(1, moved) }
  }

  /// ½ Σ |P - P'|
  ///
  /// - Parameter origins: the target that a source is itself, and its share of all rows.
  private static func distance(
    _ origins: [(own: Int, share: Double)], _ probabilities: [[Double]], targets: Int
  )
    -> Double
  {
    var differences = [Double](repeating: 0, count: targets)
    for (origin, row) in zip(origins, probabilities) {
      differences[origin.own] -= origin.share
      for target in 0..<targets { differences[target] += origin.share * row[target] }
    }
    return differences.reduce(0) { $0 + $1.magnitude } / 2
  }
}
