import Configurations
import Datasets
import Fairness
import Platform

extension MultilabelConfig {
  package func section(_ rows: AnalysisRows, _ notes: inout SectionNotes) throws -> JSONValue {
    var audits: [JSONValue] = []
    // The number of wrong decisions in each row.
    var wrong = [Int](repeating: 0, count: rows.rows)
    for (index, label) in labels.enumerated() {
      var data = rows.data
      data.label = label
      data.prediction = predictions.isEmpty ? nil : predictions[index]
      data.score = scores.isEmpty ? nil : scores[index]
      let evaluation = try Evaluation(
        rows.dataset, data, rows.selection, task: .binary, known: .binary)
      let result = try evaluation.audit(decisionsOf: rows.dataset, data, threshold: rows.threshold)
      audits.append(JSONValue.object([.init("label", .string(label))]).merged(with: result.json))
      let own = try AnalysisRows(
        rows.dataset, data, by: [], labels: evaluation.labels, model: nil, decided: nil,
        threshold: rows.threshold)
      for (row, pair) in zip(own.labels ?? [], own.decisions ?? []).enumerated() where pair.0 != pair.1 {
        wrong[row] += 1
      }
    }
    let attributes = rows.groupings.enumerated().map { place, grouping -> JSONValue in
      var members: [JSONValue.Member] = [.init("attribute", .string(grouping.attribute))]
      let (groups, values) = describe(grouping, wrong, rows.weights, &notes)
      members.append(.init("groups", groups))
      for (name, numbers) in values {
        members.append(.init(name, .object(notes.gaps(numbers, of: "\(grouping.attribute): \(name)"))))
      }
      members.append(.init("fairness", aggregate(audits.map { $0["attributes"]?[place]?["fairness"] })))
      return .object(members)
    }
    return [
      "labels": .array(audits), "overall": aggregate(audits.map { $0["overall"] }),
      "attributes": .array(attributes),
    ]
  }

  /// For each group: the share of rows with all labels correct, and the share of wrong labels.
  private func describe(
    _ grouping: AnalysisRows.Grouping, _ wrong: [Int], _ weights: [Double]?, _ notes: inout SectionNotes
  ) -> (JSONValue, [(String, [MetricValue])]) {
    var sums = [(weight: Double, right: Double, wrong: Double)](
      repeating: (0, 0, 0), count: grouping.names.count)
    for (row, code) in grouping.codes.enumerated() where sums.indices.contains(Int(code)) {
      let weight = weights?[row] ?? 1
      sums[Int(code)].weight += weight
      sums[Int(code)].right += wrong[row] == 0 ? weight : 0
      sums[Int(code)].wrong += weight * Double(wrong[row])
    }
    func shares(_ part: (Double, Double) -> Double) -> [MetricValue] {
      sums.map {
        $0.weight > 0 ? .defined(part($0.right, $0.wrong) / $0.weight) : .undefined(reason: "no rows")
      }
    }
    let accuracy = shares { right, _ in right }
    let loss = shares { _, wrong in wrong / Double(labels.count) }
    let groups = grouping.names.enumerated().map { index, name in
      JSONValue.object(
        [.init("group", .string(name))]
          + notes.object(
            ["subset_accuracy": accuracy[index], "hamming_loss": loss[index]],
            of: "\(grouping.attribute) \"\(name)\""))
    }
    return (.array(groups), [("subset_accuracy", accuracy), ("hamming_loss", loss)])
  }

  /// The mean, the minimum and the maximum over the labels, for each number that all labels have.
  private func aggregate(_ parts: [JSONValue?]) -> JSONValue {
    let names = (parts.first ?? nil)?.members?.map(\.key) ?? []
    return .object(
      names.map { name in
        let numbers = parts.compactMap { $0?[name]?.double }
        guard numbers.count == parts.count, let least = numbers.min(), let most = numbers.max() else {
          return .init(name, .null)
        }
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        return .init(name, ["mean": .finite(mean), "min": .finite(least), "max": .finite(most)])
      })
  }
}

extension JSONValue {
  fileprivate func merged(with other: JSONValue) -> JSONValue {
    .object((members ?? []) + (other.members ?? []))
  }
}
