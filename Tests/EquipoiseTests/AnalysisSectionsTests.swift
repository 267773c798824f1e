import Datasets
import Equipoise
import Platform
import Testing

private func table(_ text: String) throws -> Dataset { try SyntheticTable.csv(text) }

private func report(_ table: Dataset, _ json: String, model: Model? = nil) throws -> JSONValue {
  try audit(model, on: table, AuditConfig(json: json))
}

/// The element of an array whose member `key` equals `name`.
private func entry(_ array: JSONValue?, _ key: String, _ name: String) throws -> JSONValue {
  try #require(array?.array?.first { $0[key]?.string == name }, "no \(key) \(name)")
}

@Suite("Sections of an audit")
struct AnalysisSectionsTests {
  @Test("A section is in the report only when its key is given")
  func onlyWhenAsked() throws {
    let rows = try table("g,y,d,x\na,1,1,0\na,0,0,1\nb,1,0,2\nb,0,0,3\n")
    let data = #""data": {"label": "y", "prediction": "d", "sensitive": ["g"]}"#
    let plain = try report(rows, "{\(data)}")
    let with = try report(rows, "{\(data), \"individual\": {\"neighbours\": 2}}")
    #expect(plain["individual"] == nil && with["individual"] != nil && with["subgroups"] == nil)
    #expect(plain["attributes"] == with["attributes"])
    // Benefits 1, 1, 0, 1: Gini Σ|b − b'| / (2 · 16 · 0.75) = 6 / 24.
    #expect(number(with, "individual", "inequality", "gini") == 0.25)
    #expect(with["notes"]?.array?.contains { $0.string?.contains("needs scores") == true } == true)
  }

  @Test("A ranking by groups and queries, only from columns")
  func ranking() throws {
    let rows = try table(
      "q,s,r,g\n" + "1,0.9,3,a\n1,0.8,2,a\n1,0.7,3,b\n1,0.6,0,a\n1,0.5,1,b\n1,0.4,2,b\n1,0.3,0,a\n1,0.2,1,b\n"
    )
    let found = try report(
      rows,
      #"{"data": {"sensitive": ["g"]}, "ranking": {"score": "s", "query": "q", "relevance": "r", "k": [3]}}"#)
    let own = try #require(found["ranking"]?["attributes"]?[0])
    #expect(abs(try #require(number(own, "ndkl")) - 0.31019149005593516) < 1e-9)
    #expect(abs(try #require(number(own, "groups", "1", "skew@3")) + 0.40546510810816444) < 1e-9)
    #expect(abs(try #require(number(own, "ndcg", "overall")) - 0.9473053354913523) < 1e-9)
    #expect(found["overall"] == nil)
  }

  // Expected values: scikit-learn 1.9.1, top_k_accuracy_score with labels ["a", "b", "c"]; two rows have equal scores.
  @Test("The true class among the highest scores, by group")
  func topK() throws {
    let rows = try table(
      "y,g,pa,pb,pc\na,m,.5,.3,.2\nb,m,.5,.3,.2\nc,m,.6,.3,.1\na,m,.2,.5,.3\n"
        + "b,f,.1,.45,.45\nc,f,.4,.4,.2\nc,f,.1,.2,.7\na,f,.6,.3,.1\n")
    let columns = #""columns": {"a": "pa", "b": "pb", "c": "pc"}"#
    let data = #""data": {"label": "y", "sensitive": ["g"]}"#
    let found = try report(rows, "{\(data), \"top_k\": {\"k\": [1, 2, 3], \(columns)}}")
    let section = try #require(found["top_k"])
    #expect(
      (1...3).map { number(section, "overall", "top_\($0)_accuracy") } == [0.375, 0.625, 1])
    let own = try #require(section["attributes"]?[0])
    #expect(own["groups"]?[0]?["group"] == "f")
    #expect(number(own, "groups", "0", "top_2_accuracy") == 0.75)
    #expect(number(own, "groups", "1", "top_2_accuracy") == 0.5)
    #expect(number(own, "top_1_accuracy", "difference") == 0.25)
    for (columns, expected) in [
      (#""columns": {"a": "pa", "b": "pb"}"#, "the class \"c\" has no column"),
      (#""columns": {"d": "pa"}"#, "\"d\" is not a class"),
      (#""k": [0], \#(columns)"#, "0 is not a number of classes"),
      (#""k": [1]"#, "scores of each class are needed"),
    ] {
      let failure = #expect(throws: Failure.self) { try report(rows, "{\(data), \"top_k\": {\(columns)}}") }
      #expect(failure?.message.contains(expected) == true, "\(failure?.message ?? "")")
    }
  }

  @Test("Groups that are not observed: estimates and bounds from columns of probabilities (by hand)")
  func groupProbabilities() throws {
    // Two cells of four rows: "x" is half A, "y" is all B. In x two rows are selected, in y one.
    let rows = try table(
      "y,d,pa,pb,z\n1,1,0.5,0.5,x\n1,1,0.5,0.5,x\n0,0,0.5,0.5,x\n1,0,0.5,0.5,x\n"
        + "1,1,0,1,y\n0,0,0,1,y\n0,0,0,1,y\n0,0,0,1,y\n")
    let data = #""data": {"label": "y", "prediction": "d"}"#
    for cells in ["", #", "cells": ["z"]"#] {
      let found = try report(
        rows,
        #"{\#(data), "group_probabilities": {"attribute": "origin", "columns": {"A": "pa", "B": "pb"}\#(cells)}}"#
      )
      let section = try #require(found["group_probabilities"])
      #expect(number(section, "cells") == 2 && section["attribute"] == "origin")
      // A: 2 expected rows, of which 0 to 2 are selected.
      let a = try entry(section["groups"], "group", "A")
      #expect(number(a, "share") == 0.25 && number(a, "selection_rate", "estimate") == 0.5)
      #expect(number(a, "selection_rate", "lower") == 0 && number(a, "selection_rate", "upper") == 1)
      // B: 6 expected rows, of which 1 to 3 are selected; A takes the other two.
      let gap = section["differences"]?[0] ?? .null
      #expect(abs(try #require(number(gap, "selection_rate", "estimate")) - (0.5 - 2.0 / 6)) < 1e-12)
      #expect(abs(try #require(number(gap, "selection_rate", "lower")) - (0 - 3.0 / 6)) < 1e-12)
      #expect(abs(try #require(number(gap, "selection_rate", "upper")) - (1 - 1.0 / 6)) < 1e-12)
      #expect(found["notes"]?.array?.contains { $0.string?.contains("rows on average") == true } == true)
    }
    func location(_ section: String) -> String {
      do {
        _ = try report(rows, #"{\#(data), "group_probabilities": \#(section)}"#)
        return "no error"
      } catch { return (error as? Failure)?.location ?? "\(error)" }
    }
    #expect(location("{}") == "/group_probabilities/columns")
    #expect(location(#"{"columns": {"A": "pa"}}"#) == "/group_probabilities/columns")
    #expect(location(#"{"columns": {"A": "pa", "B": "d"}}"#) == "pa")
    #expect(
      location(#"{"columns": {"A": "pa", "B": "pb"}, "cells": ["w"]}"#) == "/group_probabilities/cells/0")
  }

  @Test("Entities by group, a row a token")
  func tokens() throws {
    let rows = try table(
      "s,gold,predicted,g\n1,B-PER,B-PER,f\n1,I-PER,I-PER,f\n1,O,O,f\n2,B-LOC,O,m\n2,O,B-LOC,m\n3,B-LOC,B-LOC,m\n"
    )
    let found = try report(
      rows,
      #"{"data": {"sensitive": ["g"]}, "tokens": {"sentence": "s", "gold": "gold", "predicted": "predicted"}}"#
    )
    #expect(abs(try #require(number(found, "tokens", "overall", "f1")) - 2.0 / 3) < 1e-12)
    #expect(number(found, "tokens", "attributes", "0", "f1", "difference") == 0.5)
  }

  @Test("Missing or invalid input is named with its pointer")
  func errors() throws {
    let rows = try table("g,y,s\na,1,0.5\nb,0,0.4\n")
    func location(_ json: String) -> String {
      do {
        _ = try report(rows, json)
        return "no error"
      } catch { return (error as? Failure)?.location ?? "\(error)" }
    }
    let data = #""data": {"label": "y", "score": "s", "sensitive": ["g"]}"#
    #expect(location("{\(data), \"subgroups\": {\"attributes\": [\"h\"]}}") == "/subgroups/attributes")
    #expect(location("{\(data), \"subgroups\": {\"metrics\": [\"tprr\"]}}") == "/subgroups/metrics/0")
    #expect(location("{\(data), \"subgroups\": {\"depth\": 0}}") == "/subgroups/depth")
    #expect(location("{\(data), \"identity_terms\": {}}") == "/identity_terms")
    #expect(
      location("{\(data), \"identity_terms\": {\"text\": \"s\", \"terms\": [\"x\"]}}")
        == "/identity_terms/text")
    #expect(location("{\(data), \"tokens\": {}}") == "/tokens/sentence")
    #expect(location("{\(data), \"ranking\": {\"k\": [0]}}") == "/ranking/k/0")
    #expect(
      location("{\(data), \"data_checks\": {\"population\": {\"h\": {}}}}") == "/data_checks/population/h")
    #expect(location("{\(data), \"individual\": {\"include\": [\"h\"]}}") == "/individual/include")
    #expect(location(#"{"data": {"sensitive": ["g"]}, "individual": {}}"#) == "/individual")
    #expect(location(#"{"data": {"sensitive": ["g"]}}"#) == "/data/label")
  }

  @Test("Switching the attribute, and what follows it, changes what a model says of the switched rows")
  func counterfactuals() throws {
    let rows = try SyntheticTable.biased()
    let model = try Model.make(#"{"kind": "logistic"}"#).tuned(
      on: rows,
      #"{"data": {"label": "y", "sensitive": ["sex"], "include": ["job", "sex"]}, "train": {"epochs": 20, "optimizer": {"learning_rate": 0.05}}}"#
    ).model
    let found = try report(
      rows,
      #"{"individual": {"counterfactual": [{"attribute": "sex"}, {"attribute": "sex", "follows": [{"column": "job", "map": {"smith": "clerk", "clerk": "smith"}}]}]}}"#,
      model: model)
    let entries = try #require(found["individual"]?["counterfactual"])
    let toMen = try entry(entries[0]?["values"], "to", "m")
    let toWomen = try entry(entries[0]?["values"], "to", "f")
    // Men are labelled positive more often: switching women to men increases scores, and no one loses.
    #expect(try #require(number(toMen, "mean_change")) > 0.02 && number(toMen, "lost") == 0)
    #expect(try #require(number(toWomen, "mean_change")) < -0.02 && number(toWomen, "gained") == 0)
    #expect(number(toMen, "flip_rate") == number(toMen, "gained"))
    #expect(
      try #require(number(toMen, "largest_change")) >= (try #require(number(toMen, "mean_absolute_change"))))
    // The switched rows are those with the other value; together they are all rows.
    #expect(try #require(number(toMen, "count")) + (try #require(number(toWomen, "count"))) == 600)
    // By hand: the scores of the table with all rows set to men.
    let men = try Dataset(
      rows.columns.map { column in
        column.name == "sex"
          ? try Column(name: "sex", texts: [String?](repeating: "m", count: 600)) : column
      })
    let (before, after) = (try model.predicted(on: rows), try model.predicted(on: men))
    let women = try rows.column("sex").categories()
    let changes = (0..<600).filter { women.names[Int(women.codes.array[$0])] == "f" }.map {
      Double(after[$0]) - Double(before[$0])
    }
    #expect(
      abs(try #require(number(toMen, "mean_change")) - changes.reduce(0, +) / Double(changes.count)) < 1e-9)
    let followed = try entry(entries[1]?["values"], "to", "m")
    #expect(number(followed, "mean_change") != number(toMen, "mean_change"))
  }

  /// The sections of all analyses of the rows, with missing values, weights and missing groups.
  private func everything(_ rows: [Int]?, weight: String = "null") throws -> JSONValue {
    let base = try SyntheticTable.biased(rows: 300)
    var random = RandomStream(seed: 9)
    let scores = (0..<300).map { _ in random.uniform() }
    let weights = (0..<300).map { $0 % 3 == 0 ? 2.0 : 1 }
    let table = try Dataset(
      base.columns + [
        Column(name: "s", numbers: scores), Column(name: "w", numbers: weights),
        Column(name: "note", texts: (0..<300).map { $0 % 2 == 0 ? "he said" : "she" }),
      ])
    return try report(
      rows.map { try table.selecting(rows: $0) } ?? table,
      #"{"data": {"label": "y", "score": "s", "sensitive": ["sex", "race"], "weight": \#(weight), "include": ["x1", "x2", "job"]}, "metrics": ["tpr"], "individual": {}, "subgroups": {"scan": {}}, "ranking": {}, "identity_terms": {"text": "note", "terms": ["he"]}, "data_checks": {"population": {"sex": {"f": 1, "m": 1}}, "proxies": false}}"#
    )
  }

  /// Every number in a value, with its path; numbers of rows are left out.
  private func numbers(_ json: JSONValue, _ place: String = "") -> [(String, Double)] {
    if let number = json.double { return [(place, number)] }
    let members = (json.members ?? []).flatMap { member in
      ["worst_pair", "provenance"].contains(member.key) ? [] : numbers(member.value, "\(place)/\(member.key)")
    }
    return members + (json.array ?? []).enumerated().flatMap { numbers($1, "\(place)/\($0)") }
  }

  @Test("The order of the rows changes nothing")
  func order() throws {
    let (first, second) = try (numbers(everything(nil)), numbers(everything((0..<300).map { $0 * 7 % 300 })))
    #expect(first.count > 300 && first.map(\.0) == second.map(\.0))
    for (a, b) in zip(first, second) { #expect(abs(a.1 - b.1) < 1e-9 * max(1, abs(a.1)), "\(a.0)") }
  }

  @Test("A weight of 2 equals the row twice, in every metric that uses weights")
  func duplication() throws {
    let weighted = try everything(nil, weight: "\"w\"")
    let repeated = try everything((0..<300).flatMap { $0 % 3 == 0 ? [$0, $0] : [$0] })
    for key in ["subgroups", "identity_terms", "data_checks"] {
      let there = Dictionary(
        numbers(try #require(repeated[key])).map { ($0.0, $0.1) }, uniquingKeysWith: { $1 })
      for (place, value) in numbers(try #require(weighted[key]))
      where !place.contains("count") && !place.contains("scan") && !place.contains("rows")
        && !place.contains("positives")
      {
        #expect(abs((there[place] ?? .nan) - value) < 1e-9 * max(1, abs(value)), "\(key)\(place)")
      }
    }
    let own = try (
      #require(weighted["individual"]?["inequality"]), #require(repeated["individual"]?["inequality"])
    )
    for (a, b) in zip(numbers(own.0), numbers(own.1)) { #expect(abs(a.1 - b.1) < 1e-9, "\(a.0)") }
  }

  @Test("Tables of few rows, with constant, missing and weightless ones, give values, nulls or errors")
  func smallTables() throws {
    var random = RandomStream(seed: 3)
    var answered = 0
    for round in 0..<120 {
      let rows = 1 + round % 6
      func texts(_ words: [String?]) -> [String?] { (0..<rows).map { _ in words[random.below(words.count)] } }
      func numbers(_ values: [Double]) -> [Double] {
        (0..<rows).map { _ in values[random.below(values.count)] }
      }
      let table = try Dataset([
        Column(name: "y", numbers: numbers([0, 1])), Column(name: "s", numbers: numbers([0, 0.3, 0.5, 1])),
        Column(name: "g", texts: texts(["a", "b", nil])), Column(name: "h", texts: texts([nil, "c"])),
        Column(name: "x", numbers: numbers(round % 4 == 0 ? [.nan] : [1, 2, .nan])),
        Column(name: "t", texts: texts(["he", "", nil, "B-PER", "I-PER", "O"])),
        Column(name: "w", numbers: numbers(round % 3 == 0 ? [0] : [0, 1, 2])),
      ])
      for section in [
        #""individual": {"neighbours": 1, "epsilon": [1, 2], "alpha": [-1, 0, 0.5]}"#,
        #""subgroups": {"depth": 8, "scan": {"attributes": ["g", "x", "t"], "replicates": 3, "penalty": 0.1}}"#,
        #""ranking": {"query": "t", "relevance": "y", "k": [1, 2]}"#,
        #""identity_terms": {"text": "t", "terms": ["he", "é"], "columns": ["x"]}"#,
        #""tokens": {"sentence": "w", "gold": "t", "predicted": "t"}"#,
        #""data_checks": {"population": {"g": {"a": 0, "z": 1}}, "epochs": 2}"#,
      ] {
        let data =
          #""data": {"label": "y", "positive": "1", "score": "s", "sensitive": ["g", "h"], "weight": "w"}"#
        do {
          _ = try report(table, "{\(data), \"metrics\": [\"tpr\"], \(section)}")
          answered += 1
        } catch is Failure {}
      }
    }
    #expect(answered > 400)
  }

  @Test("A column that gives the attribute away is found by itself and by the model of all columns")
  func proxies() throws {
    var random = RandomStream(seed: 1)
    let noise = (0..<160).map { _ in random.uniform() }
    let group = (0..<160).map { $0 % 3 == 0 ? "m" : "f" as String? }
    let rows = try Dataset([
      Column(name: "noise", numbers: noise), Column(name: "g", texts: group),
      Column(name: "title", texts: group.map { $0 == "m" ? "Mr" : "Ms" }),
    ])
    let found = try #require(
      report(rows, #"{"data": {"sensitive": ["g"]}, "data_checks": {}}"#)["data_checks"]?["attributes"]?[0]?[
        "proxies"])
    #expect(found["columns"]?.array?.map { $0["column"]?.string } == ["title", "noise"])
    #expect(number(found, "columns", "0", "normalized_mutual_information") == 1)
    #expect(number(found, "columns", "0", "auc") == 1)
    #expect(try #require(number(found, "model_auc")) > 0.99)
    #expect(found["sentence"]?.string?.contains("almost certainly") == true)
    // Even with nothing but the attribute, the section has results.
    let alone = try report(
      rows.selecting(columns: ["g"]), #"{"data": {"sensitive": ["g"]}, "data_checks": {}}"#)
    #expect(number(alone, "data_checks", "attributes", "0", "groups", "1", "count") == 54)
  }

  @Test("A sample of rows is reported, and its result is close to that of all rows")
  func sampled() throws {
    let rows = try SyntheticTable.biased(rows: 2000)
    let scored = try Dataset(
      rows.columns + [Column(name: "s", numbers: rows.column("x1").doubles().array.map { ($0 + 2) / 4 })])
    func section(_ options: String) throws -> JSONValue {
      try #require(
        report(
          scored,
          #"{"data": {"label": "y", "score": "s", "sensitive": ["sex"], "exclude": ["town", "race"]}, "individual": {\#(options)}}"#
        )["individual"])
    }
    let all = try section("")
    let some = try section(#""most_rows": 1000, "most_pair_rows": 500"#)
    #expect(all["consistency"]?["sampled"] == false && some["consistency"]?["sampled"] == true)
    #expect(number(some, "consistency", "rows") == 500 && number(some, "lipschitz", "pairs") == 124_750)
    let consistency = ["consistency", "decisions", "without_self"]
    #expect(
      abs(
        try #require(number(all, consistency[0], consistency[1], consistency[2]))
          - (try #require(number(some, consistency[0], consistency[1], consistency[2])))) < 0.03)
  }
}
