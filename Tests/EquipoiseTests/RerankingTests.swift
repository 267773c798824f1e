import Datasets
import Equipoise
import Fairness
import Platform
import Testing

@testable import Models

@Suite("Models that rank within queries")
struct RerankingTests {
  /// Sixty queries of ten rows; group "b" has lower scores.
  private static func rows() throws -> Dataset {
    var random = RandomStream(seed: 14)
    var (queries, scores, labels, groups): ([String], [Double], [Int64], [String]) = ([], [], [], [])
    for row in 0..<600 {
      let isSecond = random.below(5) < 2
      let score = (isSecond ? 0.1 : 0.3) + 0.6 * random.uniform()
      queries.append("q\(row % 60)")
      scores.append(score)
      labels.append(random.uniform() < score ? 1 : 0)
      groups.append(isSecond ? "b" : "a")
    }
    return try Dataset([
      Column(name: "q", texts: queries), Column(name: "s", numbers: scores),
      Column(name: "y", integers: labels),
      Column(name: "g", texts: groups),
    ])
  }

  private static func model(_ settings: String) throws -> (model: Model, report: JSONValue) {
    try AdjustTests.adjusted(
      nil, on: rows(),
      #"{"data": {"label": "y", "score": "s", "sensitive": ["g"]}, "adjust": [{"method": "reranking", \#(settings)}]}"#
    )
  }

  private static let settings = [
    #""query": "q", "algorithm": "det_greedy""#,
    #""query": "q", "algorithm": "det_cons", "targets": "query""#,
    #""query": "q", "algorithm": "det_relaxed", "shares": {"a": 0.5, "b": 0.5}"#,
    #""query": "q", "algorithm": "det_const_sort""#,
    #""query": "q", "algorithm": "fa_ir", "protected": ["b"], "k": 10"#,
    #""query": "q", "algorithm": "fa_ir_groups", "protected": ["b"], "k": 10, "shares": {"b": 0.4}"#,
    #""query": "q", "algorithm": "exposure", "protected": ["b"]"#,
    #""algorithm": "exposure", "protected": ["b"], "merit": "scores", "tolerance": 0.01"#,
  ]

  /// Whether every query has the ranks 1, 2, 3, …
  private static func areComplete(_ ranks: [Float], _ rows: Dataset, byQuery: Bool) throws -> Bool {
    let queries = try rows.column("q").categories().codes.array
    var found: [Int32: [Float]] = [:]
    for (row, rank) in ranks.enumerated() { found[byQuery ? queries[row] : 0, default: []].append(rank) }
    return found.values.allSatisfy { own in own.sorted() == (1...own.count).map { Float($0) } }
  }

  @Test(
    "Ranks are complete, are saved with the model, and leave scores and labels as they are",
    arguments: settings)
  func ranks(settings: String) throws {
    let rows = try Self.rows()
    let (model, report) = try Self.model(settings)
    let ranks = try model.predicted("rank", on: rows)
    #expect(try Self.areComplete(ranks, rows, byQuery: settings.contains("query\":")))
    let scores = try rows.column("s").numbers().array
    #expect(try model.predicted(on: rows) == scores)
    #expect(try model.predicted("label", on: rows) == scores.map { $0 >= 0.5 ? 1 : 0 })
    let folder = try TemporaryDirectory()
    try model.save(path: folder.path + "/model")
    let loaded = try Model.load(path: folder.path + "/model")
    #expect(try loaded.predicted("rank", on: rows) == ranks && loaded.adjustments == model.adjustments)
    // The order of the rows does not matter, because no two scores of a query are equal.
    let reversed = Array((0..<600).reversed())
    #expect(try model.predicted("rank", on: rows.selecting(rows: reversed)) == ranks.reversed())
    let entry = report["methods"]?[0] ?? .null
    let (before, after) = (number(entry, "before", "exposure", "b"), number(entry, "after", "exposure", "b"))
    // In proportion to the scores, the second group may have had too much.
    #expect(try settings.contains("scores") ? after != before : #require(after) > #require(before))
    #expect(number(report, "decisions_changed", "overall", "changed") == 0)
  }

  @Test("An audit of the ranking goes by the ranks of the model")
  func audits() throws {
    let rows = try Self.rows()
    let (model, report) = try Self.model(#""query": "q", "algorithm": "det_const_sort", "targets": "query""#)
    let found = try audit(model, on: rows, AuditConfig(json: #"{"ranking": {"k": [5]}}"#))
    let own = try #require(found["ranking"]?["attributes"]?[0])
    let after = report["methods"]?[0]?["after"] ?? .null
    #expect(number(own, "queries") == 60 && number(own, "infeasible_index") == 0)
    #expect(number(own, "ndkl") == number(after, "ndkl"))
    #expect(number(own, "groups", "1", "exposure") == number(after, "exposure", "b"))
    // The same from the column of ranks, and by score a worse one.
    let ranked = try Dataset(
      rows.columns + [Column(name: "r", numbers: model.predicted("rank", on: rows).map { -Double($0) })])
    let data = #""data": {"sensitive": ["g"]}"#
    for (score, isSame) in [("r", true), ("s", false)] {
      let other = try audit(
        nil, on: ranked,
        AuditConfig(json: #"{\#(data), "ranking": {"score": "\#(score)", "query": "q", "k": [5]}}"#))
      #expect((other["ranking"]?["attributes"]?[0] == own) == isSame)
    }
    let failure = #expect(throws: Failure.self) {
      try audit(model, on: rows, AuditConfig(json: #"{"ranking": {"query": "y"}}"#))
    }
    #expect(failure?.location == "/ranking/query")
  }

  @Test(
    "A regression ranks; rows without a query are one more; unknown groups keep their share, or are refused")
  func further() throws {
    let rows = try Dataset([
      Column(name: "s", numbers: [5, 4, 3, 2, 1, 6]), Column(name: "y", numbers: [5, 4, 3, 2, 1, 6]),
      Column(name: "g", texts: ["a", "a", "a", "b", "b", nil]),
      Column(name: "q", texts: ["x", "x", "x", "x", nil, nil]),
    ])
    func model(_ choice: String) throws -> Model {
      try AdjustTests.adjusted(
        nil, on: rows.selecting(rows: [0, 1, 3, 4]),
        #"{"data": {"label": "y", "score": "s", "sensitive": ["g"]}, "task": "regression", "adjust": [{"method": "reranking", "query": "q", "unknown_group": "\#(choice)"}]}"#
      ).model
    }
    // Half of the first two rows of x are of b: its row comes second.
    #expect(try model("pooled").predicted("rank", on: rows) == [1, 3, 4, 2, 2, 1])
    let refused = #expect(throws: Failure.self) { try model("refuse").predict(rows) }
    #expect(refused?.location == "g")
  }

  @Test(
    "Invalid settings are refused at their location",
    arguments: [
      (#""algorithm": "fa_ir""#, "/adjust/0/protected"), (#""protected": ["b"]"#, "/adjust/0/protected"),
      (#""algorithm": "fa_ir", "protected": ["c"]"#, "/adjust/0/protected/0"),
      (#""algorithm": "fa_ir_groups", "protected": ["b"], "k": 201"#, "/adjust/0/k"),
      (#""algorithm": "fa_ir_groups", "protected": ["b"], "shares": {"b": 1}"#, "/adjust/0/shares"),
      (#""algorithm": "fa_ir_groups", "protected": ["b"], "shares": {"a": 0.5}"#, "/adjust/0/shares"),
      (#""algorithm": "fa_ir", "protected": ["a", "b"]"#, "/adjust/0/protected"),
      (#""shares": {"a": 0.5}"#, "/adjust/0/shares"),
      (#""shares": {"a": 0.5, "c": 0.5}"#, "/adjust/0/shares"),
      (#""shares": {"a": 0.5, "b": 0.5}, "targets": "query""#, "/adjust/0/shares"),
      (#""share": 0.5"#, "/adjust/0/share"), (#""query": "w""#, "/adjust/0/query"),
      (#""algorithm": "exposure", "protected": ["b"], "targets": "query""#, "/adjust/0/targets"),
    ])
  func refusals(settings: String, location: String) {
    let failure = #expect(throws: Failure.self) { try Self.model(settings) }
    #expect(failure?.location == location)
  }

  @Test("A record whose ranking is broken is refused")
  func broken() throws {
    for settings in Self.settings {
      let (model, _) = try Self.model(settings)
      let json = model.adjustments.steps[0].json
      #expect(try Adjustment(json: json, groups: [2], width: 1) == model.adjustments.steps[0])
      for (key, value): (String, JSONValue) in [
        ("algorithm", "det"), ("algorithm", .null), ("shares", [0.5]), ("shares", [0.5, 2]),
        ("minimums", [-1]),
        ("protected", [true]), ("merit", "x"), ("tolerance", -1), ("seed", "x"),
      ] {
        guard let rule = json["rule"], rule[key] != nil, rule[key] != .null || key == "algorithm" else {
          continue
        }
        let changed = JSONValue.object(
          (json.members ?? []).map { member in
            guard member.key == "rule" else { return member }
            return .init(
              "rule", .object((rule.members ?? []).map { $0.key == key ? .init(key, value) : $0 }))
          })
        #expect(throws: Failure.self, "\(key)") { try Adjustment(json: changed, groups: [2], width: 1) }
      }
    }
  }
}
