import Datasets
import Platform

/// Rows to be created, each between a row and a neighbour.
struct SyntheticRows {
  /// The rows from which they start; label, group and other columns are copied from these.
  private(set) var bases: [Int] = []
  private var others: [Int] = []
  /// The fraction of the way to the neighbour: 0 ..< 1, negative for the other direction.
  private var shares: [Double] = []
  /// The neighbours whose most frequent category a row gets; empty: the category of its base.
  private var voters: [[Int]] = []

  mutating func add(from base: Int, to other: Int, share: Double, voters: [Int] = []) throws {
    try bases.makeRoom(purpose: "synthetic rows")
    try others.makeRoom(purpose: "synthetic rows")
    try shares.makeRoom(purpose: "synthetic rows")
    bases.append(base)
    others.append(other)
    shares.append(share)
    if !voters.isEmpty { self.voters.append(voters) }
  }

  /// The columns of the new rows. Numbers are x + share · (x' − x), rounded for integers. Texts are the most
  /// frequent category of the neighbours; among equally frequent ones the base's category, or else the first.
  func columns(_ space: FeatureSpace, _ work: inout StepWork) throws -> [Column] {
    var made = [Column?](repeating: nil, count: space.numbers.count)
    let numbers = space.numbers
    let failures = FirstFailure()
    made.withUnsafeMutableBufferPointer { made in
      let made = made
      WorkerPool.run(shards: numbers.count) { index in
        failures.catching { made[index] = try interpolated(numbers[index]) }
      }
    }
    try failures.rethrow()
    return try made.compactMap { $0 } + space.categories.map(voted)
  }

  private func interpolated(_ column: Column) throws -> Column {
    func between<Number>(_ source: Buffer<Number>, _ mix: (Number, Number, Double) -> Number) throws
      -> Buffer<Number>
    {
      let result = try Buffer<Number>(count: bases.count, for: "column \"\(column.name)\"")
      for place in 0..<bases.count {
        result.pointer[place] = mix(
          source.pointer[bases[place]], source.pointer[others[place]], shares[place])
      }
      return result
    }
    switch column.values {
    case .float32(let source):
      return try Column(
        name: column.name,
        values: .float32(between(source) { Float(Double($0) + $2 * (Double($1) - Double($0))) }))
    case .int64(let source):
      // Computed as an interpolation of two integers, so that the sum does not overflow.
      return try Column(
        name: column.name,
        values: .int64(
          between(source) { from, to, share in
            let (gap, overflow) = to.subtractingReportingOverflow(from)
            guard !overflow, let step = Int64(exactly: (share * Double(gap)).rounded()) else { return from }
            let (sum, isOutside) = from.addingReportingOverflow(step)
            return isOutside ? from : sum
          }))
    default:
      let source = try column.doubles()
      return try Column(
        name: column.name, values: .float64(between(source) { $0 + $2 * ($1 - $0) }))
    }
  }

  private func voted(_ column: Column) throws -> Column {
    guard !voters.isEmpty else { return try column.selecting(rows: bases) }
    let codes = try column.categories().codes
    var chosen: [Int] = []
    try chosen.makeRoom(for: bases.count, purpose: "synthetic rows")
    for (place, base) in bases.enumerated() {
      // A category is represented by a row that has it.
      var votes: [Int32: (count: Int, row: Int)] = [:]
      for row in voters[place] { votes[codes.pointer[row], default: (0, row)].count += 1 }
      let most = votes.values.map(\.count).max() ?? 0
      let own = votes[codes.pointer[base]]?.count ?? 0
      let winner = votes.filter { $0.value.count == most }.min { $0.key < $1.key }
      chosen.append(own == most ? base : winner?.value.row ?? base)
    }
    return try column.selecting(rows: chosen)
  }
}
