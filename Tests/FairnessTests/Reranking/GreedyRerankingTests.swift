import Platform
import Testing

@testable import Fairness

@Suite("Deterministic constrained rankings")
struct GreedyRerankingTests {
  /// Rows 0 … 5 of group 0, the best of all, and 6 … 9 of group 1.
  private static let scores: [Float] = [0.99, 0.98, 0.97, 0.96, 0.95, 0.94, 0.9, 0.8, 0.7, 0.6]
  private static let queues = [Array(0..<6), Array(6..<10)]

  @Test(
    "Ten rows with the shares 0.6 and 0.4 by hand",
    arguments: [
      // Minimums of group 1: one row from place 3 on, two from 5, three from 8, four from 10; of group 0: one from 2, two
      // from 4, three from 5, four from 7, five from 9, six from 10. Maximums of group 0: 1, 2, 2, 3, 3, 4, 5, 5, 6, 6.
      (GreedyReranking.greedy, [0, 1, 6, 2, 7, 3, 4, 8, 5, 9]),
      // The next maximum divided by the share: for group 0, 1 / 0.6 = 1.67 before 1 / 0.4 = 2.5 at place 1; at place 2
      // 2 / 0.6 = 3.33 after 2.5; at place 7 5 / 0.6 = 8.33 after 3 / 0.4 = 7.5.
      (.conservative, [0, 6, 1, 2, 7, 3, 8, 4, 5, 9]),
      // Rounded up, 2 before 3 at place 1, 4 after 3 at place 2, and 9 after 8 at place 7.
      (.relaxed, [0, 6, 1, 2, 7, 3, 8, 4, 5, 9]),
      // In the order of the minimums 0, 6, 1, 7, 2, 3, 8, 4, 9, 5, and moved up as far as these allow.
      (.sorted, [0, 1, 6, 2, 7, 3, 4, 8, 5, 9]),
    ])
  func byHand(algorithm: GreedyReranking, expected: [Int]) {
    #expect(algorithm.order(Self.queues, scores: Self.scores, shares: [0.6, 0.4]) == expected)
  }

  @Test(
    "Every group has its minimum of the first k rows, or no further rows (property)",
    arguments: GreedyReranking.allCases)
  func minimums(algorithm: GreedyReranking) {
    var random = RandomStream(seed: 21)
    for _ in 0..<100 {
      let groups = 2 + random.below(3)
      let weights = (0..<groups).map { _ in 0.05 + random.uniform() }
      let shares = weights.map { $0 / weights.reduce(0, +) }
      let count = 1 + random.below(40)
      let scores = (0..<count).map { _ in Float(random.below(20)) }
      let codes = (0..<count).map { _ in random.below(groups) }
      let order = (0..<count).sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
      let queues = (0..<groups).map { group in order.filter { codes[$0] == group } }
      let found = algorithm.order(queues, scores: scores, shares: shares)
      #expect(found.sorted() == Array(0..<count))
      // Groups keep their order.
      for group in 0..<groups { #expect(found.filter { codes[$0] == group } == queues[group]) }
      // With four groups and more, the greedy choice may miss a minimum (theorem 1); the others do not.
      guard algorithm == .sorted || groups < 4 || algorithm == .conservative else { continue }
      for place in 1...count {
        for group in 0..<groups {
          let own = found[..<place].count { codes[$0] == group }
          let least = Int((shares[group] * Double(place) + 1e-9).rounded(.down))
          let isExhausted = own == queues[group].count
          let others = queues.contains { queue in found[..<place].count { queue.contains($0) } == queue.count
          }
          #expect(own >= least || isExhausted || others, "\(algorithm) \(place) \(group)")
        }
      }
    }
  }

  @Test("Constrained sorting has no smaller DCG than the conservative order, in the mean (property)")
  func utility() {
    var random = RandomStream(seed: 5)
    var sums: [GreedyReranking: Double] = [:]
    for _ in 0..<200 {
      let scores = (0..<30).map { _ in Float(random.uniform()) }
      let order = (0..<30).sorted { scores[$0] > scores[$1] }
      let queues = (0..<3).map { group in order.filter { $0 % 3 == group } }
      for algorithm in GreedyReranking.allCases {
        let found = algorithm.order(queues, scores: scores, shares: [0.2, 0.3, 0.5])
        sums[algorithm, default: 0] += found.enumerated().reduce(0) {
          $0 + Double(scores[$1.element]) * ExposureReranking.exposure($1.offset)
        }
      }
    }
    #expect(sums[.greedy] ?? 0 > sums[.conservative] ?? 9e9)
    #expect(sums[.sorted] ?? 0 >= sums[.conservative] ?? 9e9)
  }

  @Test("A group without further rows leaves its places to the others; a share of 0 comes last")
  func exhausted() {
    for algorithm in GreedyReranking.allCases {
      #expect(
        algorithm.order([[0], [1, 2, 3]], scores: [0.1, 0.9, 0.8, 0.7], shares: [0.9, 0.1]).count == 4)
      #expect(algorithm.order([[], [0, 1]], scores: [0.9, 0.8], shares: [0.5, 0.5]) == [0, 1])
      #expect(algorithm.order([[0, 1], [2]], scores: [0.1, 0.05, 0.9], shares: [1, 0]) == [0, 1, 2])
      #expect(algorithm.order([], scores: [], shares: []) == [])
    }
  }
}
