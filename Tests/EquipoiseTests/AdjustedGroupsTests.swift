import Datasets
import Equipoise
import Platform
import Testing

/// How the rows of groups decide what is learnt after training, from scores in a column.
@Suite("Groups of adjustments")
struct AdjustedGroupsTests {
  /// Rows as group, label, score and weight.
  typealias Row = (group: String?, label: Int, score: Float, weight: Double)

  private static func rows(_ count: Int, _ group: String?, _ label: Int, _ score: Float, weight: Double = 1)
    -> [Row]
  {
    Array(repeating: (group, label, score, weight), count: count)
  }

  private static func report(
    _ rows: [Row], _ method: String, sensitive: String = #""g""#, weighted: Bool = false
  ) throws -> JSONValue {
    let table = try Dataset([
      Column(name: "g", texts: rows.map(\.group)), Column(name: "y", integers: rows.map { Int64($0.label) }),
      Column(name: "s", numbers: rows.map { Double($0.score) }),
      Column(name: "w", numbers: rows.map(\.weight)),
    ])
    return try adjust(
      nil, on: table,
      AdjustConfig(
        json: #"""
          {"data": {"label": "y", "score": "s", "sensitive": [\#(sensitive)]\#(weighted ? #", "weight": "w""# : "")},
           "adjust": [\#(method)]}
          """#)
    ).report
  }

  private static func groups(_ report: JSONValue) throws -> [JSONValue] {
    try #require(report["methods"]?[0]?["groups"]?.array)
  }

  @Test("A group of exactly minimum_count rows has its own threshold, and rows without a group are in none")
  func membership() throws {
    let rows =
      Self.rows(20, "a", 1, 0.75) + Self.rows(20, "a", 0, 0.25) + Self.rows(15, "b", 1, 0.5)
      + Self.rows(15, "b", 0, 0.125) + Self.rows(7, nil, 0, 0.875) + Self.rows(29, "c", 1, 0.5)
    let found = try Self.groups(
      Self.report(
        rows, #"{"method": "minimum_rates", "minimum": 0.1}"#,
        sensitive: #"{"name": "g", "missing": "drop"}"#))
    #expect(found.map { $0["group"]?.string } == ["a", "b", "c"])
    #expect(found.map { $0["rows"]?.int } == [40, 30, 29])
    #expect(found.map { $0["unknown_because"] == .null } == [true, true, false])
  }

  @Test("Thresholds of rows with weights are those of repeated rows")
  func weights() throws {
    let method = #"{"method": "thresholds", "constraint": "none", "minimum_count": 1}"#
    let weighted =
      Self.rows(2, "a", 1, 0.75) + Self.rows(2, "a", 0, 0.5, weight: 3) + Self.rows(3, "a", 1, 0.5)
      + Self.rows(2, "b", 0, 0.25) + Self.rows(1, "b", 1, 0.25, weight: 3)
    let repeated = weighted.flatMap { row in Array(repeating: row, count: Int(row.weight)) }
    func learnt(_ rows: [Row], weighted: Bool) throws -> JSONValue {
      try #require(Self.report(rows, method, weighted: weighted)["methods"]?[0]?["learnt"])
    }
    let found = try learnt(weighted, weighted: true)
    #expect(try found == learnt(repeated, weighted: false))
    #expect(try found != learnt(weighted, weighted: false))
  }

  // Of a, 3 in 10 rows are selected, of b 1 in 10.
  @Test("By default the reject option favours groups that are selected less often than all rows")
  func favoured() throws {
    let rows =
      Self.rows(3, "a", 1, 0.75) + Self.rows(7, "a", 0, 0.25) + Self.rows(1, "b", 1, 0.75)
      + Self.rows(9, "b", 0, 0.375)
    let report = try Self.report(rows, #"{"method": "reject_option", "minimum_count": 1}"#)
    #expect(report["methods"]?[0]?["learnt"]?["gains"] == [false, true])
  }

  // The selection rates fall from 10/12 to 6/12 and from 8/12 to 0.
  @Test("Levelling down is a gap that shrank; one that grew is not reported")
  func levellingDown() throws {
    let rows =
      Self.rows(6, "a", 1, 0.875) + Self.rows(4, "a", 0, 0.625) + Self.rows(2, "a", 0, 0.25)
      + Self.rows(8, "b", 0, 0.625) + Self.rows(4, "b", 0, 0.25)
    let report = try Self.report(
      rows, #"{"method": "thresholds", "constraint": "none", "minimum_count": 1}"#)
    let metrics = try #require(report["levelling_down"]?.array).compactMap { $0["metric"]?.string }
    #expect(report["after"]?["overall"]?["selection_rate"]?.double == 0.25)
    #expect(!metrics.contains("selection_rate"), "\(metrics)")
  }
}
