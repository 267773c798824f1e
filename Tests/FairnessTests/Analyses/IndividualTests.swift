import Fairness
import Neighbours
import Platform
import Testing

@Suite("Analyses of single people")
struct IndividualTests {
  /// Forty rows of three numbers by a rule, u' = (137 u + 187) mod 1009 from 5, the values u / 1009.
  static func rows() throws -> (encoded: EncodedRows, values: [Double], decisions: [Double]) {
    var state = 5
    let values = (0..<120).map { _ -> Double in
      state = (137 * state + 187) % 1009
      return Double(state) / 1009
    }
    let decisions = (0..<40).map { values[3 * $0] + values[3 * $0 + 1] * 0.5 > 0.7 ? 1.0 : 0.0 }
    let encoded = try EncodedRows(Buffer(copying: values.map { Float($0) }), rows: 40, width: 3)
    return (encoded, values, decisions)
  }

  @Test("Consistency of 5 neighbours: 0.86 without oneself, 0.89 with (AIF360 0.6.1 and scikit-learn 1.9.1)")
  func consistency() throws {
    let (encoded, _, decisions) = try Self.rows()
    let queries = (0..<40).map { Int32($0) }
    let found = Consistency(
      neighbours: try encoded.nearest(5, of: queries), k: 5, queries: queries, outcomes: decisions,
      codes: queries.map { $0 % 2 }, groupCount: 2)
    #expect(isNear(found.withoutSelf, 0.86))
    #expect(isNear(found.withSelf, 0.89))
    // Groups of the same size: their mean is that of all.
    #expect(abs((number(found.groups[0].withSelf) + number(found.groups[1].withSelf)) / 2 - 0.89) < 1e-12)
  }

  @Test("At the same distance the earlier row is nearer; missing neighbours are -1")
  func ties() throws {
    let encoded = try EncodedRows(Buffer(copying: [0, 1, 1, 0, 5] as [Float]), rows: 5, width: 1)
    #expect(try encoded.nearest(2, of: [0, 3, 1, 4]) == [3, 1, 0, 1, 2, 0, 1, 2])
    let pair = try EncodedRows(Buffer(copying: [0, 1] as [Float]), rows: 2, width: 1)
    #expect(try pair.nearest(3, of: [1]) == [0, -1, -1])
  }

  @Test(
    "Neighbours by panels and by products are those of a plain search, whatever the sizes",
    arguments: [(1, 5), (7, 5), (33, 5), (150, 5), (1, 40), (70, 33), (270, 40), (130, 101), (4500, 26)])
  func plainSearch(rows: Int, width: Int) throws {
    var random = RandomStream(seed: UInt64(rows))
    // Few distinct values, so that there are ties; far from 0, so that products alone would be inaccurate.
    let values = (0..<rows * width).map { _ in Float(1000 + random.below(3)) }
    let encoded = try EncodedRows(Buffer(copying: values), rows: rows, width: width)
    let found = try encoded.nearest(4, of: (0..<rows).map { Int32($0) })
    #expect(try encoded.nearestOfEach(4) == found)
    for row in stride(from: 0, to: rows, by: max(1, rows / 300)) {
      func distance(_ other: Int) -> Float {
        (0..<width).reduce(0) { sum, column in
          let difference = values[row * width + column] - values[other * width + column]
          return sum + difference * difference
        }
      }
      let others = (0..<rows).filter { $0 != row }.map { (distance($0), $0) }
      let plain = others.sorted { $0 < $1 }.prefix(4).map { Int32($0.1) }
      #expect(Array(found[row * 4..<row * 4 + 4].prefix { $0 >= 0 }) == plain, "row \(row)")
    }
  }

  @Test("Lipschitz: 13.8% of the pairs break 0.6, the worst ratio is 2.5727 of rows 22 and 36 (numpy)")
  func lipschitz() throws {
    let (encoded, values, decisions) = try Self.rows()
    let scores = (0..<40).map { values[3 * $0 + 2] * 0.5 + decisions[$0] * 0.3 }
    let found = try LipschitzCondition(
      encoded, chosen: (0..<40).map { Int32($0) }, scores: scores, constant: 0.6)
    #expect(found.pairs == 780)
    #expect(isNear(found.violations, 0.13846153846153847))
    #expect(isNear(found.largestRatio, 2.572709605216949, within: 1e-5))
    #expect(found.worstPair?.first == 22 && found.worstPair?.second == 36)
    #expect(found.sameInputsOtherScore == 0)
  }

  @Test("The same inputs with another score break the condition for any constant")
  func sameInputs() throws {
    let encoded = try EncodedRows(Buffer(copying: [1, 1, 1] as [Float]), rows: 3, width: 1)
    let found = try LipschitzCondition(encoded, chosen: [0, 1, 2], scores: [0, 0, 0.5], constant: 1e9)
    #expect(found.sameInputsOtherScore == 2)
    #expect(isNear(found.violations, 2.0 / 3))
    #expect(found.largestRatio.number(.undefined) == nil)
  }

  @Test("Inequality of 1, 2, 3, 4, 10 by its formulas (numpy)")
  func inequality() {
    let found = Inequality(benefits: [1, 2, 3, 4, 10], codes: [0, 0, 0, 1, 1], groupCount: 2)
    #expect(isNear(found.generalizedEntropy(alpha: 0), 0.2901665764514923))
    #expect(isNear(found.generalizedEntropy(alpha: 1), 0.27636361895732137))
    #expect(isNear(found.generalizedEntropy(alpha: 2), 0.3125))
    #expect(isNear(found.generalizedEntropy(alpha: -1), 0.3733333333333333))
    #expect(isNear(found.coefficientOfVariation, 0.625.squareRoot()))
    #expect(isNear(found.atkinson(epsilon: 0.5), 0.13351045273669038))
    #expect(isNear(found.atkinson(epsilon: 1), 0.2518610651305776))
    #expect(isNear(found.atkinson(epsilon: 2), 0.4274809160305343))
    #expect(isNear(found.gini, 0.4))
    #expect(isNear(found.jain, 0.6153846153846154))
    #expect(isNear(found.betweenGroups(alpha: 0), 0.1920419931617981))
    #expect(isNear(found.betweenGroups(alpha: 1), 0.18378689738681228))
    #expect(isNear(found.betweenGroups(alpha: 2), 0.1875))
    // Within = Σ (w_g / w) (μ_g / μ)^α GE_g: groups (1, 2, 3) of mean 2 and (4, 10) of mean 7, all of mean 4.
    for alpha in [-1.0, 0, 0.5, 1, 2, 3] {
      let parts = [(weight: 0.6, mean: 2.0), (0.4, 7)].enumerated().reduce(0.0) { sum, part in
        let share = alpha == 0 ? 1 : power(part.element.mean / 4, alpha)
        return sum + part.element.weight * share
          * number(found.generalizedEntropy(alpha: alpha, group: part.offset))
      }
      #expect(isNear(found.withinGroups(alpha: alpha), parts), "alpha \(alpha)")
    }
  }

  private func power(_ base: Double, _ exponent: Double) -> Double {
    exponent == 0.5
      ? base.squareRoot()
      : exponent < 0 ? 1 / base : (0..<Int(exponent)).reduce(1) { product, _ in product * base }
  }

  @Test("A weight of 2 is the row twice; no benefit at all, and benefits below 0, have no inequality")
  func inequalityEdges() {
    let weighted = Inequality(benefits: [1, 2, 10], weights: [2, 1, 1])
    let repeated = Inequality(benefits: [1, 1, 2, 10])
    for alpha in [0.0, 1, 2] {
      #expect(
        isNear(weighted.generalizedEntropy(alpha: alpha), number(repeated.generalizedEntropy(alpha: alpha))))
    }
    #expect(isNear(weighted.gini, number(repeated.gini)))
    #expect(isNear(weighted.jain, number(repeated.jain)))
    #expect(isNear(weighted.atkinson(epsilon: 0.5), number(repeated.atkinson(epsilon: 0.5))))
    #expect(Inequality(benefits: [0, 0]).gini.reason(.undefined) == "no row has a benefit")
    #expect(Inequality(benefits: [-1, 3]).gini.reason(.undefined) == "a benefit is below 0")
    #expect(Inequality(benefits: [0, 1]).generalizedEntropy(alpha: 0).number(.undefined) == nil)
    #expect(isNear(Inequality(benefits: [0, 1]).atkinson(epsilon: 1), 1))
  }

  @Test("Switching three of four rows: one gains, one loses, changes of 0.3, −0.2 and 0.1")
  func counterfactual() {
    let found = CounterfactualChange(
      before: [0.3, 0.6, 0.7, 0.9], after: [0.6, 0.4, 0.8, 0.1], switched: [true, true, true, false],
      rule: DecisionRule(threshold: 0.5))
    #expect(found.rows == 3)
    #expect(isNear(found.flipRate, 2.0 / 3) && isNear(found.gained, 1.0 / 3) && isNear(found.lost, 1.0 / 3))
    #expect(isNear(found.meanChange, 0.2 / 3) && isNear(found.meanAbsoluteChange, 0.2))
    #expect(isNear(found.largestChange, 0.3))
  }
}
