import Datasets
import Platform
import Prediction

extension JSONValue {
  /// The report with the rows whose categories did not occur in training.
  func addingUnseen(_ found: [UnseenCategories]) -> JSONValue {
    guard !found.isEmpty else { return self }
    return adding("unseen_categories", .array(found.map(\.json)))
      .adding("notes", .array((self["notes"]?.array ?? []) + found.map { .string($0.sentence) }))
  }
}
