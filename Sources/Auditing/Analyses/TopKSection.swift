import Configurations
import Datasets
import Fairness
import Platform

extension TopKConfig {
  package func section(_ rows: AnalysisRows, _ notes: inout SectionNotes) throws -> JSONValue {
    let ranks = try trueClassRanks(rows)
    func accuracy(_ members: some Sequence<Int>, _ count: Int) -> MetricValue {
      var (all, inside) = (0.0, 0.0)
      for row in members {
        let weight = rows.weights?[row] ?? 1
        all += weight
        if ranks[row] < count { inside += weight }
      }
      return all > 0 ? .defined(inside / all) : .undefined(reason: "no rows")
    }
    func values(_ members: some Sequence<Int>, of place: String) -> [JSONValue.Member] {
      k.map { .init(Self.key($0), notes.number(accuracy(members, $0), "\(Self.key($0)) of \(place)")) }
    }
    let attributes = rows.groupings.map { grouping -> JSONValue in
      var members = [[Int]](repeating: [], count: grouping.names.count)
      for (row, code) in grouping.codes.enumerated() where members.indices.contains(Int(code)) {
        members[Int(code)].append(row)
      }
      let groups = zip(grouping.names, members).map { name, members in
        JSONValue.object(
          [.init("group", .string(name)), .init("rows", .integer(members.count))]
            + values(members, of: "\(grouping.attribute) \"\(name)\""))
      }
      let gaps = k.map { count in
        JSONValue.Member(
          Self.key(count),
          .object(
            notes.gaps(
              members.map { accuracy($0, count) }, of: "\(grouping.attribute): \(Self.key(count))")))
      }
      return .object(
        [.init("attribute", .string(grouping.attribute)), .init("groups", .array(groups))] + gaps)
    }
    return .object(
      [
        .init("overall", .object(values(0..<rows.rows, of: "all rows"))),
        .init("attributes", .array(attributes)),
      ])
  }

  private static func key(_ count: Int) -> String { "top_\(count)_accuracy" }

  /// For each row, the number of classes that come before the true one. Of equal scores the later class comes first, as
  /// in scikit-learn's `top_k_accuracy_score`.
  private func trueClassRanks(_ rows: AnalysisRows) throws -> [Int] {
    guard let labels = rows.labels, case .multiclass = rows.task else {
      throw Failure.invalidConfig("a label of several classes is needed, named in \"data\"", at: "/top_k")
    }
    let classes = rows.classLabels.count
    let scores = try scores(rows)
    return labels.enumerated().map { row, label in
      let own = Int(label)
      guard own >= 0, own < classes else { return classes }
      let line = UnsafeBufferPointer(start: scores.pointer + row * classes, count: classes)
      return line.indices.count { line[$0] > line[own] || (line[$0] == line[own] && $0 > own) }
    }
  }

  /// (rows, classes): the columns' scores, or the model's.
  private func scores(_ rows: AnalysisRows) throws -> Buffer<Float> {
    let classes = rows.classLabels
    guard !columns.entries.isEmpty else {
      guard let scores = rows.classScores, scores.count == rows.rows * classes.count else {
        throw Failure.invalidConfig(
          "scores of each class are needed: a model of several classes, or \"columns\"", at: "/top_k/columns")
      }
      return scores
    }
    for (name, _) in columns.entries where !classes.contains(name) {
      throw Failure.invalidConfig(
        "\"\(name)\" is not a class\(Suggestion.phrase(for: name, among: classes))",
        at: "/top_k/columns/\(name)")
    }
    let scores = try Buffer<Float>(count: rows.rows * classes.count, for: "scores")
    for (place, name) in classes.enumerated() {
      guard let column = columns[name] else {
        throw Failure.invalidConfig("the class \"\(name)\" has no column", at: "/top_k/columns")
      }
      for (row, value) in try AnalysisRows.finite(rows.dataset, column, "a score").enumerated() {
        scores.pointer[row * classes.count + place] = Float(value)
      }
    }
    return scores
  }
}
