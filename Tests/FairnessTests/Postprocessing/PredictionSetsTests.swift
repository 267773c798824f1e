import Platform
import Testing

@testable import Fairness

@Suite("Conformal prediction sets and withheld decisions")
struct PredictionSetsTests {
  @Test(
    "The quantile is the ⌈c (n + 1)⌉-th smallest value; with too few values there is none (by hand)",
    arguments: [(9, 0.9, 9), (8, 0.9, nil), (19, 0.9, 18), (99, 0.95, 95), (20, 0.5, 11), (1, 0.5, 1)])
  func quantile(count: Int, coverage: Double, place: Int?) {
    let values = (1...count).reversed().map(Double.init)
    #expect(ConformalQuantile.value(values, coverage: coverage) == place.map(Double.init))
  }

  @Test("A further value is within the quantile of 49 values in 0.9 of 20,000 draws (simulation)")
  func coverage() {
    var random = RandomStream(seed: 8)
    let draws = 20_000
    let inside = (0..<draws).count { _ in
      let values = (0..<49).map { _ in random.uniform() }
      return random.uniform() <= ConformalQuantile.value(values, coverage: 0.9) ?? .infinity
    }
    // ⌈0.9 · 50⌉ / 50 is exactly 0.9. Four standard errors.
    let error = (0.09 / Double(draws)).squareRoot()
    #expect(abs(Double(inside) / Double(draws) - 0.9) < 4 * error)
  }

  @Test("Nonconformities of classes by hand")
  func classes() {
    func measured(_ kind: PredictionSets.Kind, _ scores: [Float]) -> [Double] {
      PredictionSets.nonconformities(kind, scores, width: scores.count)
    }
    #expect(measured(.smallest, [0.25, 0.5, 0.25]) == [0.75, 0.5, 0.75])
    // 0.5 first, then the two equal ones in their order: 0.5, 0.5 + 0.25, 0.5 + 0.25 + 0.25.
    #expect(measured(.adaptive, [0.25, 0.5, 0.25]) == [0.75, 0.5, 1])
    // Two classes from one score, the probability of the second.
    #expect(measured(.smallest, [0.75]) == [0.75, 0.25] && measured(.adaptive, [0.75]) == [1, 0.75])
  }

  @Test("Intervals by hand; quantiles that cross give their middle")
  func intervals() {
    let sets = PredictionSets(.residual, coverage: 0.9, pooled: 2, groups: [0.5, nil])
    #expect(sets.interval((3, 3), group: 0) == (2.5, 3.5))
    #expect(sets.interval((3, 3), group: 1) == (1, 5) && sets.interval((3, 3), group: -1) == (1, 5))
    let narrowed = PredictionSets(.quantiles, coverage: 0.9, pooled: -1, groups: [])
    #expect(
      narrowed.interval((0, 4), group: -1) == (1, 3) && narrowed.interval((0, 1), group: -1) == (0.5, 0.5))
  }

  @Test("The threshold of confidence answers the share that was asked (by hand)")
  func confidence() {
    // ⌈0.5 · 6⌉ = 3: the third largest.
    #expect(AbstentionByGroup.threshold([0.6, 0.9, 0.7, 0.5, 0.8], coverage: 0.5) == 0.7)
    // ⌈0.95 · 6⌉ = 6 of 5 rows: all are answered.
    #expect(AbstentionByGroup.threshold([0.6, 0.9, 0.7, 0.5, 0.8], coverage: 0.95) < 0)
    let rule = DecisionRule(
      threshold: 0.5,
      adjustments: [
        Adjustment(attribute: 0, .abstention(AbstentionByGroup(pooled: 0.5, groups: [0.75, nil])))
      ])
    let (scores, groups): ([Float], [Int32]) = ([0.25, 0.3, 0.7, 0.75, 0.3, 0.7], [0, 0, 0, 0, 1, -1])
    var labels = [Int32](repeating: 9, count: 6)
    rule.decide(scores, rows: 6, width: 1, RowGroups(groups, attributes: 1), keys: nil, into: &labels)
    #expect(labels == [0, -1, -1, 1, 0, 1] && rule.abstains)
    // An explicit threshold decides every row.
    rule.deciding(at: 0.3).decide(
      scores, rows: 6, width: 1, RowGroups(groups, attributes: 1), keys: nil, into: &labels)
    #expect(labels == [0, 1, 1, 1, 1, 1])
  }

  @Test("Only steps in their order may follow each other")
  func stages() {
    typealias Stage = Adjustment.Stage
    #expect(Stage.scores.mayFollow(.scores) && Stage.sets.mayFollow(.scores))
    #expect(!Stage.decision.mayFollow(.decision) && !Stage.scores.mayFollow(.decision))
    #expect(!Stage.abstention.mayFollow(.sets) && Stage.abstention.mayFollow(.decision))
  }
}
