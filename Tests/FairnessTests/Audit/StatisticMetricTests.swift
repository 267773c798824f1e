import Testing

@testable import Fairness

@Suite("Metrics that a configuration defines")
struct StatisticMetricTests {
  /// 40 true negatives, 10 false positives, 5 false negatives, 45 true positives.
  private let table = GroupSums(
    rows: 100, confusion: ConfusionSums(classes: 2, weights: [40, 10, 5, 45]))

  private func ratio(
    _ name: String, _ numerator: [Double], _ denominator: [Double]
  ) -> Metric {
    func sum(_ cells: [Double]) -> ConfusionRatio.Sum {
      .init(trueNegative: cells[0], falsePositive: cells[1], falseNegative: cells[2], truePositive: cells[3])
    }
    return .ratio(
      ConfusionRatio(name: name, numerator: sum(numerator), denominator: sum(denominator), better: .higher))
  }

  @Test("A known rate, written as a ratio, has the rate's value and its counts")
  func knownRates() throws {
    let own = ratio("mine", [0, 0, 0, 2], [0, 0, 2, 2])
    #expect(own.value(table) == Metric.truePositiveRate.value(table))
    let counts = try #require(own.share?.counts(table))
    #expect(counts.successes == 45 && counts.trials == 50)
    #expect(own.isShareOfRows && own.needsLabels)
    let selected = ratio("selected", [0, 1, 0, 1], [1, 1, 1, 1])
    #expect(selected.value(table) == .defined(0.55) && !selected.needsLabels)
  }

  @Test("A ratio that is no share has a value and no counts; an empty denominator has a reason")
  func others() {
    let balance = ratio("balance", [0, 1, 0, 0], [0, 0, 1, 0])
    #expect(balance.value(table) == .defined(2) && balance.share == nil && !balance.isShareOfRows)
    let weighted = ratio("weighted", [0, 3, 1, 0], [1, 1, 1, 1])
    #expect(weighted.value(table) == .defined(0.35) && weighted.share == nil)
    let none = GroupSums(rows: 1, confusion: ConfusionSums(classes: 2, weights: [1, 0, 0, 0]))
    guard case .undefined(let reason, _) = balance.value(none) else {
      Issue.record("a ratio without a denominator has a value")
      return
    }
    #expect(reason == "the denominator of balance counts no rows")
  }
}
