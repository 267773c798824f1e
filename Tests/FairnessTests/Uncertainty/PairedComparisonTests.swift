@testable import Fairness
import Platform
import Testing

@Suite("Changes for the same rows")
struct PairedComparisonTests {
  @Test(
    "McNemar's mid-p value (scipy 1.x: 2 binom.cdf(k, n, 0.5) − binom.pmf(k, n, 0.5))",
    arguments: [
      (1.0, 9.0, 0.011718749999999998), (12, 30, 0.0054015726545912895), (4, 4, 0.7265625),
      (160, 100, 0.00019195658030343125), (0, 0, 1),
    ])
  func mcNemar(lost: Double, gained: Double, expected: Double) {
    let counts = PairedCounts(both: 10, lost: lost, gained: gained, neither: 10)
    #expect(abs(counts.pValue - expected) < 1e-9)
  }

  @Test("Bonett and Price's interval of 9 gained and 1 lost of 50 rows, by hand: 0.0302 to 0.2775")
  func interval() {
    let interval = PairedCounts(both: 20, lost: 1, gained: 9, neither: 20).interval(confidence: 0.95)
    #expect(abs(interval.lower - 0.030155441955388093) < 1e-9)
    #expect(abs(interval.upper - 0.2775368657369196) < 1e-9)
  }

  @Test("Eight rows counted by hand: which rows turned right, selected, and by group")
  func counted() throws {
    // Row: label, before, after. a: 1 0 1, 1 1 1, 0 1 0, 0 0 0; b: 1 1 0, 0 0 1, 1 1 1, 0 0 0.
    let changes = try PairedComparison.changes(
      count: 8, task: .binary, labels: CodeColumn(copying: [1, 1, 0, 0, 1, 0, 1, 0]),
      before: CodeColumn(copying: [0, 1, 1, 0, 1, 0, 1, 0]),
      after: CodeColumn(copying: [1, 1, 0, 0, 0, 1, 1, 0]),
      groupings: [
        Grouping(
          attribute: "g", groupNames: ["a", "b"], codes: CodeColumn(copying: [0, 0, 0, 0, 1, 1, 1, 1]))
      ])
    func numbers(_ group: JSONValue, _ metric: String) -> [Double?] {
      let found = changes.array?.first { $0["group"] == group && $0["metric"]?.string == metric }
      return ["before", "after", "rows_gained", "rows_lost"].map { found?[$0]?.double }
    }
    #expect(changes.array?.count == 12)
    #expect(numbers(.null, "selection_rate") == [0.5, 0.5, 2, 2])
    #expect(numbers(.null, "accuracy") == [0.75, 0.75, 2, 2])
    #expect(numbers("a", "accuracy") == [0.5, 1, 2, 0])
    #expect(numbers("a", "tpr") == [0.5, 1, 1, 0] && numbers("a", "fpr") == [0.5, 0, 0, 1])
    #expect(numbers("b", "accuracy") == [1, 0.5, 0, 2] && numbers("b", "fpr") == [0, 0.5, 1, 0])
  }

  @Test("Several classes have only accuracy, in which a row that becomes wrong is lost")
  func severalClasses() throws {
    let changes = try PairedComparison.changes(
      count: 4, task: .multiclass(classes: ["a", "b", "c"]), labels: CodeColumn(copying: [0, 1, 2, 2]),
      before: CodeColumn(copying: [0, 1, 0, 1]), after: CodeColumn(copying: [0, 2, 2, 0]), groupings: [])
    #expect(changes.array?.map { $0["metric"]?.string } == ["accuracy"])
    #expect(changes[0]?["before"] == 0.5 && changes[0]?["after"] == 0.5 && changes[0]?["rows_lost"] == 1)
  }
}
