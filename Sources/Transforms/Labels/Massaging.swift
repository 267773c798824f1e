import Platform

/// Changes the labels of rows near the decision boundary until every group has the same share of positive
/// labels (Kamiran and Calders 2012, section 5.2). In groups below the overall share, the negative rows with
/// the highest scores become positive; in groups above it, the positive rows with the lowest scores become
/// negative. With two groups, the number of positive labels does not change.
public struct Massaging: TransformStep {
  var attributes: [String] = []
  var columns: [String] = []
  var score: String?
  var strength = 1.0

  public init() {}

  public static let name = "massaging"
  public static let summary =
    "Changes the labels of rows near the boundary until every group has the same share of positive labels "
    + "(Kamiran and Calders 2012)."
  public static let fields: [ConfigField<Massaging>] = [
    ConfigField(
      "attributes", \.attributes, "The sensitive attributes, whose groups are intersected. Default: all."),
    ConfigField("columns", \.columns, "The columns by which naive Bayes ranks rows. Default: all inputs."),
    ConfigField(
      "score", \.score,
      "A column of scores to rank rows by instead, with larger scores for rows that look more positive."),
    ConfigField(
      "strength", \.strength, in: 0...1,
      "How far the shares of positive labels move towards equal shares: 0 not at all, 1 completely."),
  ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let ranking = try Ranking(rows, score: score, columns: columns, work)
    let labels = try rows.requiredLabels(at: work.pointer)
    let groups = try rows.groups(attributes, at: work.pointer)
    let parts = Strata(groups).rows
    let grouped = parts.reduce(0) { $0 + $1.count }
    let positive = parts.reduce(0) { sum, part in sum + part.filter { labels.codes.pointer[$0] == 1 }.count }
    let overall = grouped > 0 ? Double(positive) / Double(grouped) : 0
    var changed: [(row: Int, label: Int32)] = []
    var entries: [JSONValue] = []
    for (name, part) in zip(groups.names, parts) where !part.isEmpty {
      let positives = part.filter { labels.codes.pointer[$0] == 1 }
      let negatives = part.filter { labels.codes.pointer[$0] == 0 }
      let wanted = strength * (Double(part.count) * overall - Double(positives.count))
      let count = Int(wanted.magnitude.rounded())
      if wanted > 0 {
        changed += ranking.mostPositiveFirst(negatives).prefix(count).map { ($0, 1) }
      } else {
        changed += ranking.leastPositiveFirst(positives).prefix(count).map { ($0, 0) }
      }
      entries.append([
        "group": .string(name), "promoted": .integer(wanted > 0 ? min(count, negatives.count) : 0),
        "demoted": .integer(wanted > 0 ? 0 : min(count, positives.count)),
      ])
    }
    try rows.relabel(changed)
    return TrainingRowsOnly(["positive_share": .finite(overall), "groups": .array(entries)])
  }
}
