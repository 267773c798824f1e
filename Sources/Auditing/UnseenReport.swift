import Datasets
import Platform
import Prediction

extension JSONValue {
  /// A report that says which rows had categories that training has not seen.
  func addingUnseen(_ found: [UnseenCategories]) -> JSONValue {
    guard !found.isEmpty else { return self }
    return adding("unseen_categories", .array(found.map(\.json)))
      .adding("notes", .array((self["notes"]?.array ?? []) + found.map { .string($0.sentence) }))
  }
}
