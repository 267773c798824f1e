import Fairness
import Testing

@Suite("Rankings")
struct RankingTests {
  let scores = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2]
  let codes: [Int32] = [0, 0, 1, 0, 1, 1, 0, 1]

  /// Two groups of four in the order a a b a b b a b. NDCG: scikit-learn 1.9.1; the rest: numpy, by the formulas.
  @Test("Exposure, NDKL, skew, infeasible index and NDCG of eight rows")
  func eightRows() {
    let found = RankingFairness(
      scores: scores, queries: nil, relevance: [3, 2, 3, 0, 1, 2, 0, 1], codes: codes, groupCount: 2,
      cuts: [3, 20])
    #expect(isNear(found.exposure[0], 0.598734911244546))
    #expect(isNear(found.exposure[1], 0.3896312177820731))
    #expect(isNear(found.normalizedDiscountedKL, 0.31019149005593516))
    // Of b there are 0 of at least 1 among the first 2, and 1 of at least 2 among the first 4.
    #expect(isNear(found.infeasibleIndex, 2))
    #expect(isNear(found.infeasibleShare, 0.25))
    #expect(isNear(found.cuts[0].skew[0], 0.28768207245178085))
    #expect(isNear(found.cuts[0].skew[1], -0.40546510810816444))
    #expect(isNear(found.cuts[0].leastSkew, -0.40546510810816444))
    #expect(isNear(found.cuts[0].greatestSkew, 0.28768207245178085))
    #expect(found.cuts[1].skew[0].reason(.undefined)?.contains("20 rows") == true)
    #expect(isNear(found.overallNDCG, 0.9473053354913523))
    #expect(isNear(found.groupNDCG[0], 1))
    #expect(isNear(found.groupNDCG[1], 0.9733434704234325))
  }

  @Test("Two queries of the same rows are as one; the order of the rows does not matter")
  func queries() {
    let one = RankingFairness(
      scores: scores, queries: nil, relevance: nil, codes: codes, groupCount: 2, cuts: [3])
    let two = RankingFairness(
      scores: Array((scores + scores).reversed()),
      queries: Array(([Int32](repeating: 0, count: 8) + [Int32](repeating: 1, count: 8)).reversed()),
      relevance: nil, codes: Array((codes + codes).reversed()), groupCount: 2, cuts: [3])
    #expect(two.queries == 2)
    #expect(isNear(two.normalizedDiscountedKL, number(one.normalizedDiscountedKL)))
    #expect(isNear(two.exposure[1], number(one.exposure[1])))
    #expect(isNear(two.cuts[0].skew[1], number(one.cuts[0].skew[1])))
  }

  @Test("A group that is not among the first k has no skew, with a reason")
  func absent() {
    let found = RankingFairness(
      scores: scores, queries: nil, relevance: nil, codes: codes, groupCount: 2, cuts: [2])
    #expect(found.cuts[0].skew[1].reason(.undefined)?.contains("-∞") == true)
    #expect(isNear(found.cuts[0].skew[0], 0.6931471805599453))
  }
}
