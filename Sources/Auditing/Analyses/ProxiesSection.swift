import Configurations
import Datasets
import Fairness
import Platform

extension DataChecksConfig {
  /// How well an attribute's groups can be predicted from each column alone, and from all columns by a
  /// logistic model.
  ///
  /// Areas under the ROC curve are measured on the half of the rows that is not used for training; with more
  /// than two groups, the mean over the groups, each against the others.
  func proxies(
    of grouping: AnalysisRows.Grouping, _ rows: AnalysisRows, _ columns: [String],
    _ notes: inout SectionNotes
  ) throws -> JSONValue {
    var random = RandomStream(seed: UInt64(bitPattern: Int64(seed)), purpose: "proxies")
    let isTraining = (0..<rows.rows).map { _ in random.uniform() < 0.5 }
    var found: [(information: Double, name: String, json: JSONValue)] = []
    for name in columns {
      let column = try rows.dataset.column(name)
      let values =
        column.isNumeric
        ? ProxyStrength.quantileBins(try column.doubles().array, count: bins)
        : try column.categories().codes.array
      let strength = ProxyStrength(values: values, groups: grouping.codes, weights: rows.weights)
      let place = "\"\(name)\" as a proxy of \(grouping.attribute)"
      let area =
        grouping.names.count > 64
        ? MetricValue.undefined(reason: "there are more than 64 groups")
        : mean(
          grouping.names.indices.map { group in
            ProxyStrength.areaUnderROC(
              values: values, isMember: grouping.codes.map { Int($0) == group }, isTraining: isTraining)
          })
      let information = strength.normalizedMutualInformation
      let json = JSONValue.object(
        [.init("column", .string(name))]
          + notes.object(
            [
              "normalized_mutual_information": information,
              "uncertainty_coefficient": strength.uncertaintyCoefficient, "auc": area,
            ], of: place))
      found.append((information.number(.undefined) ?? -1, name, json))
    }
    found.sort { ($1.information, $0.name) < ($0.information, $1.name) }
    var members: [JSONValue.Member] = [.init("columns", .array(found.map(\.json)))]
    var area: MetricValue = .undefined(reason: "no model was asked for")
    if epochs > 0, !columns.isEmpty {
      area = try modelArea(grouping, rows, columns, isTraining)
      members += notes.object(["model_auc": area], of: "the proxies of \(grouping.attribute)")
    }
    members.append(
      .init(
        "sentence",
        .string(sentence(grouping.attribute, area.number(.undefined), strongest: found.first?.name))))
    return .object(members)
  }

  /// The mean over the groups that have a value.
  private func mean(_ values: [MetricValue]) -> MetricValue {
    let defined = values.compactMap { $0.number(.undefined) }
    guard !defined.isEmpty else { return values.first ?? .undefined(reason: "no rows") }
    return .defined(defined.reduce(0, +) / Double(defined.count))
  }

  /// Trains a logistic model on the training rows to predict the groups, and measures it on the other rows.
  private func modelArea(
    _ grouping: AnalysisRows.Grouping, _ rows: AnalysisRows, _ columns: [String], _ isTraining: [Bool]
  ) throws -> MetricValue {
    let members = grouping.names.indices.map { group in
      isTraining.indices.count { isTraining[$0] && Int(grouping.codes[$0]) == group }
    }
    // A group without training rows cannot be learnt; its rows are left out.
    let known = members.indices.filter { members[$0] > 0 }
    guard known.count > 1 else { return .undefined(reason: "the training half has one group only") }
    guard known.count <= 64 else { return .undefined(reason: "there are more than 64 groups") }
    var label = "group"
    while columns.contains(label) { label += "_" }
    let training = isTraining.indices.filter { isTraining[$0] }
    // A column without any value is left out.
    let present = try columns.filter { name in
      let column = try rows.dataset.column(name)
      return training.contains { !column.isMissing($0) }
    }
    guard !present.isEmpty else { return .undefined(reason: "no column has values") }
    let table = try rows.dataset.selecting(columns: present)
    try table.add(Column(name: label, integers: grouping.codes.map { Int64($0) }))
    let tested = isTraining.indices.filter { !isTraining[$0] && known.contains(Int(grouping.codes[$0])) }
    guard !tested.isEmpty else { return .undefined(reason: "there are no rows to measure on") }
    guard let learner = rows.learner else { throw Failure.internal("proxies without a way to train") }
    // Small batches for few rows, so that there are enough steps.
    let scores = try learner.scores(
      of: try table.selecting(rows: tested), learning: label, from: try table.selecting(rows: training),
      GroupLearning(
        isBinary: known.count == 2, epochs: epochs, batchSize: min(256, max(16, training.count / 32)),
        seed: seed))
    let width = known.count == 2 ? 1 : known.count
    return mean(
      (0..<width).map { column in
        // Classes are in the order of the codes; with two classes, the score is that of the second.
        let group = known[width == 1 ? 1 : column]
        return IdentityTerms(
          labels: tested.map { Int(grouping.codes[$0]) == group ? 1 : 0 },
          scores: tested.indices.map { Double(scores.pointer[$0 * width + column]) }, terms: []
        ).overallAUC
      })
  }

  private func sentence(_ attribute: String, _ area: Double?, strongest: String?) -> String {
    guard let strongest else { return "No column was checked." }
    let start = "The column that best predicts \(attribute) is \"\(strongest)\""
    guard let area else { return start + "." }
    let degree =
      area >= 0.9
      ? "predict it almost certainly"
      : area >= 0.7 ? "predict it well" : area >= 0.6 ? "predict it weakly" : "hardly predict it"
    return
      "\(start); all columns together \(degree) (area under the curve \((area * 1000).rounded() / 1000))."
  }
}
