@testable import Fairness
import Platform
import Testing

@Suite("Sums drawn again")
struct ResamplingTests {
  /// 200 rows: 80 selected; a third have no group.
  private func rows(groupings: Bool) throws -> AuditRows {
    let decisions = (0..<200).map { Int32($0 % 5 < 2 ? 1 : 0) }
    return AuditRows(
      count: 200, labels: try CodeColumn(copying: (0..<200).map { Int32($0 % 2) }),
      decisions: try CodeColumn(copying: decisions),
      groupings: groupings
        ? [
          Grouping(
            attribute: "g", groupNames: ["a", "b"],
            codes: try CodeColumn(copying: (0..<200).map { Int32($0 % 3) - 1 }))
        ] : [])
  }

  @Test(
    "The bootstrap of a rate has the binomial's spread: without groups, with them, stratified, missing dropped",
    arguments: [(false, false, false), (true, false, false), (true, true, false), (true, false, true)])
  func spread(groupings: Bool, stratified: Bool, drops: Bool) throws {
    var options = AuditOptions(metrics: ["selection_rate"])
    var uncertainty = UncertaintyOptions()
    uncertainty.method = .percentile
    uncertainty.replicates = 4_000
    uncertainty.stratified = stratified
    options.uncertainty = uncertainty
    if drops { options.dropsMissing = ["g"] }
    let result = try Audit.run(rows(groupings: groupings), options)
    let interval = try #require(result.uncertainties.first?.overall?[0])
    // √(0.4 · 0.6 / 200) = 0.03464; selection is nearly independent of the group.
    #expect(abs(interval.lower - (0.4 - 1.96 * 0.03464)) < 0.006)
    #expect(abs(interval.upper - (0.4 + 1.96 * 0.03464)) < 0.006)
    #expect(
      result.attributes.first?.frame.names ?? []
        == (groupings ? (drops ? ["a", "b"] : ["a", "b", "(missing)"]) : []))
  }

  @Test("A permutation test of equal groups is not small, of unlike ones as small as it can be")
  func permutations() throws {
    func p(_ selected: [Double]) throws -> Double {
      let groups = selected.map {
        GroupSums(rows: 100, confusion: ConfusionSums(classes: 2, weights: [100 - $0, $0, 0, 0]))
      }
      var overall = GroupSums(rows: 0)
      for group in groups { overall.add(group) }
      var options = UncertaintyOptions()
      options.permutations = 999
      let frame = GroupFrame(
        attribute: "g", names: ["a", "b"], groups: groups, overall: overall, reference: nil,
        zeroDivision: .undefined, classes: [])
      var notes: [String] = []
      let tests = try AttributeUncertainty(counting: frame, [.selectionRate], options).tests(&notes)
      return try #require(tests.first?.pValue)
    }
    #expect(try p([50, 50]) == 1)
    #expect(try p([20, 60]) == 0.001)
    // scipy: fisher_exact([[40, 60], [52, 48]]) has p = 0.1184
    #expect(abs(try p([40, 52]) - 0.1184) < 0.04)
  }
}
