import Datasets
import Equipoise
import Platform
import Testing

@Suite("Fewer than two groups with a value have no gap, and no rule on it passes")
struct FewGroupsTests {
  private static func report(_ lines: String, _ more: String, header: String = "g,y,p") throws -> JSONValue {
    try audit(
      nil, on: SyntheticTable.csv(header + "\n" + lines),
      AuditConfig(json: #"{"data": {"label": "y", "prediction": "p", "sensitive": ["g"]\#(more)"#))
  }

  private static let rule =
    #"}, "policy": {"require": [{"metric": "METRIC", "attribute": "g", "at_most": 0.1}]}}"#

  private static func verdict(
    _ lines: String, _ metric: String, _ data: String = "", header: String = "g,y,p"
  )
    throws -> String?
  {
    try report(lines, data + rule.replacing("METRIC", with: metric), header: header)["verdict"]?["result"]?
      .string
  }

  private static let onePositiveGroup = (0..<15).map { _ in "a,0,0\na,1,1\nb,0,0\nb,0,0\n" }.joined()
  private static let oneValue = "a,0,1\na,1,0\na,0,0\na,1,1\n"

  @Test("A group without positives has no true positive rate, and the other alone no gap")
  func noPositives() throws {
    #expect(try Self.verdict(Self.onePositiveGroup, "equal_opportunity_difference") == "not_enough_data")
    let fairness = try #require(
      Self.report(Self.onePositiveGroup, "}}")["attributes"]?[0]?["fairness"])
    for name in ["equal_opportunity_difference", "equal_opportunity_ratio", "equalized_odds_difference"] {
      #expect(fairness[name] == .null, "\(name)")
    }
    #expect(fairness["demographic_parity_difference"]?.double == 0.5)
  }

  @Test("A group whose rows weigh nothing has no selection rate")
  func noWeight() throws {
    let lines = "a,0,1,1\na,1,0,1\na,0,0,1\nb,0,0,0\nb,1,0,0\n"
    #expect(
      try Self.verdict(lines, "demographic_parity_difference", #", "weight": "w""#, header: "g,y,p,w")
        == "not_enough_data")
  }

  @Test("An attribute of one value has no gap, no ratio, no distance and no differential fairness")
  func attributeOfOneValue() throws {
    #expect(try Self.verdict(Self.oneValue, "demographic_parity_difference") == "not_enough_data")
    let found = try Self.report(Self.oneValue, #"}, "policy": {"require": ["four_fifths"]}}"#)
    #expect(found["verdict"]?["result"] == "not_enough_data")
    let own = try #require(found["attributes"]?[0])
    let levels = ["calibration_within_groups", "bounded_group_loss"]
    for member in try #require(own["fairness"]?.members) where !levels.contains(member.key) {
      #expect(member.value == .null, "\(member.key): \(member.value.text())")
    }
    for member in try #require(own["gaps"]?.members) {
      for gap in try #require(member.value.members) {
        #expect(gap.value == .null, "\(member.key) \(gap.key)")
      }
    }
  }

  @Test("Validation rows of one group leave a tuning's rule undecided")
  func validation() throws {
    let table = try SyntheticTable.biased(rows: 200)
    let sexes = try table.column("sex").categories()
    let men = try table.selecting(rows: (0..<200).filter { sexes.names[Int(sexes.codes.array[$0])] == "m" })
    let (_, report) = try Model.make(#"{"kind": "logistic"}"#).tuned(
      on: table, validation: men,
      #"""
      {"data": {"label": "y", "sensitive": ["sex"]}, "train": {"epochs": 1},
       "policy": {"require": [{"metric": "demographic_parity_difference", "at_most": 0.1}]}}
      """#)
    #expect(report["verdict"]?["result"] == "not_enough_data")
  }

  @Test("A bound from below on a signed measure means its sign: -1 is below -0.1")
  func signed() throws {
    let lines = "a,0,1\na,1,1\na,1,1\nb,0,0\nb,1,0\n"
    func outcome(_ bound: String) throws -> String? {
      try Self.report(
        lines, #"}, "policy": {"require": [{"metric": "statistical_parity_difference", \#(bound)}]}}"#)[
          "verdict"]?["result"]?.string
    }
    #expect(try outcome(#""at_least": -0.1"#) == "fail")
    #expect(try outcome(#""at_least": -1"#) == "pass")
    #expect(try outcome(#""at_most": 0.1"#) == "fail")
    #expect(try outcome(#""at_least": -0.1, "at_most": 0.1"#) == "fail")
  }
}

@Suite("Groups have distinct names")
struct GroupNamesTests {
  private static func groups(_ table: Dataset, _ by: String, _ sensitive: String) throws -> [String] {
    let report = try audit(
      nil, on: table,
      AuditConfig(
        json: #"{"data": {"label": "y", "prediction": "p", "sensitive": \#(sensitive)}, "by": [\#(by)]}"#))
    return (report["attributes"]?[0]?["groups"]?.array ?? []).compactMap { $0["group"]?.string }
  }

  @Test("Intersections of names with commas are two, and read back")
  func commas() throws {
    let table = try SyntheticTable.csv(
      "g,h,y,p\n\"a,b\",c,1,1\n\"a,b\",c,0,1\na,\"b,c\",1,0\na,\"b,c\",0,0\n\"x\"\"y\",z,1,1\nd,e,0,0\n")
    let names = try Self.groups(table, #"["g", "h"]"#, #"["g", "h"]"#)
    #expect(Set(names) == [#"a,"b,c""#, #""a,b",c"#, #""x""y",z"#, "d,e"])
    #expect(Set(names.map(NameList.names)) == [["a", "b,c"], ["a,b", "c"], ["x\"y", "z"], ["d", "e"]])
    // The groups of a single attribute have the values as names.
    #expect(try Set(Self.groups(table, #""g""#, #"["g"]"#)) == ["a,b", "a", "x\"y", "d"])
  }

  @Test("The text (missing) is not the group of missing values")
  func missing() throws {
    let table = try SyntheticTable.csv(
      "g,y,p\n(missing),1,1\n(missing),0,0\n,1,0\nb,0,0\n\"\"\"(missing)\"\"\",1,1\n")
    let names = try Self.groups(table, #""g""#, #"["g"]"#)
    #expect(Set(names) == ["\"(missing)\"", "(missing)", "b", "\"\"(missing)\"\""])
    let dropped = try Self.groups(table, #""g""#, #"[{"name": "g", "missing": "drop"}]"#)
    #expect(Set(dropped) == ["\"(missing)\"", "b", "\"\"(missing)\"\""])
  }
}
