@testable import Fairness
import Platform
import Testing

private func close(_ interval: Interval, _ lower: Double, _ upper: Double) -> Bool {
  abs(interval.lower - lower) < 1e-9 && abs(interval.upper - upper) < 1e-9
}

@Suite("Intervals and tests of rates")
struct IntervalTests {
  @Test("Wilson's and Clopper and Pearson's limits (statsmodels 0.15, proportion_confint)")
  func rates() {
    #expect(close(RateIntervals.wilson(3, of: 10, confidence: 0.95), 0.10779126740630104, 0.6032218525388546))
    #expect(close(RateIntervals.wilson(0, of: 12, confidence: 0.95), 0, 0.24249400665524096))
    #expect(close(RateIntervals.exact(3, of: 10, confidence: 0.95), 0.06673951117773447, 0.6524528500599973))
    #expect(close(RateIntervals.exact(0, of: 12, confidence: 0.95), 0, 0.2646484693970512))
    #expect(
      close(RateIntervals.exact(250, of: 1000, confidence: 0.95), 0.2234304062646804, 0.27805000622375553))
  }

  @Test("Newcombe's interval of 56/70 − 48/80 (Newcombe 1998, table II, method 10: 0.0524 to 0.3339)")
  func difference() {
    func estimate(_ successes: Double, _ trials: Double) -> CombinedRates.Estimate {
      CombinedRates.Estimate(
        value: successes / trials, interval: RateIntervals.wilson(successes, of: trials, confidence: 0.95))
    }
    let interval = CombinedRates.linear([(1, estimate(56, 70)), (-1, estimate(48, 80))])
    #expect(close(interval, 0.05243147240236498, 0.33387265403690614))
  }

  @Test("A χ² test of three groups, and Fisher's of a small table (scipy)")
  func tests() throws {
    func counts(_ entries: [(Double, Double)]) -> [RateCounts] {
      entries.map { RateCounts(successes: $0.0, trials: $0.1) }
    }
    let wide = try #require(EqualityTest.rates("m", counts([(20, 100), (35, 100), (30, 120)])))
    #expect(wide.method == "chi_square" && wide.degreesOfFreedom == 2)
    #expect(abs(try #require(wide.statistic) - 6.0075093867334175) < 1e-9)
    #expect(abs(wide.pValue - 0.04960048369583198) < 1e-9)
    let small = try #require(EqualityTest.rates("m", counts([(1, 10), (11, 13)])))
    #expect(small.method == "fisher_exact")
    #expect(abs(small.pValue - 0.0006441936042151415) < 1e-9)
    #expect(EqualityTest.rates("m", counts([(1, 10), (0, 0)])) == nil)
    #expect(EqualityTest.rates("m", counts([(0, 10), (0, 20)]))?.pValue == 1)
  }

  private static func groups(_ entries: [(Double, Double)]) -> [RateCounts] {
    entries.map { RateCounts(successes: $0.0, trials: $0.1) }
  }

  @Test("Exact tests of three groups: 1/19 for the one success in the group of one; enumerated by hand")
  func exactTables() throws {
    let one = try #require(EqualityTest.rates("m", Self.groups([(0, 10), (0, 8), (1, 1)])))
    #expect(one.method == "freeman_halton" && abs(one.pValue - 1.0 / 19) < 1e-9)
    // Two successes among 2, 2 and 2 rows: the 15 pairs are equally likely; 12 are from two groups, 3 from
    // one.
    let apart = try #require(EqualityTest.rates("m", Self.groups([(1, 2), (1, 2), (0, 2)])))
    let together = try #require(EqualityTest.rates("m", Self.groups([(2, 2), (0, 2), (0, 2)])))
    #expect(abs(apart.pValue - 1) < 1e-9 && abs(together.pValue - 0.2) < 1e-9)
    // With two groups it is Fisher's test, computed by the same sum, for any number of rows.
    let wide = try #require(EqualityTest.rates("m", Self.groups([(2, 3), (10, 200_000)])))
    #expect(wide.method == "fisher_exact" && wide.pValue < 1e-6)
  }

  @Test("Tables that are too many to count are drawn: the likeliest has p = 1, the unlikeliest the least p")
  func drawnTables() throws {
    let spread = Self.groups((0..<60).map { ($0 < 6 ? 1 : 0, 50) })
    let heaped = Self.groups((0..<60).map { ($0 < 1 ? 6 : 0, 50) })
    let likely = try #require(EqualityTest.rates("m", spread, seed: 3))
    let unlikely = try #require(EqualityTest.rates("m", heaped, seed: 3))
    #expect(likely.method == "monte_carlo" && likely.pValue == 1)
    #expect(abs(unlikely.pValue - 1.0 / 20_001) < 1e-12)
  }

  @Test("Small equal groups are found different in at most 5 of 100 tables")
  func falseAlarms() throws {
    var random = RandomStream(seed: 11)
    var alarms = 0
    for _ in 0..<2_000 {
      let groups = [12.0, 9, 4, 2].map { trials in
        RateCounts(successes: random.binomial(trials, 0.12), trials: trials)
      }
      if let test = EqualityTest.rates("m", groups), test.pValue < 0.05 { alarms += 1 }
    }
    // Two standard errors of 2,000 tables at 5% are 1%.
    #expect(alarms <= 120, "\(alarms)")
  }

  @Test("Holm's and Benjamini and Hochberg's p values (statsmodels 0.15, multipletests)")
  func corrections() {
    let values = [0.01, 0.04, 0.03, 0.005, 0.2]
    for (adjusted, expected) in [
      (MultipleTesting.adjusted(values, .holm), [0.04, 0.09, 0.09, 0.025, 0.2]),
      (MultipleTesting.adjusted(values, .benjaminiHochberg), [0.025, 0.05, 0.05, 0.025, 0.2]),
    ] {
      for (value, wanted) in zip(adjusted, expected) { #expect(abs(value - wanted) < 1e-12) }
    }
  }

  @Test("Far from 0 a range of two is the normal interval; at 0 it begins at 0")
  func range() throws {
    let ranges = RangeInterval(confidence: 0.95, capacity: 2, seed: 1)
    let error = (2 * 0.01 * 0.01).squareRoot()
    let far = try #require(ranges.interval([.init(values: [0.3, 0.5], errors: [0.01, 0.01])]))
    #expect(abs(far.lower - (0.2 - 1.959964 * error)) < 1e-5)
    #expect(abs(far.upper - (0.2 + 1.959964 * error)) < 1e-5)
    let none = try #require(ranges.interval([.init(values: [0.4, 0.4], errors: [0.01, 0.01])]))
    #expect(none.lower == 0 && none.upper > error && none.upper < 2.5 * error)
  }
}
