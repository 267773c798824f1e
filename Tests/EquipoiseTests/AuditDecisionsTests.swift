import Datasets
import Equipoise
import Platform
import Testing

@Suite("Audits without a model")
struct AuditDecisionsTests {
  @Test(
    "Decisions and scores of another system give Fairlearn's values to 1e-9")
  func reference() throws {
    let file = try MappedFile(path: SharedData.path("reference/tabular/metrics-binary.json"))
    // The file contains Infinity, which JSON does not allow.
    let text = String(decoding: file.bytes, as: UTF8.self).replacing("Infinity", with: "null")
    let reference = try JSONValue.parse(text)
    let table = try Dataset(
      ["y", "prediction", "score", "sex", "race", "weight"].map { name in
        let values = try #require(reference["rows"]?[name]?.array).map { $0.double! }
        return name == "score" || name == "weight"
          ? try Column(name: name, numbers: values)
          : try Column(name: name, integers: values.map { Int64($0) })
      })
    for (attribute, key) in [("\"sex\"", "sex"), ("\"race\"", "race"), (#"["sex", "race"]"#, "sex_x_race")] {
      for weight in ["null", "\"weight\""] {
        let expected = try #require(reference["fairlearn"]?[key + (weight == "null" ? "" : "_weighted")])
        let report = try audit(
          nil, on: table,
          AuditConfig(
            json:
              #"{"data": {"label": "y", "prediction": "prediction", "score": "score", "sensitive": ["sex", "race"], "weight": \#(weight)}, "by": [\#(attribute)], "zero_division": "zero"}"#
          ))
        let own = try #require(report["attributes"]?[0])
        for metric in ["selection_rate", "accuracy", "tpr", "fpr", "precision"] {
          let overall = try #require(expected["overall"]?[metric]?.double)
          #expect(abs(try #require(number(report, "overall", metric)) - overall) < 1e-9)
          let difference = try #require(expected["difference_between_groups"]?[metric]?.double)
          #expect(
            abs(try #require(number(own, "gaps", metric, "difference")) - difference) < 1e-9,
            "\(key) \(metric)")
        }
        let parity = try #require(expected["demographic_parity_difference_between_groups"]?.double)
        #expect(abs(try #require(number(own, "fairness", "demographic_parity_difference")) - parity) < 1e-9)
        let odds = try #require(expected["equalized_odds_difference_between_groups_worst_case"]?.double)
        #expect(abs(try #require(number(own, "fairness", "equalized_odds_difference")) - odds) < 1e-9)
      }
    }
  }

  @Test("Decisions as words, scores alone, and values of a regression")
  func otherKinds() throws {
    let table = try SyntheticTable.csv(
      "g,y,d,s,v,p\na,yes,yes,0.9,1,1.5\na,no,yes,0.6,2,2\nb,yes,no,0.2,3,2.5\nb,no,no,0.1,4,4\n")
    let words = try audit(
      nil, on: table, AuditConfig(json: #"{"data": {"label": "y", "prediction": "d", "sensitive": ["g"]}}"#))
    #expect(number(words, "overall", "accuracy") == 0.5)
    #expect(number(words, "attributes", "0", "fairness", "demographic_parity_difference") == 1)
    let scores = try audit(
      nil, on: table,
      AuditConfig(json: #"{"data": {"label": "y", "score": "s", "sensitive": ["g"]}, "threshold": 0.5}"#))
    #expect(number(scores, "overall", "selection_rate") == 0.5)
    let values = try audit(
      nil, on: table,
      AuditConfig(
        json: #"{"task": "regression", "data": {"label": "v", "prediction": "p", "sensitive": ["g"]}}"#))
    #expect(number(values, "overall", "mae") == 0.25)
  }
}
