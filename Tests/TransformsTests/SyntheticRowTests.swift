import Datasets
import Equipoise
import Platform
import Testing

@Suite("Rows between neighbours")
struct SyntheticRowTests {
  /// 60 rows of three numbers, 12 of them positive, all different.
  private func rows() throws -> Dataset {
    var random = RandomStream(seed: 11)
    return try Dataset([
      Column(name: "a", numbers: (0..<60).map { _ in random.normal() }),
      Column(name: "b", values: .float32(Buffer(copying: (0..<60).map { _ in Float(random.normal()) }))),
      Column(name: "n", integers: (0..<60).map { Int64($0 * 37 % 61) }),
      Column(name: "g", texts: (0..<60).map { $0 % 3 == 0 ? "x" : "y" }),
      Column(name: "y", integers: (0..<60).map { $0 % 5 == 0 ? 1 : 0 }),
    ])
  }
  private let data = #""data": {"label": "y", "sensitive": ["g"]}"#

  private func points(_ rows: Dataset) throws -> [[Double]] {
    let columns = try ["a", "b", "n"].map { try rows.numbers($0) }
    return (0..<rows.rows).map { row in columns.map { $0[row] } }
  }

  /// Whether a point is between two others, up to the rounding of its last coordinate, an integer.
  private func lies(_ point: [Double], between a: [Double], and b: [Double]) -> Bool {
    let gap = b[0] - a[0]
    let share = gap == 0 ? 0 : (point[0] - a[0]) / gap
    return share > -1e-9 && share < 1 + 1e-9
      && abs(a[1] + share * (b[1] - a[1]) - point[1]) < 1e-5
      && abs(a[2] + share * (b[2] - a[2]) - point[2]) <= 0.5 + 1e-9
  }

  @Test(
    "Every SMOTE row lies between a row and one of its k neighbours of the same part, and has its label and group"
  )
  func geometry() throws {
    let k = 4
    let rows = try rows()
    let result = try prepared(
      rows, "{\(data), \"steps\": [{\"name\": \"smote\", \"neighbours\": \(k), \"scaled\": false}]}")
    #expect(result.rows.rows == 96)
    #expect(try result.rows.numbers("y").filter { $0 == 1 }.count == 48)
    #expect(result.report["steps"]?[0]?["synthetic"]?.int == 36)
    let all = try points(result.rows)
    let groups = try result.rows.texts("g")
    let positive = (0..<60).filter { $0 % 5 == 0 }
    func squares(_ a: Int, _ b: Int) -> Double {
      zip(all[a], all[b]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    for made in 60..<96 {
      let found = positive.contains { base in
        groups[base] == groups[made]
          && positive.filter { $0 != base }.sorted { squares(base, $0) < squares(base, $1) }.prefix(k)
            .contains { lies(all[made], between: all[base], and: all[$0]) }
      }
      #expect(found, "row \(made)")
    }
  }

  @Test(
    "SVM-SMOTE makes rows between and beyond its support vectors and their neighbours, as many as the part lacks"
  )
  func supportVectors() throws {
    let result = try prepared(
      rows(),
      "{\(data), \"steps\": [{\"name\": \"svm_smote\", \"scaled\": false, \"among\": 1, \"outward\": 1}]}")
    let (all, old) = (try points(result.rows), try points(rows()))
    let made = all.filter { !old.contains($0) }
    #expect(made.count == result.report["steps"]?[0]?["synthetic"]?.int && made.count > 10)
    /// a is the middle between the row and its mirror image: the mirror image lies between a and b.
    func isBeyond(_ point: [Double], _ a: [Double], from b: [Double]) -> Bool {
      lies(zip(point, a).map { 2 * $1 - $0 }, between: a, and: b)
    }
    var beyond = 0
    for point in made {
      let isBetween = old.contains { a in old.contains { lies(point, between: a, and: $0) } }
      let isOutside = old.contains { a in old.contains { isBeyond(point, a, from: $0) } }
      #expect(isBetween || isOutside)
      if isOutside, !isBetween { beyond += 1 }
    }
    #expect(beyond > 0)
    let none = try prepared(
      rows(), "{\(data), \"steps\": [{\"name\": \"svm_smote\", \"scaled\": false, \"outward\": 0}]}")
    for point in try points(none.rows) where !old.contains(point) {
      #expect(old.contains { a in old.contains { lies(point, between: a, and: $0) } })
    }
  }

  @Test(
    "Borderline SMOTE, ADASYN and the cleaned kinds of SMOTE make rows between rows",
    arguments: [
      #"{"name": "borderline_smote", "scaled": false}"#,
      #"{"name": "borderline_smote", "kind": 2, "scaled": false}"#,
      #"{"name": "adasyn", "scaled": false}"#, #"{"name": "smote_tomek", "scaled": false}"#,
      #"{"name": "smote_enn", "scaled": false}"#,
    ])
  func between(step: String) throws {
    let result = try prepared(rows(), "{\(data), \"steps\": [\(step)]}")
    let all = try points(result.rows)
    let old = try points(rows())
    let entry = result.report["steps"]?[0]
    #expect(entry?["synthetic"]?.int ?? 0 > 10)
    for made in all where !old.contains(made) {
      #expect(old.contains { a in old.contains { lies(made, between: a, and: $0) } })
    }
  }

  @Test("SMOTE-NC gives new rows the category that most neighbours have, SMOTE-N all their categories")
  func categories() throws {
    let count = 40
    let mixed = try Dataset([
      Column(name: "x", numbers: (0..<count).map { Double($0) }),
      Column(name: "c", texts: (0..<count).map { $0 < 8 ? ($0 == 3 ? "odd" : "few") : "many" }),
      Column(name: "y", integers: (0..<count).map { $0 < 8 ? 1 : 0 }),
    ])
    let result = try prepared(
      mixed, #"{"data": {"label": "y"}, "steps": [{"name": "smote_nc", "neighbours": 3}]}"#)
    #expect(Set(try result.rows.texts("c").dropFirst(count)) == ["few"])
    #expect(try result.rows.numbers("x").dropFirst(count).allSatisfy { $0 >= 0 && $0 <= 7 })
    let names = try Dataset([
      Column(name: "c", texts: (0..<count).map { $0 < 8 ? "few" : "many" }),
      Column(name: "d", texts: (0..<count).map { ["u", "v"][$0 % 2] }),
      Column(name: "y", integers: (0..<count).map { $0 < 8 ? 1 : 0 }),
    ])
    let nominal = try prepared(names, #"{"data": {"label": "y"}, "steps": [{"name": "smote_n"}]}"#)
    #expect(nominal.rows.rows == 64)
    #expect(Set(try nominal.rows.texts("c").dropFirst(count)) == ["few"])
    let refused = failure {
      _ = try prepared(mixed, #"{"data": {"label": "y"}, "steps": [{"name": "smote"}]}"#)
    }
    #expect(refused?.location == "/steps/0" && refused?.message.contains("smote_nc") == true)
  }

  @Test("A part of one row is copied, and one of few rows has fewer neighbours; the report says both")
  func smallParts() throws {
    let few = try table("x,y\n1,a\n2,a\n3,a\n4,a\n5,b\n6,c\n7,c\n")
    let result = try prepared(few, #"{"data": {"label": "y"}, "steps": [{"name": "smote"}]}"#)
    let notes = result.report["steps"]?[0]?["notes"]?.array?.compactMap(\.string) ?? []
    #expect(notes.contains { $0.contains("\"b\" has one row") })
    #expect(notes.contains { $0.contains("\"c\" has 2 rows, so that a row has 1 neighbours") })
    #expect(result.rows.rows == 12)
    #expect(try result.rows.texts("y").filter { $0 == "b" }.count == 4)
  }

  @Test(
    "Missing values are refused before distances are taken, and the message names the step that fills them")
  func missing() throws {
    let holes = try table("x,y\n1,a\n,a\n3,a\n4,b\n5,b\n")
    let refused = failure {
      _ = try prepared(holes, #"{"data": {"label": "y"}, "steps": [{"name": "smote"}]}"#)
    }
    #expect(
      refused?.kind == .invalidData && refused?.location == "x"
        && refused?.message.contains("imputation") == true)
  }

  /// Eighty rows generated by u' = (137 u + 187) mod 1009 from 5, in two columns of u / 1009.
  private func ruled() throws -> Dataset {
    var state = 5
    let values = (0..<160).map { _ -> Double in
      state = (137 * state + 187) % 1009
      return Double(state) / 1009
    }
    let a = (0..<80).map { values[2 * $0] }
    let b = (0..<80).map { values[2 * $0 + 1] }
    return try Dataset([
      Column(name: "a", numbers: a), Column(name: "b", numbers: b),
      Column(name: "y", integers: (0..<80).map { (a[$0] + 0.5 * b[$0] > 1) != ($0 % 11 == 0) ? 1 : 0 }),
    ])
  }

  /// The rows that imbalanced-learn 0.14.2 drops: TomekLinks, EditedNearestNeighbours(kind_sel),
  /// NearMiss(version).
  static let dropped: [(String, [Int64])] = [
    (#""tomek_links""#, [0, 19, 22, 25, 34]),
    (#""tomek_links", "parts": "all""#, [0, 15, 19, 22, 25, 33, 34, 55, 70, 76]),
    (
      #""edited_nearest_neighbours""#,
      [0, 11, 19, 22, 23, 25, 34, 39, 46, 54, 63, 64, 69, 75, 77, 78, 79]
    ),
    (
      #""edited_nearest_neighbours", "disagreement": "most", "parts": "all""#,
      [0, 11, 15, 19, 21, 22, 33, 52, 55, 66, 70, 75, 77, 78]
    ),
    (
      #""near_miss", "version": 1"#,
      [
        1, 3, 4, 5, 6, 7, 8, 10, 13, 14, 16, 17, 20, 26, 27, 28, 30, 31, 32, 34, 35, 36, 37, 39, 40, 45, 47,
        48, 49,
        50, 51, 53, 56, 57, 60, 62, 65, 67, 68, 79,
      ]
    ),
    (
      #""near_miss", "version": 2"#,
      [
        1, 3, 4, 5, 6, 7, 8, 10, 14, 16, 17, 19, 23, 25, 27, 28, 29, 30, 32, 34, 36, 37, 46, 47, 48, 49, 50,
        51, 53,
        54, 56, 57, 63, 64, 67, 68, 69, 75, 78, 79,
      ]
    ),
    (
      #""near_miss", "version": 3"#,
      [
        0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 17, 20, 22, 26, 27, 28, 30, 31, 32, 35, 36, 37, 38, 40, 45,
        47, 49,
        50, 51, 53, 56, 57, 60, 62, 65, 67, 68,
      ]
    ),
  ]

  @Test("Rows go that imbalanced-learn drops (0.14.2)", arguments: dropped)
  func cleaning(step: String, rows: [Int64]) throws {
    let result = try prepared(
      ruled(), #"{"data": {"label": "y"}, "steps": [{"scaled": false, "name": \#(step)}]}"#)
    #expect(result.report["steps"]?[0]?["dropped"]?["rows"] == .array(rows.map { .integer($0) }))
  }

  @Test("Cluster centroids keep a row, or make a mean, for each cluster", arguments: ["rows", "means"])
  func centroids(centres: String) throws {
    // Three clusters of negative rows, three positive rows.
    let heaps = (0..<30).map { Double($0 % 3) * 100 + Double($0 / 3) }
    let rows = try Dataset([
      Column(name: "x", numbers: heaps + [50, 51, 52]),
      Column(name: "y", integers: (0..<33).map { $0 < 30 ? 0 : 1 }),
    ])
    let result = try prepared(
      rows, #"{"data": {"label": "y"}, "steps": [{"name": "cluster_centroids", "centres": "\#(centres)"}]}"#)
    #expect(result.rows.rows == 6)
    let kept = try zip(result.rows.numbers("x"), result.rows.numbers("y")).filter { $0.1 == 0 }.map(\.0)
      .sorted()
    #expect(kept.count == 3)
    for (value, heap) in zip(kept, [0.0, 100, 200]) {
      #expect(value >= heap && value <= heap + 9)
      if centres == "means" { #expect(value == heap + 4.5) }
    }
  }
}
