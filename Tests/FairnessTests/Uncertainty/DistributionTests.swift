@testable import Fairness
import Platform
import Testing

private func close(_ value: Double, _ expected: Double, _ tolerance: Double = 1e-12) -> Bool {
  abs(value - expected) <= tolerance * max(1e-3, abs(expected))
}

@Suite("Distributions and the sampling of counts")
struct DistributionTests {
  @Test("Normal, χ² and beta as scipy 1.x has them")
  func literals() {
    #expect(close(NormalDistribution.quantile(0.025), -1.959963984540054))
    #expect(close(NormalDistribution.quantile(1e-10), -6.361340902404056, 1e-9))
    #expect(close(NormalDistribution.cumulative(-3.3), 0.00048342414238377744))
    #expect(close(ChiSquareDistribution.tail(3.84, degreesOfFreedom: 1), 0.05004352124870519))
    #expect(close(ChiSquareDistribution.tail(20, degreesOfFreedom: 7), 0.005569683072945574))
    #expect(close(ChiSquareDistribution.tail(0.5, degreesOfFreedom: 12), 0.9999997261864366))
    #expect(close(ChiSquareDistribution.tail(200, degreesOfFreedom: 100), 1.1784500720979781e-08, 1e-9))
    #expect(close(BetaDistribution.quantile(0.025, 3, 8), 0.06673951117773447, 1e-11))
    #expect(close(BetaDistribution.cumulative(0.2, 0.5, 7), 0.9175821221205218, 1e-11))
    #expect(close(BetaDistribution.cumulative(0.9, 30, 2), 0.1695646331008649, 1e-11))
  }

  @Test(
    "Binomial draws have the mean and variance n p and n p (1 − p), by inversion and by rejection",
    arguments: [(5.0, 0.3), (1e6, 3e-6), (100, 0.4), (100, 0.93), (1e9, 0.25)])
  func binomial(trials: Double, p: Double) {
    var stream = RandomStream(seed: 11)
    let draws = (0..<20_000).map { _ in stream.binomial(trials, p) }
    let mean = draws.reduce(0, +) / 20_000
    let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    let expected = trials * p * (1 - p)
    // Five standard errors.
    #expect(abs(mean - trials * p) < 5 * (expected / 20_000).squareRoot())
    #expect(abs(variance / expected - 1) < 0.06)
    #expect(draws.allSatisfy { $0 >= 0 && $0 <= trials && $0 == $0.rounded() })
  }

  @Test("Hypergeometric draws have scipy's chances (8 marked of 30, 10 drawn)")
  func hypergeometric() {
    // scipy.stats.hypergeom.pmf(k, 30, 8, 10)
    let expected = [0.0215225720, 0.1324465972, 0.2980048437, 0.3178718333, 0.1738361588, 0.0490831507]
    var stream = RandomStream(seed: 5)
    var counts = [Double](repeating: 0, count: 9)
    for _ in 0..<40_000 { counts[Int(stream.hypergeometric(marked: 8, others: 22, draws: 10))] += 1 }
    for (k, chance) in expected.enumerated() { #expect(abs(counts[k] / 40_000 - chance) < 0.012, "\(k)") }
  }

  @Test("A multinomial draw keeps the number of rows, and the same seed draws the same")
  func multinomial() {
    let counts: [Double] = [5, 0, 20, 1e6, 3]
    func draw() -> [Double] {
      var stream = RandomStream(seed: 3)
      var drawn = [Double](repeating: -1, count: 5)
      counts.withUnsafeBufferPointer { counts in
        drawn.withUnsafeMutableBufferPointer { stream.multinomial(1_000_028, counts, into: $0) }
      }
      return drawn
    }
    #expect(draw().reduce(0, +) == 1_000_028)
    #expect(draw()[1] == 0)
    #expect(draw() == draw())
  }
}
