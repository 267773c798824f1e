import Configurations
import Datasets
import Models
import Platform

extension Model {
  /// The columns with categories that did not occur in training; writes a log entry for each.
  ///
  /// - Throws: `invalidData` with column and row if `choice` refuses them.
  package func unseenCategories(in dataset: Dataset, _ choice: UnseenChoice) throws -> [UnseenCategories] {
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
  package var sentence: String {
    let names = categories.prefix(3).map { "\"\($0.excerpt)\"" }.joined(separator: ", ")
    return
      "column \"\(column)\": \(rows) \(rows == 1 ? "row has a category" : "rows have categories") that training has "
      + "not seen (\(names)\(categories.count > 3 ? ", …" : ""))"
  }

  package var json: JSONValue {
    ["column": .string(column), "rows": .integer(rows), "categories": .strings(categories)]
  }
}
