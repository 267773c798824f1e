import Platform

// The names that a file's tool has for the numbers of categories.
extension Network {
  /// The key under which the metadata keep them, so that they are in every format of the library's record.
  static let categoriesKey = "categories"

  /// For each of the sole input's numbers the names of its categories, in the order of their numbers: texts, numbers or
  /// booleans; none where the number is no category, or the file has no names. Empty: no number has any.
  public var categoryNames: [[JSONValue]] {
    get {
      guard let text = metadata.first(where: { $0.key == Self.categoriesKey })?.value,
        let lists = (try? JSONValue.parse(text))?.array
      else { return [] }
      return lists.map { $0.array ?? [] }
    }
    set {
      metadata.removeAll { $0.key == Self.categoriesKey }
      guard newValue.contains(where: { !$0.isEmpty }) else { return }
      metadata.append((Self.categoriesKey, JSONValue.array(newValue.map { .array($0) }).text()))
    }
  }
}
