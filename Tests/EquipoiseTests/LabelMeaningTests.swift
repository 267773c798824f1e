import Datasets
import Equipoise
import Fairness
import Platform
import Testing

/// Rows with the columns g, y and p, from repeated CSV lines.
private func rows(_ lines: String..., times: Int = 3, header: String = "g,y,p") throws -> Dataset {
  try SyntheticTable.csv(header + "\n" + (0..<times).flatMap { _ in lines }.joined(separator: "\n") + "\n")
}

private func report(
  _ table: Dataset, _ data: String = "", _ more: String = "", label: String? = "y", decision: String = "p"
) throws -> JSONValue {
  let named = label.map { #""label": "\#($0)", "# } ?? ""
  return try audit(
    nil, on: table,
    AuditConfig(
      json: #"{"data": {\#(named)"prediction": "\#(decision)", "sensitive": ["g"]\#(data)}\#(more)}"#))
}

private func notes(_ report: JSONValue) -> String {
  (report["notes"]?.array ?? []).compactMap(\.string).joined(separator: "\n")
}

@Suite("Labels and decisions have the meaning that the user specifies")
struct LabelMeaningTests {
  @Test("Decisions 1 and 0 for labels yes and no are an error that names value and row, never an order")
  func vocabularies() throws {
    let table = try rows("a,yes,1", "b,yes,1", "a,no,0", "b,no,0")
    for positive in [#", "positive": "yes""#, #", "positive": "no""#, ""] {
      BadInputTests.expectFailure(.invalidData, #"row 0 has the decision "1""#, "\"values\"", "p") {
        _ = try report(table, positive)
      }
    }
    let approved = try rows("a,approved,1", "b,approved,1", "a,denied,0", "b,denied,0")
    BadInputTests.expectFailure(.invalidData, "decision", "\"approved\", \"denied\"", "p") {
      _ = try report(approved)
    }
    // Decisions with several classes whose names are not labels are refused too: none of them could be
    // correct.
    BadInputTests.expectFailure(.invalidData, "decision \"1\"", "p") {
      _ = try report(rows("a,x,1", "b,y,2", "a,z,3"))
    }
  }

  @Test("With a map of spellings, every decision is right")
  func map() throws {
    let table = try rows("a,approved,1", "b,approved,1", "a,denied,0", "b,denied,0")
    for data in [
      #", "values": {"approved": 1, "denied": 0}"#, #", "values": {"approved": true, "denied": false}"#,
      #", "positive": "approved", "values": {"1": "approved", "0": "denied"}"#,
      #", "positive": 1, "values": {" Approved": 1, "DENIED": 0}"#,
    ] {
      let found = try report(table, data)
      #expect(number(found, "overall", "accuracy") == 1 && number(found, "overall", "selection_rate") == 0.5)
    }
    #expect(notes(try report(table, #", "values": {"approved": 1, "denied": 0}"#)).contains("counts as"))
    // The map may name only the positive values: the only other value of each column is then the negative
    // one.
    let words = try rows("a,yes,approved", "b,yes,approved", "a,no,denied", "b,no,denied")
    for (table, values) in [(words, #"{"yes": 1, "approved": 1}"#), (table, #"{"approved": 1}"#)] {
      let found = try report(table, #", "values": \#(values)"#)
      #expect(number(found, "overall", "accuracy") == 1 && found["positive"]?["value"] == "1")
    }
    BadInputTests.expectFailure(.invalidData, "decision \"later\"", "p") {
      _ = try report(
        rows("a,yes,approved", "b,no,denied", "b,no,later"),
        #", "values": {"yes": 1, "approved": 1, "denied": "no"}"#)
    }
  }

  @Test(
    "Blanks, case, and 1, 1.0 and True are treated as equal, with a note",
    arguments: [
      ("yes", "no", "Yes", " NO", "\"yes\""), ("1", "0", "True", "false", "1"),
      ("True", "False", "1.0", "0.0", "true"),
      ("TRUE", "FALSE", "true", "false", "true"),
    ])
  func spellings(
    _ positive: String, _ negative: String, _ selected: String, _ rejected: String, _ named: String
  )
    throws
  {
    let table = try SyntheticTable.csv(
      "g,y,p\na,\(positive),\"\(selected)\"\nb,\(negative),\"\(rejected)\"\na,\(positive),\"\(rejected)\"\n"
        + "b,\(negative),\"\(selected)\"\n")
    let found = try report(table, #", "positive": \#(named)"#)
    #expect(number(found, "overall", "accuracy") == 0.5 && number(found, "overall", "tpr") == 0.5)
    #expect(notes(found).contains("the decision \"") || selected == "1.0")
    // "01" is a code, not a 1.
    let codes = try Dataset([
      Column(name: "g", texts: ["a", "b"]), Column(name: "y", integers: [1, 0]),
      Column(name: "p", texts: ["01", "0"]),
    ])
    BadInputTests.expectFailure(.invalidData, "\"01\"", "p") {
      _ = try report(codes, #", "positive": 1"#)
    }
  }

  @Test("A label that is neither the positive nor the only other one is an error with value and row")
  func strangers() throws {
    let table = try rows("a,yes,yes", "b,no,no", "a,maybe,no")
    BadInputTests.expectFailure(.invalidData, "row 1 has the label \"no\"", "\"negative\"", "y") {
      _ = try report(rows("a,yes,yes", "b,no,no", "a,maybe,no", times: 1), #", "positive": "yes""#)
    }
    BadInputTests.expectFailure(.invalidData, "row 2 has the label \"maybe\"", "y") {
      _ = try report(table, #", "positive": "yes", "negative": "no""#)
    }
    let found = try report(table, #", "positive": "yes", "negative": ["no", "maybe"]"#)
    #expect(number(found, "overall", "accuracy") == 1)
    #expect(try number(report(table, #", "values": {"maybe": "no"}"#), "overall", "accuracy") == 1)
    // The two labels, each in several spellings.
    let census = try rows("a,>50K,>50K.", "b,<=50K,<=50K", "a,>50K.,>50K", "b,<=50K.,>50K")
    let income = try report(census, #", "positive": [">50K", ">50K."], "negative": ["<=50K", "<=50K."]"#)
    #expect(number(income, "overall", "accuracy") == 0.75)
    BadInputTests.expectFailure(.invalidConfig, "also named as positive", "/data/negative") {
      _ = try report(table, #", "positive": "yes", "negative": "yes""#)
    }
  }

  @Test("A model refuses labels that it does not know, and a positive label that is its negative one")
  func models() throws {
    let table = try SyntheticTable.biased(rows: 200)
    let spelt = try Dataset(
      table.columns.filter { $0.name != "y" } + [
        Column(name: "y", texts: table.column("y").numbers().array.map { $0 == 1 ? ">50K" : "<=50K" })
      ])
    let dotted = try Dataset(
      table.columns.filter { $0.name != "y" } + [
        Column(name: "y", texts: table.column("y").numbers().array.map { $0 == 1 ? ">50K." : "<=50K." })
      ])
    for positive in ["", #", "positive": ">50K""#] {
      let (model, _) = try Model.make(#"{"kind": "logistic"}"#).tuned(
        on: spelt,
        #"{"data": {"label": "y", "sensitive": ["sex"], "exclude": ["race"]\#(positive)}, "train": {"epochs": 1}}"#
      )
      BadInputTests.expectFailure(.invalidData, "row 0 has the label", "50K.\"", "y") {
        _ = try audit(model, on: dotted, AuditConfig(json: "{}"))
      }
      BadInputTests.expectFailure(.invalidConfig, "the other class of the model", "/data/positive") {
        _ = try audit(
          model, on: spelt,
          AuditConfig(json: #"{"data": {"label": "y", "sensitive": ["sex"], "positive": "<=50K"}}"#))
      }
      let own = try audit(model, on: spelt, AuditConfig(json: "{}"))
      // The spelling in other rows may be used.
      let named = try audit(
        model, on: dotted,
        AuditConfig(
          json:
            #"{"data": {"label": "y", "sensitive": ["sex"], "exclude": ["race"], "positive": ">50K."}}"#))
      let expected = try #require(number(own, "overall", "base_rate"))
      #expect(number(named, "overall", "base_rate") == expected && expected > 0.2)
      #expect(number(named, "overall", "accuracy") == number(own, "overall", "accuracy"))
      #expect(own["positive"]?["value"] == ">50K" && own["positive"]?["other"] == "<=50K")
      #expect(own["positive"]?["rule"] == (positive.isEmpty ? "model" : "named"))
    }
    // Validation rows with another spelling.
    BadInputTests.expectFailure(.invalidData, "is not a class", "y") {
      _ = try Model.make(#"{"kind": "logistic"}"#).tuned(
        on: spelt, validation: dotted,
        #"{"data": {"label": "y", "sensitive": ["sex"], "positive": ">50K"}, "train": {"epochs": 1}}"#)
    }
  }

  @Test("Rows without the positive label that is named have the base rate 0: audits, auditors, partitions")
  func withoutPositives() throws {
    let none = try rows("a,0,1", "b,0,0")
    let found = try report(none, #", "positive": 1"#)
    #expect(number(found, "overall", "base_rate") == 0 && found["overall"]?["tpr"] == .null)
    #expect(number(found, "overall", "selection_rate") == 0.5)
    // Only positives; only negatives by name; then the other auditor's rows.
    for (positive, negative, only) in [("yes", "no", "no"), ("yes", "no", "yes"), ("1", "0", "1")] {
      let config = try AuditConfig(
        json:
          #"{"data": {"label": "y", "prediction": "p", "sensitive": ["g"], "positive": "\#(positive)"}}"#)
      let first = try Auditor(config)
      try first.update(rows("a,\(only),\(positive)", "b,\(only),\(positive)"))
      let second = try Auditor(config)
      try second.update(rows("a,\(positive),\(positive)", "b,\(negative),\(negative)"))
      let saved = first.save()
      let restored = try saved.withUnsafeBytes { try Auditor(restoring: $0) }
      try restored.merge(second)
      try restored.update(rows("a,\(negative),\(negative)"))
      let whole = try restored.report()
      let positives = only == positive ? 9.0 : 3.0
      #expect(abs(try #require(number(whole, "overall", "base_rate")) - positives / 15) < 1e-12)
      #expect(whole["positive"]?["other"] == .string(negative))
    }
    BadInputTests.expectFailure(.invalidConfig, "no row has the label", "/data/positive") {
      _ = try report(rows("a,yes,yes", "b,no,no"), #", "positive": "maybe""#)
    }
  }

  @Test("Rows without a label are refused, or left out and counted: in audits, auditors and tuning")
  func unlabelled() throws {
    let table = try rows("a,1,1", "b,,1", "a,0,0", "b,0,1", times: 2)
    BadInputTests.expectFailure(.invalidData, "2 rows have no label", "y") { _ = try report(table) }
    let found = try report(table, #", "missing_labels": "drop""#)
    #expect(number(found, "rows") == 6 && number(found, "rows_without_label") == 2)
    #expect(abs(try #require(number(found, "overall", "accuracy")) - 2.0 / 3) < 1e-12)
    #expect(notes(found).contains("2 rows have no label and were left out"))
    let auditor = try Auditor(
      AuditConfig(
        json:
          #"{"data": {"label": "y", "prediction": "p", "sensitive": ["g"], "missing_labels": "drop"}}"#))
    try auditor.update(table)
    try auditor.update(rows("a,1,1", "b,,1", times: 1))
    #expect(try number(auditor.report(), "rows_without_label") == 3)
    BadInputTests.expectFailure(.invalidData, "no decision", "p") {
      _ = try report(rows("a,1,1", "b,0,"))
    }
    let biased = try SyntheticTable.biased(rows: 200)
    let labels = try biased.column("y").numbers().array.enumerated().map { row, label in
      row % 10 == 0 ? nil : label == 1 ? "1" : "0"
    }
    let holes = try Dataset(biased.columns.filter { $0.name != "y" } + [Column(name: "y", texts: labels)])
    let (_, tuning) = try Model.make(#"{"kind": "logistic"}"#).tuned(
      on: holes,
      #"{"data": {"label": "y", "sensitive": ["sex"], "missing_labels": "drop"}, "train": {"epochs": 1}}"#)
    #expect(number(tuning, "rows_without_label") == 20)
  }

  @Test("The report says which label is positive and why; a note says it if words were not named")
  func positive() throws {
    let denied = try report(rows("a,approved,approved", "b,denied,denied"))
    #expect(denied["positive"]?["value"] == "denied" && denied["positive"]?["other"] == "approved")
    #expect(denied["positive"]?["rule"] == "last_in_order" && denied["positive"]?["column"] == "y")
    #expect(notes(denied).contains("\"denied\" of column \"y\" counts as positive because"))
    let named = try report(
      rows("a,approved,approved", "b,denied,denied"), #", "positive": "approved""#,
      #", "policy": {"require": ["four_fifths"]}"#)
    #expect(named["positive"]?["rule"] == "named" && !notes(named).contains("counts as positive"))
    #expect(
      named["verdict"]?["rules"]?[0]?["because"]?.string?.contains("the share with the decision \"approved\"")
        == true)
    let numbers = try report(rows("a,1,1", "b,0,0"))
    #expect(
      numbers["positive"]?["rule"] == "one_of_0_and_1" && !notes(numbers).contains("counts as positive"))
  }

  @Test(
    "Without labels there are selection rates, their gaps and rules; other metrics say that they need labels")
  func noLabels() throws {
    let table = try rows("a,1,1", "b,0,0", "a,0,1", "b,1,1", times: 25)
    let found = try report(
      table, "", #", "policy": {"require": ["four_fifths", {"metric": "tpr_difference", "at_most": 0.1}]}"#,
      label: nil)
    #expect(number(found, "overall", "selection_rate") == 0.75 && found["overall"]?["accuracy"] == nil)
    let own = try #require(found["attributes"]?[0])
    #expect(number(own, "fairness", "demographic_parity_ratio") == 0.5)
    #expect(own["fairness"]?["equal_opportunity_difference"] == nil)
    #expect(notes(found).contains("there are no labels") && notes(found).contains("accuracy"))
    #expect(found["verdict"]?["result"] == "fail")
    #expect(found["verdict"]?["rules"]?[0]?["result"] == "fail")
    #expect(found["verdict"]?["rules"]?[1]?["result"] == "not_enough_data")
    // The same numbers as with labels, whatever the labels are; for an auditor, and for a saved one.
    let labelled = try report(table)
    let fairness = try #require(own["fairness"]?.members)
    #expect(fairness.count > 8)
    for member in fairness {
      #expect(labelled["attributes"]?[0]?["fairness"]?[member.key] == member.value, "\(member.key)")
    }
    let auditor = try Auditor(
      AuditConfig(json: #"{"data": {"prediction": "p", "sensitive": ["g"]}}"#))
    try auditor.update(table)
    let restored = try auditor.save().withUnsafeBytes { try Auditor(restoring: $0) }
    #expect(try restored.report()["overall"] == found["overall"])
    let points = try audit(
      nil, on: rows("a,1,0.25", "b,0,0.75"),
      AuditConfig(json: #"{"data": {"score": "p", "sensitive": ["g"]}}"#))
    #expect(
      number(points, "overall", "mean_score") == 0.5 && number(points, "overall", "selection_rate") == 0.5)
  }

  @Test("A class that only decisions have counts as a class of several; of two labels it is an error")
  func furtherClasses() throws {
    let table = try rows("a,x,x", "b,y,z", "a,w,w", "b,x,q")
    let found = try report(table)
    #expect(number(found, "overall", "accuracy") == 0.5)
    #expect(number(found, "overall", "selection_rate[q]") == 0.25)
    #expect(found["overall"]?["tpr[q]"] == .null)
    BadInputTests.expectFailure(.invalidData, "decision \"10\"", "p") {
      _ = try report(rows("a,1,1", "b,0,0", "a,1,10"))
    }
  }

  @Test("Scores outside 0 to 1 need a threshold, and are then points")
  func points() throws {
    let table = try rows("a,1,640", "b,0,580", "a,1,710", "b,1,600")
    func scored(_ more: String) throws -> JSONValue {
      try audit(
        nil, on: table,
        AuditConfig(json: #"{"data": {"label": "y", "score": "p", "sensitive": ["g"]}\#(more)}"#))
    }
    BadInputTests.expectFailure(.invalidData, "row 0 has the score 640", "\"threshold\"", "p") {
      _ = try scored("")
    }
    let found = try scored(#", "threshold": 620"#)
    #expect(number(found, "overall", "selection_rate") == 0.5 && number(found, "overall", "auc") == 1)
    #expect(found["overall"]?["brier"] == .null && notes(found).contains("read as points"))
    let auditor = try Auditor(
      AuditConfig(json: #"{"data": {"label": "y", "score": "p", "sensitive": ["g"]}, "threshold": 620}"#))
    BadInputTests.expectFailure(.invalidData, "bins over 0 to 1", "p") { try auditor.update(table) }
  }

  @Test("A label of ten million bytes makes a short message")
  func long() throws {
    let long = String(repeating: "x", count: 10_000_000)
    do {
      _ = try report(rows("a,yes,yes", "b,no,\(long)", times: 1))
      Issue.record("no error")
    } catch let failure as Failure {
      #expect(failure.message.utf8.count < 1_000)
    }
  }
}
