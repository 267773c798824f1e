import Datasets
import Equipoise
import Fairness
import Platform
import Testing

/// Predictions, audits of models, audits of predictions, analyses and validation make decisions by the same
/// rule.
@Suite("Every part of the library makes the same decision of a score")
struct DecisionAgreementTests {
  @Test("Four scores of float32(0.7) are positive from 0.7 on, in every audit")
  func example() throws {
    let table = try Dataset(rows: 4)
    try table.add(Column(name: "s", values: .float32(Buffer(copying: [Float](repeating: 0.7, count: 4)))))
    try table.add(Column(name: "y", integers: [1, 0, 1, 0]))
    try table.add(Column(name: "g", texts: ["a", "a", "b", "b"]))
    let report = try audit(
      nil, on: table,
      AuditConfig(
        json:
          #"{"data": {"label": "y", "score": "s", "sensitive": ["g"]}, "threshold": 0.7, "subgroups": {}}"#
      ))
    #expect(number(report, "overall", "selection_rate") == 1)
    #expect(Self.analysed(report) == 1)
  }

  /// The selection rate of all rows from those of the groups of the section "subgroups".
  private static func analysed(_ report: JSONValue) -> Double? {
    report["subgroups"]?["intersections"]?[0]?["groups"]?.array?.reduce(0 as Double?) { sum, group in
      guard let sum, let share = group["share"]?.double else { return nil }
      return number(group, "metrics", "selection_rate").map { sum + share * $0 }
    }
  }

  /// Compares a model's scores, its predicted labels, and the selection rates that each part reports.
  private func check(_ model: Model, on table: Dataset, threshold: Double, _ tuning: String) throws {
    let rate = "\(threshold)"
    var options = PredictOptions()
    options.threshold = threshold
    options.keep = ["y", "sex"]
    let predictions = try model.predict(table, options)
    let labels = try predictions.column("label").numbers().array
    let expected = Double(labels.reduce(0, +)) / Double(labels.count)
    let scores = try predictions.column("score").numbers().array
    #expect(zip(scores, labels).allSatisfy { ($0 >= Float(threshold)) == ($1 == 1) })

    let own = try audit(model, on: table, AuditConfig(json: #"{"threshold": \#(rate), "subgroups": {}}"#))
    let folder = try TemporaryDirectory()
    try predictions.write(path: folder.path + "/predictions.csv")
    let read = try Dataset.open(path: folder.path + "/predictions.csv")
    var rates = [number(own, "overall", "selection_rate"), Self.analysed(own)]
    for rows in [predictions, read] {
      for columns in [#""score": "score""#, #""prediction": "label""#] {
        let report = try audit(
          nil, on: rows,
          AuditConfig(
            json:
              #"{"data": {"label": "y", \#(columns), "sensitive": ["sex"]}, "threshold": \#(rate), "subgroups": {}}"#
          ))
        rates += [number(report, "overall", "selection_rate"), Self.analysed(report)]
      }
    }
    let auditor = try Auditor(
      AuditConfig(
        json: #"{"data": {"label": "y", "score": "score", "sensitive": ["sex"]}, "threshold": \#(rate)}"#))
    try auditor.update(read)
    rates.append(number(try auditor.report(), "overall", "selection_rate"))
    // Training without epochs audits the unchanged model before tuning.
    let (_, report) = try model.tuned(
      on: table, validation: table,
      #"{"data": {"label": "y", "sensitive": ["sex"], "exclude": ["race"]}, "threshold": \#(rate), \#(tuning)}"#
    )
    rates.append(number(report, "before", "overall", "selection_rate"))
    for (place, found) in rates.enumerated() {
      #expect(
        abs(try #require(found) - expected) < 1e-12, "\(place): \(String(describing: found)), \(expected)")
    }
  }

  @Test(
    "A model's labels, audit, validation and audits of its predictions agree at its own scores",
    arguments: [#"{"kind": "logistic"}"#, #"{"kind": "mlp", "hidden": [8]}"#]
  )
  func agreement(_ architecture: String) throws {
    let table = try SyntheticTable.biased(rows: 200)
    let tuning = #""train": {"epochs": 1}"#
    let (model, _) = try Model.make(architecture).tuned(
      on: table,
      #"{"data": {"label": "y", "sensitive": ["sex"], "exclude": ["race"]}, \#(tuning)}"#)
    let scores = try model.predicted(on: table)
    var random = RandomStream(seed: 3)
    for trial in 0..<12 {
      // A score of the model itself, by its shortest digits or exactly; else any number.
      let score = scores[random.below(scores.count)]
      let threshold =
        switch trial % 3 {
        case 0: try #require(Double("\(score)"))
        case 1: Double(score)
        default: random.uniform()
        }
      try check(model, on: table, threshold: threshold, tuning)
    }
  }
}
