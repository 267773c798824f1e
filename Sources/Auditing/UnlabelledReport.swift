import Platform

extension JSONValue {
  /// The report with the number of rows that were left out because they have no label.
  package func countingUnlabelled(_ count: Int) -> JSONValue {
    guard count > 0 else { return self }
    let note =
      count == 1 ? "1 row has no label and was left out" : "\(count) rows have no label and were left out"
    return adding("rows_without_label", .integer(count))
      .adding("notes", .array((self["notes"]?.array ?? []) + [.string(note)]))
  }

  /// An auditor's report with the number of rows that have no answer.
  ///
  /// - Parameter answered: the number of rows with one.
  func countingUnanswered(_ count: Int, of answered: Int) -> JSONValue {
    let all = count + answered
    return adding(
      "abstention",
      [
        "rows": .integer(all), "answered": .integer(answered),
        "coverage": .finite(Double(answered) / Double(max(all, 1))),
      ]
    ).adding(
      "notes",
      .array(
        (self["notes"]?.array ?? []) + [
          .string("\(count) of \(all) rows have no answer; all other figures are of the other rows")
        ]))
  }
}
