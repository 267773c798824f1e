import Fairness
import Models
import Platform

/// The rows with and without an answer, for reports.
struct AbstentionCounts {
  private let answered: [Bool]
  /// Whether the answer is right; empty without labels.
  private let right: [Bool]
  private let weights: [Double]?

  /// - Parameters:
  ///   - decisions: the decision of each row, or `DecisionRule.noAnswer`.
  ///   - labels: the class of each row; nil if the rows have none.
  init(_ decisions: Buffer<Int32>, labels: Buffer<Int32>?, weights: Buffer<Double>?) {
    answered = decisions.array.map { $0 >= 0 }
    right = labels.map { zip($0.array, decisions.array).map { $0 == $1 } } ?? []
    self.weights = weights?.array
  }

  var rows: Int { answered.count }
  var withheld: Int { answered.count { !$0 } }

  var note: String {
    "\(withheld) of \(rows) rows have no answer; all figures but those of \"abstention\" are of the other rows"
  }

  /// The share of the rows that have an answer, and the share of the answers that are right.
  private func measured(_ members: some Collection<Int>) -> (
    coverage: Double?, accuracy: Double?, json: [JSONValue.Member]
  ) {
    var (all, given, correct, count) = (0.0, 0.0, 0.0, 0)
    for row in members {
      let weight = weights?[row] ?? 1
      all += weight
      guard answered[row] else { continue }
      count += 1
      given += weight
      if !right.isEmpty, right[row] { correct += weight }
    }
    let coverage = all > 0 ? given / all : nil
    let accuracy = given > 0 && !right.isEmpty ? correct / given : nil
    var json: [JSONValue.Member] = [
      .init("rows", .integer(members.count)), .init("answered", .integer(count)),
      .init("coverage", coverage.map { .finite($0) } ?? .null),
    ]
    if !right.isEmpty { json.append(.init("accuracy", accuracy.map { .finite($0) } ?? .null)) }
    return (coverage, accuracy, json)
  }

  /// The section of a report.
  ///
  /// - Parameter smallest: groups with fewer rows are not shown.
  func section(_ groupings: [AnalysisRows.Grouping], smallest: Int) -> JSONValue {
    let attributes = groupings.map { grouping -> JSONValue in
      var members = [[Int]](repeating: [], count: grouping.names.count)
      for (row, code) in grouping.codes.enumerated() where members.indices.contains(Int(code)) {
        members[Int(code)].append(row)
      }
      let shown = zip(grouping.names, members).filter { $0.1.count >= max(smallest, 1) }
      let found = shown.map { measured($0.1) }
      func difference(_ values: [Double?]) -> JSONValue {
        let defined = values.compactMap { $0 }
        guard defined.count > 1, let least = defined.min(), let most = defined.max() else { return .null }
        return .finite(most - least)
      }
      var json: [JSONValue.Member] = [
        .init("attribute", .string(grouping.attribute)),
        .init(
          "groups", .array(zip(shown, found).map { .object([.init("group", .string($0.0))] + $1.json) })),
        .init("coverage_difference", difference(found.map(\.coverage))),
      ]
      if !right.isEmpty { json.append(.init("accuracy_difference", difference(found.map(\.accuracy)))) }
      return .object(json)
    }
    return .object(measured(answered.indices).json + [.init("attributes", .array(attributes))])
  }
}

extension Evaluation {
  /// Adds to the result how many rows of each group have an answer; nothing if all have one.
  ///
  /// - Parameter decisions: the decision of each row, or `DecisionRule.noAnswer`.
  func addAbstention(_ decisions: Buffer<Int32>?, to result: inout AuditResult) throws {
    guard let decisions, decisions.elements.contains(DecisionRule.noAnswer) else { return }
    let counts = AbstentionCounts(
      decisions, labels: hasLabels ? try labels.classNumbers() : nil, weights: weights)
    result.notes.append(counts.note)
    result.sections.append(
      .init("abstention", counts.section(try analysed(), smallest: options.minimumCount)))
  }

  /// The groupings in the form of the analyses.
  func analysed() throws -> [AnalysisRows.Grouping] {
    try references.enumerated().map { index, reference in
      try AnalysisRows.grouping(reference, attributes, rows: rows, at: "/by/\(index)")
    }
  }
}
