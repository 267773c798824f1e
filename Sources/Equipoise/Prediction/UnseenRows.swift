import Datasets
import Platform

/// What becomes of rows with a category that training has not seen.
public enum UnseenChoice: String, ConfigChoice, Sendable {
  /// They are encoded as the model's encoder says, counted, and the log says so.
  case count
  /// They are an error.
  case refuse
}

extension Model {
  /// The columns with categories that training has not seen; a line in the log for each.
  ///
  /// - Throws: `invalidData` with column and row where they are refused.
  func unseenCategories(in dataset: Dataset, _ choice: UnseenChoice) throws -> [UnseenCategories] {
    let found = try reader.unseenCategories(in: dataset)
    if choice == .refuse, let first = found.first {
      throw Failure.invalidColumn(
        first.column,
        "row \(first.firstRow) has the category \"\((first.categories.first ?? "").excerpt)\", which training has not "
          + "seen (\(first.rows) such rows); \"unseen\": \"count\" encodes it as the model's encoder says")
    }
    for entry in found { Log.write(.warning, entry.sentence) }
    return found
  }
}

extension UnseenCategories {
  var sentence: String {
    let names = categories.prefix(3).map { "\"\($0.excerpt)\"" }.joined(separator: ", ")
    return
      "column \"\(column)\": \(rows) \(rows == 1 ? "row has a category" : "rows have categories") that training has "
      + "not seen (\(names)\(categories.count > 3 ? ", …" : ""))"
  }

  var json: JSONValue {
    ["column": .string(column), "rows": .integer(rows), "categories": .strings(categories)]
  }
}

extension JSONValue {
  /// A report that says which rows had categories that training has not seen.
  func addingUnseen(_ found: [UnseenCategories]) -> JSONValue {
    guard !found.isEmpty else { return self }
    return adding("unseen_categories", .array(found.map(\.json)))
      .adding("notes", .array((self["notes"]?.array ?? []) + found.map { .string($0.sentence) }))
  }
}
