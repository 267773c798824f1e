import Platform

/// Copies and drops rows near the decision boundary until label and group are independent (Kamiran and
/// Calders 2012, section 5.4): each combination of group and label gets the number of rows expected under
/// independence. The rows nearest to the boundary are copied or dropped first: positive rows with the lowest
/// scores, negative rows with the highest.
public struct PreferentialSampling: TransformStep {
  var attributes: [String] = []
  var columns: [String] = []
  var score: String?

  public init() {}

  public static let name = "preferential_sampling"
  public static let summary =
    "Copies and drops rows near the boundary until label and group are independent (Kamiran and Calders 2012)."
  public static let fields: [ConfigField<PreferentialSampling>] = [
    ConfigField(
      "attributes", \.attributes, "The sensitive attributes, whose groups are intersected. Default: all."),
    ConfigField("columns", \.columns, "The columns by which naive Bayes ranks rows. Default: all inputs."),
    ConfigField(
      "score", \.score,
      "A column of scores to rank rows by instead, with larger scores for rows that look more positive."),
  ]

  public func fit(_ rows: inout TransformRows, _ work: inout StepWork) throws -> any FittedStep {
    let ranking = try Ranking(rows, score: score, columns: columns, work)
    let labels = try rows.requiredLabels(at: work.pointer)
    let groups = try rows.groups(attributes, at: work.pointer)
    let parts = Strata(groups).rows
    let total = parts.reduce(0) { $0 + $1.count }
    var ofLabel = [0, 0]
    for part in parts { for row in part { ofLabel[Int(labels.codes.pointer[row])] += 1 } }
    var isKept = try [Bool].filled(with: true, count: rows.count, for: "rows")
    var copies: [Int] = []
    var entries: [JSONValue] = []
    for (name, part) in zip(groups.names, parts) where !part.isEmpty {
      for label in 0...1 {
        let own = part.filter { Int(labels.codes.pointer[$0]) == label }
        let target = Int((Double(part.count) * Double(ofLabel[label]) / Double(total)).rounded())
        entries.append([
          "group": .string(name), "label": .string(labels.names[label]), "rows": .integer(own.count),
          "target": .integer(target),
        ])
        guard !own.isEmpty else {
          work.note(
            "no row of group \"\(name)\" has the label \"\(labels.names[label])\": there is none to copy")
          continue
        }
        let nearest = label == 1 ? ranking.leastPositiveFirst(own) : ranking.mostPositiveFirst(own)
        if target < own.count {
          for row in nearest.prefix(own.count - target) { isKept[row] = false }
        } else {
          for index in 0..<target - own.count { copies.append(nearest[index % nearest.count]) }
        }
      }
    }
    // Rows are copied first, because dropping rows changes the indices.
    let before = rows.count
    try rows.repeatRows(copies)
    try rows.keep((0..<rows.count).filter { $0 >= before || isKept[$0] })
    return TrainingRowsOnly(["cells": .array(entries)])
  }
}
