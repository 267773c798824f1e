import Platform
import Testing

@testable import Fairness

@Suite("FA*IR")
struct FairTopKTests {
  @Test(
    "The minimums are those of table 2 of the paper (α = 0.1)",
    arguments: [
      (0.1, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), (0.2, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]),
      (0.3, [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2]), (0.4, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3]),
      (0.5, [0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 4]), (0.6, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]),
      (0.7, [0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6]),
    ])
  func table(share: Double, minimums: [Int]) {
    #expect(FairTopK.minimums(12, share: share, significance: 0.1) == minimums)
  }

  @Test(
    "The probability of failure is that of the authors' fairsearchcore (1.0.4), which leaves out a last minimum that rises",
    arguments: [
      (20, 0.25, 0.1, 0.11517506930977128), (10, 0.5, 0.1, 0.12890624999999956),
      (40, 0.3, 0.1, 0.23359548842978983), (100, 0.5, 0.1, 0.33934996926289673),
      (50, 0.2, 0.05, 0.10802139572025715),
    ])
  func failure(count: Int, share: Double, significance: Double, expected: Double) {
    let table = FairTopK.minimums(count, share: share, significance: significance)
    let rises = table[count - 1] > table[count - 2]
    let compared = rises ? Array(table.dropLast()) : table
    #expect(abs(FairTopK.failure(compared, share: share) - expected) < 1e-12)
    #expect(rises == (FairTopK.failure(table, share: share) > expected + 1e-6))
  }

  @Test("Adjusted minimums are the largest that fail with at most the significance (property)")
  func adjusted() {
    for (count, share) in [(10, 0.5), (25, 0.3), (60, 0.4), (100, 0.1)] {
      let found = FairTopK.adjustedMinimums(count, share: share, significance: 0.1)
      #expect(FairTopK.failure(found, share: share) <= 0.1)
      var tried = 0
      for step in 1...400 {
        let table = FairTopK.minimums(count, share: share, significance: 0.1 * Double(step) / 400)
        guard table != found, zip(table, found).allSatisfy({ $0 >= $1 }) else { continue }
        #expect(FairTopK.failure(table, share: share) > 0.1)
        tried += 1
      }
      #expect(tried > 0)
    }
    // Without multiple places there is nothing to adjust.
    #expect(FairTopK.adjustedMinimums(1, share: 0.95, significance: 0.1) == [1])
  }

  @Test("Random fair draws fail as often as the formula says (simulation)")
  func simulated() {
    let table = FairTopK.minimums(30, share: 0.4, significance: 0.1)
    var random = RandomStream(seed: 2)
    let draws = 20_000
    let failed = (0..<draws).count { _ in
      var protected = 0
      return table.contains { minimum in
        if random.uniform() < 0.4 { protected += 1 }
        return protected < minimum
      }
    }
    let expected = FairTopK.failure(table, share: 0.4)
    let error = (expected * (1 - expected) / Double(draws)).squareRoot()
    #expect(abs(Double(failed) / Double(draws) - expected) < 4 * error)
  }

  @Test("Protected rows move up only where there are too few (by hand)")
  func order() {
    // Minimums 0 0 0 1 1 1 2 2: the protected rows 6 and 7 are needed at the places 4 and 7.
    let minimums = FairTopK.minimums(8, share: 0.5, significance: 0.1)
    let isProtected = (0..<8).map { $0 >= 6 }
    #expect(
      FairTopK.order(Array(0..<8), isProtected: isProtected, minimums: minimums) == [0, 1, 2, 6, 3, 4, 7, 5])
    #expect(
      FairTopK.order(Array(0..<8), isProtected: isProtected, minimums: []) == Array(0..<8))
    #expect(
      FairTopK.order([0, 1, 2], isProtected: [false, false, false], minimums: [1, 2, 3]) == [0, 1, 2])
  }
}
