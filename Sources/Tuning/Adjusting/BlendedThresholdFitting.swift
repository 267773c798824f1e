import Configurations
import Fairness
import Models
import Platform

extension DecisionFitting {
  /// Learns thresholds for groups of which only probabilities are known.
  mutating func fitBlended(_ config: ThresholdsConfig, _ labels: [Bool], at pointer: String) throws {
    let entries = config.probabilities.entries
    for entry in entries where !rows.dataset.contains(entry.value) {
      throw Failure.invalidConfig(
        "\"\(entry.value)\" is not a column\(Suggestion.phrase(for: entry.value, among: rows.dataset.names))",
        at: "\(pointer)/probabilities/\(entry.key)")
    }
    let columns = GroupColumns(entries)
    let shares = try columns.probabilities(of: rows.dataset)
    let all = try curve(of: Array(labels.indices), labels)
    let search = BlendedThresholdSearch(
      scores: scores, labels: labels, shares: shares.array, groups: entries.count, weights: rows.weights,
      rates: config.constraint.rates, worth: config.objective.objective(config.costs).worth([all]))
    if let group = search.undefined {
      throw Failure.invalidData(
        "the group \"\(columns.groups[group].excerpt)\" has no probability among the rows that the constraint counts",
        at: columns.columns[group])
    }
    let found = try search.best(tolerance: config.tolerance)
    setProbabilities(columns)
    note(
      "thresholds: the gap between groups that are not observed is an estimate; an audit with \"group_probabilities\" gives "
        + "its bounds")
    if found.gap > config.tolerance + 1e-12 {
      note(
        "thresholds: the smallest gap that was found is \(Float(found.gap)), and \(config.tolerance) was asked"
      )
    }
    let expected = columns.groups.enumerated().map { group, name in
      JSONValue.Member(
        name,
        .object(
          [.init("threshold", .finite(found.thresholds.thresholds[group]))]
            + zip(config.constraint.rates, found.rates).map { .init($0.rawValue, .finite($1[group])) }))
    }
    try add(
      Adjustment(attribute: nil, .blended(found.thresholds)),
      [
        .init("method", .string(ThresholdsConfig.method)), .init("probabilities", columns.json),
        .init("constraint", config.constraint.encoded), .init("tolerance", .number(config.tolerance)),
        .init("gap", .finite(found.gap)), .init("expected", .object(expected)),
      ], nil)
  }
}
