import Testing

@testable import Fairness

/// The multinomial test and ranking for several protected groups.
@Suite("FA*IR for several groups")
struct FairTopKGroupsTests {
  @Test("The probability of a multinomial test, by counting outcomes")
  func counted() {
    // Three rows of three equally likely kinds: at most one of the first and of the second kind in 1 + 3 + 3 + 6 of 27.
    #expect(abs(FairTopKGroups.probability([1, 1], of: 3, shares: [1.0 / 3, 1.0 / 3]) - 13.0 / 27) < 1e-12)
    // One group: the binomial distribution; at most 2 of 6 with p = 1/2 in 1 + 6 + 15 of 64.
    #expect(abs(FairTopKGroups.probability([2], of: 6, shares: [0.5]) - 22.0 / 64) < 1e-12)
    #expect(abs(FairTopKGroups.probability([150, 40], of: 150, shares: [0.6, 0.1]) - 1) < 1e-6)
  }

  @Test("With the adjusted significance, a random ranking fails at some place as often as asked")
  func adjusted() {
    let shares = [0.3, 0, 0.2]
    let rule = FairTopKGroups(shares: shares, adjusting: 0.1, count: 20)
    let others = FairTopKGroups.smallestProbabilities(shares: shares, count: 20, seed: 99)
    let failing = others.count { $0 <= rule.significance }
    // Three standard errors of a share of 0.1 in 2000 draws, of both simulations.
    #expect(abs(Double(failing) / 2000 - 0.1) < 0.03)
    #expect(rule.significance < 0.1)
  }

  @Test("Every beginning passes the test although both groups have the lowest scores; nobody is lost")
  func passes() {
    let rule = FairTopKGroups(shares: [0, 0.3, 0.3], significance: 0.1, count: 30)
    let groups = (0..<60).map { $0 < 30 ? 0 : 1 + $0 % 2 }
    let found = rule.order(Array(0..<60), groups: groups)
    #expect(found.sorted() == Array(0..<60))
    var counts = [0, 0, 0]
    for (place, row) in found.prefix(30).enumerated() {
      counts[groups[row]] += 1
      let probability = FairTopKGroups.probability(
        [counts[1], counts[2]], of: place + 1, shares: [0.3, 0.3])
      #expect(probability > 0.1, "place \(place)")
    }
    #expect(counts[1] >= 5 && counts[2] >= 5 && counts[0] > 10, "\(counts)")
    // Within a group, the order stays.
    for group in 0..<3 {
      let own = found.filter { groups[$0] == group }
      #expect(own == own.sorted())
    }
    // Without need, nothing changes.
    let mixed = (0..<60).map { $0 % 3 }
    #expect(rule.order(Array(0..<60), groups: mixed) == Array(0..<60))
  }

  @Test("With one group, the minimums are those of the binomial test")
  func oneGroup() {
    let rule = FairTopKGroups(shares: [0, 0.5], significance: 0.1, count: 12)
    let groups = (0..<24).map { $0 < 12 ? 0 : 1 }
    let found = rule.order(Array(0..<24), groups: groups)
    let minimums = FairTopK.minimums(12, share: 0.5, significance: 0.1)
    let expected = FairTopK.order(Array(0..<24), isProtected: groups.map { $0 == 1 }, minimums: minimums)
    #expect(found.prefix(12).elementsEqual(expected.prefix(12)))
  }
}
