import Platform
import Testing

@testable import Datasets

@Suite("Splitting")
struct SplittingTests {
  /// 100 rows: 30 of "a" and 70 of "b"; 20 people with 5 rows each.
  private func people() throws -> Dataset {
    try Dataset([
      Column(name: "row", integers: (0..<100).map { Int64($0) }),
      Column(name: "label", texts: (0..<100).map { $0 % 10 < 3 ? "a" : "b" }),
      Column(name: "person", integers: (0..<100).map { Int64($0 / 5) }),
    ])
  }

  @Test("Folds are disjoint, cover all rows, and hold each stratum's share")
  func folds() throws {
    let data = try people()
    let parts = try data.splitRows(SplitOptions(json: #"{"folds": 5, "stratify": ["label"], "seed": 7}"#))
    #expect(parts.map(\.count) == [20, 20, 20, 20, 20])
    #expect(parts.flatMap { $0 }.sorted() == Array(0..<100))
    for part in parts {
      #expect(try data.selecting(rows: part).column("label").shown.filter { $0 == "a" }.count == 6)
    }
  }

  @Test("Fractions may leave rows out; the same seed gives the same parts, another gives others")
  func fractions() throws {
    let data = try people()
    let options = #"{"fractions": [0.5, 0.2], "seed": 1}"#
    let parts = try data.split(SplitOptions(json: options))
    #expect(parts.map(\.rows) == [50, 20])
    #expect(
      try data.split(SplitOptions(json: options)).map { try $0.digest() } == parts.map { try $0.digest() })
    #expect(
      try data.splitRows(SplitOptions(json: #"{"fractions": [0.5, 0.2], "seed": 2}"#))
        != data.splitRows(SplitOptions(json: options)))
    #expect(
      try data.splitRows(SplitOptions(json: #"{"fractions": [0.5, 0.2], "shuffle": false}"#))
        == [Array(0..<50), Array(50..<70)])
  }

  @Test("Rows of one group stay together")
  func groups() throws {
    let data = try people()
    let parts = try data.split(SplitOptions(json: #"{"folds": 4, "group": "person", "stratify": ["label"]}"#))
    #expect(parts.map(\.rows) == [25, 25, 25, 25])
    let owners = try parts.map { Set(try $0.column("person").integers().array) }
    #expect(owners.reduce(0) { $0 + $1.count } == 20)
  }

  @Test("Impossible splits are refused")
  func refused() throws {
    let data = try people()
    #expect(
      message { try data.split(SplitOptions(json: #"{"fractions": [0.8, 0.3]}"#)) }.hasPrefix("/fractions"))
    #expect(message { try data.split(SplitOptions(json: "{}")) }.contains("fractions or folds are needed"))
    #expect(message { try data.split(SplitOptions(json: #"{"folds": 200}"#)) }.contains("would have no row"))
    #expect(
      message { try data.split(SplitOptions(json: #"{"folds": 2, "group": "persn"}"#)) }.contains(
        "\"person\""))
  }
}
