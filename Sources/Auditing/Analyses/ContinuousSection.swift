import Configurations
import Datasets
import Fairness
import Platform

extension ContinuousConfig {
  package func section(_ rows: AnalysisRows, _ notes: inout SectionNotes) throws -> JSONValue {
    var compared: [(name: String, values: [Double])] = []
    if rows.task == .regression {
      let predictions = try rows.requireDecisions(at: "/continuous")
      compared.append(("prediction", predictions))
      if let labels = rows.labels {
        compared.append(("label", labels))
        compared.append(("error", zip(predictions, labels).map { $0 - $1 }))
      }
    } else {
      if let scores = rows.scores { compared.append(("score", scores)) }
      if let decisions = rows.decisions { compared.append(("decision", decisions)) }
      if let labels = rows.labels, case .binary? = rows.task { compared.append(("label", labels)) }
    }
    guard !compared.isEmpty else {
      throw Failure.invalidConfig(
        "scores, decisions or labels of two classes or a regression are needed", at: "/continuous")
    }
    var described: [JSONValue] = []
    for name in columns {
      let numbers = try rows.dataset.column(name).doubles().array
      let present = numbers.indices.filter { numbers[$0].isFinite }
      let weights = present.map { rows.weights?[$0] ?? 1 }
      let attribute = present.map { numbers[$0] }
      // Drawn from all rows, so that the sample is the same for all columns.
      let drawn = Set(rows.sample(sample, seed: seed, purpose: "distance correlation").map { Int($0) })
      let chosen = present.indices.filter { drawn.contains(present[$0]) }
      var members: [JSONValue.Member] = [
        .init("column", .string(name)), .init("rows", .integer(present.count)),
        .init("sampled", .integer(chosen.count)),
      ]
      for (what, values) in compared {
        let found = ContinuousDependence(
          attribute, present.map { values[$0] }, weights, sample: chosen, bins: bins)
        members.append(
          .init(
            what,
            .object(
              notes.object(
                [
                  "pearson": found.pearson, "spearman": found.spearman,
                  "distance_correlation": found.distanceCorrelation,
                  "maximal_correlation": found.maximalCorrelation,
                ], of: "\(name) and \(what)"))))
      }
      described.append(.object(members))
    }
    return ["columns": .array(described)]
  }
}
