import Platform
import Testing

@testable import Fairness

@Suite("Rankings with fair exposure")
struct ExposureRerankingTests {
  private static func exposures(_ ranking: [Int]) -> [Double] {
    var result = [Double](repeating: 0, count: ranking.count)
    for (place, row) in ranking.enumerated() { result[row] = ExposureReranking.exposure(place) }
    return result
  }

  /// The expected exposure of each row.
  private static func expected(_ mixture: ExposureReranking.Mixture) -> [Double] {
    zip(exposures(mixture.first), exposures(mixture.second)).map {
      mixture.share * $0 + (1 - mixture.share) * $1
    }
  }

  @Test(
    "The expected utility is the optimum of the paper's linear program (scipy 1.17 linprog, HiGHS)",
    arguments: [
      ([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], [2, 4, 5], ExposureReranking.Merit.rows, 0.0, 2.2846797348724834),
      ([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], [2, 4, 5], .rows, 0.1, 2.3146797348724832),
      ([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], [2, 4, 5], .scores, 0, 2.3377889620169667),
      ([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], [2, 4, 5], .scores, 0.1, 2.3472248594528646),
      ([0.81, 0.8, 0.79, 0.78, 0.77, 0.76, 0.75], [4, 5, 6], .rows, 0, 2.850246034279579),
      ([0.81, 0.8, 0.79, 0.78, 0.77, 0.76, 0.75], [4, 5, 6], .rows, 0.05, 2.8536746057081506),
      ([0.81, 0.8, 0.79, 0.78, 0.77, 0.76, 0.75], [4, 5, 6], .scores, 0, 2.85184515500016),
      ([0.81, 0.8, 0.79, 0.78, 0.77, 0.76, 0.75], [4, 5, 6], .scores, 0.05, 2.854500979175984),
    ])
  func linearProgram(
    scores: [Double], protected: [Int], merit: ExposureReranking.Merit, tolerance: Double, utility: Double
  ) {
    let found = ExposureReranking(merit, tolerance: tolerance).mixture(
      Array(scores.indices), scores: scores.map { Float($0) },
      isProtected: scores.indices.map { protected.contains($0) })
    let exposures = Self.expected(found)
    let own = zip(exposures, scores).reduce(0) { $0 + $1.0 * $1.1 }
    // Scores are 32-bit floats.
    #expect(abs(own - utility) < 1e-6)
  }

  @Test("The gap is within the tolerance in expectation, and each part keeps its order (property)")
  func gaps() {
    var random = RandomStream(seed: 6)
    for _ in 0..<100 {
      let count = 4 + random.below(30)
      let scores = (0..<count).map { _ in Float(random.below(50)) / 50 }
      let isProtected = (0..<count).map { $0 == 0 || $0 != 1 && random.below(3) == 0 }
      let order = (0..<count).sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
      let found = ExposureReranking(.rows, tolerance: 0.02).mixture(
        order, scores: scores, isProtected: isProtected)
      let exposures = Self.expected(found)
      func mean(_ own: Bool) -> Double {
        let members = (0..<count).filter { isProtected[$0] == own }
        return members.reduce(0) { $0 + exposures[$1] } / Double(members.count)
      }
      let gap = mean(true) - mean(false)
      #expect(abs(gap) <= 0.02 + 1e-9)
      for ranking in [found.first, found.second] {
        #expect(ranking.sorted() == Array(0..<count))
        #expect(ranking.filter { isProtected[$0] } == order.filter { isProtected[$0] })
      }
    }
  }

  @Test("A ranking within the tolerance, and one of one part, stay as they are")
  func unchanged() {
    let reranking = ExposureReranking(.rows, tolerance: 1)
    let order = [0, 1, 2]
    #expect(
      reranking.mixture(order, scores: [3, 2, 1], isProtected: [false, false, true]).first == order)
    let strict = ExposureReranking(.rows, tolerance: 0)
    #expect(strict.mixture(order, scores: [3, 2, 1], isProtected: [true, true, true]).first == order)
    #expect(strict.mixture([], scores: [], isProtected: []).first == [])
  }

  @Test("Queries draw one of the two rankings as often as its share says, always the same by key")
  func draws() {
    let ranking = RankingByGroup(
      .exposure(ExposureReranking(.rows, tolerance: 0), isProtected: [false, true], seed: 3))
    let (scores, groups): ([Float], [Int]) = ([0.9, 0.8, 0.7, 0.6], [0, 0, 1, 1])
    let mixture = ExposureReranking(.rows, tolerance: 0).mixture(
      [0, 1, 2, 3], scores: scores, isProtected: [false, false, true, true])
    let orders = (0..<20_000).map { ranking.order(scores, groups: groups, key: UInt64($0)) }
    let share = Double(orders.count { $0 == mixture.first }) / 20_000
    #expect(mixture.first != mixture.second && mixture.share > 0 && mixture.share < 1)
    let error = (mixture.share * (1 - mixture.share) / 20_000.0).squareRoot()
    #expect(abs(share - mixture.share) < 4 * error)
    #expect(orders[7] == ranking.order(scores, groups: groups, key: 7))
  }
}
