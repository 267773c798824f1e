import Configurations
import Datasets
import Equipoise
import Platform
import Testing

@Suite("Statistics of an audit's configuration")
struct AuditStatisticsTests {
  private func report(_ more: String) throws -> JSONValue {
    // Group a: labels 1 1 0 0, decisions 1 0 1 0. Group b: labels 1 0 0 0, decisions 1 0 0 0.
    let rows = try Dataset([
      Column(name: "y", integers: [1, 1, 0, 0, 1, 0, 0, 0]),
      Column(name: "d", integers: [1, 0, 1, 0, 1, 0, 0, 0]),
      Column(name: "g", texts: ["a", "a", "a", "a", "b", "b", "b", "b"]),
    ])
    let config =
      #"{"data": {"label": "y", "prediction": "d", "sensitive": ["g"], "positive": "1"}, \#(more)}"#
    return try audit(nil, on: rows, AuditConfig(json: config))
  }

  private let trouble =
    #""statistics": [{"name": "trouble", "better": "lower", "numerator": {"negative": {"slope": 1}, "#
    + #""positive": {"intercept": 1, "slope": -1}}, "denominator": {"negative": {"intercept": 1}, "#
    + #""positive": {"intercept": 1, "slope": -1}}}]"#

  @Test(
    "The report has the ratio by group, its gap, its interval, and its verdict, beside the metrics asked for")
  func ratio() throws {
    let report = try report(
      #""metrics": ["accuracy"], "intervals": {}, "policy": {"require": [{"metric": "trouble_difference", "at_most": 0.5}]}, "#
        + trouble)
    // a: 1 false alarm and 1 miss of 2 negatives and 1 miss; b: nothing of 3 negatives.
    let groups = try #require(report["attributes"]?[0]?["groups"])
    #expect(groups[0]?["metrics"]?["trouble"]?.double == 2.0 / 3)
    #expect(groups[1]?["metrics"]?["trouble"]?.double == 0)
    #expect(report["overall"]?["trouble"]?.double == 1.0 / 3)
    #expect(report["attributes"]?[0]?["gaps"]?["trouble"]?["difference"]?.double == 2.0 / 3)
    #expect(groups[0]?["intervals"]?["trouble"] != nil)
    #expect(report["verdict"]?["result"] == "fail")
  }

  @Test("A name that reports already have, none, or a regression is refused at its place")
  func refused() throws {
    for (name, part) in [("tpr", "another metric's name"), ("", "needs a name"), ("a[1]", "bracket")] {
      let error = #expect(throws: Failure.self) {
        try report(trouble.replacingOccurrences("trouble", name))
      }
      #expect(
        error?.message.contains(part) == true && error?.location.contains("/statistics/0/name") == true)
    }
  }
}

extension String {
  fileprivate func replacingOccurrences(_ part: String, _ other: String) -> String {
    split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
  }
}
