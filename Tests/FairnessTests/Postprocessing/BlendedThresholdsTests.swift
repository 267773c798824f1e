import Platform
import Testing

@testable import Fairness

@Suite("Thresholds for groups of which only probabilities are known")
struct BlendedThresholdsTests {
  private struct Rows {
    var scores: [Float] = []
    var labels: [Bool] = []
    var shares: [Double] = []

    init(_ count: Int, seed: UInt64, known: Bool) {
      var random = RandomStream(seed: seed)
      for _ in 0..<count {
        let share = known ? (random.below(3) == 0 ? 1.0 : 0) : random.uniform()
        let score = min(max(0.5 + 0.4 * (random.uniform() - 0.5) - 0.3 * (share - 0.5), 0), 1)
        scores.append(Float(score))
        labels.append(random.uniform() < score)
        shares += [share, 1 - share]
      }
    }

    func search(_ rates: [ThresholdRate]) -> BlendedThresholdSearch {
      let count = Double(scores.count)
      return BlendedThresholdSearch(
        scores: scores, labels: labels, shares: shares, groups: 2, weights: nil, rates: rates,
        worth: (1 / count, 1 / count))
    }
  }

  @Test("A row's threshold is the mean of the groups' thresholds, weighted by its probabilities (by hand)")
  func byHand() {
    let thresholds = BlendedThresholds([0.2, 0.6])
    // 0.25 · 0.2 + 0.75 · 0.6 = 0.5.
    #expect(thresholds.isPositive(0.5, shares: [0.25, 0.75]))
    #expect(!thresholds.isPositive(Float(0.5).nextDown, shares: [0.25, 0.75]))
    #expect(thresholds.isPositive(0.2, shares: [1, 0]) && !thresholds.isPositive(0.2, shares: [0, 1]))
  }

  @Test("Known groups: as accurate as the best thresholds by group, within the tolerance (oracle: all pairs)")
  func known() throws {
    let rows = Rows(300, seed: 4, known: true)
    let curves = try (0...1).map { group in
      let own = (0..<300).filter { rows.shares[2 * $0 + group] == 1 }
      return try ThresholdCurve(scores: own.map { rows.scores[$0] }, labels: own.map { rows.labels[$0] })
    }
    for rate in [ThresholdRate.selectionRate, .truePositiveRate] {
      let best = try GroupThresholds.equalizing(
        rate, of: curves, tolerance: 0.05, for: .accuracy, randomized: false)
      let value = best.expected.reduce(0) { $0 + ($1.truePositives - $1.falsePositives) / 300 }
      let found = try rows.search([rate]).best(tolerance: 0.05)
      #expect(found.gap <= 0.05 + 1e-9 && found.value <= value + 1e-9 && found.value > value - 0.01)
    }
  }

  @Test(
    "Probabilities: the gap is within the tolerance, and no pair of a fine grid is much better (brute force)")
  func probabilities() throws {
    let rows = Rows(200, seed: 9, known: false)
    for rates in [[ThresholdRate.selectionRate], [.truePositiveRate, .falsePositiveRate]] {
      let search = rows.search(rates)
      let plain = search.outcome([0.5, 0.5])
      let found = try search.best(tolerance: 0.03)
      #expect(plain.gap > 0.03 && found.gap <= 0.03 + 1e-9)
      var best = -Double.infinity
      for first in 0...60 {
        for second in 0...60 {
          let own = search.outcome([Double(first) / 60 * 1.4 - 0.2, Double(second) / 60 * 1.4 - 0.2])
          if own.gap <= 0.03, own.value > best { best = own.value }
        }
      }
      #expect(found.value > best - 0.02)
    }
  }

  @Test("The weighted estimates by hand, and a group without positive rows")
  func estimates() {
    let search = BlendedThresholdSearch(
      scores: [0.9, 0.1], labels: [true, false], shares: [0.75, 0.25, 0.5, 0.5], groups: 2, weights: [1, 2],
      rates: [.selectionRate, .accuracy], worth: (1, 1))
    let found = search.outcome([0.5, 0.5])
    // Selected: 0.75 of 0.75 + 2 · 0.5, and 0.25 of 0.25 + 2 · 0.5; both rows are decided rightly.
    #expect(found.rates == [[0.75 / 1.75, 0.25 / 1.25], [1, 1]] && found.value == 1)
    let lacking = BlendedThresholdSearch(
      scores: [0.9, 0.1], labels: [true, false], shares: [1, 0, 0, 1], groups: 2, weights: nil,
      rates: [.truePositiveRate], worth: (1, 1))
    #expect(lacking.undefined == 1)
  }
}
