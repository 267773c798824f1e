import Datasets
import Equipoise
import Platform
import Testing

@Suite("Rows that steps add, drop and relabel")
struct RowTests {
  /// 12 rows: of men 4 of 6 positive, of women 1 of 6; x grows.
  private func rows() throws -> Dataset {
    try Dataset([
      Column(name: "sex", texts: (0..<12).map { $0 < 6 ? "m" : "f" }),
      Column(name: "x", numbers: (0..<12).map { Double($0 % 6) }),
      Column(name: "y", integers: [0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1]),
    ])
  }
  private let data = #""data": {"label": "y", "sensitive": ["sex"]}"#

  private func counts(_ rows: Dataset) throws -> [String: Int] {
    zip(try rows.texts("sex"), try rows.numbers("y")).reduce(into: [:]) {
      $0["\($1.0)\(Int($1.1))", default: 0] += 1
    }
  }

  @Test("Over-sampling copies rows of small parts to their share of the largest; the report says which")
  func oversampling() throws {
    let result = try prepared(
      rows(),
      "{\(data), \"steps\": [{\"name\": \"random_oversampling\", \"by\": \"label_group\", \"ratio\": 0.8}]}")
    // The largest part has 5 rows, f0; 0.8 of it are 4.
    #expect(try counts(result.rows) == ["m0": 4, "m1": 4, "f0": 5, "f1": 4])
    let step = result.report["steps"]?[0]
    #expect(step?["copied"]?["count"]?.int == 5)
    // Women with a positive label are row 11 alone.
    #expect(step?["copied"]?["rows"]?.array?.filter { $0.int == 11 }.count == 3)
    #expect(result.report["rows"]?["after"]?.int == 17)
  }

  @Test("Under-sampling drops rows of large parts; what is left is in the old order")
  func undersampling() throws {
    let result = try prepared(
      rows(), "{\(data), \"steps\": [{\"name\": \"random_undersampling\", \"by\": \"label\", \"ratio\": 1}]}")
    #expect(try result.rows.numbers("y").filter { $0 == 1 }.count == 5)
    #expect(result.rows.rows == 10)
    #expect(result.report["steps"]?[0]?["dropped"]?["count"]?.int == 2)
    let sexes = try result.rows.texts("sex")
    #expect(sexes == sexes.sorted(by: >))
  }

  @Test("Massaging promotes and demotes the rows nearest to the boundary, by a score, until shares are equal")
  func massaging() throws {
    let result = try prepared(
      rows(), "{\(data), \"steps\": [{\"name\": \"massaging\", \"score\": \"x\"}]}")
    // Overall 5 of 12: 2.5 of 6; men 4 → 2 or 3 (1.5 rounds to 2), women 1 → 3.
    // The positive men with the least x are rows 2 and 3, the negative women with the largest x rows 10 and 9.
    #expect(try result.rows.numbers("y") == [0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1])
    #expect(result.report["steps"]?[0]?["relabelled"]?["rows"] == .array([10, 9, 2, 3].map { .integer($0) }))
    // Naive Bayes on x ranks by x, too: positive rows have the larger ones.
    let ranked = try prepared(rows(), "{\(data), \"steps\": [{\"name\": \"massaging\"}]}")
    let women = Array(try ranked.rows.numbers("y").dropFirst(6))
    #expect(women.reduce(0, +) == 3)
  }

  @Test("Preferential sampling gives every cell the rows that independence would, from the boundary on")
  func preferential() throws {
    let result = try prepared(
      rows(), "{\(data), \"steps\": [{\"name\": \"preferential_sampling\", \"score\": \"x\"}]}")
    // Each sex: 6 · 5 / 12 = 2.5 → 3 positive (half away from zero), 6 · 7 / 12 = 3.5 → 4 negative.
    #expect(try counts(result.rows) == ["m0": 4, "m1": 3, "f0": 4, "f1": 3])
    let step = result.report["steps"]?[0]
    // Of the positive men row 2 looks least positive, of the negative women row 10 most so.
    #expect(step?["dropped"]?["rows"] == .array([2, 10].map { .integer($0) }))
    #expect(step?["copied"]?["rows"] == .array([11, 11, 1, 0].map { .integer($0) }))
  }

  @Test("Duplicates go, the first staying with the weights of all where that is asked for")
  func duplicates() throws {
    let same = try table("a,b,y\n1,x,0\n2,x,1\n1,x,0\n1,,0\n1,x,1\n1,x,0\n")
    let result = try prepared(
      same, #"{"data": {"label": "y"}, "steps": [{"name": "duplicates", "sum_weights": true}]}"#)
    #expect(try result.rows.numbers("a") == [1, 2, 1, 1])
    #expect(try result.rows.numbers("weight") == [3, 1, 1, 1])
    #expect(result.report["steps"]?[0]?["dropped"]?["rows"] == .array([.integer(2), .integer(5)]))
  }

  @Test("Resampling does not change other rows, and the same seed draws the same rows")
  func others() throws {
    let json = "{\(data), \"seed\": 7, \"steps\": [{\"name\": \"random_oversampling\"}]}"
    let first = try prepared(rows(), json)
    #expect(try first.transform.apply(rows()).digest() == rows().digest())
    #expect(try prepared(rows(), json).rows.digest() == first.rows.digest())
  }
}
