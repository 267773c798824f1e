import Auditing
import Configurations
import Fairness
import Models
import Platform

extension DecisionFitting {
  mutating func fit(_ config: ConformalConfig, at pointer: String) throws {
    let (kind, values) = try nonconformities(config, at: pointer)
    if rows.weights != nil { note("conformal: coverage counts rows alike, whatever their weights") }
    guard let pooled = ConformalQuantile.value(values, coverage: config.coverage) else {
      throw Failure.invalidData(
        "a coverage of \(config.coverage) needs \(Self.fewestRows(config.coverage)) rows or more, and there are "
          + "\(rows.count)", at: "rows")
    }
    var members: [JSONValue.Member] = [
      .init("method", .string(ConformalConfig.method)), .init("kind", .string(kind.rawValue)),
      .init("coverage", .number(config.coverage)),
    ]
    guard let attribute = config.attribute else {
      members.append(.init("attribute", .null))
      try add(
        Adjustment(
          attribute: nil,
          .sets(PredictionSets(kind, coverage: config.coverage, pooled: pooled, groups: []))), members, nil)
      return
    }
    var groups = try self.groups(
      by: attribute, minimum: config.minimumCount, unknown: config.unknownGroup, at: pointer)
    var bounds: [Double] = []
    for group in groups.own {
      let members = groups.members[group]
      if let bound = ConformalQuantile.value(members.map { values[$0] }, coverage: config.coverage) {
        bounds.append(bound)
      } else {
        groups.exclusions[group] =
          "it has \(members.count) rows, and its coverage needs \(Self.fewestRows(config.coverage))"
      }
    }
    noteExclusions(groups)
    members.append(.init("attribute", .string(groups.attribute.reference.label)))
    try add(
      Adjustment(
        attribute: groups.place,
        .sets(
          PredictionSets(kind, coverage: config.coverage, pooled: pooled, groups: groups.spread(bounds)))),
      members, groups)
  }

  /// The smallest number of rows from which a bound can be learnt.
  private static func fewestRows(_ coverage: Double) -> Int {
    // ⌈c (n + 1)⌉ ≤ n for the first time. Coverage is at most 0.9999.
    max(1, Int(exactly: (coverage / max(1 - coverage, 1e-9) - 1e-9).rounded(.up)) ?? .max)
  }

  /// The measure, and the nonconformity of each row's true class or value.
  private mutating func nonconformities(_ config: ConformalConfig, at pointer: String) throws -> (
    PredictionSets.Kind, [Double]
  ) {
    let width = rows.width
    guard rows.task == .regression else {
      guard config.lower == nil else {
        throw Failure.invalidConfig(
          "quantiles are for intervals of values, and the task is \(rows.task.name)", at: pointer + "/lower")
      }
      let classes = try rows.requireClasses(for: ConformalConfig.method, at: pointer)
      let kind = config.sets == .adaptive ? PredictionSets.Kind.adaptive : .smallest
      let values = scores.withUnsafeBufferPointer { scores -> [Double] in
        guard let base = scores.baseAddress else { return [] }
        return classes.enumerated().map { row, label in
          let own = PredictionSets.nonconformities(kind, base + row * width, width: width)
          return own.indices.contains(label) ? own[label] : .greatestFiniteMagnitude
        }
      }
      return (kind, values)
    }
    guard let truth = rows.values else {
      throw Failure.invalidConfig(
        "\"conformal\" learns from labels, and \"label\" of \"data\" names no column", at: pointer)
    }
    guard let lower = config.lower, let upper = config.upper else {
      return (.residual, truth.indices.map { abs(truth[$0] - Double(scores[$0])) })
    }
    for (key, name) in [("lower", lower), ("upper", upper)] where !rows.dataset.contains(name) {
      throw Failure.invalidConfig(
        "\"\(name)\" is not a column\(Suggestion.phrase(for: name, among: rows.dataset.names))",
        at: "\(pointer)/\(key)")
    }
    let (low, high) = (
      try AnalysisRows.finite(rows.dataset, lower, "a predicted quantile"),
      try AnalysisRows.finite(rows.dataset, upper, "a predicted quantile")
    )
    setQuantiles([lower, upper])
    return (.quantiles, truth.indices.map { max(low[$0] - truth[$0], truth[$0] - high[$0]) })
  }
}
