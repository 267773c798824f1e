@testable import Fairness
import Platform
import Testing

@Suite("Distributions of scores")
struct ScoreDistributionTests {
  @Test("Rows become ascending distinct points with their weight by label")
  func points() {
    let found = ScoreDistribution(
      scores: [0.5, 0.25, 0.5, 0.5, .nan], labels: [1, 0, 0, 1, 1], weights: [1, 2, 3, 4, 5])
    #expect(found.scores == [0.25, 0.5] && found.positives == [0, 5] && found.negatives == [2, 3])
    #expect(found.weight == 10 && found.mean == 0.45 && found.cumulative == [0.2, 1])
    #expect(found.meanOfPositives == 0.5 && found.cumulativeNegatives == [0.4, 1])
    #expect(found.quantile(0.2) == 0.25 && found.quantile(0.21) == 0.5 && found.quantile(1) == 0.5)
  }

  @Test("Parts add up to the whole, exact or in bins, in any order")
  func adding() {
    var stream = RandomStream(seed: 3)
    let scores = (0..<999).map { _ in Double(stream.below(64)) / 64 }
    let labels = scores.map { _ in Int(stream.below(2)) }
    for bins in [0, 16] {
      let parts = [0..<1, 1..<400, 400..<999].map {
        ScoreDistribution(scores: Array(scores[$0]), labels: Array(labels[$0]), bins: bins)
      }
      let whole = ScoreDistribution(scores: scores, labels: labels, bins: bins)
      for order in [[0, 1, 2], [2, 1, 0]] {
        var sum = parts[order[0]]
        sum.add(parts[order[1]])
        sum.add(parts[order[2]])
        #expect(sum.positives == whole.positives && sum.negatives == whole.negatives)
        #expect(zip(sum.scores, whole.scores).allSatisfy { abs($0 - $1) < 1e-12 })
      }
      #expect(whole.count == (bins == 0 ? 64 : 16))
    }
  }

  @Test("Exact and binned together are in the bins; scores outside 0 to 1 in the end bins")
  func mixed() {
    var sum = ScoreDistribution(scores: [-1, 0.1, 1, 7], labels: [0, 0, 1, 1])
    sum.add(
      ScoreDistribution(
        positives: [1, 0, 0, 2], positiveScores: [0.2, 0, 0, 1.6], negatives: [0, 1, 0, 0],
        negativeScores: [0, 0.3, 0, 0]))
    #expect(sum.bins == 4 && sum.resolution == 0.25)
    #expect(sum.positives == [1, 0, 4] && sum.negatives == [2, 1, 0])
    #expect(zip(sum.scores, [-0.7 / 3, 0.3, 9.6 / 4]).allSatisfy { abs($0 - $1) < 1e-15 })
  }

  @Test("The groups of an audit, and all rows, have their own")
  func ofAudit() throws {
    let reference = try #require(ReferenceRows.loaded)
    let (overall, frames) = try AuditSums(reference.rows(weighted: true)).frames(distributions: true)
    #expect(
      overall.distribution
        == ScoreDistribution(
          scores: reference.scores, labels: reference.labels.map { Int($0) }, weights: reference.weights))
    let ofSex = (0..<400).filter { reference.sex[$0] == 1 }
    let found = try #require(frames[0].sums[1].distribution)
    let expected = ScoreDistribution(
      scores: ofSex.map { reference.scores[$0] }, labels: ofSex.map { Int(reference.labels[$0]) },
      weights: ofSex.map { reference.weights[$0] })
    #expect(found.scores == expected.scores && found.bins == 0)
    #expect(zip(found.positives, expected.positives).allSatisfy { abs($0 - $1) < 1e-12 })
  }
}
