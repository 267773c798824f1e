import Platform
import Testing

@testable import Fairness

@Suite("Calibrated equalized odds")
struct CalibratedOddsTests {
  private static let rows: (scores: [Float], labels: [Bool], groups: [Int]) =
    (SixtyRows.all.scores.map { Float($0) }, SixtyRows.all.labels, SixtyRows.all.groups)

  private static func found(_ cost: CalibratedOdds.Cost, weighted: Bool) throws -> CalibratedOdds {
    CalibratedOdds(
      try (0...1).map { group in
        let own = (0..<60).filter { rows.groups[$0] == group }
        return try #require(
          CalibratedOdds.Group(
            scores: own.map { rows.scores[$0] }, labels: own.map { rows.labels[$0] },
            weights: weighted ? own.map { Double(1 + $0 % 4) } : nil, cost: cost))
      })
  }

  @Test(
    "Shares and base rates are those of AI Fairness 360 (0.6.1, CalibratedEqOddsPostprocessing.fit)",
    arguments: [
      (CalibratedOdds.Cost.falseNegativeRate, false, [0.08261976394353143, 0], [0.5, 0.5]),
      (.falsePositiveRate, false, [0, 0.30676328502415456], [0.5, 0.5]),
      (.weighted(falsePositive: 1, falseNegative: 1), false, [0, 0.13065382892969118], [0.5, 0.5]),
      (.falseNegativeRate, true, [0.3607756548068222, 0], [0.48, 0.44]),
      (.falsePositiveRate, true, [0, 0.6393116687234333], [0.48, 0.44]),
      (.weighted(falsePositive: 1, falseNegative: 1), true, [0, 0.13368063749783657], [0.48, 0.44]),
    ])
  func fairness360(cost: CalibratedOdds.Cost, weighted: Bool, shares: [Double], baseRates: [Double]) throws {
    let found = try Self.found(cost, weighted: weighted)
    for (group, expected) in zip(found.groups, zip(shares, baseRates)) {
      // Scores are 32-bit floats here.
      #expect(abs(group.share - expected.0) < 1e-5 && abs(group.baseRate - expected.1) < 1e-12)
      #expect(abs(group.mixedCost - found.target) < 1e-12)
    }
  }

  @Test("Four rows by hand: costs 1/4 and 1/2, base rate 1/2, so half of the scores are replaced")
  func byHand() throws {
    // a: generalized FNR 1 - 3/4; b: all its scores are 1/2, so its FNR is 1/2.
    let a = try #require(
      CalibratedOdds.Group(
        scores: [0.75, 0.75, 0.25, 0.25], labels: [true, true, false, false], weights: nil,
        cost: .falseNegativeRate))
    // The base rate of b is 1/2: with (1 - 3/8), b costs 5/8, more than the base rate of a costs.
    func b(_ score: Float) throws -> CalibratedOdds.Group {
      try #require(
        CalibratedOdds.Group(
          scores: [score, score], labels: [true, false], weights: nil, cost: .falseNegativeRate))
    }
    #expect(a.cost == 0.25 && a.trivialCost == 0.5 && a.baseRate == 0.5)
    let middle = CalibratedOdds([a, try b(0.625)])
    #expect(middle.target == 0.375 && middle.groups.map(\.share) == [0.5, 0])
    let out = CalibratedOdds([a, try b(0.375)])
    #expect(out.target == 0.625 && out.groups.map(\.share) == [1, 0] && out.groups[0].mixedCost == 0.5)
    #expect(
      CalibratedOdds.Group(scores: [0.5], labels: [true], weights: nil, cost: .falseNegativeRate) == nil)
  }

  @Test("Several groups all get the largest cost, for random scores (property)")
  func severalGroups() throws {
    var random = RandomStream(seed: 31)
    for _ in 0..<50 {
      let groups = try (0..<4).map { group -> CalibratedOdds.Group in
        // Calibrated scores: the label is positive with the probability that the score states.
        let scores = (0..<400).map { _ in
          let noise = random.uniform() - 0.5
          return Float(0.5 + noise * (0.4 + 0.15 * Double(group)))
        }
        let labels = scores.map { random.uniform() < Double($0) }
        return try #require(
          CalibratedOdds.Group(
            scores: scores, labels: labels, weights: nil, cost: .weighted(falsePositive: 2, falseNegative: 3))
        )
      }
      let found = CalibratedOdds(groups)
      for group in found.groups {
        #expect((0...1).contains(group.share))
        #expect(abs(group.mixedCost - found.target) < 1e-9 || group.share == 1)
      }
      #expect(found.groups.contains { $0.share == 0 })
    }
  }

  @Test("Scores are replaced as often as the share says, and the same key always gets the same draw")
  func draws() {
    let mixing = MixingByGroup(groups: [.init(replaced: 0.3, baseRate: 0.6), nil], seed: 4)
    let mixed = (0..<20_000).map { mixing.mixed(0.25, group: 0, key: UInt64($0)) }
    let share = Double(mixed.filter { $0 == 0.6 }.count) / 20_000
    // Four standard errors.
    #expect(abs(share - 0.3) < 4 * (0.3 * 0.7 / 20_000.0).squareRoot())
    #expect(mixed == (0..<20_000).map { mixing.mixed(0.25, group: 0, key: UInt64($0)) })
    #expect(mixing.mixed(0.25, group: 1, key: 1) == 0.25 && mixing.mixed(0.25, group: -1, key: 1) == 0.25)
  }
}
