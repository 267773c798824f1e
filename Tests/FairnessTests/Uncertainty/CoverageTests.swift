@testable import Fairness
import Platform
import Testing

@Suite("Intervals cover")
struct CoverageTests {
  /// The share of simulated audits whose interval contains the true gap of the selection rates.
  static func coverage(
    _ rates: [Double], rows: Int, audits: Int, gap: Int, seed: UInt64 = 20
  ) throws -> Double {
    var stream = RandomStream(seed: seed)
    let mean = rates.reduce(0, +) / Double(rates.count)
    let (most, least) = (rates.max() ?? 0, rates.min() ?? 0)
    let truth = [most - least, least / most, max(most - mean, mean - least)][gap]
    var hits = 0
    var options = UncertaintyOptions()
    options.replicates = 1
    for audit in 0..<audits {
      options.seed = UInt64(audit)
      let groups = rates.map { rate in
        let selected = stream.binomial(Double(rows), rate)
        return GroupSums(
          rows: rows,
          confusion: ConfusionSums(classes: 2, weights: [Double(rows) - selected, selected, 0, 0]))
      }
      var overall = GroupSums(rows: 0)
      for group in groups { overall.add(group) }
      let frame = GroupFrame(
        attribute: "g", names: rates.indices.map(String.init), groups: groups, overall: overall,
        reference: nil, zeroDivision: .undefined, classes: [])
      let estimator = AttributeUncertainty(counting: frame, [.selectionRate], options)
      let interval = IntervalEstimation(estimator, confidence: 0.95).gapInterval(0, gap)
      if let interval, interval.lower <= truth, truth <= interval.upper { hits += 1 }
    }
    return Double(hits) / Double(audits)
  }

  @Test(
    "95% intervals of differences of 2 and 5 groups cover 95 times in 100, also where all are equal",
    arguments: [[0.3, 0.3], [0.2, 0.35], [0.3, 0.3, 0.3, 0.3, 0.3], [0.2, 0.25, 0.3, 0.35, 0.4]])
  func differences(rates: [Double]) throws {
    // 100 audits of several groups: a standard error of 2.2 points, and four of them below.
    let share = try Self.coverage(rates, rows: 300, audits: rates.count == 2 ? 1_000 : 100, gap: 0)
    #expect(share > (rates.count == 2 ? 0.93 : 0.86) && (rates.count > 2 || share < 0.98), "\(share)")
  }

  @Test(
    "Differences to all rows cover with one group apart among 30 rows each, and in two halves",
    arguments: [([0.2, 0.2, 0.2, 0.2, 0.4], 30), ([0.2, 0.2, 0.2, 0.35, 0.35, 0.35], 300)])
  func differencesToOverall(rates: [Double], rows: Int) throws {
    // It was 0.85 when groups were not treated as parts of the whole; the standard error is 1.3 points.
    let share = try Self.coverage(rates, rows: rows, audits: 300, gap: 2)
    #expect(share > 0.91, "\(share)")
  }

  @Test("The larger of two gaps is covered, where the one of few rows may hide behind that of many")
  func twoRates() {
    // Equalized odds: true positive rates of few rows with a gap of 0.03, whose standard error is 0.02, and false
    // positive rates of many rows with a gap of 0.02, whose standard error is 0.002.
    var stream = RandomStream(seed: 3)
    let audits = 300
    var hits = 0
    for audit in 0..<audits {
      let families = [(0.03, 0.02), (0.02, 0.002)].map { gap, error in
        let own = error / 2.0.squareRoot()
        return RangeInterval.Family(
          values: [stream.normal() * own, gap + stream.normal() * own], errors: [own, own])
      }
      let interval = RangeInterval(confidence: 0.95, capacity: 4, seed: UInt64(audit)).interval(families)
      if let interval, interval.lower <= 0.03, 0.03 <= interval.upper { hits += 1 }
    }
    // The standard error of the share is 1.3 points. It was 0.61 when one test bounded both.
    let share = Double(hits) / Double(audits)
    #expect(share > 0.92, "\(share)")
  }

  @Test("Exact and Wilson's intervals of a rate, over all outcomes of 30 rows")
  func rates() {
    func coverage(_ p: Double, _ interval: (Double, Double, Double) -> Interval) -> Double {
      (0...30).reduce(0) { sum, k in
        let limits = interval(Double(k), 30, 0.95)
        guard limits.lower <= p, p <= limits.upper else { return sum }
        let chance = (0..<k).reduce(1.0) { $0 * Double(30 - $1) / Double($1 + 1) }
        return sum + chance * power(p, k) * power(1 - p, 30 - k)
      }
    }
    func power(_ base: Double, _ times: Int) -> Double {
      (0..<times).reduce(1) { product, _ in product * base }
    }
    let places = (1..<50).map { Double($0) / 50 }
    let exact = places.map { coverage($0) { RateIntervals.exact($0, of: $1, confidence: $2) } }
    let wilson = places.map { coverage($0) { RateIntervals.wilson($0, of: $1, confidence: $2) } }
    #expect(exact.allSatisfy { $0 >= 0.95 })
    #expect(abs(wilson.reduce(0, +) / Double(places.count) - 0.95) < 0.01)
  }
}
