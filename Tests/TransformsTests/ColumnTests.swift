import Datasets
import Equipoise
import Platform
import Testing

@Suite("Columns that steps change")
struct ColumnTests {
  @Test("Imputation fills in the training rows' values, and marks missing ones")
  func imputation() throws {
    let rows = try table("a,b,c,y\n1,x,1.5,0\n,,2.5,1\n3,x,,0\n8,z,3.5,1\n")
    let result = try prepared(
      rows, #"{"data": {"label": "y"}, "steps": [{"name": "imputation", "indicator": true}]}"#)
    #expect(try result.rows.numbers("a") == [1, 3, 3, 8])
    #expect(try result.rows.texts("b") == ["x", "x", "x", "z"])
    #expect(try result.rows.numbers("c") == [1.5, 2.5, 2.5, 3.5])
    #expect(try result.rows.numbers("b_missing") == [0, 1, 0, 0])
    let others = try result.transform.apply(table("a,b,c\n,,\n5,q,1\n"))
    #expect(try others.numbers("a") == [3, 5])
    #expect(try others.texts("b") == ["x", "q"])
    #expect(try others.numbers("a_missing") == [1, 0])
  }

  @Test("Standardization and clipping give other rows the training rows' scale and bounds")
  func scale() throws {
    let rows = try table("a,y\n2,0\n4,1\n4,0\n6,1\n")
    let result = try prepared(rows, #"{"data": {"label": "y"}, "steps": [{"name": "standardization"}]}"#)
    // Mean 4, deviation √2.
    #expect(abs(try result.rows.numbers("a")[0] + 2.squareRoot()) < 1e-12)
    #expect(try abs(result.transform.apply(table("a\n10\n")).numbers("a")[0] - 3 * 2.squareRoot()) < 1e-12)
    let clipped = try prepared(
      rows, #"{"data": {"label": "y"}, "steps": [{"name": "clipping", "lower": 0.25, "upper": 0.75}]}"#)
    // Quartiles 3.5 and 4.5: the integers within are 4.
    #expect(try clipped.rows.numbers("a") == [4, 4, 4, 4])
    let fences = try prepared(
      rows, #"{"data": {"label": "y"}, "steps": [{"name": "clipping", "method": "fences", "factor": 1}]}"#)
    #expect(try fences.transform.apply(table("a\n1.5\n9.0\n")).numbers("a") == [3, 5])
  }

  @Test("Constant columns go, from other rows, too")
  func constants() throws {
    let rows = try table("a,b,c,y\n1,x,5,0\n1,y,5,1\n1,x,5,0\n1,y,6,1\n")
    let result = try prepared(
      rows, #"{"data": {"label": "y"}, "steps": [{"name": "constant_columns", "share": 0.75}]}"#)
    #expect(result.rows.names == ["b", "y"])
    #expect(try result.transform.apply(table("a,b,c\n1,x,7\n")).names == ["b"])
  }

  @Test(
    "A repair of level 1 gives all groups one distribution and keeps each one's order; level 0 changes nothing"
  )
  func repair() throws {
    var random = RandomStream(seed: 1)
    let count = 300
    let groups = (0..<count).map { $0 % 3 == 0 ? "f" : "m" }
    let x = groups.map { ($0 == "f" ? 3 : 0) + 2 * random.normal() }
    let rows = try Dataset([
      Column(name: "g", texts: groups), Column(name: "x", numbers: x),
      Column(name: "c", texts: groups.map { random.uniform() < ($0 == "f" ? 0.8 : 0.2) ? "yes" : "no" }),
      Column(name: "y", integers: (0..<count).map { Int64($0 % 2) }),
    ])
    func repaired(_ level: Double) throws -> Dataset {
      try prepared(
        rows,
        #"{"data": {"label": "y", "sensitive": ["g"]}, "steps": [{"name": "disparate_impact_remover", "level": \#(level)}]}"#
      ).rows
    }
    #expect(try repaired(0).numbers("x") == x)
    let whole = try repaired(1)
    let values = try whole.numbers("x")
    func sorted(_ group: String, _ values: [Double]) -> [Double] {
      (0..<count).filter { groups[$0] == group }.map { values[$0] }.sorted()
    }
    let (women, men) = (sorted("f", values), sorted("m", values))
    for share in [0.1, 0.25, 0.5, 0.75, 0.9] {
      let (a, b) = (women[Int(share * 99)], men[Int(share * 199)])
      #expect(abs(a - b) < 0.15)
      // The target for two groups is the middle between their quantiles.
      let middle = (sorted("f", x)[Int(share * 99)] + sorted("m", x)[Int(share * 199)]) / 2
      #expect(abs(a - middle) < 0.15)
    }
    for group in ["f", "m"] {
      let own = (0..<count).filter { groups[$0] == group }.sorted { x[$0] < x[$1] }
      #expect(zip(own, own.dropFirst()).allSatisfy { values[$0] <= values[$1] })
    }
    let categories = try whole.texts("c")
    func share(_ group: String) -> Double {
      let own = (0..<count).filter { groups[$0] == group }
      return Double(own.filter { categories[$0] == "yes" }.count) / Double(own.count)
    }
    #expect(abs(share("f") - share("m")) < 0.12)
  }

  @Test(
    "Repairing German credit's amounts by sex gives AI Fairness 360's means (0.6.1, DisparateImpactRemover)",
    .enabled(if: PublicData.isPresent),
    arguments: [(1.0, 2869.480645, 2865.194203), (0.5, 2869.777419, 3134.515942)])
  func germanCredit(level: Double, women: Double, men: Double) throws {
    let rows = try PublicData.german()
    let result = try prepared(
      rows,
      #"{"data": {"label": "credit", "sensitive": ["sex"], "include": ["amount"]}, "steps": [{"name": "#
        + #""disparate_impact_remover", "level": \#(level), "target": "lower_median"}]}"#)
    let (sexes, amounts) = (try rows.numbers("sex"), try result.rows.numbers("amount"))
    func mean(_ sex: Double) -> Double {
      let own = sexes.indices.filter { sexes[$0] == sex }
      return own.reduce(0) { $0 + amounts[$1] } / Double(own.count)
    }
    // In AIF360, quantiles are buckets and values are those of some row: equal within a hundredth.
    #expect(abs(mean(0) - women) < 0.01 * women && abs(mean(1) - men) < 0.01 * men)
  }

  @Test("The correlation remover gives Fairlearn's values (0.15.0, CorrelationRemover)")
  func correlation() throws {
    let rows = try table("s,a,b,y\n0,1.0,5.0,0\n0,2.0,4.0,1\n0,4.0,9.0,0\n1,3.0,1.0,1\n1,7.0,2.0,0\n")
    func removed(_ strength: Double) throws -> Dataset {
      try prepared(
        rows,
        #"{"data": {"label": "y", "sensitive": ["s"]}, "steps": [{"name": "correlation_remover", "strength": \#(strength)}]}"#
      ).rows
    }
    for (strength, a, b) in known {
      let changed = try removed(strength)
      for (value, expected) in zip(try changed.numbers("a") + changed.numbers("b"), a + b) {
        #expect(abs(value - expected) < 1e-7)
      }
    }
  }
  private let known: [(Double, [Double], [Double])] = [
    (
      1, [2.066666666666667, 3.066666666666667, 5.066666666666667, 1.4, 5.4],
      [3.2, 2.2, 7.2, 3.7, 4.7]
    ),
    (
      0.5, [1.5333333333333334, 2.5333333333333334, 4.533333333333333, 2.2, 6.2],
      [4.1, 3.1, 8.1, 2.35, 3.35]
    ),
  ]

  @Test("With two attributes columns are uncorrelated with each (Fairlearn 0.15.0)")
  func twoAttributes() throws {
    let rows = try table("s,t,a,y\n0,0,1.0,0\n0,1,2.0,1\n0,0,4.0,0\n1,1,3.0,1\n1,0,7.0,0\n1,1,9.0,1\n")
    let changed = try prepared(
      rows, #"{"data": {"label": "y", "sensitive": ["s", "t"]}, "steps": [{"name": "correlation_remover"}]}"#)
    for (value, expected) in zip(try changed.rows.numbers("a"), [2.75, 4.5, 5.75, 1.25, 4.5, 7.25]) {
      #expect(abs(value - expected) < 1e-6)
    }
  }
}
