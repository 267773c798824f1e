import Datasets
import Equipoise
import Platform
import Testing

@testable import Transforms

@Suite("Optimized pre-processing")
struct OptimizedPreprocessingTests {
  /// Sixty rows: two groups, four cells in a line, two labels; 24 of 40 and 4 of 20 rows are positive.
  private static let rows = (0..<60).map { row -> (group: Int, cell: Int, label: Int) in
    let group = row % 3 == 0 ? 1 : 0
    return (group, (row * 7 + row / 5) % 3 + group, (row * 13) % 10 < (group == 0 ? 6 : 2) ? 1 : 0)
  }

  private static func mapping(_ discrimination: Double, _ distortion: Double) throws -> OptimizedMapping {
    var weights: [OptimizedMapping.Source: Double] = [:]
    for row in rows {
      weights[.init(group: row.group, cell: row.cell, label: row.label), default: 0] += 1
    }
    return try OptimizedMapping(
      weights, cells: 4, labels: 2, discrimination: discrimination, distortion: distortion
    ) { Double(($0.cell - $1.cell).magnitude + ($0.label == $1.label ? 0 : 1)) }
  }

  @Test(
    "The mapping is as near to the given rows as that of scipy's linprog (1.17, HiGHS), and keeps its bounds",
    arguments: [
      (0.05, 0.35, 0.005), (0.1, 0.3, 0.011666666666666676), (0.05, 0.4, 0), (0.3, 0.25, 0),
      (0, 0.37, 0.011277777777777834), (0.12, 0.28, 0.014444444444444413),
    ])
  func linprog(discrimination: Double, distortion: Double, distance: Double) throws {
    let found = try Self.mapping(discrimination, distortion)
    #expect(abs(found.distance - distance) < 1e-9 && found.violation < 1e-9)
    var (rates, counts) = ([0.0, 0.0], [0.0, 0.0])
    for row in Self.rows {
      let place = try #require(
        found.sources.firstIndex(of: .init(group: row.group, cell: row.cell, label: row.label)))
      let own = found.probabilities[place]
      #expect(abs(own.reduce(0, +) - 1) < 1e-12 && own.allSatisfy { $0 >= 0 })
      let cost = own.enumerated().reduce(0.0) { sum, target in
        sum + target.element
          * Double((row.cell - target.offset / 2).magnitude + (row.label == target.offset % 2 ? 0 : 1))
      }
      #expect(cost < distortion + 1e-9)
      rates[row.group] += own.enumerated().reduce(0) { $0 + ($1.offset % 2 == 1 ? $1.element : 0) }
      counts[row.group] += 1
    }
    for group in 0...1 {
      let share = rates[group] / counts[group]
      #expect(abs(share / (28.0 / 60) - 1) < discrimination + 1e-9)
      #expect(abs((1 - share) / (32.0 / 60) - 1) < discrimination + 1e-9)
    }
  }

  @Test("Where the distortion forbids what the rates need, the step names both")
  func impossible() throws {
    // linprog: infeasible.
    #expect(try Self.mapping(0.05, 0.3).violation > 1e-3)
    let table = try Self.table(60)
    let error = failure {
      _ = try prepared(table, Self.config(#""distortion": 0.01, "discrimination": 0.05"#))
    }
    #expect(error?.location == "/steps/0/distortion" && error?.message.contains("\"discrimination\"") == true)
  }

  private static func table(_ count: Int) throws -> Dataset {
    let all = (0..<count).map { rows[$0 % rows.count] }
    return try Dataset([
      Column(name: "id", integers: (0..<count).map { Int64($0) }),
      Column(name: "x", numbers: all.map { Double($0.cell) }),
      Column(name: "t", texts: all.map { $0.cell == 0 ? nil : "c\($0.cell % 2)" }),
      Column(name: "g", texts: all.map { $0.group == 0 ? "a" : "b" }),
      Column(name: "y", integers: all.map { Int64($0.label) }),
    ])
  }

  private static func config(_ settings: String) -> String {
    #"{"data": {"label": "y", "sensitive": ["g"], "include": ["x", "t"]}, "steps": [{"name": "optimized_preprocessing", \#(settings)}]}"#
  }

  @Test(
    "Groups have the same label shares afterwards, other rows get inputs of the same cells, and a saved step does the same"
  )
  func step() throws {
    let table = try Self.table(6000)
    let result = try prepared(table, Self.config(#""distortion": 0.8, "discrimination": 0.02, "bins": 4"#))
    let (groups, labels) = (try result.rows.texts("g"), try result.rows.numbers("y"))
    for group in ["a", "b"] {
      let own = (0..<6000).filter { groups[$0] == group }
      let share = own.reduce(0) { $0 + labels[$1] } / Double(own.count)
      // The bound, and four standard errors of 2,000 draws.
      let margin = 0.02 * 28 / 60 + 4 * (0.25 / 2000).squareRoot()
      #expect(abs(share - 28.0 / 60) < margin)
    }
    #expect(Set(try result.rows.numbers("x")).count == 4)
    #expect(try result.rows.column("t").missingCount > 0)
    let learnt = try #require(result.report["steps"]?[0]?["learnt"])
    #expect(learnt["cells"] == 4 && (learnt["distance"]?.double ?? 1) < 0.05)
    let loaded = try result.transform.save().withUnsafeBytes { try Transform(restoring: $0) }
    let again = try loaded.apply(table)
    #expect(try again.numbers("x") == result.transform.apply(table).numbers("x"))
    #expect(try again.numbers("y") == table.numbers("y"))
    #expect(Set(try again.numbers("x")).isSubset(of: Set(try result.rows.numbers("x"))))
  }
}
