@testable import Fairness
import Platform
import Testing

@Suite("Subgroups")
struct SubgroupTests {
  @Test("γ of a subgroup: a quarter of the rows selected at 0.8 where all are at 0.5 (Kearns et al. 2018)")
  func gamma() {
    // All: 100 rows, 40 positive; TP 25, FN 15, FP 25, TN 35. The subgroup: 25 rows; TP 8, FN 2, FP 12, TN 3.
    let all = ConfusionSums(classes: 2, weights: [35, 25, 15, 25])
    let group = ConfusionSums(classes: 2, weights: [3, 12, 2, 8])
    let found = SubgroupUnfairness(group, of: all)
    #expect(isNear(found.statisticalParity, 0.25 * 0.3))
    #expect(isNear(found.falsePositives, 0.15 * abs(25.0 / 60 - 12.0 / 15)))
    #expect(isNear(found.falseNegatives, 0.1 * abs(15.0 / 40 - 2.0 / 10)))
  }

  /// Three values of one attribute, two of the other, six rows each; the rows of (0, 1) and (1, 1) have
  /// far more outcomes than expected.
  static let table = (
    a: (0..<36).map { Int32($0 / 12) }, b: (0..<36).map { Int32($0 / 6 % 2) },
    outcomes: [
      1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0,
      0,
    ].map { Double($0) }, expectations: (0..<36).map { [0.3, 0.4, 0.3, 0.5, 0.2, 0.3][$0 % 6] }
  )

  /// The best of all 21 subgroups, scored with scipy's minimize_scalar over ln q; AIF360 0.6.1's MDSS agrees.
  @Test(
    "The scan finds the best of all subgroups",
    arguments: [
      (SubsetScan.Likelihood.bernoulli, 0.0, 6.661598019009272, 0.43842384712407145),
      (.bernoulli, 0.5, 5.161598019009272, 0), (.poisson, 0, 3.16290731874155, 0.3068528194400547),
      (.poisson, 0.5, 1.6629073187415502, 0),
    ])
  func scan(likelihood: SubsetScan.Likelihood, penalty: Double, more: Double, fewer: Double) throws {
    let table = Self.table
    let scan = try SubsetScan(
      codes: [table.a, table.b], valueCounts: [3, 2], outcomes: table.outcomes,
      expectations: table.expectations, likelihood: likelihood, penalty: penalty)
    let found = scan.run(.more)
    #expect(abs(found.score - more) < 1e-6)
    #expect(found.values == [[0, 1], [1]])
    #expect(found.rows == 12)
    #expect(abs(found.factor - (likelihood == .bernoulli ? 10.93249530348366 : 2.5)) < 1e-5)
    #expect(abs(found.observed - 10.0 / 12) < 1e-12 && abs(found.expected - 1.0 / 3) < 1e-12)
    #expect(abs(scan.run(.fewer).score - fewer) < 1e-6)
  }

  @Test("An unusual subgroup is improbable, and pure chance is not", arguments: [true, false])
  func chance(stands: Bool) throws {
    var random = RandomStream(seed: 4)
    let table = Self.table
    let outcomes = stands ? table.outcomes : table.expectations.map { random.uniform() < $0 ? 1 : 0 }
    let scan = try SubsetScan(
      codes: [table.a, table.b], valueCounts: [3, 2], outcomes: outcomes, expectations: table.expectations)
    let p = number(scan.chance(of: scan.run(.more), .more, replicates: 99, restarts: 3, seed: 1))
    #expect(stands ? p <= 0.03 : p > 0.1)
  }

  @Test("A scan of random tables reaches the best of all subgroups, found by trying each")
  func exhaustive() throws {
    for seed in 0..<10 {
      var random = RandomStream(seed: UInt64(seed))
      let codes = (0..<3).map { _ in (0..<120).map { _ in Int32(random.below(3)) } }
      let expectations = (0..<120).map { _ in Double(1 + random.below(8)) / 10 }
      let outcomes = expectations.map { random.uniform() < $0 ? 1.0 : 0 }
      let scan = try SubsetScan(
        codes: codes, valueCounts: [3, 3, 3], outcomes: outcomes, expectations: expectations)
      var best = 0.0
      for choice in 0..<343 {
        let taken = [choice % 7 + 1, choice / 7 % 7 + 1, choice / 49 + 1]
        let rows = (0..<120).filter { row in (0..<3).allSatisfy { taken[$0] >> Int(codes[$0][row]) & 1 == 1 }
        }
        // One attribute with one value: its best subgroup is the whole of it or nothing.
        guard !rows.isEmpty else { continue }
        let one = try SubsetScan(
          codes: [rows.map { _ in 0 }], valueCounts: [1], outcomes: rows.map { outcomes[$0] },
          expectations: rows.map { expectations[$0] })
        best = max(best, one.run(.more, restarts: 0).score)
      }
      #expect(abs(scan.run(.more, restarts: 20).score - best) < 1e-6, "seed \(seed)")
    }
  }
}
