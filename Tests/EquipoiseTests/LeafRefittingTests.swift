import Datasets
import Equipoise
import Platform
import Testing

@testable import Tuning

#if canImport(Glibc)
  import Glibc
#endif

/// Leaves of boosted stumps, beside boosting written out by hand, on the table of `TreeGrowthTests`.
@Suite("Leaves refitted to a part of the rows")
struct LeafRefittingTests {
  /// x, z and the label of the 80 rows.
  private static let rows: [(x: Int, z: Int, y: Double)] = (0..<80).map { row in
    (row / 40, row / 2 % 2, row % 4 == 3 ? (row < 40 ? 1 : 0) : (row < 40 ? 0 : 1))
  }
  private static let rate = 0.3

  /// The leaves of stumps that test x, z, x and z in turn, with a rate of 0.3 and no λ; the first tree has the start.
  private static func boosted(_ places: [Int], start: Double, rounds: Int = 4) -> [(
    below: Double, above: Double
  )] {
    var sums = rows.map { _ in start }
    return (0..<rounds).map { round in
      func side(_ row: Int) -> Int { round % 2 == 0 ? rows[row].x : rows[row].z }
      let steps = (0..<2).map { value -> Double in
        let own = places.filter { side($0) == value }
        let probabilities = own.map { 1 / (1 + exp(-sums[$0])) }
        let slope = zip(own, probabilities).reduce(0) { $0 + $1.1 - rows[$1.0].y }
        return -rate * slope / probabilities.reduce(0) { $0 + $1 * (1 - $1) }
      }
      for row in rows.indices { sums[row] += steps[side(row)] }
      let shared = round == 0 ? start : 0
      return (steps[0] + shared, steps[1] + shared)
    }
  }

  private static func refitting(_ stumps: [(below: Double, above: Double)]) throws -> LeafRefitting? {
    let (loop, _) = try TrainingLoopTests.loop(model(stumps), on: TreeGrowthTests.table())
    return LeafRefitting(loop.network, loop.rows)
  }

  private static func model(_ stumps: [(below: Double, above: Double)]) throws -> Model {
    try TreeGrowthTests.model(
      stumps.enumerated().map { ($0 % 2, $1.below, $1.above) }, in: TemporaryDirectory())
  }

  @Test("They are those of boosting on that part, with the rate and the start of the whole (by hand)")
  func refitted() throws {
    // Half of the rows are positive.
    let start = 0.0
    let refitting = try #require(try Self.refitting(Self.boosted(Array(0..<80), start: start)))
    for places in [Array(0..<80), (0..<80).filter { $0 % 3 != 0 }, Array(10..<47)] {
      let expected = Self.boosted(places, start: start).flatMap { [$0.below, $0.above] }
      let found = refitting.leaves(from: places.map(Int64.init))
      #expect(zip(found, expected).allSatisfy { abs(Double($0) - $1) < 1e-5 }, "\(found) \(expected)")
    }
  }

  // The slopes grow by h · 0.001 for each row, so that a step at a rate of 0.3 takes back 0.0003.
  @Test("A constant of the first tree stays")
  func constant() throws {
    var stumps = Self.boosted(Array(0..<80), start: 0.0)
    let plain = try #require(try Self.refitting(stumps)).leaves(from: Array(0..<60))
    stumps[0] = (stumps[0].below + 1e-3, stumps[0].above + 1e-3)
    let moved = try #require(try Self.refitting(stumps)).leaves(from: Array(0..<60))
    #expect(zip(moved.prefix(2), plain).allSatisfy { abs($0 - $1 - 7e-4) < 1e-5 })
  }

  @Test("A model that these rows and labels do not explain has none")
  func others() throws {
    #expect(try Self.refitting([(0.4, -0.3), (0.2, -0.1), (-0.3, 0.5), (0.1, 0.3)]) == nil)
  }

  // 4 rounds have 8 leaves, 24 rounds 48, more than half of the 80 rows.
  @Test(
    "Rates by label are unknown where trees of many leaves were grown on the rows, unless other rows validate",
    arguments: [4, 24])
  func remembered(rounds: Int) throws {
    let model = try Self.model(Self.boosted(Array(0..<80), start: 0, rounds: rounds))
    let table = try TreeGrowthTests.table()
    func met(_ objective: String, validation: Dataset? = nil) throws -> JSONValue? {
      try model.tuned(
        on: table, validation: validation,
        #"{"data": {"label": "y", "sensitive": ["group"]}, "fairness": [{"objective": "\#(objective)", "tolerance": 0.9}]}"#
      ).report["constraints"]?[0]?["met"]
    }
    #expect(try met("equal_opportunity") == (rounds == 24 ? "unknown" : "yes"))
    #expect(try met("demographic_parity") == "yes")
    #expect(try met("equal_opportunity", validation: table) == "yes")
  }
}
